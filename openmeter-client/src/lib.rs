//! Typed, complete client for the [OpenMeter](https://openmeter.io) API: v1 and v2 at the root, v3
//! below [`OpenMeter::v3`].
//!
//! Every operation is a request value: it owns its data, optional parameters are chained, and
//! awaiting it sends it.
//!
//! ```no_run
//! use openmeter_client::{Event, OpenMeter};
//! use serde_json::json;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let om = OpenMeter::new("http://localhost:8888")?;
//!
//! om.events().ingest(Event::new("ai-tokens", "org_1").data(json!({"tokens": 850}))).await?;
//!
//! let value = om.customers().entitlements("org_1").value("gpt_4_tokens").await?;
//! if value.has_access {
//!     println!("{:?} left", value.balance);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to know
//! - The three generations differ in casing, envelopes, ids and numbers, so v3 has types of its
//!   own. Entitlements, grants, notifications and the portal exist in v1 and v2 alone.
//! - Decimal texts stay exact ([`client_core::wire::Decimal`]); times are UTC; durations are
//!   ISO 8601 ([`client_core::wire::IsoDuration`]).
//! - Values, variants and fields that this version does not know are kept, and never an error.
//! - Requests are repeated when an answer is lost or the server fails, where that does no harm:
//!   reads and queries, every `PUT` and `DELETE`, ingestion, and the few other `POST` that set a
//!   state. Other writes are repeated only when it is certain that they did nothing: no connection
//!   came about, or a rate limiter turned them away. See [`RetryPolicy`].
//! - A `DELETE` whose first answer was lost can end in a 404 although it did its work;
//!   `with_retry(RetryPolicy::none())` on a request asks once.
//! - Ingestion is exactly-once only where the server deduplicates by `source` and `id`, which is
//!   off by default when self-hosted: elsewhere a repeated event may count twice.
//! - Notifications are verified by [`webhooks`].
//!
//! # Features
//! Every resource has a feature of its name (those of v3 begin with `v3-`); a type is compiled when
//! a resource that reaches it is.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `v1` | yes | every resource of v1 and v2 |
//! | `v3` | yes | every stable resource of v3 |
//! | `v3-unstable`, `v3-internal` | | operations of v3 that may change or go |
//! | `webhooks` | yes | verifying notifications, and their payloads |
//! | `full` | | all of the above |
//! | `default-tls` | yes | the default transport with rustls |
//! | `reqwest`, `rustls`, `rustls-no-provider`, `native-tls` | | other forms of the default transport |
//! | `blocking` | | `send_blocking` |
//! | `serialize` | | `Serialize` for answers |
//! | `deserialize` | | `Deserialize` for request bodies |
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[cfg(any(feature = "events", feature = "v3-events"))]
mod cloud_events;
mod error;
#[cfg(any(feature = "events", feature = "v3-events"))]
mod event;
mod generated;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub mod v3;

pub use client::{OpenMeter, OpenMeterBuilder, Region};
pub use client_core;
pub use error::{ErrorBody, InvalidParameter, ValidationIssue};
#[cfg(feature = "events")]
pub use event::Events;
#[cfg(any(feature = "events", feature = "v3-events"))]
pub use event::{Batch, InvalidEvent};
#[cfg(feature = "events")]
pub use generated::v1::models::Event;
pub use generated::v1::*;

/// What can go wrong; see [`client_core::Error`] for its predicates and [`ErrorBody`] for what
/// OpenMeter says.
pub type Error = client_core::Error<ErrorBody>;

/// A request whose answer is a `T`; awaiting it sends it.
pub type Request<T> = client_core::Request<T, ErrorBody>;

/// A request for a list of `T`; awaiting it gives one page, `stream()` all items.
pub type PageRequest<T> = client_core::PageRequest<T, ErrorBody>;

pub use client_core::wire::{Decimal, IsoDuration, Patch};
pub use client_core::{
    Boxed, BuildError, ErrorKind, Page, PageToken, RawResponse, Rejected, RetryPolicy, Secret,
};
