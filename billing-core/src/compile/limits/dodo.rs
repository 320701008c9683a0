//! Dodo Payments: `POST /products` and `POST /addons`.

use std::collections::HashMap;

use crate::catalog::{Catalog, CurrencyCode, Interval, Issue, IssueCode, Price};
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

/// What an add-on must have in common with the price it is charged with.
type Cycle<'a> = (&'a Interval, u32, CurrencyCode);

fn cycle(price: &Price) -> Option<Cycle<'_>> {
    let interval = price
        .interval
        .as_ref()
        .filter(|interval| **interval != Interval::OneTime)?;
    Some((
        interval,
        price.interval_count_or_one(),
        price.currency.upper(),
    ))
}

/// Counts the add-ons that the product of each plan price would offer.
pub(super) fn addons_per_product(catalog: &Catalog, issues: &mut Vec<Issue>) {
    let mut for_every_plan: HashMap<Cycle<'_>, usize> = HashMap::new();
    let mut for_plan: Vec<Vec<Cycle<'_>>> = vec![Vec::new(); catalog.plans().len()];
    for addon in catalog.addons().values() {
        let cycles = || addon.prices.values().filter_map(cycle);
        let written = addon.compatible_plans.as_deref().unwrap_or_default();
        if written.is_empty() {
            cycles().for_each(|cycle| *for_every_plan.entry(cycle).or_default() += 1);
            continue;
        }
        let mut slots: Vec<usize> = written
            .iter()
            .filter_map(|name| catalog.plan_slot(name))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            if let Some(list) = for_plan.get_mut(slot) {
                list.extend(cycles());
            }
        }
    }
    for ((id, plan), own) in catalog.plans().iter().zip(for_plan) {
        for (price_id, price) in &plan.prices {
            let Some(cycle) = cycle(price) else { continue };
            let count = for_every_plan.get(&cycle).copied().unwrap_or_default()
                + own.iter().filter(|other| **other == cycle).count();
            if count > ADDONS_PER_PRODUCT {
                issues.push(Issue::new(
                    IssueCode::TooManyAddons,
                    format!("plans.{id}.prices.{price_id}"),
                    format!(
                        "Dodo Payments: a product offers {ADDONS_PER_PRODUCT} add-ons at most, and {count} fit this price"
                    ),
                ));
            }
        }
    }
}
