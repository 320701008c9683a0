//! Prices that are more than one amount: by the seat, by the unit, in tiers, and for usage.
//!
//! The catalog's own prices are one amount each. What else a provider is to charge stands in the
//! member `x-pricing` of a price, which other tools that read the catalog leave alone. Polar and
//! OpenMeter charge it; for other providers, whose prices stay the one amount, it is an issue.
//!
//! ```
//! use billing_core::catalog::Price;
//! use billing_core::compile::Pricing;
//!
//! let price: Price = serde_json::from_str(r#"{
//!     "amount": 1000, "currency": "USD", "interval": "month",
//!     "x-pricing": {
//!         "per": "seat",
//!         "minimum": 2,
//!         "mode": "graduated",
//!         "tiers": [{ "upTo": 10, "amount": 1000 }, { "amount": 800 }],
//!         "usage": [{ "feature": "aiTokens", "amount": "0.002", "cap": 50000 }]
//!     }
//! }"#)?;
//! let pricing = Pricing::of(&price)?;
//! assert_eq!(pricing.tiers.len(), 2);
//! assert_eq!(pricing.usage[0].amount.as_ref().map(|amount| amount.as_str()), Some("0.002"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::{Issue, IssueCode, Price};
use crate::provider::Provider;

/// Name of the member of a price.
pub(crate) const MEMBER: &str = "x-pricing";

/// Why a provider does not take `per`.
pub(crate) const BY_NUMBER: &str = "nothing is sold by the seat or by the unit";
/// Why a price that is charged once takes no `usage`.
pub(crate) const USAGE_ONCE: &str = "usage is charged with a subscription, not once";

/// What a price charges beside, or in place of, its one amount.
///
/// Amounts are decimals in the currency's smallest unit, as texts or as numbers: `"0.002"` USD is a
/// five-hundredth of a cent.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Pricing {
    /// Whether the price's amount is for each seat or each unit; for all of it when left out.
    #[serde(default)]
    pub per: Option<Per>,
    /// The least number of seats or units that is sold; 1 when left out.
    #[serde(default)]
    pub minimum: Option<u32>,
    /// How tiers are applied.
    #[serde(default)]
    pub mode: TierMode,
    /// Amounts that depend on the number of seats or units, from the lowest number up; the price's
    /// own amount for every one when left out.
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// What the use of metered features costs.
    #[serde(default)]
    pub usage: Vec<UsagePrice>,
}

/// What an amount is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Per {
    /// Each seat that is assigned to a person.
    Seat,
    /// Each unit that is bought.
    Unit,
}

/// How tiers are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TierMode {
    /// The tier that the whole number falls into decides for all of it.
    #[default]
    Volume,
    /// Each tier decides for the part of the number that falls into it.
    Graduated,
}

impl TierMode {
    /// `volume` or `graduated`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Graduated => "graduated",
        }
    }
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Tier {
    /// The last number that the tier is for; without end for the last tier, and for it alone.
    #[serde(default)]
    pub up_to: Option<u32>,
    /// The amount for each one.
    pub amount: DecimalAmount,
}

/// What the use of a metered feature costs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UsagePrice {
    /// The id of the metered feature.
    pub feature: SmolStr,
    /// The amount for each unit of the feature's meter, unless there are tiers.
    #[serde(default)]
    pub amount: Option<DecimalAmount>,
    /// How tiers are applied.
    #[serde(default)]
    pub mode: TierMode,
    /// Amounts that depend on what is used, from the lowest number up.
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// The most that is charged in one period, in the currency's smallest unit.
    #[serde(default)]
    pub cap: Option<u32>,
}

/// A decimal that is not negative, with 12 places at most, kept exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecimalAmount(SmolStr);

impl DecimalAmount {
    /// The decimal, such as `0.002`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let fits = digits(whole) && digits(places) && whole.len() <= 15 && places.len() <= 12;
        fits.then(|| Self(text.into()))
    }

    /// The amount with its decimal point moved: to the right for a positive number of places.
    #[cfg(any(test, feature = "polar", feature = "openmeter"))]
    pub(crate) fn shifted(&self, places: i32) -> String {
        let (whole, rest) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let digits = format!("{whole}{rest}");
        let point = i32::try_from(whole.len()).unwrap_or(i32::MAX) + places;
        let (whole, rest) = if point <= 0 {
            let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
            (String::new(), format!("{zeros}{digits}"))
        } else {
            let point = usize::try_from(point).unwrap_or(0);
            if point >= digits.len() {
                (format!("{digits:0<point$}"), String::new())
            } else {
                let (whole, rest) = digits.split_at(point);
                (whole.to_owned(), rest.to_owned())
            }
        };
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        match rest.trim_end_matches('0') {
            "" => whole.to_owned(),
            rest => format!("{whole}.{rest}"),
        }
    }
}

impl From<u32> for DecimalAmount {
    fn from(amount: u32) -> Self {
        Self(smol_str::format_smolstr!("{amount}"))
    }
}

impl<'de> Deserialize<'de> for DecimalAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom("expected an amount such as 10 or \"0.002\", with 12 places at most")
        })
    }
}

/// An `x-pricing` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPricing {
    path: String,
    message: String,
}

