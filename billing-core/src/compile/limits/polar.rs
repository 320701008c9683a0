//! Polar: `POST /v1/products/` and `POST /v1/meters/`.

use crate::catalog::Interval;
use crate::compile::limits::currencies::{POLAR_MAXIMUM, POLAR_MINIMUM, ZERO_DECIMAL, find};
use crate::compile::limits::metadata::MetadataRules;
use crate::compile::limits::{Cadence, Rules, step_of_one};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Polar,
    currency: |code| find(POLAR_MINIMUM, code.lower().as_str()).is_some(),
    exponent: |code| Some(if ZERO_DECIMAL.contains(&code) { 0 } else { 2 }),
    free: true,
    minimum: |code| find(POLAR_MINIMUM, code).unwrap_or(50),
    maximum: |code| find(POLAR_MAXIMUM, code).unwrap_or(99_999_999),
    step: step_of_one,
    cadence,
    name: Some((3, 64)),
    description: None,
    lookup_key: None,
    trial_days: Some(1000),
    metadata: Some(MetadataRules {
        count: 50,
        key: 40,
        key_character: |_| true,
        value: 500,
        empty_value: false,
        with_price: true,
    }),
    key: None,
};

fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day | Interval::Week | Interval::Month | Interval::Year => {
            Cadence::Every { min: 1, max: 999 }
        }
        _ => Cadence::Never,
    }
}
