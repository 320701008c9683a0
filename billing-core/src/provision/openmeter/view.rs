//! What of OpenMeter's objects is managed, in one form for requests and answers.

use openmeter_client::client_core::wire::{Decimal, IsoDuration, Patch};
use openmeter_client::models::{
    Addon, AddonCreate, Discounts, Feature, FeatureCreateInputs, FlatPriceWithPaymentTerm, Meter,
    MeterCreate, Plan, PlanAddon, PlanCreate, PlanPhase, PriceTier, RateCard, RateCardEntitlement,
    RateCardUsageBasedPrice,
};
use serde_json::{Value, json};

use crate::catalog::{CatalogRef, ItemKind};
use crate::compile::openmeter::PlanAddonLink;
use crate::duration::plain_duration;
use crate::provision::difference::{View, add_metadata, plain_decimal};

type Metadata = openmeter_client::client_core::json::Map<String>;

fn add(view: &mut View, metadata: Option<&Metadata>) {
    let metadata = metadata.into_iter().flatten();
    add_metadata(view, metadata.map(|(name, value)| (name, value.as_str())));
}

fn stamp<'a>(metadata: Option<&'a Metadata>, name: &str) -> Option<&'a str> {
    let found = metadata?.get(name)?.as_str();
    Some(found).filter(|found| !found.is_empty())
}

pub(super) fn meter_address(body: &MeterCreate) -> String {
    let id = stamp(body.metadata.value(), "catalogMeterId");
    format!("meters.{}", id.unwrap_or(&body.slug))
}

pub(super) fn feature_address(body: &FeatureCreateInputs) -> String {
    let id = stamp(body.metadata.as_ref(), "catalogFeatureId");
    format!("features.{}", id.unwrap_or(&body.key))
}

pub(super) fn stamped_meter(meter: &Meter) -> Option<String> {
    let id = stamp(meter.metadata.as_ref(), "catalogMeterId")?;
    Some(format!("meters.{id}"))
}

pub(super) fn stamped_feature(feature: &Feature) -> Option<String> {
    let id = stamp(feature.metadata.as_ref(), "catalogFeatureId")?;
    Some(format!("features.{id}"))
}

/// `plans.pro.monthly`.
pub(super) fn sold_address(section: &str, source: Option<&CatalogRef>) -> String {
    let id = source.map_or("", |source| source.id.as_str());
    let price = source.and_then(|source| source.price.as_deref());
    format!("{section}.{id}.{}", price.unwrap_or_default())
}

pub(super) fn stamped_sold(kind: ItemKind, metadata: Option<&Metadata>) -> Option<String> {
    let (section, name) = match kind {
        ItemKind::Plan => ("plans", "catalogPlanId"),
        _ => ("addons", "catalogAddonId"),
    };
    let id = stamp(metadata, name)?;
    let price = stamp(metadata, "catalogPriceId")?;
    Some(format!("{section}.{id}.{price}"))
}

pub(super) fn wanted_meter(body: &MeterCreate) -> View {
    let mut view = View::new();
    for (field, text) in [("name", &body.name), ("description", &body.description)] {
        if let Some(text) = text {
            view.insert(field.into(), json!(text));
        }
    }
    view.insert("aggregation".into(), json!(body.aggregation.as_str()));
    view.insert("eventType".into(), json!(body.event_type));
    view.insert("valueProperty".into(), json!(body.value_property));
    add(&mut view, body.metadata.value());
    view
}

pub(super) fn present_meter(meter: &Meter) -> View {
    let mut view = View::new();
    view.insert("name".into(), json!(meter.name));
    view.insert("description".into(), json!(meter.description));
    view.insert("aggregation".into(), json!(meter.aggregation.as_str()));
    view.insert("eventType".into(), json!(meter.event_type));
    view.insert("valueProperty".into(), json!(meter.value_property));
    add(&mut view, meter.metadata.as_ref());
    view
}

/// Only what decides how it is measured: OpenMeter cannot change anything of a feature.
pub(super) fn wanted_feature(body: &FeatureCreateInputs) -> View {
    View::from_iter([("meterSlug".to_owned(), json!(body.meter_slug))])
}

pub(super) fn present_feature(feature: &Feature) -> View {
    View::from_iter([("meterSlug".to_owned(), json!(feature.meter_slug))])
}

pub(super) fn wanted_addon(body: &AddonCreate) -> View {
    let mut view = sold(&body.name, body.description.as_ref(), body.metadata.value());
    view.insert("instanceType".into(), json!(body.instance_type.as_str()));
    view.insert("currency".into(), json!(body.currency));
    view.insert("rateCards".into(), cards(&body.rate_cards));
    view.insert("status".into(), json!("active"));
    view
}

pub(super) fn present_addon(addon: &Addon) -> View {
    let mut view = sold(&addon.name, None, addon.metadata.as_ref());
    view.insert("description".into(), json!(addon.description));
    view.insert("instanceType".into(), json!(addon.instance_type.as_str()));
    view.insert("currency".into(), json!(addon.currency));
    view.insert("rateCards".into(), cards(&addon.rate_cards));
    view.insert("status".into(), json!(addon.status.as_str()));
    view
}

pub(super) fn wanted_plan(body: &PlanCreate) -> View {
    let mut view = sold(&body.name, body.description.as_ref(), body.metadata.value());
    view.insert("currency".into(), json!(body.currency));
    view.insert("billingCadence".into(), duration(&body.billing_cadence));
    view.insert("phases".into(), body.phases.iter().map(phase).collect());
    view.insert("status".into(), json!("active"));
    view
}

