use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::PurchasedItem;

client_core::open_enum! {
    /// Why a payment was asked for.
    pub enum PaymentReason {
        /// A one-time purchase.
        Purchase = "purchase",
        /// The first period of a subscription.
        SubscriptionStart = "subscription_create",
        /// A further period of a subscription.
        SubscriptionRenewal = "subscription_cycle",
        /// A change within a period: another plan, more seats.
        SubscriptionChange = "subscription_update",
        /// Metered use that was billed afterwards.
        Usage = "subscription_meter_cycle",
    }
}

/// What an event says about money. One payment gives each signal at most once.
///
/// Providers report the same payment in several events; exactly one of them carries the signal, so
/// that nothing is counted twice. Polar: `order.paid` and `order.refunded` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MoneySignal {
    /// The event describes a payment without being its signal.
    None,
    /// The payment is through.
    Paid,
    /// A part of the money went back.
    RefundedInPart,
    /// All of the money went back.
    RefundedInFull,
    /// The charge failed.
    Failed,
}

/// How much of a payment went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundState {
    /// Nothing.
    None,
    /// A part.
    InPart,
    /// Everything.
    InFull,
}

/// A payment as the provider saw it when the event happened.
///
/// Amounts are in the smallest unit of the currency (cents for USD, yen for JPY).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PaymentSnapshot {
    /// The provider's id of the payment. Polar: the order's id.
    pub id: String,
    /// What the event says about money.
    pub signal: MoneySignal,
    /// The status in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How much of it had gone back; `None` when the event does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundState>,
    /// What was paid or is to be paid, taxes included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// What went back so far, without taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_amount: Option<i64>,
    /// The currency, three lower-case letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Why the payment was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<PaymentReason>,
    /// The subscription that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// The checkout that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout_id: Option<String>,
    /// When the payment was asked for, UTC. Tells which period of a subscription it pays.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// What was bought.
    pub items: Vec<PurchasedItem>,
}

impl PaymentSnapshot {
    /// Makes a payment for one item; everything else is absent.
    pub fn new(id: impl Into<String>, signal: MoneySignal, item: PurchasedItem) -> Self {
        Self {
            id: id.into(),
            signal,
            status: None,
            refund: match signal {
                MoneySignal::Paid => Some(RefundState::None),
                MoneySignal::RefundedInPart => Some(RefundState::InPart),
                MoneySignal::RefundedInFull => Some(RefundState::InFull),
                MoneySignal::None | MoneySignal::Failed => None,
            },
            amount: None,
            refunded_amount: None,
            currency: None,
            reason: None,
            subscription_id: None,
            checkout_id: None,
            created_at: None,
            items: vec![item],
        }
    }
}
