//! Whether the values that went in came out on the wire.

use client_core::json::Value;
use client_core::wire::parse_time;

use super::exchange::Exchange;
use crate::samples::difference;

/// Finds values of query parameters that are not in the URL.
pub fn lost_query<'a>(
    exchange: &Exchange,
    taken: impl IntoIterator<Item = (&'a String, &'a &'a Value)>,
) -> Vec<String> {
    let pairs = exchange.query();
    let mut lost = Vec::new();
    for (name, value) in taken {
        let as_document = pairs.iter().any(|(key, text)| {
            key == name
                && serde_json::from_str::<Value>(text)
                    .is_ok_and(|sent| difference("", &sent, value).is_none())
        });
        if !as_document {
            leaves(name, value, &mut |place, leaf| {
                if !pairs.iter().any(|(key, text)| key.starts_with(place) && holds(text, leaf)) {
                    lost.push(format!("{place}={leaf} is not in {:?}", exchange.uri.query()));
                }
            });
        }
    }
    lost
}

/// Calls `check` with every scalar in a value and the key under which it belongs.
fn leaves(place: &str, value: &Value, check: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                leaves(&format!("{place}[{key}]"), value, check);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(place, item, check)),
        Value::Null => {}
        scalar => check(place, scalar),
    }
}

/// Whether a text of the URL is the value, or a comma separated list with it.
fn holds(text: &str, value: &Value) -> bool {
    let same = |text: &str| match value {
        Value::String(value) => {
            text == value || parse_time(value).is_some() && parse_time(value) == parse_time(text)
        }
        Value::Number(number) => text.parse::<f64>().ok() == number.as_f64(),
        other => text == other.to_string(),
    };
    same(text) || text.split(',').any(same)
}

/// Finds what a JSON body lost or gained; an event may travel alone or in a batch of one.
pub fn lost_body(exchange: &Exchange, body: &Value) -> Option<String> {
    let kind = exchange.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.contains("json")) {
        return None;
    }
    let Ok(sent) = serde_json::from_slice::<Value>(&exchange.body) else {
        return Some("the body is not JSON".to_owned());
    };
    let body = match (body, &sent) {
        (Value::Array(events), Value::Object(_)) if events.len() == 1 => events.first()?,
        _ => body,
    };
    difference("body", &sent, body)
}
