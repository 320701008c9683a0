//! Benefits: what products grant.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use polar_client::models::{
    BenefitCreate, BenefitFeatureFlagCreate, BenefitMeterCreditCreate,
    BenefitMeterCreditCreateProperties, MeterId, RecurringInterval,
};
use serde::Serialize;
use serde_json::Value;
use smol_str::SmolStr;

use super::{meter_reference, stored};
use crate::catalog::{
    Catalog, CatalogRef, EntitlementValue, Feature, Issue, IssueCode, ItemKind, Metadata, Number,
    Reset,
};
use crate::compile::item::{Item, Source, items};
use crate::compile::metadata::value_text;
use crate::compile::request::ApiRequest;
use crate::compile::stamps;

/// A benefit that products grant: `POST /v1/benefits/`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolarBenefit {
    /// Its name in plans and lock files, such as `benefits.plans.pro.aiTokens`.
    pub address: String,
    /// The feature's id in the catalog.
    pub feature: SmolStr,
    /// The meter, by its id in the catalog, that the body refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<SmolStr>,
    /// The request; its metadata has `catalogFeatureId`, `catalogFeatureKey` and, when only one item
    /// grants it, that item's id.
    #[serde(flatten)]
    pub request: ApiRequest<BenefitCreate>,
}

impl PolarBenefit {
    /// The request body, with the id that Polar gave the meter.
    ///
    /// `None` when it needs one and `meter_id` does not know it.
    #[must_use]
    pub fn body(&self, meter_id: impl Fn(&str) -> Option<MeterId>) -> Option<BenefitCreate> {
        let mut body = self.request.body.clone();
        if let BenefitCreate::MeterCredit(credit) = &mut body {
            credit.properties.meter_id = meter_id(self.meter.as_ref()?)?;
        }
        Some(body)
    }
}

/// A credit with the cycle in which it is given.
pub(super) struct Cycle {
    pub(super) unit: RecurringInterval,
    pub(super) count: u32,
}

/// Places of benefits, each with the cycle of a credit.
type Held = Vec<(usize, Option<Cycle>)>;

pub(super) struct Granted {
    pub(super) benefits: Vec<PolarBenefit>,
    pub(super) left_out: Vec<Issue>,
    /// What each item grants, as places in `benefits`.
    pub(super) of_item: HashMap<(ItemKind, SmolStr), Held>,
}

pub(super) fn benefits(catalog: &Catalog, meters: &HashSet<&SmolStr>) -> Granted {
    let mut granted = Granted {
        benefits: Vec::new(),
        left_out: Vec::new(),
        of_item: HashMap::new(),
    };
    let mut flags = HashMap::new();
    for item in items(catalog) {
        let mut compiler = Compiler {
            catalog,
            meters,
            item: &item,
            granted: &mut granted,
        };
        let held = match item.source {
            Source::Topup(_) => compiler.topup(),
            _ => compiler.entitlements(&mut flags),
        };
        granted.of_item.insert((item.kind, item.id.clone()), held);
    }
    granted
}

struct Compiler<'a> {
    catalog: &'a Catalog,
    meters: &'a HashSet<&'a SmolStr>,
    item: &'a Item<'a>,
    granted: &'a mut Granted,
}

