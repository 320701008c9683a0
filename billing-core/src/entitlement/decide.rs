use time::OffsetDateTime;

use super::reconcile::reconcile;
use super::{
    Change, IgnoredReason, PaymentRecord, Policy, State, SubscriptionRecord, Unresolved, Verdict,
    audit,
};
use crate::catalog::Catalog;
use crate::effects::Effect;
use crate::event::{BillingEvent, EventKind, MoneySignal, Reference, RefundState};

/// What follows from an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// What came of the event.
    pub verdict: Verdict,
    /// What the event's items are in the catalog.
    pub references: Vec<Reference>,
    /// What has to be done, in order. Each is idempotent.
    pub effects: Vec<Effect>,
    /// The state to keep.
    pub state: State,
}

/// Decides what follows from an event for the customer whose state is given.
///
/// `now` is the present time: it decides whether a planned end or a grace period has passed.
///
/// - The event's subscription snapshot counts if it is newer than the known one; at the same time
///   an end wins. Else the event is [`IgnoredReason::Late`] or [`IgnoredReason::Repeated`].
/// - A payment counts once, however often and in whichever order its events come.
/// - Plans and add-ons of subscriptions entitle as long as the subscription gives access, an add-on
///   that was bought once until its money is given back, each add-on only beside one of the plans
///   that it belongs to. Amounts add up.
/// - An event that names another customer than the state's is not applied, unless it is about a
///   subscription or payment that the state knows; that one stays with its owner.
pub fn decide(
    state: &State,
    event: &BillingEvent,
    catalog: &Catalog,
    policy: &Policy,
    now: OffsetDateTime,
) -> Decision {
    let references = event.references(catalog, policy.matching);
    let unchanged = |verdict, effects| Decision {
        verdict,
        references: references.clone(),
        effects,
        state: state.clone(),
    };
    let is_about_nothing = event.subscription.is_none() && event.payment.is_none();
    if is_about_nothing && !event.defects.is_empty() {
        let what = vec![Unresolved::Payload {
            defects: event.defects.clone(),
        }];
        return unchanged(
            Verdict::Unresolved {
                what,
                changes: Vec::new(),
            },
            Vec::new(),
        );
    }

    let mut what = Vec::new();
    let named = policy.customer_key(&event.customer);
    let owner = match (state.customer.as_deref(), named) {
        (Some(owner), Some(named)) if owner != named => {
            what.push(Unresolved::OtherCustomer {
                owner: owner.to_owned(),
                named: named.to_owned(),
            });
            if !knows(state, event) {
                return unchanged(
                    Verdict::Unresolved {
                        what,
                        changes: Vec::new(),
                    },
                    Vec::new(),
                );
            }
            owner
        }
        (Some(owner), _) => owner,
        (None, Some(named)) => named,
        (None, None) if is_about_nothing => {
            let reason = IgnoredReason::NoSnapshot;
            return unchanged(Verdict::Ignored { reason }, Vec::new());
        }
        (None, None) => {
            let provider_customer_id = event.customer.provider_id.clone();
            what.push(Unresolved::Customer {
                provider_customer_id,
            });
            return unchanged(
                Verdict::Unresolved {
                    what,
                    changes: Vec::new(),
                },
                Vec::new(),
            );
        }
    };
    let event_audit = policy
        .audit_prefix
        .as_deref()
        .filter(|_| !is_unknown(event))
        .map(|prefix| Effect::Audit {
            entry: audit::of_event(prefix, owner, event, &references),
        });
    if is_about_nothing {
        let reason = IgnoredReason::NoSnapshot;
        return unchanged(
            Verdict::Ignored { reason },
            event_audit.into_iter().collect(),
        );
    }

    let mut next = state.clone();
    next.customer = Some(owner.to_owned());
    let taken = [
        take_subscription(&mut next, event),
        take_payment(&mut next, event),
    ];
    let fresh = taken.iter().flatten().any(|taken| taken.outcome.is_ok());
    if !fresh {
        let reason = taken
            .iter()
            .flatten()
            .find_map(|taken| taken.outcome.clone().err());
        let reason = reason.unwrap_or(IgnoredReason::NoSnapshot);
        return unchanged(Verdict::Ignored { reason }, Vec::new());
    }

    let reconciled = reconcile(&mut next, Some(&event.customer), catalog, policy, now);
    let is_ours = |key: &str| taken.iter().flatten().any(|taken| taken.key == key);
    let mut changes = reconciled.changes;
    let ours = reconciled
        .waiting
        .into_iter()
        .filter(|(key, _)| is_ours(key));
    changes.extend(ours.map(|(_, change)| change));
    let ours = reconciled
        .unresolved
        .into_iter()
        .filter(|(key, _)| is_ours(key));
    what.extend(ours.map(|(_, unresolved)| unresolved));
    if !event.defects.is_empty() {
        what.push(Unresolved::Payload {
            defects: event.defects.clone(),
        });
    }

    let mut effects = reconciled.effects;
    effects.extend(event_audit);
    effects.extend(trial_audit(state, &next, event, policy, owner));
    let verdict = verdict(what, changes);
    Decision {
        verdict,
        references,
        effects,
        state: next,
    }
}

