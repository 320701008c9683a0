//! Rate cards.

use openmeter_client::client_core::wire::{Decimal, IsoDuration};
use openmeter_client::models::{
    FlatPriceWithPaymentTerm, PriceTier, RateCard, RateCardBooleanEntitlement, RateCardEntitlement,
    RateCardFlatFee, RateCardMeteredEntitlement, RateCardStaticEntitlement, RateCardUsageBased,
    RateCardUsageBasedPrice, TieredPriceMode, TieredPriceWithCommitments, UnitPrice,
    UnitPriceWithCommitments,
};

use super::metering::{FEATURE_STAMP, Known, stamped};
use super::{Period, config_text, is_snake_key};
use crate::catalog::{Catalog, EntitlementValue, Interval, Price};
use crate::compile::item::Item;
use crate::compile::limits::provider_amount;
use crate::compile::pricing::{BY_NUMBER, USAGE_ONCE};
use crate::compile::{DecimalAmount, Pricing, TierMode, UsagePrice};
use crate::provider::Provider;

/// The rate cards of what an item grants, in the order of the catalog.
pub(super) fn entitlements(catalog: &Catalog, item: &Item<'_>, known: &Known) -> Vec<RateCard> {
    let mut cards = Vec::new();
    for (id, entitlement) in item.entitlements().into_iter().flatten() {
        let Some((_, feature)) = catalog.feature_entry(id) else {
            continue;
        };
        let key = feature.key.as_ref().unwrap_or(id).as_str();
        if !known.has(key) {
            continue;
        }
        let template: RateCardEntitlement = match entitlement.value() {
            EntitlementValue::Boolean { enabled: false } => continue,
            EntitlementValue::Boolean { enabled: true } => RateCardBooleanEntitlement::new().into(),
            EntitlementValue::Static { config } => {
                RateCardStaticEntitlement::new(config_text(&config)).into()
            }
            EntitlementValue::Metered { amount, reset } => {
                let Some(period) = Period::of(reset.as_ref()) else {
                    continue;
                };
                if !known.is_metered(key) {
                    continue;
                }
                let mut metered = RateCardMeteredEntitlement::new();
                metered.usage_period = Some(period.duration().clone());
                metered.issue_after_reset = Some(amount.as_f64()).filter(|amount| *amount > 0.0);
                metered.into()
            }
        };
        let name = feature.name.as_ref().map_or(key, |name| name.as_str());
        let mut card = RateCardFlatFee::new(key, name).feature_key(key);
        card.entitlement_template = Some(template);
        card.metadata = Some(stamped(&entitlement.own_metadata(), FEATURE_STAMP, id));
        cards.push(card.into());
    }
    cards
}

/// The rate card of a price; `None` when OpenMeter cannot charge it.
pub(super) fn price(item: &Item<'_>, price: &Price, known: &Known) -> Option<RateCard> {
    let prefixed = format!("{}_{}", item.kind, item.key);
    let key = [prefixed.as_str(), item.key.as_str()]
        .into_iter()
        .find(|key| is_snake_key(key) && !known.has(key))?
        .to_owned();
    let mut card = RateCardFlatFee::new(key, item.name.as_str());
    card.billing_cadence = cadence(price)?;
    card.price = Some(FlatPriceWithPaymentTerm::new(amount(price)?));
    Some(card.into())
}

/// A rate card without its price.
pub(super) fn free(card: &RateCard) -> Option<RateCard> {
    let RateCard::FlatFee(fee) = card else {
        return None;
    };
    let mut fee = fee.clone();
    fee.price = None;
    Some(RateCard::FlatFee(fee))
}

