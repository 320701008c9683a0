//! OpenMeter: meters, features, plans, add-ons, entitlements and grants.

use crate::catalog::{Catalog, Interval, Issue, IssueCode};
use crate::compile::limits::{
    Cadence, KeyRule, Rules, is_snake_key, iso_currency, iso_exponent, no_maximum, step_of_one,
};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::OpenMeter,
    currency: iso_currency,
    exponent: iso_exponent,
    free: true,
    minimum: |_| 0,
    maximum: no_maximum,
    step: step_of_one,
    cadence,
    name: Some((1, 256)),
    description: Some(1024),
    lookup_key: None,
    trial_days: None,
    metadata: None,
    key: Some(KeyRule {
        valid: is_snake_key,
        expected: "lower-case letters, digits and single `_` between them",
    }),
};

fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day | Interval::Week | Interval::Month | Interval::Year => Cadence::ANY,
        _ => Cadence::Never,
    }
}

/// An add-on is in one currency, and can only be added to a plan in the same one.
pub(super) fn currencies(catalog: &Catalog, issues: &mut Vec<Issue>) {
    for (id, addon) in catalog.addons() {
        let mut prices = addon.prices.iter();
        let Some((_, first)) = prices.next() else {
            continue;
        };
        let expected = first.currency.upper();
        for (price_id, price) in prices {
            let found = price.currency.upper();
            if found != expected {
                issues.push(Issue::new(
                    IssueCode::MixedCurrencies,
                    format!("addons.{id}.prices.{price_id}.currency"),
                    format!(
                        "OpenMeter: an add-on is in one currency; found {found} after {expected}"
                    ),
                ));
            }
        }
    }
}