pub(super) fn present_plan(plan: &Plan, links: &[PlanAddon]) -> View {
    let mut view = sold(&plan.name, None, plan.metadata.as_ref());
    view.insert("description".into(), json!(plan.description));
    view.insert("currency".into(), json!(plan.currency));
    view.insert("billingCadence".into(), duration(&plan.billing_cadence));
    view.insert("phases".into(), plan.phases.iter().map(phase).collect());
    view.insert("status".into(), json!(plan.status.as_str()));
    view.insert("addons".into(), present_links(links));
    view
}

fn sold(name: &str, description: Option<&String>, metadata: Option<&Metadata>) -> View {
    let mut view = View::new();
    view.insert("name".into(), json!(name));
    if let Some(description) = description {
        view.insert("description".into(), json!(description));
    }
    add(&mut view, metadata);
    view
}

/// The links that are wanted; the version of an add-on that is not made yet is null.
pub(super) fn wanted_links(links: &[PlanAddonLink], id: impl Fn(&str) -> Option<String>) -> Value {
    sorted(links.iter().map(|link| {
        json!({
            "addon": link.addon_key, "id": id(&link.addon_key),
            "fromPlanPhase": link.from_plan_phase, "maxQuantity": link.max_quantity,
        })
    }))
}

fn present_links(links: &[PlanAddon]) -> Value {
    let links = links.iter().filter(|link| link.deleted_at.is_none());
    sorted(links.map(|link| {
        json!({
            "addon": link.addon.key, "id": link.addon.id.as_str(),
            "fromPlanPhase": link.from_plan_phase, "maxQuantity": link.max_quantity,
        })
    }))
}

fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    values.sort_by_cached_key(Value::to_string);
    Value::Array(values)
}

fn phase(phase: &PlanPhase) -> Value {
    json!({
        "key": phase.key, "name": phase.name,
        "duration": phase.duration.as_ref().map(duration), "rateCards": cards(&phase.rate_cards),
    })
}

fn cards(cards: &[RateCard]) -> Value {
    cards.iter().map(|one| compact(card(one))).collect()
}

/// Without what is not there, so that a view is as short as can be.
fn compact(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
        for member in members.values_mut() {
            *member = compact(member.take());
        }
    }
    value
}

/// A whole number without a fraction.
fn amount(amount: f64) -> Value {
    crate::catalog::Number::fraction(amount).map_or_else(|| json!(amount), |number| json!(number))
}

fn card(card: &RateCard) -> Value {
    match card {
        RateCard::FlatFee(card) => json!({
            "type": "flat_fee", "key": card.key, "name": card.name, "feature": card.feature_key,
            "cadence": card.billing_cadence.as_ref().map(duration),
            "price": card.price.as_ref().map(flat),
            "entitlement": card.entitlement_template.as_ref().map(entitlement),
            "discounts": card.discounts.as_ref().map(discounts),
        }),
        RateCard::UsageBased(card) => json!({
            "type": "usage_based", "key": card.key, "name": card.name, "feature": card.feature_key,
            "cadence": duration(&card.billing_cadence),
            "price": card.price.as_ref().map(usage),
            "entitlement": card.entitlement_template.as_ref().map(entitlement),
            "discounts": card.discounts.as_ref().map(discounts),
        }),
        other => json!(other),
    }
}

fn discounts(discounts: &Discounts) -> Value {
    json!(discounts)
}

fn flat(price: &FlatPriceWithPaymentTerm) -> Value {
    let term = price.payment_term.as_ref();
    json!({
        "type": "flat", "amount": decimal(&price.amount),
        "term": term.map_or("in_advance", |term| term.as_str()),
    })
}

fn usage(price: &RateCardUsageBasedPrice) -> Value {
    let limit = |amount: &Option<Decimal>| amount.as_ref().map(decimal);
    match price {
        RateCardUsageBasedPrice::Flat(price) => flat(price),
        RateCardUsageBasedPrice::Unit(price) => json!({
            "type": "unit", "amount": decimal(&price.amount),
            "minimum": limit(&price.minimum_amount), "maximum": limit(&price.maximum_amount),
        }),
        RateCardUsageBasedPrice::Tiered(price) => json!({
            "type": "tiered", "mode": price.mode.as_str(),
            "tiers": price.tiers.iter().map(tier).collect::<Value>(),
            "minimum": limit(&price.minimum_amount), "maximum": limit(&price.maximum_amount),
        }),
        other => json!(other),
    }
}

fn tier(tier: &PriceTier) -> Value {
    json!({
        "upTo": tier.up_to_amount.as_ref().map(decimal),
        "flat": tier.flat_price.as_ref().map(|price| decimal(&price.amount)),
        "unit": tier.unit_price.as_ref().map(|price| decimal(&price.amount)),
    })
}

fn entitlement(template: &RateCardEntitlement) -> Value {
    match template {
        RateCardEntitlement::Boolean(_) => json!({"type": "boolean"}),
        RateCardEntitlement::Static(template) => {
            let config = serde_json::from_str::<Value>(&template.config);
            json!({"type": "static", "config": config.unwrap_or_else(|_| json!(template.config))})
        }
        RateCardEntitlement::Metered(template) => json!({
            "type": "metered", "period": template.usage_period.as_ref().map(duration),
            "amount": amount(template.issue_after_reset.unwrap_or(0.0)),
            "soft": template.is_soft_limit.unwrap_or(false),
            "overage": template.preserve_overage_at_reset.unwrap_or(false),
        }),
        other => json!(other),
    }
}

fn decimal(decimal: &Decimal) -> Value {
    json!(plain_decimal(decimal.as_str()))
}

fn duration(duration: &IsoDuration) -> Value {
    json!(plain_duration(duration.as_str()))
}

/// The metadata of a request, when it has any.
pub(super) fn patch(metadata: Vec<(String, Value)>) -> Patch<Metadata> {
    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
    Patch::Value(metadata.into_iter().filter_map(text).collect())
}
