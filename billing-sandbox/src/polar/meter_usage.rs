//! Which events a meter counts, and how.

use super::model::UserEvent;
use crate::calendar::polar as time_text;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Looks a property up: a field of the event, or a dotted path into its metadata.
fn property(event: &UserEvent, name: &str) -> Option<Value> {
    match name {
        "name" => return Some(Value::from(event.name.as_str())),
        "source" => return Some(Value::from("user")),
        "timestamp" => return Some(Value::from(time_text(event.timestamp))),
        _ => {}
    }
    if let Some(direct) = event.metadata.get(name) {
        return Some(direct.clone());
    }
    let mut steps = name.split('.');
    let mut value = event.metadata.get(steps.next()?)?;
    for step in steps {
        value = value.get(step)?;
    }
    Some(value.clone())
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
}

fn compare(have: &Value, want: &Value) -> Option<Ordering> {
    if want.is_string() {
        return Some(text(have).cmp(&text(want)));
    }
    number(have)?.partial_cmp(&number(want)?)
}

fn clause(clause: &Value, event: &UserEvent) -> bool {
    let name = clause
        .get("property")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let operator = clause
        .get("operator")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let want = clause.get("value").unwrap_or(&Value::Null);
    let Some(have) = property(event, name) else {
        return false;
    };
    match operator {
        "like" => text(&have).contains(&text(want)),
        "not_like" => !text(&have).contains(&text(want)),
        "eq" if want.is_boolean() || have.is_boolean() => text(&have) == text(want),
        "ne" if want.is_boolean() || have.is_boolean() => text(&have) != text(want),
        _ => compare(&have, want).is_some_and(|ordering| match operator {
            "eq" => ordering == Ordering::Equal,
            "ne" => ordering != Ordering::Equal,
            "gt" => ordering == Ordering::Greater,
            "gte" => ordering != Ordering::Less,
            "lt" => ordering == Ordering::Less,
            "lte" => ordering != Ordering::Greater,
            _ => false,
        }),
    }
}

/// Whether a meter's filter takes an event; a filter without clauses takes all.
pub(crate) fn matches(filter: &Value, event: &UserEvent) -> bool {
    let clauses = filter.get("clauses").and_then(Value::as_array);
    let Some(clauses) = clauses.filter(|clauses| !clauses.is_empty()) else {
        return true;
    };
    let passes = |item: &Value| {
        if item.get("conjunction").is_some() {
            matches(item, event)
        } else {
            clause(item, event)
        }
    };
    match filter.get("conjunction").and_then(Value::as_str) {
        Some("or") => clauses.iter().any(passes),
        _ => clauses.iter().all(passes),
    }
}

/// Applies a meter's aggregation; without events, and for events without the property, zero.
pub(crate) fn aggregate<'e>(
    aggregation: &Value,
    events: impl Iterator<Item = &'e UserEvent>,
) -> f64 {
    let function = aggregation
        .get("func")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = aggregation
        .get("property")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if function == "count" {
        return events.count() as f64;
    }
    if function == "unique" {
        let seen: HashSet<String> = events
            .filter_map(|event| property(event, name))
            .map(|value| text(&value))
            .collect();
        return seen.len() as f64;
    }
    let values: Vec<f64> = events
        .filter_map(|event| property(event, name).as_ref().and_then(number))
        .collect();
    if values.is_empty() {
        return 0.0;
    }
    let sum: f64 = values.iter().sum();
    match function {
        "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "avg" => sum / values.len() as f64,
        _ => sum,
    }
}
