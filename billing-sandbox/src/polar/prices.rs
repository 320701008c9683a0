//! Prices: reading, rendering and the amounts that they make.

use super::body::{currency_code, tiers};
use super::currency;
use super::model::{Price, PriceKind, Product, SeatTier};
use super::{Polar, error};
use crate::calendar::polar as time_text;
use crate::check::rules::{decimal, int, list, object, one_of, positive, uuid};
use crate::check::{At, Issue, Obj};
use crate::id;
use serde_json::{Value, json};

const MAX_AMOUNT: i64 = 99_999_999;
const TAGS: &str = "<ProductPriceAmountType.fixed: 'fixed'>, \
    <ProductPriceAmountType.custom: 'custom'>, <ProductPriceAmountType.seat_based: 'seat_based'>, \
    <ProductPriceAmountType.unit_based: 'unit_based'>, \
    <ProductPriceAmountType.metered_unit: 'metered_unit'>, \
    <ProductPriceAmountType.metered_tiers: 'metered_tiers'>";

/// A price as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct NewPrice {
    currency: String,
    tax_behavior: Option<String>,
    kind: PriceKind,
}

impl NewPrice {
    pub(crate) fn into_price(
        self,
        product: &Product,
        source: &'static str,
        now: time::OffsetDateTime,
    ) -> Price {
        Price {
            id: id::uuid(),
            created_at: now,
            source,
            product_id: product.id.clone(),
            recurring: product
                .recurring
                .as_ref()
                .map(|cadence| cadence.unit.clone()),
            currency: self.currency,
            tax_behavior: self.tax_behavior,
            is_archived: false,
            kind: self.kind,
        }
    }

    fn meter_id(&self) -> Option<&String> {
        self.kind.meter_id()
    }
}

impl PriceKind {
    fn meter_id(&self) -> Option<&String> {
        match self {
            Self::MeteredUnit { meter_id, .. } | Self::MeteredTiers { meter_id, .. } => {
                Some(meter_id)
            }
            _ => None,
        }
    }
}

impl Price {
    pub(crate) fn meter_id(&self) -> Option<&String> {
        self.kind.meter_id()
    }

    pub(crate) fn is_metered(&self) -> bool {
        self.meter_id().is_some()
    }

    /// What one period, or one purchase, costs before discounts.
    pub(crate) fn charge(&self, seats: i64, units: i64, chosen: Option<i64>) -> i64 {
        match &self.kind {
            PriceKind::Fixed { amount } => *amount,
            PriceKind::Custom {
                minimum, preset, ..
            } => chosen
                .or(*preset)
                .unwrap_or((*minimum).max(currency::minimum(&self.currency))),
            PriceKind::SeatBased { graduated, tiers } => seat_charge(*graduated, tiers, seats),
            PriceKind::UnitBased { tiers, .. } => unit_charge(tiers, units),
            PriceKind::MeteredUnit { .. } | PriceKind::MeteredTiers { .. } => 0,
        }
    }
}

impl Price {
    /// What an amount of metered units costs, capped where the price has a cap.
    pub(crate) fn metered(&self, units: f64) -> i64 {
        let (charge, cap) = match &self.kind {
            PriceKind::MeteredUnit {
                unit_amount, cap, ..
            } => {
                let rate: f64 = unit_amount.parse().unwrap_or(0.0);
                ((units * rate).round() as i64, *cap)
            }
            PriceKind::MeteredTiers { tiers, cap, .. } => {
                (unit_charge(tiers, units.ceil() as i64), *cap)
            }
            _ => (0, None),
        };
        cap.map_or(charge, |cap| charge.min(cap))
    }
}

fn seat_charge(graduated: bool, tiers: &[SeatTier], seats: i64) -> i64 {
    if graduated {
        return tiers
            .iter()
            .map(|tier| {
                let upper = tier.max.unwrap_or(i64::MAX).min(seats);
                (upper - tier.min + 1).max(0).saturating_mul(tier.amount)
            })
            .sum();
    }
    tiers
        .iter()
        .find(|tier| seats >= tier.min && tier.max.is_none_or(|max| seats <= max))
        .or_else(|| tiers.last())
        .map_or(0, |tier| tier.amount.saturating_mul(seats))
}

fn unit_charge(tiers: &Value, units: i64) -> i64 {
    let graduated = tiers.get("type").and_then(Value::as_str) == Some("graduated");
    let mut from = 0;
    let mut sum = 0.0;
    let empty = Vec::new();
    for tier in tiers
        .get("tiers")
        .and_then(Value::as_array)
        .unwrap_or(&empty)
    {
        let bound = tier.get("bound").and_then(Value::as_i64);
        let rate: f64 = tier
            .get("unit_amount")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0);
        let inside = bound.is_none_or(|bound| units <= bound);
        if graduated {
            let upper = bound.map_or(units, |bound| bound.min(units));
            sum += (upper - from).max(0) as f64 * rate;
        } else if inside {
            return (units as f64 * rate).round() as i64;
        }
        from = bound.unwrap_or(units);
        if inside {
            break;
        }
    }
    sum.round() as i64
}

