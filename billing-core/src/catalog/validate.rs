//! Finding everything that is wrong with a catalog, in the catalog's own order.

mod identity;
mod items;
mod members;
mod prices;

use smol_str::SmolStr;

use crate::catalog::Document;
use crate::catalog::feature::FeatureType;
use crate::catalog::index::KeyIndex;
use crate::catalog::issue::{Issue, IssueCode};
use crate::catalog::meter::Aggregation;

use identity::{Keys, Shared};
pub(crate) use items::is_iso8601_duration;
pub(crate) use members::closest;

/// Checks a catalog in time linear in its size.
pub(crate) fn check(document: &Document) -> Vec<Issue> {
    let plans = document
        .plans
        .values()
        .map(|plan| (&plan.prices, &plan.provider_ids));
    let addons = document
        .addons
        .values()
        .map(|addon| (&addon.prices, &addon.provider_ids));
    let topups = document
        .topups
        .values()
        .map(|topup| (&topup.prices, &topup.provider_ids));
    let (mut prices, mut provider_ids) = (0, 0);
    for (own, ids) in plans.chain(addons).chain(topups) {
        prices += own.len();
        let of_prices = own.values().map(|price| price.provider_ids.len());
        provider_ids += ids.len() + of_prices.sum::<usize>();
    }
    let mut check = Check {
        document,
        plans: KeyIndex::new(&document.plans, |plan| plan.key.as_ref()),
        provider_ids: Shared::new(provider_ids),
        lookup_keys: Shared::new(prices),
        issues: Vec::new(),
    };
    check.whole();
    check.meters();
    check.features();
    check.plans();
    check.addons();
    check.topups();
    check.issues
}

struct Check<'a> {
    document: &'a Document,
    plans: KeyIndex,
    provider_ids: Shared<'a, (crate::provider::Provider, &'a str)>,
    lookup_keys: Shared<'a, SmolStr>,
    issues: Vec<Issue>,
}

impl Check<'_> {
    fn report(&mut self, code: IssueCode, path: String, message: String) {
        self.issues.push(Issue::new(code, path, message));
    }

    fn whole(&mut self) {
        let document = self.document;
        if document.features.is_empty() && document.plans.is_empty() && document.topups.is_empty() {
            self.report(
                IssueCode::EmptyCatalog,
                String::new(),
                "the catalog has no features, plans or top-ups".into(),
            );
        }
        self.unknown_members(String::new, Document::MEMBERS, &document.extra);
        for (name, account) in &document.providers {
            let place = || format!("providers.{name}");
            self.provider_name(&place, name);
            self.unknown_members(
                place,
                crate::catalog::ProviderAccount::MEMBERS,
                &account.extra,
            );
        }
    }

    fn meters(&mut self) {
        let mut keys = Keys::new("meter", self.document.meters.len());
        for (id, meter) in &self.document.meters {
            let place = || format!("meters.{id}");
            if let Some(message) = keys.repeated(id, meter.key.as_ref()) {
                self.report(
                    IssueCode::DuplicateMeterKey,
                    format!("meters.{id}.key"),
                    message,
                );
            }
            let needs_value = match &meter.aggregation {
                None | Some(Aggregation::Count) => false,
                Some(Aggregation::Other(text)) => {
                    self.report(
                        IssueCode::UnknownAggregation,
                        format!("meters.{id}.aggregation"),
                        format!("`{text}` is not a known way to aggregate"),
                    );
                    false
                }
                Some(_) => true,
            };
            if needs_value && is_blank(meter.value_property.as_ref()) {
                let aggregation = meter.aggregation.as_ref().map_or("", Aggregation::as_str);
                self.report(
                    IssueCode::MeterWithoutValueProperty,
                    format!("meters.{id}.valueProperty"),
                    format!("a meter with the aggregation {aggregation} needs a value property"),
                );
            }
            if is_blank(meter.event_type.as_ref()) {
                self.report(
                    IssueCode::MeterWithoutEventType,
                    format!("meters.{id}.eventType"),
                    "the meter has no event type, so it counts nothing".into(),
                );
            }
            self.blank_names(&place, id, meter.key.as_ref());
            self.unknown_members(place, crate::catalog::Meter::MEMBERS, &meter.extra);
        }
    }

    fn features(&mut self) {
        let document = self.document;
        let mut keys = Keys::new("feature", document.features.len());
        for (id, feature) in &document.features {
            let place = || format!("features.{id}");
            self.keys(
                &mut keys,
                &document.features,
                |item| item.key.as_ref(),
                "features",
                id,
            );
            match &feature.meter {
                Some(meter) if !document.meters.contains_key(meter) => self.report(
                    IssueCode::MeterNotFound,
                    format!("features.{id}.meter"),
                    format!("there is no meter \"{meter}\""),
                ),
                None if feature.feature_type == FeatureType::Metered => self.report(
                    IssueCode::FeatureWithoutMeter,
                    format!("features.{id}.meter"),
                    "the metered feature names no meter".into(),
                ),
                _ => {}
            }
            self.unknown_members(place, crate::catalog::Feature::MEMBERS, &feature.extra);
        }
    }
}

fn is_blank(text: Option<&SmolStr>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}
