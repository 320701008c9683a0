//! Stripe: `POST /v1/products` and `POST /v1/prices`.

use crate::catalog::Interval;
use crate::compile::limits::currencies::{STRIPE_MINIMUM, ZERO_DECIMAL, find};
use crate::compile::limits::metadata::MetadataRules;
use crate::compile::limits::{Cadence, Rules, iso_currency};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Stripe,
    currency: iso_currency,
    exponent,
    free: true,
    minimum,
    maximum: |_| 99_999_999,
    step,
    cadence,
    name: None,
    description: None,
    lookup_key: Some(200),
    trial_days: None,
    metadata: Some(MetadataRules {
        count: 50,
        key: 40,
        key_character: |character| !matches!(character, '[' | ']'),
        value: 500,
        empty_value: true,
        with_price: false,
    }),
    key: None,
};

/// The documented list depends on the currency of settlement; a code that is not on it has none.
pub(super) fn minimum(code: &str) -> u64 {
    find(STRIPE_MINIMUM, code).unwrap_or(0)
}

/// The currencies that ISO 4217 leaves without a smaller unit have two places, save a listed few.
pub(super) fn exponent(code: &str) -> Option<u8> {
    match code {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => Some(3),
        code if ZERO_DECIMAL.contains(&code) => Some(0),
        _ => Some(2),
    }
}

/// Three-decimal currencies end in 0, and those whose smaller unit is gone in 00.
fn step(code: &str) -> u64 {
    match code {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        "isk" | "ugx" => 100,
        _ => 1,
    }
}

/// Three years at most.
fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day => Cadence::Every { min: 1, max: 1095 },
        Interval::Week => Cadence::Every { min: 1, max: 156 },
        Interval::Month => Cadence::Every { min: 1, max: 36 },
        Interval::Year => Cadence::Every { min: 1, max: 3 },
        _ => Cadence::Never,
    }
}
