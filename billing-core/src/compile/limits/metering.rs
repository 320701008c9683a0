//! Meters, features, entitlements and grants, for the providers that measure usage.

use std::collections::HashSet;

use smol_str::SmolStr;

use crate::catalog::{
    Aggregation, Entitlement, Entries, ExpirationUnit, IssueCode, Number, Reset, Topup,
};
use crate::compile::limits::{Check, is_snake_key};
use crate::provider::Provider;

impl Check<'_> {
    /// Checks meters and features.
    pub(super) fn metering(&mut self) {
        let provider = self.rules.provider;
        if !matches!(provider, Provider::Polar | Provider::OpenMeter) {
            return;
        }
        let used: HashSet<&SmolStr> = self
            .catalog
            .features()
            .values()
            .filter_map(|feature| feature.meter.as_ref())
            .collect();
        for (id, meter) in self.catalog.meters() {
            let place = || format!("meters.{id}");
            if provider == Provider::OpenMeter {
                self.snake_key(&place, meter.key.as_ref().unwrap_or(id));
            }
            if meter.event_type.as_ref().is_none_or(|text| text.is_empty()) {
                self.report(
                    IssueCode::MeterWithoutEventType,
                    format!("meters.{id}.eventType"),
                    "a meter needs an event type".into(),
                );
            }
            self.aggregation(id, used.contains(id), meter.aggregation.as_ref());
            if meter.value_property.is_none()
                && !matches!(meter.aggregation, None | Some(Aggregation::Count))
            {
                self.report(
                    IssueCode::MeterWithoutValueProperty,
                    format!("meters.{id}.valueProperty"),
                    "a meter that does not count needs a value property".into(),
                );
            }
        }
        if provider == Provider::OpenMeter {
            for (id, feature) in self.catalog.features() {
                let key = feature.key.as_ref().unwrap_or(id);
                self.snake_key(&|| format!("features.{id}"), key);
            }
        }
    }

    fn snake_key(&mut self, place: &dyn Fn() -> String, key: &str) {
        if !is_snake_key(key) {
            self.report(
                IssueCode::KeyFormat,
                format!("{}.key", place()),
                format!(
                    "\"{key}\" is no key of lower-case letters, digits and single `_` between them"
                ),
            );
        }
    }

    fn aggregation(&mut self, id: &SmolStr, used: bool, aggregation: Option<&Aggregation>) {
        let unsupported = match (self.rules.provider, aggregation) {
            (_, None) => "no aggregation".to_owned(),
            (Provider::Polar, Some(Aggregation::Latest)) => "latest".to_owned(),
            // Such a meter can be queried, but no feature can use it.
            (
                Provider::OpenMeter,
                Some(Aggregation::Average | Aggregation::Min | Aggregation::Max),
            ) if used => aggregation.map_or("", Aggregation::as_str).to_owned(),
            (_, Some(Aggregation::Other(text))) => text.to_string(),
            _ => return,
        };
        self.report(
            IssueCode::AggregationUnsupported,
            format!("meters.{id}.aggregation"),
            format!("a feature cannot be measured with {unsupported}"),
        );
    }

    /// Checks that amounts can start anew as often as the catalog says.
    pub(super) fn entitlements(
        &mut self,
        place: &dyn Fn() -> String,
        entitlements: &Entries<Entitlement>,
    ) {
        if self.rules.provider != Provider::OpenMeter {
            return;
        }
        for (feature, entitlement) in entitlements {
            let Some(Reset::Other(text)) = entitlement.metered_reset() else {
                continue;
            };
            if !crate::catalog::is_iso8601_duration(text) {
                self.report(
                    IssueCode::IntervalUnsupported,
                    format!("{}.entitlements.{feature}.reset", place()),
                    format!("an amount cannot start anew by \"{text}\""),
                );
            }
        }
    }

    /// Checks that what a top-up grants can be granted.
    pub(super) fn grant(&mut self, item: &dyn Fn() -> String, topup: &Topup) {
        if self.rules.provider != Provider::OpenMeter {
            return;
        }
        let place = |name: &str| format!("{}.{name}", item());
        if topup.amount.is_zero() {
            self.report(
                IssueCode::GrantUnsupported,
                place("amount"),
                "a grant needs an amount above 0".into(),
            );
        }
        let Some(grant) = &topup.grant else { return };
        if let Some(priority) = grant.priority
            && !priority
                .as_u64()
                .is_some_and(|priority| (1..=255).contains(&priority))
        {
            self.report(
                IssueCode::GrantUnsupported,
                place("grant.priority"),
                format!("a priority is a whole number from 1 to 255; found {priority}"),
            );
        }
        let Some(expiration) = &grant.expiration else {
            return;
        };
        if let ExpirationUnit::Other(_) = expiration.unit() {
            self.report(
                IssueCode::GrantUnsupported,
                place("grant.expiration.duration"),
                format!("nothing expires by \"{}\"", expiration.duration),
            );
        }
        if let Some(count) = expiration.count
            && !count
                .as_u64()
                .is_some_and(|count| (1..=1000).contains(&count))
        {
            self.too_long(&place("grant.expiration.count"), count);
        }
    }

    fn too_long(&mut self, path: &str, count: Number) {
        self.report(
            IssueCode::GrantUnsupported,
            path.to_owned(),
            format!("an expiration counts from 1 to 1000; found {count}"),
        );
    }
}
