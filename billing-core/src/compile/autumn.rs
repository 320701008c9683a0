//! Autumn: features and plans.
//!
//! A plan has one base price, so every price of a plan or add-on is a plan, named
//! `{key}-{price id}`; without prices it is one free plan under its key. A top-up is a one-off plan
//! whose item includes the amount. Ids are chosen by the caller, so creating twice fails instead of
//! making a second one.
//!
//! **Amounts are in major units**: 20 means 20.00 USD. They are in the organization's own currency,
//! which no request names.
//!
//! Requests go to `https://api.useautumn.com` as JSON, with the header `x-api-version: 2.3.0`.

use serde::Serialize;
use serde_json::{Map, Number, Value};
use smol_str::SmolStr;

use crate::catalog::{
    Catalog, EntitlementValue, FeatureType, Interval, Issue, ItemKind, Price, Reset,
};
use crate::compile::item::{Item, Source, items};
use crate::compile::metadata::CompiledMetadata;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that set a catalog up at Autumn, in the order in which they can be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AutumnRequests {
    /// Boolean and metered features; Autumn has no static ones.
    pub features: Vec<ApiRequest<FeatureCreate>>,
    /// One plan for each price, and one for each plan or add-on without a price.
    pub plans: Vec<ApiRequest<PlanCreate>>,
    /// What Autumn cannot do with the catalog; such prices are left out.
    pub issues: Vec<Issue>,
}

/// Body of `POST /v1/features.create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FeatureCreate {
    /// The feature's key.
    pub feature_id: SmolStr,
    /// Name shown to people.
    pub name: SmolStr,
    /// `boolean` or `metered`.
    #[serde(rename = "type")]
    pub feature_type: FeatureType,
    /// Whether usage is used up, as it is for every metered feature of a catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumable: Option<bool>,
}

/// Body of `POST /v1/plans.create`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanCreate {
    /// The plan's id: letters, digits, `_` and `-`.
    pub plan_id: String,
    /// Name shown to people.
    pub name: String,
    /// Description shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<SmolStr>,
    /// Whether it is held beside another plan.
    pub add_on: bool,
    /// The base price; not there when it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PlanPrice>,
    /// What it grants.
    pub items: Vec<PlanItem>,
    /// Trial before the first charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_trial: Option<FreeTrial>,
    /// The application's own data, and stamps that lead back to the catalog.
    pub metadata: Map<String, Value>,
}

/// A base price.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanPrice {
    /// Amount in **major** units: 19.99, not 1999.
    pub amount: Number,
    /// How often it is charged.
    pub interval: PriceInterval,
    /// Intervals between two charges; 1 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_count: Option<u32>,
}

/// How often a base price is charged. There is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriceInterval {
    /// Once.
    OneOff,
    /// Every week.
    Week,
    /// Every month.
    Month,
    /// Every three months.
    Quarter,
    /// Every six months.
    SemiAnnual,
    /// Every year.
    Year,
}

/// What a plan grants of one feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanItem {
    /// The feature's key.
    pub feature_id: SmolStr,
    /// Amount of a metered feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<crate::catalog::Number>,
    /// How often the amount starts anew; never when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<ItemReset>,
}

/// How often an amount starts anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ItemReset {
    /// `day`, `week`, `month` or `year`.
    pub interval: Reset,
}

/// A trial before the first charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FreeTrial {
    /// Number of days.
    pub duration_length: u32,
    /// The unit: `day`.
    pub duration_type: &'static str,
}

impl Catalog {
    /// Compiles the request bodies for Autumn.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Autumn cannot do something with the catalog.
    pub fn compile_autumn(&self, strict: Strict) -> Result<AutumnRequests, CompileError> {
        let mut requests = AutumnRequests {
            features: features(self),
            plans: Vec::new(),
            issues: issues(self, Provider::Autumn, strict)?,
        };
        for item in items(self) {
            let granted = granted(self, &item);
            if item.prices.is_empty() && item.kind != ItemKind::Topup {
                requests.plans.push(free_plan(&item, &granted));
            }
            for (price_id, price) in item.prices {
                requests
                    .plans
                    .extend(plan(&item, price_id, price, &granted));
            }
        }
        Ok(requests)
    }
}

