use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::{EntitlementSpec, GrantRecord};
use crate::event::{
    BillingEvent, MoneySignal, PaymentReason, PaymentSnapshot, PurchasedItem, RefundState,
    SubscriptionSnapshot,
};
use crate::provider::Provider;

/// Everything known about one customer's billing, and what was last decided from it.
///
/// Plain data: a ledger stores it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct State {
    /// The application's id of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The newest snapshot of each subscription, by `{provider}:{subscription id}`.
    pub subscriptions: BTreeMap<String, SubscriptionRecord>,
    /// What is known of each payment, by `{provider}:{payment id}`.
    pub payments: BTreeMap<String, PaymentRecord>,
    /// The entitlements that the customer is meant to have, by feature key.
    pub entitlements: BTreeMap<String, EntitlementSpec>,
    /// Bought top-ups, by `{provider}:{payment id}:{top-up id}`.
    pub grants: BTreeMap<String, GrantRecord>,
    /// Whether the customer was announced to the entitlement store.
    pub ensured: bool,
    /// When access changes by the clock alone.
    #[serde(with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub next_due: Option<OffsetDateTime>,
}

impl State {
    /// Makes the state of a customer about whom nothing is known.
    pub fn new(customer: impl Into<String>) -> Self {
        Self {
            customer: Some(customer.into()),
            ..Self::default()
        }
    }

    /// Returns whether time has passed a planned end or the end of a grace period, so that
    /// [`expire`](super::expire) has something to do.
    pub fn due(&self, now: OffsetDateTime) -> bool {
        self.next_due.is_some_and(|due| due <= now)
    }
}

/// The newest snapshot of a subscription, and the event that brought it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionRecord {
    /// The provider.
    pub provider: Provider,
    /// The id of the event.
    pub event_id: String,
    /// When the event happened.
    #[serde(with = "rfc3339")]
    pub occurred_at: OffsetDateTime,
    /// The snapshot.
    pub snapshot: SubscriptionSnapshot,
}

impl SubscriptionRecord {
    pub(crate) fn of(event: &BillingEvent, snapshot: &SubscriptionSnapshot) -> Self {
        Self {
            provider: event.provider,
            event_id: event.id.clone(),
            occurred_at: event.occurred_at,
            snapshot: snapshot.clone(),
        }
    }

    /// The order of snapshots: time first; at the same time an end wins, then the provider's later
    /// change, then the larger event id, so that the outcome never depends on the order of arrival.
    pub(crate) fn rank(&self) -> impl Ord + '_ {
        let ended = self.snapshot.status.is_terminal();
        (
            self.occurred_at,
            ended,
            self.snapshot.modified_at,
            &self.event_id,
        )
    }
}

/// What is known of a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PaymentRecord {
    /// The provider.
    pub provider: Provider,
    /// The id of the newest event about it.
    pub event_id: String,
    /// When that event happened.
    #[serde(with = "rfc3339")]
    pub occurred_at: OffsetDateTime,
    /// When the payment was asked for.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// When the provider reported that it is through; `None` while it has not.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub paid_at: Option<OffsetDateTime>,
    /// How much of it went back.
    pub refund: RefundState,
    /// Why it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<PaymentReason>,
    /// The subscription that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<PurchasedItem>,
}

impl PaymentRecord {
    pub(crate) fn of(event: &BillingEvent, payment: &PaymentSnapshot, refund: RefundState) -> Self {
        let paid = payment.signal == MoneySignal::Paid;
        Self {
            provider: event.provider,
            event_id: event.id.clone(),
            occurred_at: event.occurred_at,
            created_at: payment.created_at,
            paid_at: paid.then_some(event.occurred_at),
            refund,
            reason: payment.reason.clone(),
            subscription_id: payment.subscription_id.clone(),
            items: payment.items.clone(),
        }
    }

    fn rank(&self) -> impl Ord + '_ {
        (self.occurred_at, self.refund, &self.event_id)
    }

    /// Merges another report about the same payment: the newer snapshot wins, and what was once
    /// paid stays paid.
    pub(crate) fn merge(&mut self, other: Self) {
        let paid_at = [self.paid_at, other.paid_at].into_iter().flatten().min();
        let older = if other.rank() > self.rank() {
            std::mem::replace(self, other)
        } else {
            other
        };
        self.paid_at = paid_at;
        if self.items.is_empty() {
            self.items = older.items;
        }
    }

    /// Returns whether the payment is through and the money was not given back in full.
    pub fn is_settled(&self) -> bool {
        self.paid_at.is_some() && !self.is_refunded_in_full()
    }

    pub(crate) fn is_refunded_in_full(&self) -> bool {
        self.refund == RefundState::InFull
    }
}
