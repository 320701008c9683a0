//! Prices.

use smol_str::SmolStr;

use crate::catalog::entries::Entries;
use crate::catalog::feature::FeatureType;
use crate::catalog::issue::IssueCode;
use crate::catalog::number::Number;
use crate::catalog::price::{Interval, Price};
use crate::catalog::resolve::ItemKind;
use crate::catalog::validate::Check;
use crate::compile::Pricing;

impl<'a> Check<'a> {
    pub(super) fn prices(
        &mut self,
        kind: ItemKind,
        section: &str,
        id: &'a SmolStr,
        key: &SmolStr,
        prices: &'a Entries<Price>,
    ) {
        for (price_id, price) in prices {
            let place = || format!("{section}.{id}.prices.{price_id}");
            self.price(&place, kind, price);
            self.provider_ids(&place, kind, id, &price.provider_ids);
            self.lookup_key(&place, kind, id, key, price_id, price);
            self.reserved_metadata(&place, &price.metadata, Some("provider"));
            self.pricing(&place, price);
            self.unknown_members(place, Price::MEMBERS, &price.extra);
        }
    }

    fn pricing(&mut self, place: &dyn Fn() -> String, price: &Price) {
        let pricing = match Pricing::of(price) {
            Ok(pricing) => pricing,
            Err(invalid) => return self.issues.push(invalid.issue(&place())),
        };
        for (index, usage) in pricing.usage.iter().enumerate() {
            let feature = self.document.features.get(&usage.feature);
            if feature.is_none_or(|feature| feature.feature_type != FeatureType::Metered) {
                self.report(
                    IssueCode::InvalidPricing,
                    format!("{}.x-pricing.usage.{index}.feature", place()),
                    format!("\"{}\" is no metered feature of the catalog", usage.feature),
                );
            }
        }
    }

    fn price(&mut self, place: &dyn Fn() -> String, kind: ItemKind, price: &Price) {
        if price.amount.as_u64().is_none() {
            self.report(
                IssueCode::InvalidPriceAmount,
                format!("{}.amount", place()),
                format!(
                    "{} is not a whole number of the smallest currency unit, 0 or more",
                    price.amount
                ),
            );
        }
        if !price.currency.is_well_formed() {
            self.report(
                IssueCode::InvalidCurrency,
                format!("{}.currency", place()),
                format!(
                    "{:?} is not a three-letter currency code",
                    price.currency.as_str()
                ),
            );
        } else if !price.currency.is_iso4217() {
            self.report(
                IssueCode::UnknownCurrency,
                format!("{}.currency", place()),
                format!("\"{}\" is not an active ISO 4217 code", price.currency),
            );
        }
        if let Some(count) = price
            .interval_count
            .filter(|count| !is_positive_integer(*count))
        {
            self.report(
                IssueCode::InvalidIntervalCount,
                format!("{}.intervalCount", place()),
                format!("{count} is not a whole number from 1"),
            );
        }
        if let Some(days) = price.trial_days.filter(|days| days.as_u64().is_none()) {
            self.report(
                IssueCode::InvalidTrialDays,
                format!("{}.trialDays", place()),
                format!("{days} is not a whole number of days"),
            );
        }
        self.interval(place, kind, price.interval.as_ref());
    }

    fn interval(
        &mut self,
        place: &dyn Fn() -> String,
        kind: ItemKind,
        interval: Option<&Interval>,
    ) {
        let path = || format!("{}.interval", place());
        match (kind, interval) {
            (ItemKind::Plan, Some(Interval::OneTime)) => self.report(
                IssueCode::OneTimePlanPrice,
                path(),
                "a plan recurs, so its price cannot have the interval \"one_time\"".into(),
            ),
            (ItemKind::Topup, Some(Interval::OneTime)) => {}
            (ItemKind::Topup, other) => {
                let found = other.map_or("none", Interval::as_str);
                self.report(
                    IssueCode::RecurringTopupPrice,
                    path(),
                    format!("a top-up is bought with the interval \"one_time\"; found {found}"),
                );
            }
            (_, Some(Interval::Other(text))) => self.report(
                IssueCode::UnknownInterval,
                path(),
                format!("\"{text}\" is not a known interval"),
            ),
            (_, None) => self.report(
                IssueCode::MissingInterval,
                path(),
                "the price does not say how often it is charged".into(),
            ),
            (_, Some(_)) => {}
        }
    }
}

pub(super) fn is_positive_integer(number: Number) -> bool {
    number.as_u64().is_some_and(|value| value > 0)
}