fn features(catalog: &Catalog) -> Vec<ApiRequest<FeatureCreate>> {
    catalog
        .list_features()
        .filter(|view| view.item.feature_type != FeatureType::Static)
        .map(|view| {
            let feature_type = view.item.feature_type;
            ApiRequest::without_source(
                "POST /v1/features.create",
                FeatureCreate {
                    feature_id: view.key.clone(),
                    name: view.name.unwrap_or(view.key).clone(),
                    feature_type,
                    consumable: (feature_type == FeatureType::Metered).then_some(true),
                },
            )
        })
        .collect()
}

fn granted(catalog: &Catalog, item: &Item<'_>) -> Vec<PlanItem> {
    let key = |feature: &SmolStr| catalog.feature_key(feature).unwrap_or(feature).clone();
    if let Source::Topup(topup) = item.source {
        return vec![PlanItem {
            feature_id: key(&topup.feature),
            included: Some(topup.amount),
            reset: None,
        }];
    }
    let mut items = Vec::new();
    for (feature, entitlement) in item.entitlements().into_iter().flatten() {
        let (included, reset) = match entitlement.value() {
            EntitlementValue::Boolean { enabled: true } => (None, None),
            EntitlementValue::Metered { amount, reset } => (Some(amount), reset),
            _ => continue,
        };
        let reset = match reset {
            Some(Reset::Other(_)) => continue,
            other => other.map(|interval| ItemReset { interval }),
        };
        items.push(PlanItem {
            feature_id: key(feature),
            included,
            reset,
        });
    }
    items
}

fn free_plan(item: &Item<'_>, granted: &[PlanItem]) -> ApiRequest<PlanCreate> {
    let noted = item.provider_ids.get(Provider::Autumn.as_str());
    let body = PlanCreate {
        plan_id: noted.unwrap_or(item.key).to_string(),
        name: item.name.to_string(),
        description: item.description.cloned(),
        add_on: item.kind != ItemKind::Plan,
        price: None,
        items: granted.to_vec(),
        free_trial: None,
        metadata: CompiledMetadata::new(item.metadata, item.stamps()).to_map(),
    };
    ApiRequest::new("POST /v1/plans.create", item.reference(None), body)
}

fn plan(
    item: &Item<'_>,
    price_id: &SmolStr,
    price: &Price,
    granted: &[PlanItem],
) -> Option<ApiRequest<PlanCreate>> {
    let count = price.interval_count_or_one();
    let (interval, count) = match (price.interval.as_ref()?, count) {
        (Interval::OneTime, _) => (PriceInterval::OneOff, 1),
        (Interval::Week, count) => (PriceInterval::Week, count),
        (Interval::Month, 3) => (PriceInterval::Quarter, 1),
        (Interval::Month, 6) => (PriceInterval::SemiAnnual, 1),
        (Interval::Month, count) => (PriceInterval::Month, count),
        (Interval::Year, count) => (PriceInterval::Year, count),
        (Interval::Day | Interval::Other(_), _) => return None,
    };
    let charged = (price.minor_units()? > 0).then(|| {
        Some(PlanPrice {
            amount: major_units(price)?,
            interval,
            interval_count: Some(count).filter(|count| *count != 1),
        })
    });
    let charged = match charged {
        Some(None) => return None,
        Some(charged) => charged,
        None => None,
    };
    let stamps = item.price_stamps(price_id, Provider::Autumn);
    let noted = price.provider_ids.get(Provider::Autumn.as_str());
    let body = PlanCreate {
        plan_id: noted.map_or_else(|| format!("{}-{price_id}", item.key), SmolStr::to_string),
        name: item.price_title(price_id),
        description: item.description.cloned(),
        add_on: item.kind != ItemKind::Plan,
        price: charged,
        items: granted.to_vec(),
        free_trial: price
            .trial()
            .filter(|_| !price.is_one_time())
            .map(|days| FreeTrial {
                duration_length: days,
                duration_type: "day",
            }),
        metadata: CompiledMetadata::new(&item.metadata.merged(&price.metadata), stamps).to_map(),
    };
    Some(ApiRequest::new(
        "POST /v1/plans.create",
        item.reference(Some(price_id)),
        body,
    ))
}

/// An amount in major units as a JSON number, through its decimal text so that 1999 is 19.99.
fn major_units(price: &Price) -> Option<Number> {
    let minor = price.minor_units()?;
    let divisor = 10_u64.checked_pow(u32::from(price.currency.exponent()?))?;
    let (whole, rest) = (minor / divisor, minor % divisor);
    if rest == 0 {
        return Some(Number::from(whole));
    }
    let places = usize::from(price.currency.exponent()?);
    Number::from_f64(format!("{whole}.{rest:0places$}").parse().ok()?)
}
