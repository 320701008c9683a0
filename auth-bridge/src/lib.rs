//! Billing for the auth system that an application already has.
//!
//! The application says who is signed in ([`Sessions`]) and tells what happens to its users
//! ([`hooks`]); the bridge makes them customers, and serves their checkouts, portal, usage and the
//! webhooks of the payment provider. Its endpoints are those of `@polar-sh/better-auth` and
//! `better-auth-openmeter-plugin`, so that the JavaScript clients of both work as they are.
//!
//! ```no_run
//! use auth_bridge::memory::MemoryAuth;
//! use auth_bridge::{AuthBridge, PolarOptions, User};
//! use polar_client::Polar;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sessions = MemoryAuth::new(); // the application's own `Sessions`
//! let polar = Polar::builder().sandbox().access_token("polar_oat_…").build()?;
//! let bridge = AuthBridge::builder(sessions)
//!     .base_url("https://app.example.com")
//!     .polar(
//!         PolarOptions::new(polar)
//!             .product("pro", "e651f46d-ac20-4f26-b769-ad088b123df2")
//!             .success_url("/success?checkout_id={CHECKOUT_ID}"),
//!     )
//!     .build()?;
//!
//! // In the sign-up handler, after the user was stored:
//! let user = User::new("usr_1").verified_email("ada@example.com");
//! bridge.hooks().user_created(&user).await?;
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `axum`, `axum::Router::new().nest("/api/auth", bridge.axum_router())` mounts
//! the endpoints; [`AuthBridge::handle`] and the tower service do so anywhere else.
//!
//! The clients of Polar and OpenMeter are the application's: their features decide about transport
//! and TLS, of which this crate brings none.
//!
//! # Features
//! | feature | default | what it adds |
//! |---|---|---|
//! | `axum` | | [`AuthBridge`]`::axum_router` |
//!
//! # Endpoints
//! | path | method | needs |
//! |---|---|---|
//! | `/checkout` | POST | nobody, or a user |
//! | `/customer/portal` | GET, POST | a user |
//! | `/customer/state` | GET | a user |
//! | `/customer/benefits/list`, `/customer/orders/list` | GET | a user |
//! | `/customer/subscriptions/list` | GET | a user; with `referenceId` a role in the organization |
//! | `/usage/meters/list` | GET | a user |
//! | `/usage/ingest` | POST | a user, and an event that clients may report |
//! | `/polar/webhooks` | POST | a signature |
//! | `/openmeter/events/ingest` | POST | a user, and an event that clients may report |
//! | `/openmeter/customer/sync` | POST | a user |
//! | `/openmeter/customer`, `/openmeter/customer/access` | GET | a user |
//! | `/openmeter/entitlements`, `/openmeter/entitlement/value` | GET | a user |
//! | `/openmeter/organization/…`: the same six | | a role in the organization |
//!
//! # Where it differs from the JavaScript plugins
//! - Whom usage, data and purchases belong to comes from the session. A `subject` in a body is
//!   passed over, and `referenceId` and `organizationId` need membership and a role.
//! - Clients report usage only of events that the application named
//!   ([`PolarOptions::client_events`], [`OpenMeterOptions::client_events`]); else 403.
//! - Metadata keys that mean something to billing (`referenceId`, `catalog…`, `betterAuth…`,
//!   `openmeter…`, `customerType`, `_…`) are dropped from what clients send. Clients do not choose
//!   the length of their trial unless [`PolarOptions::client_trials`] allows it.
//! - `successUrl` and `returnUrl` lead to the application's own site or to
//!   [trusted origins](AuthBridgeBuilder::trusted_origin).
//! - `"false"` and `"0"` are false. An empty query parameter counts as absent. Anything else that
//!   is not a boolean is a 400.
//! - A checkout without products is a 400, and what asks for a customer that does not exist a 404
//!   (`CUSTOMER_NOT_FOUND`, `OPENMETER_CUSTOMER_NOT_FOUND`) instead of a 500.
//! - Webhook event types that nobody knows yet are accepted; a webhook that could not be handled is
//!   a 500, so that it comes again.
//! - Users are matched to existing customers by id; by e-mail address only when it is verified and
//!   the customer belongs to nobody. Customers are deleted by id alone.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_key;
#[cfg(feature = "axum")]
mod axum;
mod bridge;
mod builder;
pub mod hooks;
mod http;
mod identity;
pub mod memory;
mod openmeter;
mod organization;
mod owner;
mod polar;

pub use api_key::ApiKeyVerified;
pub use bridge::{AuthBridge, EventObserver};
pub use builder::{AuthBridgeBuilder, BuildError};
pub use hooks::{FailurePolicy, HookError, HookReport, Hooks};
pub use identity::{AuthUser, Session, SessionExtension, Sessions, User};
pub use openmeter::{ApiKeyMetering, OpenMeterOptions};
pub use organization::{Membership, Organization, Organizations};
pub use owner::{CustomerLinks, Owner, OwnerKind};
pub use polar::{PolarOptions, ProductLookup, Theme};

/// An error of the application's own.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
