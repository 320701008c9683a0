use std::time::Duration;

use time::OffsetDateTime;

use super::{PaymentRecord, Policy, SubscriptionRecord};
use crate::event::{PaymentReason, SubscriptionSnapshot, SubscriptionStatus};

/// Whether a subscription gives access, until when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// It does.
    Granted {
        /// The time from which it no longer does; `None`: as long as nothing else is reported.
        until: Option<OffsetDateTime>,
        /// The reason.
        because: Standing,
    },
    /// It does not.
    Denied(Standing),
}

/// What a subscription's access rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// The status alone.
    Status(SubscriptionStatus),
    /// The subscription has a planned end.
    PlannedEnd,
    /// A payment is late and the grace period runs.
    Grace,
    /// The period was paid and the money was given back in full.
    Refunded,
    /// The policy gives no access during trials.
    TrialsGiveNone,
}

impl Access {
    /// Returns whether there is access at a time.
    pub fn at(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Granted { until, .. } => until.is_none_or(|until| now < until),
            Self::Denied(_) => false,
        }
    }

    /// Returns the time at which access ends by itself.
    pub fn until(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Granted { until, .. } => *until,
            Self::Denied(_) => None,
        }
    }
}

impl SubscriptionRecord {
    /// Works out the access that the subscription gives.
    ///
    /// Status and times of the newest snapshot decide, together with full refunds among
    /// `payments`. The name of the event that brought the snapshot plays no part.
    pub fn access<'a>(
        &self,
        payments: impl IntoIterator<Item = &'a PaymentRecord>,
        policy: &Policy,
    ) -> Access {
        let snapshot = &self.snapshot;
        let status = &snapshot.status;
        let grace_end = match status {
            SubscriptionStatus::Trialing if !policy.trials_give_access => {
                return Access::Denied(Standing::TrialsGiveNone);
            }
            SubscriptionStatus::Trialing | SubscriptionStatus::Active => None,
            SubscriptionStatus::PastDue => {
                let since = snapshot.past_due_at.or(snapshot.current_period_start);
                Some(later(
                    since.unwrap_or(self.occurred_at),
                    policy.past_due_grace,
                ))
            }
            _ => return Access::Denied(Standing::Status(status.clone())),
        };
        if payments
            .into_iter()
            .any(|payment| self.lost_its_period(payment))
        {
            return Access::Denied(Standing::Refunded);
        }
        let silence_end = policy.silence_grace.and_then(|grace| {
            let known = snapshot.current_period_end.max(snapshot.trial_end)?;
            Some(later(known, grace))
        });
        let planned_end = planned_end(snapshot);
        let until = [planned_end, grace_end, silence_end]
            .into_iter()
            .flatten()
            .min();
        let because = if until.is_none() {
            Standing::Status(status.clone())
        } else if until == planned_end {
            Standing::PlannedEnd
        } else if until == grace_end {
            Standing::Grace
        } else {
            Standing::Status(status.clone())
        };
        Access::Granted { until, because }
    }

    /// A refund takes the period that the payment was for, not one before or after it.
    fn lost_its_period(&self, payment: &PaymentRecord) -> bool {
        let is_ours = payment.provider == self.provider
            && payment.subscription_id.as_ref() == Some(&self.snapshot.id);
        let pays_a_period = matches!(
            payment.reason,
            None | Some(PaymentReason::SubscriptionStart | PaymentReason::SubscriptionRenewal)
        );
        if !(is_ours && pays_a_period && payment.is_refunded_in_full()) {
            return false;
        }
        let paid_at = payment.created_at.unwrap_or(payment.occurred_at);
        self.snapshot
            .current_period_start
            .is_none_or(|start| start <= paid_at)
            && self
                .snapshot
                .current_period_end
                .is_none_or(|end| paid_at < end)
    }
}

fn planned_end(snapshot: &SubscriptionSnapshot) -> Option<OffsetDateTime> {
    let stops_with_period = snapshot.cancel_at_period_end || snapshot.pause_at_period_end;
    let period_end = snapshot.current_period_end.filter(|_| stops_with_period);
    [snapshot.ended_at, snapshot.ends_at, period_end]
        .into_iter()
        .flatten()
        .min()
}

/// Adds without overflow; the far future stands for "never".
fn later(time: OffsetDateTime, by: Duration) -> OffsetDateTime {
    let by = time::Duration::try_from(by).unwrap_or(time::Duration::MAX);
    time.checked_add(by)
        .unwrap_or(time::PrimitiveDateTime::MAX.assume_utc())
}
