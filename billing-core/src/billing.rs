//! The engine: ledger, decisions and effects together.
//!
//! ```
//! use std::sync::Arc;
//!
//! use billing_core::billing::Billing;
//! use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
//! use billing_core::effects::MemoryBackend;
//! use billing_core::ledger::MemoryLedger;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let catalog = Catalog::builder()
//!     .feature("apiAccess", Feature::boolean().key("api_access"))
//!     .plan("pro", Plan::new("Pro")
//!         .entitle("apiAccess", true)
//!         .price("monthly", Price::monthly(2_000, Currency::USD)))
//!     .build()?;
//! let ledger = Arc::new(MemoryLedger::new());
//! let billing = Billing::new(catalog, ledger, Arc::new(MemoryBackend::new()));
//! # let _ = billing;
//! # Ok(())
//! # }
//! ```
//!
//! In a webhook's handler: `let outcome = billing.handle(webhooks.receive(&headers, &body)?).await?;`
//! and answer 2xx when that worked, so that the provider delivers again when it did not. Call
//! `billing.run_due(OffsetDateTime::now_utc())` every minute or so ([`Billing::run_due`]): it ends
//! access whose time has come, and does again what the entitlement store refused.

mod clock;
mod handle;
mod outcome;
mod work;

use std::fmt;
use std::sync::Arc;

pub use clock::{Clock, SystemClock};
pub use outcome::{BillingError, DueOutcome, EffectReport, EventOutcome, Outcome};

use crate::catalog::Catalog;
use crate::effects::EntitlementBackend;
use crate::entitlement::Policy;
use crate::ledger::Ledger;

/// Takes billing events and keeps customers' entitlements in line with them.
///
/// Cheap to clone. Any number of them, in any number of processes, may share a ledger.
#[derive(Clone)]
pub struct Billing {
    parts: Arc<Parts>,
}

#[derive(Clone)]
struct Parts {
    catalog: Catalog,
    policy: Policy,
    ledger: Arc<dyn Ledger>,
    backend: Arc<dyn EntitlementBackend>,
    clock: Arc<dyn Clock>,
}

impl Billing {
    /// Makes an engine with the default [`Policy`] and the system's clock.
    pub fn new(
        catalog: Catalog,
        ledger: Arc<dyn Ledger>,
        backend: Arc<dyn EntitlementBackend>,
    ) -> Self {
        Self {
            parts: Arc::new(Parts {
                catalog,
                policy: Policy::default(),
                ledger,
                backend,
                clock: Arc::new(SystemClock),
            }),
        }
    }

    /// Sets the policy.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        Arc::make_mut(&mut self.parts).policy = policy;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        Arc::make_mut(&mut self.parts).clock = Arc::new(clock);
        self
    }

    /// Returns the catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.parts.catalog
    }

    /// Returns the ledger.
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.parts.ledger
    }
}

impl fmt::Debug for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Billing")
            .field("policy", &self.parts.policy)
            .finish_non_exhaustive()
    }
}
