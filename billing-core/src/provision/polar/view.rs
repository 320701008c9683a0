//! What of Polar's objects is managed, in one form for requests and answers.

use std::collections::HashMap;

use polar_client::client_core::json::Map;
use polar_client::client_core::wire::{Decimal, Patch};
use polar_client::models::{
    AnyProductPrice, Benefit, BenefitCreate, Filter, MetadataValue, Meter, MeterAggregation,
    MeterCreate, Product, ProductCreate, ProductPrice, ProductPriceCreate, Tiers, TiersInput,
};
use serde_json::{Value, json};

use super::read::Found;
use crate::compile::polar::{PolarBenefit, PolarProduct};
use crate::provision::difference::{View, add_metadata, plain_decimal};

type Metadata = Map<MetadataValue>;

fn text<'a>(metadata: &'a Metadata, name: &str) -> Option<&'a str> {
    match metadata.get(name)? {
        MetadataValue::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn value(metadata: &MetadataValue) -> Value {
    match metadata {
        MetadataValue::Text(text) => json!(text),
        MetadataValue::Integer(number) => json!(number),
        MetadataValue::Number(number) => json!(number),
        MetadataValue::Bool(flag) => json!(flag),
        MetadataValue::Unknown(value) => Value::clone(value),
        _ => Value::Null,
    }
}

fn add(view: &mut View, metadata: Option<&Metadata>) {
    let metadata = metadata.into_iter().flatten();
    add_metadata(view, metadata.map(|(name, found)| (name, value(found))));
}

/// `plans.pro` from the stamps of an item.
fn item_place(metadata: &Metadata) -> Option<String> {
    let stamps = [
        ("plans", "catalogPlanId"),
        ("addons", "catalogAddonId"),
        ("topups", "catalogTopupId"),
    ];
    let place = |(section, stamp)| Some(format!("{section}.{}", text(metadata, stamp)?));
    stamps.into_iter().find_map(place)
}

pub(super) fn meter_address(metadata: &Metadata) -> Option<String> {
    Some(format!("meters.{}", text(metadata, "catalogMeterId")?))
}

pub(super) fn product_address(metadata: &Metadata) -> Option<String> {
    let item = item_place(metadata)?;
    Some(format!(
        "products.{item}.{}",
        text(metadata, "catalogPriceId")?
    ))
}

pub(super) fn benefit_address(benefit: &Benefit) -> Option<String> {
    let metadata = benefit_metadata(benefit)?;
    let feature = text(metadata, "catalogFeatureId")?;
    let item = item_place(metadata).unwrap_or_else(|| "features".to_owned());
    Some(format!("benefits.{item}.{feature}"))
}

macro_rules! of_benefit {
    ($benefit:expr, $found:ident => $value:expr) => {
        match $benefit {
            Benefit::Custom($found) => Some($value),
            Benefit::Discord($found) => Some($value),
            Benefit::GithubRepository($found) => Some($value),
            Benefit::Downloadables($found) => Some($value),
            Benefit::LicenseKeys($found) => Some($value),
            Benefit::MeterCredit($found) => Some($value),
            Benefit::FeatureFlag($found) => Some($value),
            Benefit::SlackSharedChannel($found) => Some($value),
            _ => None,
        }
    };
}

fn benefit_metadata(benefit: &Benefit) -> Option<&Metadata> {
    of_benefit!(benefit, found => &found.metadata)
}

pub(super) fn benefit_id(benefit: &Benefit) -> Option<&str> {
    of_benefit!(benefit, found => found.id.as_str())
}

pub(super) fn benefit_description(benefit: &Benefit) -> &str {
    of_benefit!(benefit, found => found.description.as_str()).unwrap_or_default()
}

pub(super) fn found_benefit(benefit: Benefit) -> Option<Found<Benefit>> {
    let (id, created_at, deleted) =
        of_benefit!(&benefit, found => (found.id.to_string(), found.created_at, found.is_deleted))?;
    Some(Found {
        id,
        address: benefit_address(&benefit),
        created_at,
        archived: deleted,
        object: benefit,
    })
    .filter(|found| !found.archived)
}

pub(super) fn kind(benefit: &Benefit) -> &'static str {
    match benefit {
        Benefit::MeterCredit(_) => "meter_credit",
        Benefit::FeatureFlag(_) => "feature_flag",
        _ => "other",
    }
}