fn amount(at: &At<'_>, code: &str) -> Option<i64> {
    let value = int(0, MAX_AMOUNT.max(currency::maximum(code).unwrap_or(0)))(at)?;
    let minimum = currency::minimum(code);
    if value > 0 && value < minimum {
        at.fail(
            "minimum_price",
            format!(
                "Amount must be at least {} or 0 for free pricing",
                currency::format(minimum, code)
            ),
            None,
        );
        return None;
    }
    if let Some(maximum) = currency::maximum(code).filter(|maximum| value > *maximum) {
        at.fail(
            "maximum_price",
            format!("Amount must be at most {}", currency::format(maximum, code)),
            None,
        );
        return None;
    }
    Some(value)
}

/// Reads a price; the branch of its kind is named in the place of every fault.
pub(crate) fn price(at: &At<'_>) -> Option<NewPrice> {
    let tag = at
        .value
        .get("amount_type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !at.value.is_object() {
        at.object();
        return None;
    }
    let body = at.branch(tag).object();
    let currency = body
        .optional("price_currency", currency_code)
        .unwrap_or_else(|| "usd".into());
    let tax_behavior = body.nullable(
        "tax_behavior",
        one_of(&["location", "inclusive", "exclusive"]),
    );
    let kind = match tag {
        // The server still takes the kind of older versions.
        "free" => PriceKind::Fixed { amount: 0 },
        "fixed" => PriceKind::Fixed {
            amount: body.required("price_amount", |at| amount(at, &currency)),
        },
        "custom" => PriceKind::Custom {
            minimum: body
                .optional("minimum_amount", |at| amount(at, &currency))
                .unwrap_or_else(|| currency::minimum(&currency)),
            maximum: body.nullable("maximum_amount", int(1, MAX_AMOUNT)),
            preset: body.nullable("preset_amount", |at| amount(at, &currency)),
        },
        "seat_based" => seat_tiers(&body),
        "unit_based" => PriceKind::UnitBased {
            tiers: body.required("tiers", tiers),
            minimum: body.nullable("minimum_units", positive),
            label: body
                .nullable("unit_label", object)
                .map_or(Value::Null, Value::Object),
        },
        "metered_unit" => PriceKind::MeteredUnit {
            meter_id: body.required("meter_id", uuid),
            unit_amount: body.required("unit_amount", unit_amount),
            cap: body.nullable("cap_amount", int(0, i64::from(i32::MAX))),
        },
        "metered_tiers" => PriceKind::MeteredTiers {
            meter_id: body.required("meter_id", uuid),
            tiers: body.required("tiers", tiers),
            cap: body.nullable("cap_amount", int(0, i64::from(i32::MAX))),
        },
        _ => {
            bad_tag(at, tag);
            return None;
        }
    };
    Some(NewPrice {
        currency,
        tax_behavior,
        kind,
    })
}

fn bad_tag(at: &At<'_>, tag: &str) {
    if at.value.get("amount_type").is_none() {
        at.fail(
            "union_tag_not_found",
            "Unable to extract tag using discriminator 'amount_type'",
            Some(json!({"discriminator": "'amount_type'"})),
        );
        return;
    }
    at.fail(
        "union_tag_invalid",
        format!(
            "Input tag '{tag}' found using 'amount_type' does not match any of the expected tags: \
             {TAGS}"
        ),
        Some(json!({"discriminator": "'amount_type'", "tag": tag, "expected_tags": TAGS})),
    );
}

fn unit_amount(at: &At<'_>) -> Option<String> {
    let text = decimal(at)?;
    if text.starts_with('-') || text.chars().all(|ch| matches!(ch, '0' | '.' | '+')) {
        at.fail(
            "greater_than",
            "Input should be greater than 0",
            Some(json!({"gt": 0})),
        );
        return None;
    }
    Some(text)
}

