use crate::entitlement::{Change, Verdict};
use crate::event::EventKind;
use crate::ledger::{EventId, LedgerError, PendingEffect};

/// What came of handling events.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// Each event in order, followed by earlier ones that had waited for it.
    pub events: Vec<EventOutcome>,
    /// What became of the effects.
    pub effects: EffectReport,
}

/// What came of one event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventOutcome {
    /// The event.
    pub event: EventId,
    /// What it reported.
    pub kind: EventKind,
    /// The application's customer, if known.
    pub customer: Option<String>,
    /// What came of it.
    pub verdict: Verdict,
}

/// What became of effects. An effect that could not be done stays in the ledger and is tried again
/// by [`Billing::run_due`](super::Billing::run_due).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EffectReport {
    /// How many were done.
    pub done: usize,
    /// Those that failed just now.
    pub failed: Vec<PendingEffect>,
}

/// What came of [`Billing::run_due`](super::Billing::run_due).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DueOutcome {
    /// Customers for whom time had passed a planned end or a grace period, and what changed.
    pub customers: Vec<(String, Vec<Change>)>,
    /// What became of the effects.
    pub effects: EffectReport,
}

/// Events could not be handled. Nothing is half done: handle them again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillingError {
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Others kept changing the same customer.
    #[error("customer {customer} is being changed by others; try again")]
    Contention {
        /// The customer.
        customer: String,
    },
}