impl Compiler<'_> {
    fn entitlements(&mut self, flags: &mut HashMap<SmolStr, usize>) -> Held {
        let mut held = Vec::new();
        let Some(entitlements) = self.item.entitlements() else {
            return held;
        };
        for (id, entitlement) in entitlements {
            let Some((_, feature)) = self.catalog.feature_entry(id) else {
                continue;
            };
            let path = format!("{}.entitlements.{id}", self.item.path());
            match entitlement.value() {
                EntitlementValue::Boolean { enabled: false } => {}
                EntitlementValue::Boolean { enabled: true } => {
                    let slot = match flags.get(id) {
                        Some(slot) => *slot,
                        None => {
                            let slot = self.shared_flag(id, feature);
                            flags.insert(id.clone(), slot);
                            slot
                        }
                    };
                    held.push((slot, None));
                }
                EntitlementValue::Static { config } => {
                    let text = config.to_string();
                    if text.chars().count() > 500 {
                        self.leave_out(
                            IssueCode::MetadataValue,
                            path,
                            "a configuration of more than 500 characters cannot be stored",
                        );
                        continue;
                    }
                    let mut metadata = self.own_metadata(id, feature, &entitlement.own_metadata());
                    metadata.insert("config".to_owned(), text);
                    let slot = self.push(id, flag(feature, id, metadata), None);
                    held.push((slot, None));
                }
                EntitlementValue::Metered { amount, reset } => {
                    if let Some(found) = self.metered(id, feature, amount, reset.as_ref(), path) {
                        held.push(found);
                    }
                }
            }
        }
        held
    }

    fn metered(
        &mut self,
        id: &SmolStr,
        feature: &Feature,
        amount: Number,
        reset: Option<&Reset>,
        path: String,
    ) -> Option<(usize, Option<Cycle>)> {
        if amount.is_zero() {
            return None;
        }
        let multiple =
            matches!(self.item.source, Source::Addon(addon) if addon.multiple == Some(true));
        if multiple {
            self.leave_out(
                IssueCode::GrantUnsupported,
                path,
                "a credit is given once, however many units are bought",
            );
            return None;
        }
        let Some(reset) = reset else {
            self.leave_out(
                IssueCode::IntervalUnsupported,
                format!("{path}.reset"),
                "a credit is given in every cycle, and this amount never starts anew",
            );
            return None;
        };
        let Some(cycle) = cycle(reset) else {
            self.leave_out(
                IssueCode::IntervalUnsupported,
                format!("{path}.reset"),
                "a credit is given every so many days, weeks, months or years",
            );
            return None;
        };
        let entitlement = self.item.entitlements().and_then(|all| all.get(id));
        let own = entitlement.map(crate::catalog::Entitlement::own_metadata);
        let metadata = self.own_metadata(id, feature, &own.unwrap_or_default());
        let slot = self.credit(id, feature, amount, false, metadata, path)?;
        Some((slot, Some(cycle)))
    }

    fn topup(&mut self) -> Held {
        let Source::Topup(topup) = self.item.source else {
            return Vec::new();
        };
        let id = &topup.feature;
        let path = self.item.path();
        let Some((_, feature)) = self.catalog.feature_entry(id) else {
            return Vec::new();
        };
        let grant = topup.grant.as_ref();
        if grant.is_some_and(|grant| grant.expiration.is_some()) {
            self.leave_out(
                IssueCode::GrantUnsupported,
                format!("{path}.grant.expiration"),
                "a credit does not expire",
            );
            return Vec::new();
        }
        if topup.amount.is_zero() {
            return Vec::new();
        }
        let kept = grant.and_then(|grant| grant.max_rollover_amount);
        if kept.is_some_and(|kept| !kept.is_zero() && kept < topup.amount) {
            self.leave_out(
                IssueCode::GrantUnsupported,
                format!("{path}.grant.maxRolloverAmount"),
                "a credit is carried over whole or not at all",
            );
            return Vec::new();
        }
        let rollover = kept.is_none_or(|kept| !kept.is_zero());
        let metadata = self.own_metadata(id, feature, &topup.metadata);
        let slot = self.credit(id, feature, topup.amount, rollover, metadata, path);
        slot.map(|slot| (slot, None)).into_iter().collect()
    }

    fn credit(
        &mut self,
        id: &SmolStr,
        feature: &Feature,
        amount: Number,
        rollover: bool,
        metadata: IndexMap<String, String>,
        path: String,
    ) -> Option<usize> {
        let units = amount
            .as_i64()
            .filter(|units| *units <= i64::from(i32::MAX));
        let Some(units) = units else {
            self.leave_out(
                IssueCode::GrantUnsupported,
                path,
                &format!(
                    "a credit is a whole number up to {}; found {amount}",
                    i32::MAX
                ),
            );
            return None;
        };
        let meter = feature.meter.as_ref()?;
        self.meters.get(meter)?;
        let properties =
            BenefitMeterCreditCreateProperties::new(units, rollover, meter_reference(meter));
        let name = feature.name.as_ref().or(feature.key.as_ref()).unwrap_or(id);
        let body =
            BenefitMeterCreditCreate::new(description(&format!("{units} {name}")), properties)
                .metadata(stored(metadata));
        Some(self.push(id, body.into(), Some(meter.clone())))
    }

    fn shared_flag(&mut self, id: &SmolStr, feature: &Feature) -> usize {
        let mut metadata = as_text(&feature.metadata);
        stamp(&mut metadata, id, feature);
        let request = ApiRequest::without_source("POST /v1/benefits/", flag(feature, id, metadata));
        self.granted.benefits.push(PolarBenefit {
            address: format!("benefits.features.{id}"),
            feature: id.clone(),
            meter: None,
            request,
        });
        self.granted.benefits.len() - 1
    }

    fn push(&mut self, id: &SmolStr, body: BenefitCreate, meter: Option<SmolStr>) -> usize {
        let source: CatalogRef = self.item.reference(None);
        self.granted.benefits.push(PolarBenefit {
            address: format!("benefits.{}.{id}", self.item.path()),
            feature: id.clone(),
            meter,
            request: ApiRequest::new("POST /v1/benefits/", source, body),
        });
        self.granted.benefits.len() - 1
    }

    /// Metadata of a benefit that only this item grants.
    fn own_metadata(
        &self,
        id: &SmolStr,
        feature: &Feature,
        own: &Metadata,
    ) -> IndexMap<String, String> {
        let mut metadata = as_text(own);
        stamp(&mut metadata, id, feature);
        for (name, value) in [
            (self.item.kind.id_stamp(), self.item.id),
            (self.item.kind.key_stamp(), self.item.key),
        ] {
            metadata.insert(name.to_owned(), value.to_string());
        }
        metadata
    }

    fn leave_out(&mut self, code: IssueCode, path: String, message: &str) {
        let issue = Issue::new(code, path, format!("Polar: {message}"));
        self.granted.left_out.push(issue);
    }
}