fn verdict(what: Vec<Unresolved>, changes: Vec<Change>) -> Verdict {
    if what.is_empty() {
        Verdict::Applied { changes }
    } else {
        Verdict::Unresolved { what, changes }
    }
}

fn is_unknown(event: &BillingEvent) -> bool {
    matches!(event.kind, EventKind::Unknown(_))
        && event.subscription.is_none()
        && event.payment.is_none()
}

fn knows(state: &State, event: &BillingEvent) -> bool {
    let key = |id: &str| format!("{}:{id}", event.provider);
    let subscription = event.subscription.as_ref().map(|found| found.id.as_str());
    let of_payment = event
        .payment
        .as_ref()
        .and_then(|found| found.subscription_id.as_deref());
    let mut subscriptions = subscription.into_iter().chain(of_payment);
    subscriptions.any(|id| state.subscriptions.contains_key(&key(id)))
        || event
            .payment
            .as_ref()
            .is_some_and(|found| state.payments.contains_key(&key(&found.id)))
}

/// A snapshot that was put into the state, or the reason why not.
struct Taken {
    key: String,
    outcome: Result<(), IgnoredReason>,
}

fn take_subscription(state: &mut State, event: &BillingEvent) -> Option<Taken> {
    let snapshot = event.subscription.as_ref()?;
    let key = format!("{}:{}", event.provider, snapshot.id);
    let record = SubscriptionRecord::of(event, snapshot);
    let outcome = match state.subscriptions.get(&key) {
        Some(present) if present.event_id == record.event_id => Err(IgnoredReason::Repeated),
        Some(present) if present.rank() > record.rank() => Err(IgnoredReason::Late {
            newest: present.occurred_at,
        }),
        _ => {
            state.subscriptions.insert(key.clone(), record);
            Ok(())
        }
    };
    Some(Taken { key, outcome })
}

fn take_payment(state: &mut State, event: &BillingEvent) -> Option<Taken> {
    let payment = event.payment.as_ref()?;
    // Without a signal and a refund state an event only mentions the payment.
    let refund = match (payment.refund, payment.signal) {
        (Some(refund), _) => refund,
        (None, MoneySignal::Paid) => RefundState::None,
        _ => return None,
    };
    let key = format!("{}:{}", event.provider, payment.id);
    let record = PaymentRecord::of(event, payment, refund);
    let Some(present) = state.payments.get_mut(&key) else {
        state.payments.insert(key.clone(), record);
        return Some(Taken {
            key,
            outcome: Ok(()),
        });
    };
    let before = present.clone();
    present.merge(record);
    let outcome = if *present != before {
        Ok(())
    } else if before.event_id == event.id {
        Err(IgnoredReason::Repeated)
    } else {
        Err(IgnoredReason::Late {
            newest: before.occurred_at,
        })
    };
    Some(Taken { key, outcome })
}

fn trial_audit(
    before: &State,
    after: &State,
    event: &BillingEvent,
    policy: &Policy,
    owner: &str,
) -> Option<Effect> {
    let prefix = policy.audit_prefix.as_deref()?;
    let key = format!("{}:{}", event.provider, event.subscription.as_ref()?.id);
    let (old, new) = (
        before.subscriptions.get(&key),
        after.subscriptions.get(&key)?,
    );
    let entry = audit::of_trial(prefix, owner, old, new)?;
    Some(Effect::Audit { entry })
}
