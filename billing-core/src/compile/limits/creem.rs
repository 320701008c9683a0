//! Creem: `POST /v1/products`. It stores no metadata with a product.

use crate::catalog::Interval;
use crate::compile::limits::{Cadence, Rules, iso_exponent, no_maximum, step_of_one};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Creem,
    currency: |code| matches!(code.lower().as_str(), "usd" | "eur"),
    exponent: iso_exponent,
    free: true,
    minimum: |_| 100,
    maximum: no_maximum,
    step: step_of_one,
    cadence,
    name: None,
    description: None,
    lookup_key: None,
    trial_days: None,
    metadata: None,
    key: None,
};

fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day => Cadence::Every { min: 1, max: 365 },
        Interval::Week => Cadence::Every { min: 1, max: 52 },
        Interval::Month => Cadence::Every { min: 1, max: 24 },
        Interval::Year => Cadence::Every { min: 1, max: 3 },
        _ => Cadence::Never,
    }
}
