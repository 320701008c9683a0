//! Prices that are more than one amount.

use crate::catalog::Price;
use crate::compile::Pricing;
use crate::compile::limits::Check;
use crate::compile::pricing::{BY_NUMBER, MEMBER, USAGE_ONCE, unsupported};
use crate::provider::Provider;

impl Check<'_> {
    /// Checks that the provider charges what `x-pricing` says, when it can be read.
    pub(super) fn pricing(&mut self, place: &dyn Fn() -> String, price: &Price) {
        if price.extra.get(MEMBER).is_none() {
            return;
        }
        let provider = self.rules.provider;
        let message = match provider {
            Provider::Polar | Provider::OpenMeter => {
                let Ok(pricing) = Pricing::of(price) else {
                    return;
                };
                if provider == Provider::OpenMeter && pricing.per.is_some() {
                    BY_NUMBER
                } else if price.is_one_time() && !pricing.usage.is_empty() {
                    USAGE_ONCE
                } else {
                    return;
                }
            }
            _ => "only the price's one amount is charged",
        };
        self.issues.push(unsupported(provider, &place(), message));
    }
}
