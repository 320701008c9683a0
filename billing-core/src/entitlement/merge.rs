use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;
use time::OffsetDateTime;

use super::desired::{Desired, Holding, Sold};
use super::{Allowance, EntitlementSpec, Policy, State};
use crate::catalog::{Catalog, Entitlement, EntitlementValue, Metadata};

/// Merges what all holdings entitle to: one entitlement per feature.
///
/// Amounts add up. Where only one can count (a configuration, the reset), the first holding does.
pub(super) fn merge(
    holdings: &[Holding<'_>],
    catalog: &Catalog,
    policy: &Policy,
) -> BTreeMap<String, EntitlementSpec> {
    let mut merged: BTreeMap<String, EntitlementSpec> = BTreeMap::new();
    for holding in holdings {
        let Some(entitlements) = holding.sold.entitlements(catalog) else {
            continue;
        };
        for (feature_id, entitlement) in entitlements {
            let Some(feature) = catalog.features().get(feature_id) else {
                continue;
            };
            let Some(allowance) = allowance(entitlement, holding, policy) else {
                continue;
            };
            let feature_key = feature.key.as_deref().unwrap_or(feature_id).to_owned();
            match merged.entry(feature_key) {
                Entry::Vacant(entry) => {
                    let spec = EntitlementSpec {
                        feature_key: entry.key().clone(),
                        allowance,
                        metadata: metadata(holding, feature_id, entitlement),
                    };
                    entry.insert(spec);
                }
                Entry::Occupied(mut entry) => add(&mut entry.get_mut().allowance, &allowance),
            }
        }
    }
    merged
}

/// Keeps an entitlement with nothing of its own for features of which bought balance is left.
pub(super) fn add_topup_holders(state: &State, desired: &mut Desired, now: OffsetDateTime) {
    for record in state.grants.values().filter(|record| record.is_usable(now)) {
        let key = &record.spec.feature_key;
        desired.next_due = [desired.next_due, record.spec.expires_at]
            .into_iter()
            .flatten()
            .min();
        desired
            .entitlements
            .entry(key.clone())
            .or_insert_with(|| EntitlementSpec {
                feature_key: key.clone(),
                allowance: Allowance::Metered {
                    amount: 0.0,
                    reset: None,
                    anchor: None,
                },
                metadata: BTreeMap::from([("catalogTopupId".to_owned(), record.topup.clone())]),
            });
    }
}

fn allowance(
    entitlement: &Entitlement,
    holding: &Holding<'_>,
    policy: &Policy,
) -> Option<Allowance> {
    match entitlement.value() {
        EntitlementValue::Boolean { enabled } => enabled.then_some(Allowance::Boolean),
        EntitlementValue::Static { config } => Some(Allowance::Static { config }),
        EntitlementValue::Metered { amount, reset } => {
            let units = if policy.amounts_per_unit {
                holding.quantity
            } else {
                1
            };
            #[allow(clippy::cast_precision_loss)]
            let amount = amount.as_f64() * units as f64;
            Some(Allowance::Metered {
                amount,
                reset,
                anchor: holding.period_start,
            })
        }
    }
    // Zero units of something were not bought.
    .filter(|_| holding.quantity > 0)
}

fn add(first: &mut Allowance, further: &Allowance) {
    if let (Allowance::Metered { amount, .. }, Allowance::Metered { amount: more, .. }) =
        (first, further)
    {
        *amount += more;
    }
}

fn metadata(
    holding: &Holding<'_>,
    feature_id: &str,
    entitlement: &Entitlement,
) -> BTreeMap<String, String> {
    let mut metadata = texts(&entitlement.own_metadata());
    let (name, id) = match holding.sold {
        Sold::Plan(id) => ("catalogPlanId", id),
        Sold::Addon(id) => ("catalogAddonId", id),
    };
    metadata.insert(name.to_owned(), id.to_owned());
    metadata.insert("catalogFeatureId".to_owned(), feature_id.to_owned());
    metadata.insert("provider".to_owned(), holding.provider.to_string());
    if let Some(id) = holding.subscription_id {
        metadata.insert("subscriptionId".to_owned(), id.to_owned());
    }
    metadata
}

/// Metadata as texts: other values as their JSON.
pub(super) fn texts(metadata: &Metadata) -> BTreeMap<String, String> {
    metadata
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.to_string(), text)
        })
        .collect()
}