impl InvalidPricing {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }

    /// Where it is wrong, below `x-pricing`; empty for all of it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The issue, for a price at this place.
    pub(crate) fn issue(&self, place: &str) -> Issue {
        let mut path = format!("{place}.{MEMBER}");
        for step in self.path.split(['.', '[', ']']) {
            if !step.is_empty() {
                path = format!("{path}.{step}");
            }
        }
        Issue::new(IssueCode::InvalidPricing, path, self.message.clone())
    }
}

impl fmt::Display for InvalidPricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MEMBER)?;
        if !self.path.is_empty() {
            write!(f, ".{}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for InvalidPricing {}

/// The issue of a price whose `x-pricing` can be read and not be charged by a provider.
pub(crate) fn unsupported(provider: Provider, place: &str, message: &str) -> Issue {
    Issue::new(
        IssueCode::PricingUnsupported,
        format!("{place}.{MEMBER}"),
        format!("{}: {message}", provider.display_name()),
    )
}

impl Pricing {
    /// Reads the `x-pricing` of a price; without one, the price is its one amount.
    ///
    /// # Errors
    /// When it has unknown members or wrong values, tiers that do not go up or that do not end, or
    /// tiers without saying what they are for.
    pub fn of(price: &Price) -> Result<Self, InvalidPricing> {
        let Some(written) = price.extra.get(MEMBER) else {
            return Ok(Self::default());
        };
        if !written.is_object() {
            return Err(InvalidPricing::new("", "expected an object"));
        }
        let pricing: Self = serde_path_to_error::deserialize(written).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { "" } else { &path };
            InvalidPricing::new(path, error.inner().to_string())
        })?;
        pricing.check()?;
        Ok(pricing)
    }

    fn check(&self) -> Result<(), InvalidPricing> {
        if self.per.is_none() && !(self.tiers.is_empty() && self.minimum.is_none()) {
            let message = "tiers and a minimum need `per`: seat or unit";
            return Err(InvalidPricing::new("", message));
        }
        if self.minimum == Some(0) {
            return Err(InvalidPricing::new("minimum", "it is 1 or more"));
        }
        go_up("tiers", &self.tiers)?;
        for (index, usage) in self.usage.iter().enumerate() {
            let place = format!("usage[{index}]");
            if usage.amount.is_some() != usage.tiers.is_empty() {
                let message = "it has either an amount or tiers";
                return Err(InvalidPricing::new(&place, message));
            }
            go_up(&format!("{place}.tiers"), &usage.tiers)?;
        }
        Ok(())
    }
}

/// Every tier but the last one ends, each after the one before.
fn go_up(place: &str, tiers: &[Tier]) -> Result<(), InvalidPricing> {
    let Some((last, others)) = tiers.split_last() else {
        return Ok(());
    };
    let ends: Option<Vec<u32>> = others.iter().map(|tier| tier.up_to).collect();
    let up = ends.is_some_and(|ends| {
        ends.first().is_none_or(|first| *first > 0) && ends.is_sorted_by(|one, next| one < next)
    });
    if up && last.up_to.is_none() {
        return Ok(());
    }
    let message = "tiers go up by `upTo`, and the last one alone has none";
    Err(InvalidPricing::new(place, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Currency;

    fn read(pricing: Value) -> Result<Pricing, String> {
        let mut price = Price::monthly(1_000, Currency::USD);
        price.extra.insert(MEMBER, pricing);
        Pricing::of(&price).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (pricing, place) in [
            (json!("seat"), "x-pricing: "),
            (json!({"per": "desk"}), "x-pricing.per: "),
            (json!({"par": "seat"}), "x-pricing.par: "),
            (json!({"tiers": [{"amount": 5}]}), "x-pricing: "),
            (json!({"per": "unit", "minimum": 0}), "x-pricing.minimum: "),
            (
                json!({"per": "unit", "tiers": [{"upTo": 5, "amount": 5}]}),
                "x-pricing.tiers: ",
            ),
            (
                json!({"per": "unit", "tiers": [
                    {"upTo": 5, "amount": 5}, {"upTo": 5, "amount": 4}, {"amount": 3},
                ]}),
                "x-pricing.tiers: ",
            ),
            (
                json!({"per": "unit", "tiers": [{"amount": -5}]}),
                "x-pricing.tiers[0].amount: ",
            ),
            (json!({"usage": [{"feature": "f"}]}), "x-pricing.usage[0]: "),
            (
                json!({"usage": [{"feature": "f", "amount": "1e-3"}]}),
                "x-pricing.usage[0].amount: ",
            ),
        ] {
            let message = read(pricing.clone()).unwrap_err();
            assert!(message.starts_with(place), "{pricing}: {message}");
        }
    }

    #[test]
    fn without_the_member_a_price_is_its_amount() {
        let price = Price::monthly(1_000, Currency::USD);
        assert_eq!(Pricing::of(&price), Ok(Pricing::default()));
    }

    #[test]
    fn the_decimal_point_moves_without_rounding() {
        let amount = |text: &str| DecimalAmount::parse(text).unwrap();
        for (text, places, shifted) in [
            ("0.002", -2, "0.00002"),
            ("1234", -2, "12.34"),
            ("5", -2, "0.05"),
            ("100", -2, "1"),
            ("0.5", 2, "50"),
            ("12.345", 2, "1234.5"),
            ("7", 0, "7"),
            ("0", -3, "0"),
        ] {
            assert_eq!(amount(text).shifted(places), shifted, "{text}");
        }
    }
}