pub(super) fn kind_of_create(benefit: &BenefitCreate) -> &'static str {
    match benefit {
        BenefitCreate::MeterCredit(_) => "meter_credit",
        BenefitCreate::FeatureFlag(_) => "feature_flag",
        _ => "none",
    }
}

pub(super) fn description(benefit: &BenefitCreate) -> &str {
    match benefit {
        BenefitCreate::MeterCredit(body) => &body.description,
        BenefitCreate::FeatureFlag(body) => &body.description,
        _ => "",
    }
}

fn meter(name: &str, filter: &Filter, aggregation: &MeterAggregation) -> View {
    let mut view = View::new();
    view.insert("name".into(), json!(name));
    view.insert("filter".into(), json!(filter));
    view.insert("aggregation".into(), aggregation_view(aggregation));
    view
}

fn aggregation_view(aggregation: &MeterAggregation) -> Value {
    match aggregation {
        MeterAggregation::Count(_) => json!({"func": "count"}),
        MeterAggregation::Unique(unique) => {
            json!({"func": "unique", "property": unique.property})
        }
        MeterAggregation::Property(sum) => {
            json!({"func": sum.func.as_str(), "property": sum.property})
        }
        other => json!(other),
    }
}

pub(super) fn wanted_meter(body: &MeterCreate) -> View {
    let mut view = meter(&body.name, &body.filter, &body.aggregation);
    view.insert("archived".into(), json!(false));
    add(&mut view, body.metadata.as_ref());
    view
}

pub(super) fn present_meter(found: &Meter) -> View {
    let mut view = meter(&found.name, &found.filter, &found.aggregation);
    view.insert("archived".into(), json!(found.archived_at.is_some()));
    add(&mut view, Some(&found.metadata));
    view
}

/// The id of a meter, or its reference while there is none.
fn meter_id(meter: &str, ids: &HashMap<String, String>) -> String {
    let name = meter
        .strip_prefix("{meters.")
        .and_then(|rest| rest.strip_suffix('}'));
    let known = name.and_then(|name| ids.get(name));
    known.cloned().unwrap_or_else(|| meter.to_owned())
}

pub(super) fn wanted_benefit(wanted: &PolarBenefit, meters: &HashMap<String, String>) -> View {
    let mut view = View::new();
    match &wanted.request.body {
        BenefitCreate::MeterCredit(body) => {
            view.insert("description".into(), json!(body.description));
            view.insert("units".into(), json!(body.properties.units));
            view.insert("rollover".into(), json!(body.properties.rollover));
            let meter = meter_id(body.properties.meter_id.as_str(), meters);
            view.insert("meter".into(), json!(meter));
            add(&mut view, body.metadata.as_ref());
        }
        BenefitCreate::FeatureFlag(body) => {
            view.insert("description".into(), json!(body.description));
            add(&mut view, body.metadata.as_ref());
        }
        _ => {}
    }
    view
}

pub(super) fn present_benefit(benefit: &Benefit) -> View {
    let mut view = View::new();
    view.insert("description".into(), json!(benefit_description(benefit)));
    if let Benefit::MeterCredit(credit) = benefit {
        view.insert("units".into(), json!(credit.properties.units));
        view.insert("rollover".into(), json!(credit.properties.rollover));
        view.insert("meter".into(), json!(credit.properties.meter_id.as_str()));
    }
    add(&mut view, benefit_metadata(benefit));
    view
}

pub(super) fn name_of(body: &ProductCreate) -> &str {
    match body {
        ProductCreate::Recurring(body) => &body.name,
        ProductCreate::OneTime(body) => &body.name,
        _ => "",
    }
}

/// Whether a product is charged in the interval that is wanted. It cannot be changed.
pub(super) fn same_interval(product: &Product, body: &ProductCreate) -> bool {
    let ProductCreate::Recurring(body) = body else {
        return product.recurring_interval.is_none();
    };
    let meter = body.meter_interval.value();
    let meter_count = meter.map(|_| *body.meter_interval_count.value().unwrap_or(&1));
    product.recurring_interval.as_ref() == Some(&body.recurring_interval)
        && product.recurring_interval_count.unwrap_or(1)
            == body.recurring_interval_count.unwrap_or(1)
        && product.meter_interval.as_ref() == meter
        && product
            .meter_interval
            .as_ref()
            .map(|_| product.meter_interval_count.unwrap_or(1))
            == meter_count
}