/// Own metadata as text, without the names of stamps.
fn as_text(metadata: &Metadata) -> IndexMap<String, String> {
    let mut text = metadata
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value_text(value)?)))
        .collect();
    stamps::keep_only(&mut text, &[]);
    text
}

fn stamp(metadata: &mut IndexMap<String, String>, id: &SmolStr, feature: &Feature) {
    let key = feature.key.as_ref().unwrap_or(id);
    for (name, value) in [("catalogFeatureId", id), ("catalogFeatureKey", key)] {
        metadata.insert(name.to_owned(), value.to_string());
    }
}

fn flag(feature: &Feature, id: &SmolStr, metadata: IndexMap<String, String>) -> BenefitCreate {
    let name = feature.name.as_ref().or(feature.key.as_ref()).unwrap_or(id);
    BenefitFeatureFlagCreate::new(description(name), std::iter::empty::<(String, Value)>())
        .metadata(stored(metadata))
        .into()
}

/// A description of 3 to 42 characters, which customers see.
fn description(text: &str) -> String {
    match text.chars().count() {
        0..3 => format!("{text} feature"),
        3..=42 => text.to_owned(),
        _ => {
            let mut cut: String = text.chars().take(41).collect();
            cut.push('…');
            cut
        }
    }
}

/// How often a credit is given: `month`, or `P2W`.
fn cycle(reset: &Reset) -> Option<Cycle> {
    let (unit, count) = match reset {
        Reset::Day => (RecurringInterval::Day, 1),
        Reset::Week => (RecurringInterval::Week, 1),
        Reset::Month => (RecurringInterval::Month, 1),
        Reset::Year => (RecurringInterval::Year, 1),
        Reset::Other(text) => {
            let rest = text.strip_prefix('P')?;
            let unit = match rest.chars().last()? {
                'D' => RecurringInterval::Day,
                'W' => RecurringInterval::Week,
                'M' => RecurringInterval::Month,
                'Y' => RecurringInterval::Year,
                _ => return None,
            };
            let digits = rest.get(..rest.len() - 1)?;
            (unit, digits.parse().ok().filter(|count| *count > 0)?)
        }
    };
    Some(Cycle { unit, count })
}
