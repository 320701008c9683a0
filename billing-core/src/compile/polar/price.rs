//! Prices of a product.

use std::collections::HashSet;

use polar_client::client_core::wire::Decimal;
use polar_client::models::{
    PresentmentCurrency, ProductPriceCreate, ProductPriceFixedCreate,
    ProductPriceMeteredTiersCreate, ProductPriceMeteredUnitCreate, ProductPriceSeatBasedCreate,
    ProductPriceSeatTier, ProductPriceSeatTiersInput, ProductPriceUnitBasedCreate, SeatTierType,
    TierInput, TierType, TiersInput,
};

use smol_str::SmolStr;

use super::meter_reference;
use crate::catalog::{Addon, Catalog, FeatureType, Number, Price};
use crate::compile::item::{Item, Source};
use crate::compile::limits::provider_amount;
use crate::compile::pricing::USAGE_ONCE;
use crate::compile::{DecimalAmount, Per, Pricing, Tier, TierMode, UsagePrice};
use crate::provider::Provider;

pub(super) struct Prices<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) meters: &'a HashSet<&'a SmolStr>,
    pub(super) item: &'a Item<'a>,
    pub(super) price: &'a Price,
    pub(super) pricing: &'a Pricing,
}

impl Prices<'_> {
    /// The prices of the product, or why Polar cannot have them.
    pub(super) fn compile(&self) -> Result<Vec<ProductPriceCreate>, String> {
        let pricing = self.pricing;
        let amount = provider_amount(Provider::Polar, self.price)
            .and_then(|amount| i64::try_from(amount).ok())
            .ok_or("the amount is no whole number of Polar's units")?;
        let mut prices = Vec::new();
        let multiple = match self.item.source {
            Source::Addon(addon) => Some(addon).filter(|addon| addon.multiple == Some(true)),
            _ => None,
        };
        match (pricing.per, multiple) {
            (Some(Per::Seat), _) => prices.push(self.seats(pricing, amount)?),
            (Some(Per::Unit), _) | (None, Some(_)) => {
                prices.push(self.units(pricing, amount, multiple)?);
            }
            // A free price stands alone; beside prices for usage there is nothing to charge.
            (None, None) if amount == 0 && !pricing.usage.is_empty() => {}
            (None, None) => {
                let fixed = ProductPriceFixedCreate::new(amount).price_currency(self.currency());
                prices.push(fixed.into());
            }
        }
        if self.price.is_one_time() && !pricing.usage.is_empty() {
            return Err(USAGE_ONCE.to_owned());
        }
        for usage in &pricing.usage {
            prices.push(self.usage(usage)?);
        }
        Ok(prices)
    }

    fn currency(&self) -> PresentmentCurrency {
        PresentmentCurrency::new(self.price.currency.lower().as_str())
    }

    /// The places between Polar's smallest unit and that of ISO 4217.
    fn places(&self) -> i32 {
        let mut one = self.price.clone();
        one.amount = Number::from(1);
        let mut unit = provider_amount(Provider::Polar, &one).unwrap_or(1);
        let mut places = 0;
        while unit >= 10 {
            unit /= 10;
            places += 1;
        }
        places
    }

    fn decimal(&self, amount: &DecimalAmount) -> Result<Decimal, String> {
        let text = amount.shifted(self.places());
        text.parse().map_err(|_| format!("{text} is no amount"))
    }

    fn seats(&self, pricing: &Pricing, amount: i64) -> Result<ProductPriceCreate, String> {
        let least = i64::from(pricing.minimum.unwrap_or(1));
        let mut tiers = Vec::new();
        let mut from = least;
        for tier in &pricing.tiers {
            let text = tier.amount.shifted(self.places());
            let amount: u64 = text
                .parse()
                .map_err(|_| format!("{text}, the amount for a seat, is no whole number"))?;
            let mut seats = ProductPriceSeatTier::new(from, amount);
            seats.max_seats = tier.up_to.map(i64::from);
            if let Some(last) = seats.max_seats {
                if last < from {
                    return Err(format!("a tier ends at {last}, and the minimum is {least}"));
                }
                from = last + 1;
            }
            tiers.push(seats);
        }
        if tiers.is_empty() {
            tiers.push(ProductPriceSeatTier::new(least, amount.unsigned_abs()));
        }
        let mode = match pricing.mode {
            TierMode::Volume => SeatTierType::Volume,
            TierMode::Graduated => SeatTierType::Graduated,
        };
        let mut input = ProductPriceSeatTiersInput::new(tiers);
        input.seat_tier_type = Some(mode);
        let price = ProductPriceSeatBasedCreate::new(input);
        Ok(price.price_currency(self.currency()).into())
    }

    fn units(
        &self,
        pricing: &Pricing,
        amount: i64,
        multiple: Option<&Addon>,
    ) -> Result<ProductPriceCreate, String> {
        let tiers = if pricing.tiers.is_empty() {
            let every = TierInput::new(amount).clear_bound();
            TiersInput::new(TierType::Volume, [every])
        } else {
            self.tiers(pricing.mode, &pricing.tiers)?
        };
        let mut price = ProductPriceUnitBasedCreate::new(tiers).price_currency(self.currency());
        let quantity = multiple.and_then(|addon| addon.quantity.as_ref());
        let least = quantity.and_then(|quantity| quantity.min?.as_i64());
        let least = pricing.minimum.map(i64::from).or(least);
        if let Some(least) = least.filter(|least| *least > 0) {
            price = price.minimum_units(least);
        }
        Ok(price.into())
    }

    fn tiers(&self, mode: TierMode, tiers: &[Tier]) -> Result<TiersInput, String> {
        let mut inputs = Vec::new();
        for tier in tiers {
            let input = TierInput::new(self.decimal(&tier.amount)?);
            inputs.push(match tier.up_to {
                Some(last) => input.bound(last.into()),
                None => input.clear_bound(),
            });
        }
        let mode = match mode {
            TierMode::Volume => TierType::Volume,
            TierMode::Graduated => TierType::Graduated,
        };
        Ok(TiersInput::new(mode, inputs))
    }

    fn usage(&self, usage: &UsagePrice) -> Result<ProductPriceCreate, String> {
        let feature = self.catalog.features().get(&usage.feature);
        let feature = feature.filter(|feature| feature.feature_type == FeatureType::Metered);
        let meter = feature
            .and_then(|feature| feature.meter.as_ref())
            .filter(|meter| self.meters.contains(*meter));
        let Some(meter) = meter else {
            let name = &usage.feature;
            return Err(format!("\"{name}\" is no feature that Polar can meter"));
        };
        let meter = meter_reference(meter);
        let cap = usage.cap.map(|cap| {
            let factor = 10_i64.pow(self.places().unsigned_abs());
            i64::from(cap).saturating_mul(factor)
        });
        Ok(match &usage.amount {
            Some(amount) => {
                let amount = self.decimal(amount)?;
                let mut price = ProductPriceMeteredUnitCreate::new(meter, amount)
                    .price_currency(self.currency());
                if let Some(cap) = cap {
                    price = price.cap_amount(cap);
                }
                price.into()
            }
            None => {
                let tiers = self.tiers(usage.mode, &usage.tiers)?;
                let mut price = ProductPriceMeteredTiersCreate::new(meter, tiers)
                    .price_currency(self.currency());
                if let Some(cap) = cap {
                    price = price.cap_amount(cap);
                }
                price.into()
            }
        })
    }
}