pub(super) fn wanted_product(wanted: &PolarProduct, meters: &HashMap<String, String>) -> View {
    let mut view = View::new();
    view.insert("name".into(), json!(name_of(&wanted.request.body)));
    let (description, metadata, prices) = match &wanted.request.body {
        ProductCreate::Recurring(body) => {
            let trial = body.trial_interval.value().map(|unit| {
                json!({"interval": unit.as_str(), "count": body.trial_interval_count.value()})
            });
            view.insert("trial".into(), trial.unwrap_or_default());
            (&body.description, &body.metadata, &body.prices)
        }
        ProductCreate::OneTime(body) => (&body.description, &body.metadata, &body.prices),
        _ => return view,
    };
    if let Some(description) = description.value() {
        view.insert("description".into(), json!(description));
    }
    let prices = prices.iter().map(|price| wanted_price(price, meters));
    view.insert("prices".into(), sorted(prices));
    let benefits = wanted.benefits.iter().map(|address| json!(address));
    view.insert("benefits".into(), sorted(benefits));
    view.insert("archived".into(), json!(false));
    add(&mut view, metadata.as_ref());
    view
}

/// The view of a product; `address` knows the benefits of the catalog by their ids.
pub(super) fn present_product(product: &Product, address: impl Fn(&str) -> Option<String>) -> View {
    let mut view = View::new();
    view.insert("name".into(), json!(product.name));
    view.insert("description".into(), json!(product.description));
    let trial = product
        .trial_interval
        .as_ref()
        .map(|unit| json!({"interval": unit.as_str(), "count": product.trial_interval_count}));
    view.insert("trial".into(), trial.unwrap_or_default());
    view.insert(
        "prices".into(),
        sorted(current_prices(product).map(price_view)),
    );
    let benefits = product.benefits.iter().filter_map(|benefit| {
        let id = benefit_id(benefit)?;
        // One with stamps that is not in use any more is named by its id, so that it goes.
        let other = || benefit_address(benefit).map(|_| id.to_owned());
        address(id).or_else(other).map(Value::from)
    });
    view.insert("benefits".into(), sorted(benefits));
    view.insert("archived".into(), json!(product.is_archived));
    add(&mut view, Some(&product.metadata));
    view
}

fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    values.sort_by_cached_key(Value::to_string);
    Value::Array(values)
}

/// The prices that are on sale.
pub(super) fn current_prices(product: &Product) -> impl Iterator<Item = &AnyProductPrice> {
    product.prices.iter().filter(|price| match price {
        AnyProductPrice::ProductPrice(price) => match price {
            ProductPrice::Fixed(price) => !price.is_archived,
            ProductPrice::Custom(price) => !price.is_archived,
            ProductPrice::SeatBased(price) => !price.is_archived,
            ProductPrice::UnitBased(price) => !price.is_archived,
            ProductPrice::MeteredUnit(price) => !price.is_archived,
            ProductPrice::MeteredTiers(price) => !price.is_archived,
            _ => true,
        },
        _ => true,
    })
}

pub(super) fn price_id(price: &AnyProductPrice) -> Option<&str> {
    match price {
        AnyProductPrice::ProductPrice(price) => match price {
            ProductPrice::Fixed(price) => Some(price.id.as_str()),
            ProductPrice::Custom(price) => Some(price.id.as_str()),
            ProductPrice::SeatBased(price) => Some(price.id.as_str()),
            ProductPrice::UnitBased(price) => Some(price.id.as_str()),
            ProductPrice::MeteredUnit(price) => Some(price.id.as_str()),
            ProductPrice::MeteredTiers(price) => Some(price.id.as_str()),
            _ => None,
        },
        _ => None,
    }
}

fn decimal(decimal: &Decimal) -> Value {
    json!(plain_decimal(decimal.as_str()))
}

fn tiers(tiers: &Tiers) -> Value {
    let steps = tiers
        .tiers
        .iter()
        .map(|tier| json!({"bound": tier.bound, "unitAmount": decimal(&tier.unit_amount)}));
    json!({"mode": tiers.type_.as_str(), "steps": steps.collect::<Vec<_>>()})
}

fn tiers_input(tiers: &TiersInput) -> Value {
    let steps = tiers
        .tiers
        .iter()
        .map(|tier| json!({"bound": tier.bound.value(), "unitAmount": decimal(&tier.unit_amount)}));
    json!({"mode": tiers.type_.as_str(), "steps": steps.collect::<Vec<_>>()})
}

