use serde_json::Value;

use crate::document::Schema;
use crate::ir::Facts;

/// Gathers what a schema says about limits, defaults and formats. `outer` is the schema at the
/// field, `schema` what it refers to.
pub(super) fn of(schema: &Schema, outer: &Schema) -> Facts {
    let mut facts = Facts {
        deprecated: outer.deprecated || schema.deprecated,
        default: default(outer).or_else(|| default(schema)),
        ..Facts::default()
    };
    limits(schema, &mut facts);
    for part in schema
        .branches()
        .into_iter()
        .flatten()
        .chain(schema.all_of.iter().flatten())
    {
        if facts.limits.is_empty() && facts.format.is_none() && !part.is_null() {
            limits(part, &mut facts);
        }
    }
    facts
}

fn limits(schema: &Schema, facts: &mut Facts) {
    facts
        .limits
        .extend(range(schema.min_length, schema.max_length, "character"));
    facts
        .limits
        .extend(range(schema.min_items, schema.max_items, "item"));
    if let Some(most) = schema.max_properties {
        facts.limits.push(format!("at most {most} keys"));
    }
    let above = schema.exclusive_minimum.as_ref().and_then(whole);
    let (low, high) = (schema.minimum.as_ref(), schema.maximum.as_ref());
    match (low.and_then(whole), above, high.and_then(whole)) {
        (Some(low), _, Some(high)) => facts.limits.push(format!("{low} to {high}")),
        (Some(low), _, None) => facts.limits.push(format!("at least {low}")),
        (None, Some(low), Some(high)) => facts.limits.push(format!("above {low}, at most {high}")),
        (None, Some(low), None) => facts.limits.push(format!("above {low}")),
        (None, None, Some(high)) => facts.limits.push(format!("at most {high}")),
        (None, None, None) => {}
    }
    facts.maximum = high.and_then(whole).and_then(|high| high.parse().ok());
    facts.format = match schema.format.as_deref() {
        Some("uri") => Some("a URL".to_owned()),
        Some("uri-reference") => Some("a URI reference".to_owned()),
        Some("email") => Some("an e-mail address".to_owned()),
        Some("ipvanyaddress") => Some("an IP address".to_owned()),
        Some("json") => Some("a JSON text".to_owned()),
        _ => None,
    };
}

/// Limits are written as `10000.0` in places; people count in whole numbers. The limit of the
/// integer type says nothing about the value.
fn whole(value: &Value) -> Option<String> {
    let number = value.as_f64().filter(|number| number.abs() < 9e15)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be a small whole number"
    )]
    let text = match value {
        Value::Number(exact) if exact.is_i64() || exact.is_u64() => exact.to_string(),
        _ if number.fract() == 0.0 => (number as i64).to_string(),
        _ => number.to_string(),
    };
    Some(text)
}

fn range(low: Option<u64>, high: Option<u64>, noun: &str) -> Option<String> {
    let count = |number: u64| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {noun}{plural}")
    };
    match (low.filter(|low| *low > 0), high) {
        (Some(low), Some(high)) if low == high => Some(format!("exactly {}", count(high))),
        (Some(low), Some(high)) => Some(format!("{low} to {}", count(high))),
        (Some(low), None) => Some(format!("at least {}", count(low))),
        (None, Some(high)) => Some(format!("at most {}", count(high))),
        (None, None) => None,
    }
}

fn default(schema: &Schema) -> Option<String> {
    match schema.default.as_ref()? {
        Value::Null => None,
        Value::Object(_) => None,
        value => Some(value.to_string()),
    }
}