/// The prices for usage, each put on the card of its feature, or why OpenMeter cannot have them.
pub(super) fn add_usage(
    catalog: &Catalog,
    price: &Price,
    pricing: &Pricing,
    cadence: Option<&IsoDuration>,
    known: &Known,
    cards: &mut Vec<RateCard>,
) -> Result<(), String> {
    if pricing.per.is_some() {
        return Err(BY_NUMBER.to_owned());
    }
    for usage in &pricing.usage {
        let name = &usage.feature;
        let feature = catalog.features().get(name);
        let key = feature.map(|feature| feature.key.as_ref().unwrap_or(name).as_str());
        let Some(key) = key.filter(|key| known.is_metered(key)) else {
            return Err(format!("\"{name}\" is no feature that OpenMeter can meter"));
        };
        let Some(cadence) = cadence else {
            return Err(USAGE_ONCE.to_owned());
        };
        let label = feature.and_then(|feature| feature.name.as_deref());
        let mut card = RateCardUsageBased::new(key, label.unwrap_or(key), cadence.clone());
        card.feature_key = Some(key.to_owned());
        card.price = Some(usage_price(usage, price)?);
        let place = cards.iter().position(
            |card| matches!(card, RateCard::FlatFee(fee) if fee.feature_key.as_deref() == Some(key)),
        );
        match place.and_then(|place| cards.get_mut(place)) {
            Some(granted) => {
                if let RateCard::FlatFee(fee) = granted {
                    card.entitlement_template = fee.entitlement_template.take();
                    card.metadata = fee.metadata.take();
                }
                *granted = card.into();
            }
            None => cards.push(card.into()),
        }
    }
    Ok(())
}

fn usage_price(usage: &UsagePrice, price: &Price) -> Result<RateCardUsageBasedPrice, String> {
    let places = price.currency.exponent().map(i32::from);
    let places = places.ok_or_else(|| format!("{} is no currency", price.currency))?;
    let decimal = |amount: &DecimalAmount| -> Result<Decimal, String> {
        let text = amount.shifted(-places);
        text.parse().map_err(|_| format!("{text} is no amount"))
    };
    let cap = match usage.cap {
        Some(cap) => Some(decimal(&DecimalAmount::from(cap))?),
        None => None,
    };
    if let Some(amount) = &usage.amount {
        let mut unit = UnitPriceWithCommitments::new(decimal(amount)?);
        unit.maximum_amount = cap;
        return Ok(unit.into());
    }
    let mut tiers = Vec::new();
    for tier in &usage.tiers {
        let mut step = PriceTier::new();
        step.up_to_amount = tier.up_to.map(Decimal::from);
        step.unit_price = Some(UnitPrice::new(decimal(&tier.amount)?));
        tiers.push(step);
    }
    let mode = match usage.mode {
        TierMode::Graduated => TieredPriceMode::Graduated,
        TierMode::Volume => TieredPriceMode::Volume,
    };
    let mut tiered = TieredPriceWithCommitments::new(mode, tiers);
    tiered.maximum_amount = cap;
    Ok(tiered.into())
}

/// How often a price is charged: `Some(None)` for once, `None` when OpenMeter cannot.
pub(super) fn cadence(price: &Price) -> Option<Option<IsoDuration>> {
    let count = price.interval_count_or_one();
    Some(Some(match price.interval.as_ref()? {
        Interval::Day => IsoDuration::days(count),
        Interval::Week => IsoDuration::weeks(count),
        Interval::Month => IsoDuration::months(count),
        Interval::Year => IsoDuration::years(count),
        Interval::OneTime => return Some(None),
        Interval::Other(_) => return None,
    }))
}

/// The amount in whole units of the currency: 1999 USD is `19.99`.
fn amount(price: &Price) -> Option<Decimal> {
    let minor = provider_amount(Provider::OpenMeter, price)?;
    let places = u32::from(price.currency.exponent()?);
    let unit = 10_u64.checked_pow(places)?;
    let (whole, rest) = (minor / unit, minor % unit);
    let text = if rest == 0 {
        whole.to_string()
    } else {
        let rest = format!("{rest:0width$}", width = places as usize);
        format!("{whole}.{}", rest.trim_end_matches('0'))
    };
    text.parse().ok()
}
