//! Rate cards.

use openmeter_client::client_core::wire::{Decimal, IsoDuration};
use openmeter_client::models::{
    FlatPriceWithPaymentTerm, FlatPriceWithPaymentTermType, RateCard, RateCardBooleanEntitlement,
    RateCardEntitlement, RateCardFlatFee, RateCardMeteredEntitlement, RateCardStaticEntitlement,
};

use super::metering::{FEATURE_STAMP, Known, stamped};
use super::{Period, config_text, is_key};
use crate::catalog::{Catalog, EntitlementValue, Interval, Price};
use crate::compile::item::Item;
use crate::compile::limits::provider_amount;
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
        .find(|key| is_key(key) && !known.has(key))?
        .to_owned();
    let mut card = RateCardFlatFee::new(key, item.name.as_str());
    card.billing_cadence = cadence(price)?;
    card.price = Some(FlatPriceWithPaymentTerm::new(
        FlatPriceWithPaymentTermType::Flat,
        amount(price)?,
    ));
    Some(card.into())
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
