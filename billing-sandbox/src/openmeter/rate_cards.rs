//! Rate cards of plans, add-ons and subscriptions.

use super::OpenMeter;
use super::body::{currency, description, duration, key, metadata, name, numeric, put, ulid};
use crate::calendar::Interval;
use crate::check::rules::{boolean, int, list, number, one_of, string, text};
use crate::check::{At, Obj};
use serde_json::{Map, Value, json};

/// A reason why a draft cannot be published.
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) field: String,
}

impl Fault {
    pub(crate) fn json(&self) -> Value {
        json!({"code": self.code, "message": self.message, "field": self.field})
    }
}

/// A field that must be there and may be null.
fn required_nullable<'a, T>(
    body: &Obj<'a>,
    name: &str,
    rule: impl Fn(&At<'a>) -> Option<T>,
) -> Option<T> {
    if !body.has(name) {
        body.missing(name);
    }
    body.nullable(name, rule)
}

fn entitlement(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let kind = body.required("type", one_of(&["metered", "static", "boolean"]));
    let mut map = Map::new();
    put(
        &mut map,
        json!({"type": kind, "metadata": body.optional("metadata", metadata)}),
    );
    match kind.as_str() {
        "metered" => {
            let priority = body.optional("issueAfterResetPriority", int(1, 255));
            put(
                &mut map,
                json!({
                    "isSoftLimit": body.optional("isSoftLimit", boolean).unwrap_or(false),
                    "issueAfterReset": body.optional("issueAfterReset", number),
                    "issueAfterResetPriority": priority,
                    "preserveOverageAtReset":
                        body.optional("preserveOverageAtReset", boolean).unwrap_or(false),
                    "usagePeriod": body.optional("usagePeriod", duration),
                }),
            );
        }
        "static" => put(&mut map, json!({"config": body.required("config", string)})),
        _ => {}
    }
    Some(Value::Object(map))
}

fn commitments(body: &Obj<'_>, map: &mut Map<String, Value>) {
    put(
        map,
        json!({
            "minimumAmount": body.optional("minimumAmount", numeric),
            "maximumAmount": body.optional("maximumAmount", numeric),
        }),
    );
}

fn flat_price(at: &At<'_>, with_term: bool) -> Option<Value> {
    let body = at.object();
    body.required("type", one_of(&["flat"]));
    let mut map = Map::new();
    put(
        &mut map,
        json!({"type": "flat", "amount": body.required("amount", numeric)}),
    );
    if with_term {
        let term = body.optional("paymentTerm", one_of(&["in_advance", "in_arrears"]));
        put(
            &mut map,
            json!({"paymentTerm": term.unwrap_or_else(|| "in_advance".to_owned())}),
        );
    }
    Some(Value::Object(map))
}

fn tier(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let flat = required_nullable(&body, "flatPrice", |at| flat_price(at, false));
    let unit = required_nullable(&body, "unitPrice", |at| {
        let fields = at.object();
        fields.required("type", one_of(&["unit"]));
        Some(json!({"type": "unit", "amount": fields.required("amount", numeric)}))
    });
    let mut map = Map::new();
    put(
        &mut map,
        json!({"upToAmount": body.optional("upToAmount", numeric)}),
    );
    map.insert("flatPrice".into(), flat.unwrap_or_default());
    map.insert("unitPrice".into(), unit.unwrap_or_default());
    Some(Value::Object(map))
}

fn usage_price(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let kinds = ["flat", "unit", "tiered", "dynamic", "package"];
    let kind = body.required("type", one_of(&kinds));
    let mut map = Map::new();
    put(&mut map, json!({"type": kind}));
    match kind.as_str() {
        "flat" => return flat_price(at, true),
        "unit" => put(
            &mut map,
            json!({"amount": body.required("amount", numeric)}),
        ),
        "tiered" => put(
            &mut map,
            json!({
                "mode": body.required("mode", one_of(&["volume", "graduated"])),
                "tiers": body.required("tiers", list(1, tier)),
            }),
        ),
        "dynamic" => {
            let multiplier = body.optional("multiplier", numeric);
            put(
                &mut map,
                json!({"multiplier": multiplier.unwrap_or_else(|| "1".to_owned())}),
            );
        }
        "package" => put(
            &mut map,
            json!({
                "amount": body.required("amount", numeric),
                "quantityPerPackage": body.required("quantityPerPackage", numeric),
            }),
        ),
        _ => {}
    }
    commitments(&body, &mut map);
    Some(Value::Object(map))
}

fn tax(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    body.optional("behavior", one_of(&["inclusive", "exclusive"]));
    body.optional("taxCodeId", ulid);
    body.optional("stripe", |at| {
        let code = at.object().required("code", string);
        let digits = code.strip_prefix("txcd_").unwrap_or_default();
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            at.fail(
                "pattern",
                "string doesn't match the regular expression \"^txcd_\\d{8}$\"",
                None,
            );
        }
        Some(())
    });
    Some(at.value.clone())
}

