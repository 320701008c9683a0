use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::PurchasedItem;

client_core::open_enum! {
    /// The state of a subscription, in one vocabulary for all providers.
    ///
    /// A status that is not known here gives no access.
    pub enum SubscriptionStatus {
        /// The first payment is not through yet.
        Incomplete = "incomplete",
        /// The first payment never came.
        IncompleteExpired = "incomplete_expired",
        /// In a trial.
        Trialing = "trialing",
        /// Paid, or free.
        Active = "active",
        /// A payment is late and the provider is still trying.
        PastDue = "past_due",
        /// A payment is missing and the provider gave up.
        Unpaid = "unpaid",
        /// Ended.
        Canceled = "canceled",
        /// Stopped for a while.
        Paused = "paused",
        /// Ran out.
        Expired = "expired",
        /// Begins later.
        Scheduled = "scheduled",
    }
}

impl SubscriptionStatus {
    /// Returns whether the status is an end: nothing comes after it in the ordinary course.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Canceled | Self::IncompleteExpired | Self::Expired
        )
    }
}

/// A subscription as the provider saw it when the event happened. Times are UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionSnapshot {
    /// The provider's id.
    pub id: String,
    /// The status, in the shared vocabulary.
    pub status: SubscriptionStatus,
    /// What is subscribed to.
    pub items: Vec<PurchasedItem>,
    /// Seats or units; absent when the provider sells the product without a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// When the subscription began.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<OffsetDateTime>,
    /// When the provider last changed its record.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub modified_at: Option<OffsetDateTime>,
    /// Begin of the running billing period.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub current_period_start: Option<OffsetDateTime>,
    /// End of the running billing period.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub current_period_end: Option<OffsetDateTime>,
    /// Whether it ends with the running period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// When the cancellation was asked for.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub canceled_at: Option<OffsetDateTime>,
    /// When it is going to end.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<OffsetDateTime>,
    /// Begin of the trial.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub trial_start: Option<OffsetDateTime>,
    /// End of the trial.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub trial_end: Option<OffsetDateTime>,
    /// Since when a payment is late.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub past_due_at: Option<OffsetDateTime>,
    /// Whether it pauses with the end of the running period.
    #[serde(default)]
    pub pause_at_period_end: bool,
    /// When it was paused.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub paused_at: Option<OffsetDateTime>,
    /// When a pause is going to end. Access returns when the provider reports it, not by the clock.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub resumes_at: Option<OffsetDateTime>,
}

impl SubscriptionSnapshot {
    /// Makes a snapshot with an id, a status and one item; everything else is absent.
    pub fn new(id: impl Into<String>, status: SubscriptionStatus, item: PurchasedItem) -> Self {
        Self {
            id: id.into(),
            status,
            items: vec![item],
            quantity: None,
            started_at: None,
            modified_at: None,
            current_period_start: None,
            current_period_end: None,
            cancel_at_period_end: false,
            canceled_at: None,
            ends_at: None,
            ended_at: None,
            trial_start: None,
            trial_end: None,
            past_due_at: None,
            pause_at_period_end: false,
            paused_at: None,
            resumes_at: None,
        }
    }
}
