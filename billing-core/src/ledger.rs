//! The ledger: what was handled, what is known, and what is still to be done.
//!
//! It is the one place where exactly-once is made. A decision is kept in one transaction with the
//! id of its event and with its effects ([`Commit`]); effects are done afterwards, under a lease,
//! and stay in the ledger until they are. A crash at any point leaves either nothing or everything
//! to be carried on.

mod memory;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use memory::MemoryLedger;

use crate::effects::Effect;
use crate::entitlement::State;
use crate::event::BillingEvent;
use crate::provider::Provider;

/// Durable memory of a [`Billing`](crate::billing::Billing).
///
/// Every method is atomic. Several processes may use the same ledger at once.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Returns a customer's state and its version; of an unknown customer an empty state of
    /// version 0.
    async fn account(&self, customer: &str) -> Result<Account, LedgerError>;

    /// Returns whether a [`Commit`] with this event was kept.
    async fn is_processed(&self, event: &EventId) -> Result<bool, LedgerError>;

    /// Returns the customer that something of the provider's belongs to.
    async fn owner(&self, link: &Link) -> Result<Option<String>, LedgerError>;

    /// Keeps a decision, or nothing of it.
    ///
    /// In one transaction: checks that the event was not processed and that the account has the
    /// expected version; stores the state with the next version; notes the event as processed and
    /// no longer parked; adds links that are not there yet (an existing link keeps its owner);
    /// appends the effects after all others of the customer; drops the settled effect.
    async fn commit(&self, commit: Commit) -> Result<Committed, LedgerError>;

    /// Keeps an event whose customer is not known yet. Parking it again changes nothing.
    async fn park(&self, event: &BillingEvent) -> Result<(), LedgerError>;

    /// Returns the parked events of a provider's customer, oldest first.
    async fn parked(
        &self,
        provider: Provider,
        provider_customer_id: &str,
    ) -> Result<Vec<BillingEvent>, LedgerError>;

    /// Returns at most `limit` customers whose [`State::next_due`] is not after `now`, earliest
    /// first.
    async fn due(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<String>, LedgerError>;

    /// Takes a customer's pending effects for exclusive work.
    ///
    /// Chosen is a customer with pending effects, whose queue is awake at `now` and without a lease
    /// that lasts beyond `now`; only `customer` if one is named. A queue is awake from the time of
    /// the commit that brought an effect, and sleeps when [`release`](Self::release) says so.
    /// `None`: there is nothing to do.
    async fn claim(
        &self,
        customer: Option<&str>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, LedgerError>;

    /// Drops an effect that was done, and prolongs the lease. Returns `false`, and does nothing, if
    /// the claim's lease was taken over by somebody else.
    async fn settle(
        &self,
        claim: &Claim,
        effect_id: u64,
        lease_until: OffsetDateTime,
    ) -> Result<bool, LedgerError>;

    /// Notes that an effect failed and when to try again. Returns `false`, and does nothing, if the
    /// claim's lease was taken over by somebody else.
    async fn postpone(
        &self,
        claim: &Claim,
        effect_id: u64,
        retry_at: OffsetDateTime,
        error: &str,
    ) -> Result<bool, LedgerError>;

    /// Ends a claim; one that was taken over is left alone.
    ///
    /// With `sleep_until` the customer's queue sleeps until then, unless effects were added that
    /// are not in the claim.
    async fn release(
        &self,
        claim: &Claim,
        sleep_until: Option<OffsetDateTime>,
    ) -> Result<(), LedgerError>;

    /// Returns at most `limit` effects that failed at least once and are still to be done, the
    /// longest-failing first.
    async fn failing(&self, limit: usize) -> Result<Vec<PendingEffect>, LedgerError>;
}

/// A customer's state and its version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// The state.
    pub state: State,
    /// Grows by one with each [`Commit`].
    pub version: u64,
}

/// An event's identity: its id is unique per provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId {
    /// The provider.
    pub provider: Provider,
    /// The event's id.
    pub id: String,
}

impl EventId {
    /// Returns the identity of an event.
    pub fn of(event: &BillingEvent) -> Self {
        Self {
            provider: event.provider,
            id: event.id.clone(),
        }
    }
}

/// Something of a provider's that belongs to one customer of the application for good.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The provider.
    pub provider: Provider,
    /// What it is.
    pub kind: LinkKind,
    /// The provider's id of it.
    pub id: String,
}

/// What a [`Link`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LinkKind {
    /// A customer.
    Customer,
    /// A subscription.
    Subscription,
    /// A payment.
    Payment,
}

/// A decision to be kept.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The customer.
    pub customer: String,
    /// The version of the account that the decision was made from.
    pub expected_version: u64,
    /// The new state.
    pub state: State,
    /// The event that it came from.
    pub event: Option<EventId>,
    /// What is now known to belong to the customer.
    pub links: Vec<Link>,
    /// What has to be done, in order, from `at` on.
    pub effects: Vec<Effect>,
    /// The effect whose answer the state was made from: its claim's token, and its id.
    pub settled: Option<(u64, u64)>,
    /// The present time, UTC.
    pub at: OffsetDateTime,
}

/// What became of a [`Commit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It was kept.
    Kept,
    /// The account has changed: read it again and decide again.
    Conflict,
    /// The claim of the settled effect was taken over: leave the rest to somebody else.
    TakenOver,
    /// The event was processed before.
    Repeated,
}

/// An effect that is still to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingEffect {
    /// Grows in the order in which effects were decided.
    pub id: u64,
    /// The customer.
    pub customer: String,
    /// The effect.
    pub effect: Effect,
    /// How often it failed.
    pub attempts: u32,
    /// Not to be tried before this time, UTC.
    pub retry_at: OffsetDateTime,
    /// What went wrong last time.
    pub last_error: Option<String>,
}

/// A customer's pending effects, taken for exclusive work until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The customer.
    pub customer: String,
    /// Tells this claim from a later one of the same customer.
    pub token: u64,
    /// All pending effects of the customer, in the order in which they were decided; some may have
    /// to wait.
    pub effects: Vec<PendingEffect>,
}

/// The ledger could not do its work. Nothing was changed; the same again may succeed.
#[derive(Debug, thiserror::Error)]
#[error("ledger: {message}")]
pub struct LedgerError {
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl LedgerError {
    /// Makes an error with a message that says what was tried.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}
