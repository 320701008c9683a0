//! Razorpay: `POST /v1/plans`.

use crate::catalog::Interval;
use crate::compile::limits::currencies::{RAZORPAY_EXPONENT, find};
use crate::compile::limits::metadata::MetadataRules;
use crate::compile::limits::{Cadence, Rules, no_maximum};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Razorpay,
    currency: |code| find(RAZORPAY_EXPONENT, code.lower().as_str()).is_some(),
    exponent: |code| find(RAZORPAY_EXPONENT, code).and_then(|places| u8::try_from(places).ok()),
    free: false,
    minimum: |_| 100,
    maximum: no_maximum,
    step: |code| {
        if find(RAZORPAY_EXPONENT, code) == Some(3) {
            10
        } else {
            1
        }
    },
    cadence,
    name: None,
    description: None,
    lookup_key: None,
    trial_days: None,
    metadata: Some(MetadataRules {
        count: 15,
        key: 256,
        key_character: |_| true,
        value: 256,
        empty_value: true,
        with_price: true,
    }),
    key: None,
};

/// Daily plans start at seven days; a subscription ends after 100 years.
fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Day => Cadence::Every {
            min: 7,
            max: 36_500,
        },
        Interval::Week => Cadence::Every { min: 1, max: 5_200 },
        Interval::Month => Cadence::Every { min: 1, max: 1_200 },
        Interval::Year => Cadence::Every { min: 1, max: 100 },
        _ => Cadence::Never,
    }
}
