//! One application-owned billing catalog, compiled to every provider.

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
