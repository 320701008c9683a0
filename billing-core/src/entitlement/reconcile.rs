use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::audit;
use super::calendar::expires_at;
use super::desired::desired;
use super::merge::texts;
use super::{
    Allowance, Change, EntitlementSpec, GrantRecord, GrantSpec, PaymentRecord, Policy, State,
    Unresolved,
};
use crate::catalog::{Catalog, Topup};
use crate::effects::{AuditEntry, CustomerProfile, Effect, GrantBalance};
use crate::event::{EventCustomer, Reference};

/// What it takes to bring a customer to what they should have.
#[derive(Default)]
pub(super) struct Reconciled {
    pub(super) effects: Vec<Effect>,
    pub(super) changes: Vec<Change>,
    /// By the key of the subscription or payment concerned.
    pub(super) unresolved: Vec<(String, Unresolved)>,
    audit: Vec<AuditEntry>,
    /// Things that wait for others, by the same key.
    pub(super) waiting: Vec<(String, Change)>,
}

/// Takes away what has ended by the clock: planned ends, and grace periods that ran out.
///
/// Returns the new state and what has to be done. Doing it early or twice changes nothing.
///
/// Also the way to bring a customer in line with a changed catalog or policy.
pub fn expire(
    state: &State,
    catalog: &Catalog,
    policy: &Policy,
    now: OffsetDateTime,
) -> (State, Vec<Effect>, Vec<Change>) {
    let mut next = state.clone();
    let reconciled = reconcile(&mut next, None, catalog, policy, now);
    (next, reconciled.effects, reconciled.changes)
}

/// Notes what is left of the top-ups on an entitlement that is about to be replaced or deleted, and
/// grants it again if the customer is meant to have a new one.
///
/// `balances` is the answer to [`Effect::CaptureGrants`]. Grants that are not in it stay as they
/// are: they are yet to be made, or gone.
pub fn captured(
    state: &State,
    feature_key: &str,
    balances: &[GrantBalance],
    catalog: &Catalog,
    policy: &Policy,
    now: OffsetDateTime,
) -> (State, Vec<Effect>) {
    let mut next = state.clone();
    let on_feature = |record: &&mut GrantRecord| {
        record.spec.feature_key == feature_key && record.issued && !record.revoked
    };
    for record in next.grants.values_mut().filter(on_feature) {
        let key = record.current_key();
        if let Some(balance) = balances.iter().find(|balance| balance.key == key) {
            record.spec.amount = balance.remaining.clamp(0.0, record.spec.amount);
            record.issued = false;
            record.generation += 1;
        }
    }
    let reconciled = reconcile(&mut next, None, catalog, policy, now);
    (next, reconciled.effects)
}

pub(super) fn reconcile(
    state: &mut State,
    customer: Option<&EventCustomer>,
    catalog: &Catalog,
    policy: &Policy,
    now: OffsetDateTime,
) -> Reconciled {
    let mut done = Reconciled::default();
    if !policy.manages_entitlements {
        state.next_due = None;
        return done;
    }
    record_topups(state, catalog, policy);
    let desired = desired(state, catalog, policy, now);
    done.unresolved = desired.unresolved;
    done.waiting = desired.waiting;
    entitlements(state, &desired.entitlements, now, &mut done);
    grants(state, &desired.entitlements, policy, now, &mut done);
    state.entitlements = desired.entitlements;
    state.next_due = desired.next_due;
    ensure_customer(state, customer, &mut done);
    let audit = done.audit.drain(..).map(|entry| Effect::Audit { entry });
    done.effects.extend(audit);
    done
}

fn entitlements(
    state: &State,
    wanted: &BTreeMap<String, EntitlementSpec>,
    now: OffsetDateTime,
    done: &mut Reconciled,
) {
    let holds_topups = |feature_key: &str| {
        state.grants.values().any(|record| {
            record.issued && record.is_usable(now) && record.spec.feature_key == feature_key
        })
    };
    for feature_key in state
        .entitlements
        .keys()
        .filter(|key| !wanted.contains_key(*key))
    {
        if holds_topups(feature_key) {
            done.effects.push(Effect::CaptureGrants {
                feature_key: feature_key.clone(),
            });
        }
        done.effects.push(Effect::DeleteEntitlement {
            feature_key: feature_key.clone(),
        });
        done.changes.push(Change::Withdrawn {
            feature_key: feature_key.clone(),
        });
    }
    for (feature_key, spec) in wanted {
        let feature_key = feature_key.clone();
        match state.entitlements.get(&feature_key) {
            Some(present) if present.allows_same(spec) => continue,
            Some(_) => {
                if holds_topups(&feature_key) {
                    done.effects.push(Effect::CaptureGrants {
                        feature_key: feature_key.clone(),
                    });
                }
                done.changes.push(Change::Changed { feature_key });
            }
            None => done.changes.push(Change::Granted { feature_key }),
        }
        done.effects.push(Effect::PutEntitlement {
            entitlement: spec.clone(),
        });
    }
}

