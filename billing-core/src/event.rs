//! Billing events: what a payment provider reported, in one vocabulary for all providers.
//!
//! An event is a fact, not an order. It carries the subscription as the provider saw it at
//! [`occurred_at`](BillingEvent::occurred_at) and the payment it is about; what follows from it is
//! decided in [`entitlement`](crate::entitlement).

mod customer;
mod defect;
mod kind;
mod payment;
mod product;
mod reference;
mod subscription;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

pub use customer::EventCustomer;
pub use defect::Defect;
pub use kind::EventKind;
pub use payment::{MoneySignal, PaymentReason, PaymentSnapshot, RefundState};
pub use product::PurchasedItem;
pub use reference::{Matching, Reference, UnresolvedReason};
pub use subscription::{SubscriptionSnapshot, SubscriptionStatus};

use crate::catalog::Catalog;
use crate::provider::Provider;

/// One thing that a payment provider reported about a customer's billing.
///
/// Times are UTC. The serde form is camelCase JSON and is stable: ledgers store it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BillingEvent {
    /// The provider's id of this event, the same on every delivery of it.
    ///
    /// Polar: the header `webhook-id`, which the signature covers. Unique per provider.
    pub id: String,
    /// The provider that reported the event.
    pub provider: Provider,
    /// What happened, in the names shared by all providers.
    pub kind: EventKind,
    /// What happened, in the provider's own words, such as `subscription.canceled`.
    pub provider_type: String,
    /// When it happened; a snapshot in the event shows the state at this time.
    #[serde(with = "time::serde::rfc3339")]
    pub occurred_at: OffsetDateTime,
    /// Whose billing it is.
    pub customer: EventCustomer,
    /// The subscription as it was at [`occurred_at`](Self::occurred_at).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionSnapshot>,
    /// The payment as it was at [`occurred_at`](Self::occurred_at).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentSnapshot>,
    /// What could not be read. A snapshot with a defect is left out, never half filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
    /// The verified body as it came.
    pub raw: Value,
}

impl BillingEvent {
    /// Makes an event that has nothing but an identity, for an application that feeds in events of
    /// its own.
    pub fn new(
        provider: Provider,
        id: impl Into<String>,
        kind: EventKind,
        occurred_at: OffsetDateTime,
    ) -> Self {
        Self {
            id: id.into(),
            provider,
            provider_type: kind.as_str().to_owned(),
            kind,
            occurred_at,
            customer: EventCustomer::default(),
            subscription: None,
            payment: None,
            defects: Vec::new(),
            raw: Value::Null,
        }
    }

    /// Sets whose billing the event is about.
    #[must_use]
    pub fn customer(mut self, customer: EventCustomer) -> Self {
        self.customer = customer;
        self
    }

    /// Sets the subscription snapshot.
    #[must_use]
    pub fn subscription(mut self, subscription: SubscriptionSnapshot) -> Self {
        self.subscription = Some(subscription);
        self
    }

    /// Sets the payment snapshot.
    #[must_use]
    pub fn payment(mut self, payment: PaymentSnapshot) -> Self {
        self.payment = Some(payment);
        self
    }

    /// Looks up in the catalog everything that the event's subscription and payment are about.
    ///
    /// The subscription's items come first, then the payment's. What is not in the catalog is
    /// [`Reference::Unresolved`].
    pub fn references(&self, catalog: &Catalog, matching: Matching) -> Vec<Reference> {
        let subscription = self.subscription.iter().flat_map(|found| &found.items);
        let payment = self.payment.iter().flat_map(|found| &found.items);
        subscription
            .chain(payment)
            .map(|item| item.resolve(self.provider, catalog, matching))
            .collect()
    }
}
