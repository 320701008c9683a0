//! One application-owned billing catalog, compiled to every provider; signed webhooks turned into
//! entitlements.
//!
//! | module | what is in it | feature |
//! |---|---|---|
//! | [`catalog`] | what is sold: from code or a file, with every fault reported at once | |
//! | [`compile`] | the catalog in each provider's terms, and what a provider cannot do with it | |
//! | `provision` | setting the catalog up at Polar and OpenMeter: plan, apply | `polar`, `openmeter` |
//! | `webhook` | verifying deliveries, and making them into events | `webhooks` |
//! | `event` | what happened, in one vocabulary for all providers | `webhooks` |
//! | `entitlement` | what a customer is entitled to: pure decisions from events | `webhooks` |
//! | `ledger` | exactly once: events, state and effects in one transaction | `webhooks` |
//! | `effects` | making decisions true, in OpenMeter or in memory | `webhooks`, `openmeter` |
//! | `billing` | the engine that joins the four above | `webhooks` |
//!
//! From a purchase to its entitlements, with everything in memory:
//!
//! ```
//! # #[cfg(feature = "webhooks")]
//! # async fn example(
//! #     catalog: billing_core::catalog::Catalog,
//! #     headers: &[(&str, &str)],
//! #     body: &[u8],
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use billing_core::billing::Billing;
//! use billing_core::effects::MemoryBackend;
//! use billing_core::ledger::MemoryLedger;
//! use billing_core::webhook::Webhooks;
//!
//! let webhooks = Webhooks::polar("polar_whs_the_secret_of_the_endpoint");
//! let billing = Billing::new(
//!     catalog,
//!     Arc::new(MemoryLedger::new()),
//!     Arc::new(MemoryBackend::new()), // `OpenMeterBackend` with the feature `openmeter`
//! );
//!
//! let events = webhooks.receive(headers, body)?;
//! let outcome = billing.handle(events).await?;
//! for event in &outcome.events {
//!     println!("{:?}: {:?}", event.customer, event.verdict);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! | feature | default | what it adds |
//! |---|---|---|
//! | `yaml`, `toml` | yes | catalogs in YAML and TOML, beside JSON |
//! | `webhooks` | yes | from webhooks to entitlements; no HTTP client |
//! | `polar` | | provisioning of Polar |
//! | `openmeter` | | provisioning of OpenMeter, entitlements in OpenMeter, and `webhooks` |
//!
//! The clients of Polar and OpenMeter are the application's: their features decide about transport
//! and TLS, of which this crate brings none.

#[cfg(feature = "webhooks")]
pub mod billing;
pub mod catalog;
pub mod compile;
#[cfg(feature = "openmeter")]
mod duration;
#[cfg(feature = "webhooks")]
pub mod effects;
#[cfg(feature = "webhooks")]
pub mod entitlement;
#[cfg(feature = "webhooks")]
pub mod event;
#[cfg(feature = "webhooks")]
pub mod ledger;
mod provider;
#[cfg(any(feature = "polar", feature = "openmeter"))]
pub mod provision;
#[cfg(feature = "webhooks")]
pub mod webhook;

pub use provider::{Provider, UnknownProvider};