/// Enters every top-up that was paid for.
fn record_topups(state: &mut State, catalog: &Catalog, policy: &Policy) {
    for (payment_key, payment) in &state.payments {
        let Some(paid_at) = payment.paid_at else {
            continue;
        };
        let mut bought: BTreeMap<String, u64> = BTreeMap::new();
        for item in &payment.items {
            let reference = item.resolve(payment.provider, catalog, policy.matching);
            if let Reference::Topup { topup, .. } = reference {
                let units = bought.entry(topup).or_default();
                *units = units.saturating_add(item.quantity.unwrap_or(1));
            }
        }
        for (id, units) in bought {
            let Some(topup) = catalog.topups().get(id.as_str()) else {
                continue;
            };
            let key = format!("{payment_key}:{id}");
            state
                .grants
                .entry(key.clone())
                .or_insert_with(|| GrantRecord {
                    spec: grant_spec(&key, &id, topup, units, payment, paid_at, catalog),
                    payment: payment_key.clone(),
                    topup: id,
                    issued: false,
                    generation: 0,
                    revoked: false,
                });
        }
    }
}

fn grant_spec(
    key: &str,
    id: &str,
    topup: &Topup,
    units: u64,
    payment: &PaymentRecord,
    paid_at: OffsetDateTime,
    catalog: &Catalog,
) -> GrantSpec {
    let feature_id = topup.feature.as_str();
    let feature = catalog
        .features()
        .get(feature_id)
        .and_then(|feature| feature.key.as_deref());
    let grant = topup.grant.as_ref();
    let expiration = grant.and_then(|grant| grant.expiration.clone());
    let mut metadata = grant
        .map(|grant| texts(&grant.metadata))
        .unwrap_or_default();
    metadata.extend(texts(&topup.metadata));
    for (name, value) in [
        ("catalogTopupId", id),
        ("catalogTopupKey", topup.key.as_deref().unwrap_or(id)),
        ("catalogFeatureId", feature_id),
        ("provider", payment.provider.as_str()),
        ("idempotencyKey", key),
    ] {
        metadata.insert(name.to_owned(), value.to_owned());
    }
    #[allow(clippy::cast_precision_loss)]
    let amount = topup.amount.as_f64() * units as f64;
    GrantSpec {
        key: key.to_owned(),
        feature_key: feature.unwrap_or(feature_id).to_owned(),
        amount,
        effective_at: paid_at,
        expires_at: expiration
            .as_ref()
            .and_then(|expiration| expires_at(expiration, paid_at)),
        expiration,
        priority: grant
            .and_then(|grant| grant.priority)
            .and_then(|number| number.as_u32()),
        max_rollover_amount: grant
            .and_then(|grant| grant.max_rollover_amount)
            .map(|number| number.as_f64()),
        metadata,
    }
}

fn grants(
    state: &mut State,
    wanted: &BTreeMap<String, EntitlementSpec>,
    policy: &Policy,
    now: OffsetDateTime,
    done: &mut Reconciled,
) {
    for record in state.grants.values_mut() {
        let payment = state.payments.get(&record.payment);
        let refunded = payment.is_some_and(|payment| !payment.is_settled());
        let (topup, feature_key) = (record.topup.clone(), record.spec.feature_key.clone());
        if refunded && !record.revoked {
            if record.issued {
                let key = record.current_key();
                done.effects.push(Effect::RevokeGrant {
                    feature_key: feature_key.clone(),
                    key,
                });
                done.changes.push(Change::TopupWithdrawn {
                    topup: topup.clone(),
                    feature_key: feature_key.clone(),
                });
            }
            record.revoked = true;
        }
        if !refunded && record.revoked {
            record.revoked = false;
            record.generation += u32::from(record.issued);
            record.issued = false;
        }
        if record.issued || !record.is_usable(now) {
            continue;
        }
        let holder = wanted.get(&feature_key).map(|spec| &spec.allowance);
        if !matches!(holder, Some(Allowance::Metered { .. })) {
            let change = Change::TopupWaits { topup, feature_key };
            done.waiting.push((record.payment.clone(), change));
            continue;
        }
        record.issued = true;
        let mut grant = record.spec.clone();
        grant.key = record.current_key();
        grant.effective_at = now;
        if let (Some(customer), Some(prefix), 0) =
            (&state.customer, &policy.audit_prefix, record.generation)
        {
            done.audit
                .push(audit::topup_applied(prefix, customer, &topup, &grant));
        }
        done.effects.push(Effect::CreateGrant { grant });
        done.changes
            .push(Change::TopupGranted { topup, feature_key });
    }
}

fn ensure_customer(state: &mut State, customer: Option<&EventCustomer>, done: &mut Reconciled) {
    let gives = |effect: &Effect| {
        matches!(
            effect,
            Effect::PutEntitlement { .. } | Effect::CreateGrant { .. }
        )
    };
    let Some(key) = state.customer.clone().filter(|_| !state.ensured) else {
        return;
    };
    if done.effects.iter().any(gives) {
        let profile = CustomerProfile {
            key,
            name: customer.and_then(|customer| customer.name.clone()),
            email: customer.and_then(|customer| customer.email.clone()),
        };
        done.effects.insert(0, Effect::EnsureCustomer { profile });
        state.ensured = true;
    }
}
