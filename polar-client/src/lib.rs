//! Typed, complete client for the [Polar](https://polar.sh) API, version 2026-10.
//!
//! Every operation is a request value: it owns its data, optional parameters are chained, and
//! awaiting it sends it.
//!
//! ```no_run
//! use polar_client::Polar;
//! use polar_client::models::{CheckoutCreate, CustomerIndividualCreate};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let polar = Polar::sandbox("polar_oat_…")?;
//!
//! let customer = polar
//!     .customers()
//!     .create(CustomerIndividualCreate::new("ada@example.com").external_id("usr_1"))
//!     .await?;
//! let checkout = polar
//!     .checkouts()
//!     .create(CheckoutCreate::new(["7a6a…"]).external_customer_id("usr_1"))
//!     .await?;
//! println!("{:?} pays at {}", customer.id(), checkout.url.expose());
//!
//! let mut orders = polar.orders().list().external_customer_id("usr_1").stream();
//! while let Some(order) = orders.next().await {
//!     println!("{}", order?.total_amount);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A failure says what to do. A customer who exists already, for example, is reported by Polar as a
//! validation error of one field:
//!
//! ```no_run
//! # use polar_client::Polar;
//! # use polar_client::models::{Customer, CustomerIndividualCreate};
//! # async fn example(polar: &Polar) -> Result<Customer, polar_client::Error> {
//! let new = CustomerIndividualCreate::new("ada@example.com").external_id("usr_1");
//! match polar.customers().create(new).await {
//!     Err(error) if error.is_conflict_on("external_id") => {
//!         polar.customers().get_external("usr_1").await
//!     }
//!     other => other,
//! }
//! # }
//! ```
//!
//! # What to know
//! - Amounts are integers in the smallest unit of their currency; times are UTC.
//! - Values, variants and fields that this version does not know are kept, and never an error; see
//!   [`client_core::wire`] and the `Unknown` variants.
//! - Requests are repeated when an answer is lost or the server fails, where that does no harm:
//!   reads, every `PUT` and `DELETE`, token revocation, and `events().ingest(..)` when every event
//!   has an `external_id`. Other writes are repeated only when it is certain that they did nothing:
//!   no connection came about, or a rate limiter turned them away. See [`RetryPolicy`].
//! - A `DELETE` whose first answer was lost can end in an error although it did its work: a 404,
//!   and for `subscriptions().revoke(..)` a 403 `AlreadyCanceledSubscription`.
//!   `with_retry(RetryPolicy::none())` on a request asks once.
//! - [`Error`] says which operation failed, why, and whether a retry can help.
//! - `error.is_not_found()` means that the resource is missing. A 404 because the API version is no
//!   longer served, or from a gateway, is [`client_core::ErrorKind::UnknownRoute`]: take no
//!   customer for gone because of it.
//! - Webhooks are in [`webhooks`].
//!
//! # Features
//! Every resource has a feature of its name, and `full` (default) has them all. There is one
//! exception: `polar.webhooks()`, the resource of webhook endpoints and deliveries, needs
//! `webhook_endpoints`, because `webhooks` is the feature of the verifier. A type is compiled when a
//! resource that reaches it is.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `full` | yes | every resource, and `webhooks` |
//! | `webhooks` | with `full` | verifying webhooks, and their payloads |
//! | `webhook_endpoints` | with `full` | `polar.webhooks()`: endpoints and deliveries |
//! | `default-tls` | yes | the default transport with rustls |
//! | `reqwest`, `rustls`, `rustls-no-provider`, `native-tls` | | other forms of the default transport |
//! | `blocking` | | `send_blocking` |
//! | `serialize` | | `Serialize` for answers |
//! | `deserialize` | | `Deserialize` for request bodies |
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod error;
mod generated;
#[cfg(feature = "customer_portal")]
mod portal;
#[cfg(feature = "events")]
mod usage;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub use client::{API_VERSION, Polar, PolarBuilder};
pub use client_core;
pub use error::{Detail, ErrorBody, Issue, LocSegment};
pub use generated::*;
#[cfg(feature = "customer_portal")]
pub use portal::CustomerPortal;

/// What can go wrong; see [`client_core::Error`] for its predicates and [`ErrorBody`] for what
/// Polar says.
pub type Error = client_core::Error<ErrorBody>;

/// A request whose answer is a `T`; awaiting it sends it.
pub type Request<T> = client_core::Request<T, ErrorBody>;

/// A request for a list of `T`; awaiting it gives one page, `stream()` all items.
pub type PageRequest<T> = client_core::PageRequest<T, ErrorBody>;

pub use client_core::wire::{Decimal, IsoDuration, Patch};
pub use client_core::{
    Boxed, BuildError, ErrorKind, Page, PageToken, RawResponse, Rejected, RetryPolicy, Secret,
};