/// The view of a price at Polar.
pub(super) fn price_view(price: &AnyProductPrice) -> Value {
    let AnyProductPrice::ProductPrice(price) = price else {
        return json!({"type": "legacy"});
    };
    match price {
        ProductPrice::Fixed(price) => {
            json!({"type": "fixed", "currency": price.price_currency, "amount": price.price_amount})
        }
        ProductPrice::SeatBased(price) => json!({
            "type": "seat_based", "currency": price.price_currency,
            "tiers": json!({
                "mode": price.seat_tiers.seat_tier_type.as_ref().map(polar_client::models::SeatTierType::as_str),
                "steps": price.seat_tiers.tiers.iter().map(|tier| json!({
                    "from": tier.min_seats, "to": tier.max_seats, "amount": tier.price_per_seat,
                })).collect::<Vec<_>>(),
            }),
        }),
        ProductPrice::UnitBased(price) => json!({
            "type": "unit_based", "currency": price.price_currency, "tiers": tiers(&price.tiers),
            "minimum": price.minimum_units.unwrap_or(1),
        }),
        ProductPrice::MeteredUnit(price) => json!({
            "type": "metered_unit", "currency": price.price_currency,
            "meter": price.meter_id.as_str(), "unitAmount": decimal(&price.unit_amount),
            "cap": price.cap_amount,
        }),
        ProductPrice::MeteredTiers(price) => json!({
            "type": "metered_tiers", "currency": price.price_currency,
            "meter": price.meter_id.as_str(), "tiers": tiers(&price.tiers),
            "cap": price.cap_amount,
        }),
        ProductPrice::Custom(_) => json!({"type": "custom"}),
        _ => json!({"type": "unknown"}),
    }
}

/// The view of a price as it is asked for.
pub(super) fn wanted_price(price: &ProductPriceCreate, meters: &HashMap<String, String>) -> Value {
    let usd = || "usd".to_owned();
    let code = |currency: &Option<polar_client::models::PresentmentCurrency>| {
        currency
            .as_ref()
            .map_or_else(usd, |code| code.as_str().to_owned())
    };
    let cap = |cap: &Patch<i64>| cap.value().copied();
    match price {
        ProductPriceCreate::Fixed(price) => json!({
            "type": "fixed", "currency": code(&price.price_currency), "amount": price.price_amount,
        }),
        ProductPriceCreate::SeatBased(price) => json!({
            "type": "seat_based", "currency": code(&price.price_currency),
            "tiers": json!({
                "mode": price.seat_tiers.seat_tier_type.as_ref().map_or("volume", |mode| mode.as_str()),
                "steps": price.seat_tiers.tiers.iter().map(|tier| json!({
                    "from": tier.min_seats, "to": tier.max_seats, "amount": tier.price_per_seat,
                })).collect::<Vec<_>>(),
            }),
        }),
        ProductPriceCreate::UnitBased(price) => json!({
            "type": "unit_based", "currency": code(&price.price_currency),
            "tiers": tiers_input(&price.tiers),
            "minimum": price.minimum_units.value().copied().unwrap_or(1),
        }),
        ProductPriceCreate::MeteredUnit(price) => json!({
            "type": "metered_unit", "currency": code(&price.price_currency),
            "meter": meter_id(price.meter_id.as_str(), meters),
            "unitAmount": decimal(&price.unit_amount), "cap": cap(&price.cap_amount),
        }),
        ProductPriceCreate::MeteredTiers(price) => json!({
            "type": "metered_tiers", "currency": code(&price.price_currency),
            "meter": meter_id(price.meter_id.as_str(), meters),
            "tiers": tiers_input(&price.tiers), "cap": cap(&price.cap_amount),
        }),
        _ => json!({"type": "unknown"}),
    }
}

/// The catalog ids of the meters that the prices of a product refer to.
pub(super) fn meters_of(product: &PolarProduct) -> Vec<String> {
    let prices = match &product.request.body {
        ProductCreate::Recurring(body) => &body.prices,
        ProductCreate::OneTime(body) => &body.prices,
        _ => return Vec::new(),
    };
    let meter = |price: &ProductPriceCreate| {
        let id = match price {
            ProductPriceCreate::MeteredUnit(price) => price.meter_id.as_str(),
            ProductPriceCreate::MeteredTiers(price) => price.meter_id.as_str(),
            _ => return None,
        };
        let name = id.strip_prefix("{meters.")?.strip_suffix('}')?;
        Some(name.to_owned())
    };
    prices.iter().filter_map(meter).collect()
}