fn seat_tiers(body: &Obj<'_>) -> PriceKind {
    body.required("seat_tiers", |at| {
        let fields = at.object();
        let kind = fields.optional("seat_tier_type", one_of(&["volume", "graduated"]));
        let tiers = fields.required(
            "tiers",
            list(1, |at| {
                let tier = at.object();
                Some(SeatTier {
                    min: tier.required("min_seats", int(1, i64::MAX)),
                    max: tier.nullable("max_seats", int(1, i64::MAX)),
                    amount: tier.required("price_per_seat", int(0, i64::MAX)),
                })
            }),
        );
        let contiguous = tiers.windows(2).all(|pair| match pair {
            [left, right] => left.max.is_some_and(|max| right.min == max + 1),
            _ => true,
        });
        if !contiguous {
            at.fail(
                "value_error",
                "Value error, Gap or overlap between tiers: each tier must start right after the \
                 one before",
                None,
            );
        }
        Some(PriceKind::SeatBased {
            graduated: kind.as_deref() == Some("graduated"),
            tiers,
        })
    })
}

impl Default for PriceKind {
    fn default() -> Self {
        Self::Fixed { amount: 0 }
    }
}

impl Polar {
    /// The rules that need more than one price: meters exist, one static price per currency.
    pub(crate) fn price_rules(&self, prices: &[NewPrice], recurring: bool) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (index, price) in prices.iter().enumerate() {
            let index = index.to_string();
            if let Some(meter_id) = price.meter_id() {
                if self
                    .meter(meter_id)
                    .is_none_or(|meter| meter.archived_at.is_some())
                {
                    issues.push(error::rule(
                        &["body", "prices", &index, "meter_id"],
                        "Meter does not exist.",
                        json!(meter_id),
                    ));
                }
                if !recurring {
                    issues.push(error::rule(
                        &["body", "prices", &index],
                        "Metered pricing is not supported on one-time products.",
                        json!(meter_id),
                    ));
                }
                continue;
            }
            let doubled = prices
                .iter()
                .take(index.parse().unwrap_or(0))
                .any(|earlier| earlier.meter_id().is_none() && earlier.currency == price.currency);
            if doubled {
                issues.push(error::rule(
                    &["body", "prices", &index],
                    "Only one static price is allowed per currency.",
                    json!(price.currency),
                ));
            }
        }
        issues
    }

    pub(crate) fn price_json(&self, price: &Price) -> Value {
        let mut value = json!({
            "created_at": time_text(price.created_at),
            "modified_at": null,
            "id": price.id,
            "source": price.source,
            "price_currency": price.currency,
            "tax_behavior": price.tax_behavior,
            "is_archived": price.is_archived,
            "product_id": price.product_id,
            "type": if price.recurring.is_some() { "recurring" } else { "one_time" },
            "recurring_interval": price.recurring,
        });
        let meter = |id: &String| {
            self.meter(id).map_or(Value::Null, |meter| {
                json!({
                    "id": meter.id,
                    "name": meter.name,
                    "unit": meter.unit,
                    "custom_label": meter.custom_label,
                    "custom_multiplier": meter.custom_multiplier,
                })
            })
        };
        let own = match &price.kind {
            PriceKind::Fixed { amount } => json!({"amount_type": "fixed", "price_amount": amount}),
            PriceKind::Custom {
                minimum,
                maximum,
                preset,
            } => json!({
                "amount_type": "custom", "minimum_amount": minimum, "maximum_amount": maximum,
                "preset_amount": preset,
            }),
            PriceKind::SeatBased { graduated, tiers } => seat_json(*graduated, tiers),
            PriceKind::UnitBased {
                tiers,
                minimum,
                label,
            } => json!({
                "amount_type": "unit_based", "tiers": tiers, "minimum_units": minimum,
                "maximum_units": null, "unit_label": label,
            }),
            PriceKind::MeteredUnit {
                meter_id,
                unit_amount,
                cap,
            } => json!({
                "amount_type": "metered_unit", "unit_amount": unit_amount, "cap_amount": cap,
                "meter_id": meter_id, "meter": meter(meter_id),
            }),
            PriceKind::MeteredTiers {
                meter_id,
                tiers,
                cap,
            } => json!({
                "amount_type": "metered_tiers", "tiers": tiers, "cap_amount": cap,
                "meter_id": meter_id, "meter": meter(meter_id),
            }),
        };
        if let (Value::Object(map), Value::Object(own)) = (&mut value, own) {
            map.extend(own);
        }
        value
    }
}

fn seat_json(graduated: bool, tiers: &[SeatTier]) -> Value {
    let list: Vec<Value> = tiers
        .iter()
        .map(|tier| {
            json!({
                "min_seats": tier.min, "max_seats": tier.max, "price_per_seat": tier.amount,
            })
        })
        .collect();
    json!({
        "amount_type": "seat_based",
        "seat_tiers": {
            "seat_tier_type": if graduated { "graduated" } else { "volume" },
            "tiers": list,
            "minimum_seats": tiers.first().map_or(1, |tier| tier.min),
            "maximum_seats": tiers.last().and_then(|tier| tier.max),
        },
        "price_per_seat": tiers.first().map_or(0, |tier| tier.amount),
    })
}
