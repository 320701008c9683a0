//! Dodo Payments: `POST /products` and `POST /addons`.

use crate::catalog::{Catalog, Interval, Issue, IssueCode};
use crate::compile::limits::currencies::{DODO_MINIMUM, find};
use crate::compile::limits::metadata::MetadataRules;
use crate::compile::limits::{Cadence, Rules, iso_currency, iso_exponent, no_maximum, step_of_one};
use crate::provider::Provider;

/// Add-ons that one product can offer.
const ADDONS_PER_PRODUCT: usize = 3;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Dodo,
    currency: iso_currency,
    exponent: iso_exponent,
    free: true,
    minimum: |code| find(DODO_MINIMUM, code).unwrap_or(0),
    maximum: no_maximum,
    step: step_of_one,
    cadence,
    name: None,
    description: None,
    lookup_key: None,
    trial_days: None,
    metadata: Some(MetadataRules {
        count: 50,
        key: 40,
        key_character: |character| character.is_ascii_alphanumeric() || "_-".contains(character),
        value: 500,
        empty_value: true,
        with_price: true,
    }),
    key: None,
};

fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day | Interval::Week | Interval::Month | Interval::Year => Cadence::ANY,
        _ => Cadence::Never,
    }
}

/// Counts the recurring prices of add-ons, each an add-on at Dodo, that fit each plan.
pub(super) fn addons_per_product(catalog: &Catalog, issues: &mut Vec<Issue>) {
    let mut for_every_plan = 0;
    let mut for_plan = vec![0; catalog.plans().len()];
    for addon in catalog.addons().values() {
        let recurring = addon
            .prices
            .values()
            .filter(|price| !price.is_one_time())
            .count();
        let written = addon.compatible_plans.as_deref().unwrap_or_default();
        if written.is_empty() {
            for_every_plan += recurring;
            continue;
        }
        let mut slots: Vec<usize> = written
            .iter()
            .filter_map(|name| catalog.index().plans.find(name))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            if let Some(count) = for_plan.get_mut(slot) {
                *count += recurring;
            }
        }
    }
    for (id, count) in catalog.plans().keys().zip(for_plan) {
        let count = count + for_every_plan;
        if count > ADDONS_PER_PRODUCT {
            issues.push(Issue::new(
                IssueCode::TooManyAddons,
                format!("plans.{id}"),
                format!(
                    "Dodo Payments: a product offers {ADDONS_PER_PRODUCT} add-ons at most, and {count} prices of add-ons fit this plan"
                ),
            ));
        }
    }
}