fn discounts(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    body.optional("percentage", |at| {
        let value = at.object().required("percentage", number);
        if !(0.0..=100.0).contains(&value) {
            at.fail("maximum", "number must be at most 100", None);
        }
        Some(())
    });
    body.optional("usage", |at| {
        Some(at.object().required("quantity", numeric))
    });
    Some(at.value.clone())
}

/// Reads a rate card and fills its defaults in.
pub(crate) fn rate_card(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let kind = body.required("type", one_of(&["flat_fee", "usage_based"]));
    let mut map = Map::new();
    put(
        &mut map,
        json!({
            "type": kind,
            "key": body.required("key", key),
            "name": body.required("name", name),
            "description": body.optional("description", description),
            "metadata": body.optional("metadata", metadata),
            "featureKey": body.optional("featureKey", key),
            "entitlementTemplate": body.optional("entitlementTemplate", entitlement),
            "taxConfig": body.optional("taxConfig", tax),
            "discounts": body.optional("discounts", discounts),
        }),
    );
    let (cadence, price) = if kind == "flat_fee" {
        (
            required_nullable(&body, "billingCadence", duration).map(Value::from),
            required_nullable(&body, "price", |at| flat_price(at, true)),
        )
    } else {
        (
            Some(Value::from(body.required("billingCadence", duration))),
            required_nullable(&body, "price", usage_price),
        )
    };
    map.insert("billingCadence".into(), cadence.unwrap_or_default());
    map.insert("price".into(), price.unwrap_or_default());
    Some(Value::Object(map))
}

/// Reads a plan phase with its rate cards.
pub(crate) fn phase(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let length = required_nullable(&body, "duration", duration);
    let mut map = Map::new();
    put(
        &mut map,
        json!({
            "key": body.required("key", key),
            "name": body.required("name", name),
            "description": body.optional("description", description),
            "metadata": body.optional("metadata", metadata),
            "rateCards": body.required("rateCards", list(0, rate_card)),
        }),
    );
    map.insert("duration".into(), json!(length));
    Some(Value::Object(map))
}

/// A currency code, `USD` when there is none.
pub(crate) fn currency_of(body: &Obj<'_>) -> String {
    body.required("currency", currency)
}

/// Free text of at least one character.
pub(crate) fn filled(at: &At<'_>) -> Option<String> {
    text(1, usize::MAX)(at)
}

pub(crate) fn text_of<'v>(card: &'v Value, field: &str) -> Option<&'v str> {
    card.get(field).and_then(Value::as_str)
}

impl OpenMeter {
    /// Why a list of rate cards cannot be published; `field` is its JSONPath.
    pub(crate) fn card_faults(&self, cards: &[Value], field: &str, faults: &mut Vec<Fault>) {
        for card in cards {
            let card_key = text_of(card, "key").unwrap_or_default();
            let place = format!("{field}.rateCards[?(@.key=='{card_key}')]");
            let mut add = |code, message| {
                faults.push(Fault {
                    code,
                    message,
                    field: place.clone(),
                });
            };
            let feature = text_of(card, "featureKey");
            match feature {
                Some(key) => {
                    if key != card_key {
                        add(
                            "rate_card_key_feature_key_mismatch",
                            "rate card key must match feature key",
                        );
                    }
                    if self.live_feature(key).is_none() {
                        add("rate_card_feature_not_found", "feature not found");
                    }
                }
                None => {
                    if card.get("entitlementTemplate").is_some() {
                        add(
                            "entitlement_template_with_no_feature",
                            "entitlement template needs a feature",
                        );
                    }
                    if text_of(card, "type") == Some("usage_based") {
                        add(
                            "usage_based_price_with_no_feature",
                            "usage based price needs a feature",
                        );
                    }
                }
            }
            let metered = feature
                .and_then(|key| self.live_feature(key))
                .is_some_and(|feature| feature.meter_slug.is_some());
            if text_of(card, "type") == Some("usage_based") && feature.is_some() && !metered {
                add(
                    "usage_based_price_with_feature_and_no_meter",
                    "usage based price needs a metered feature",
                );
            }
            let template = card.get("entitlementTemplate").unwrap_or(&Value::Null);
            if text_of(template, "type") == Some("metered") {
                let period = text_of(template, "usagePeriod")
                    .or_else(|| text_of(card, "billingCadence"))
                    .and_then(Interval::parse_iso);
                let long = period.is_some_and(|period| {
                    period.months > 0 || period.days > 0 || period.seconds >= 3600
                });
                if !long {
                    add(
                        "entitlement_template_usage_period_less_then_an_hour",
                        "usage period must be at least 1 hour",
                    );
                }
            }
        }
    }
}
