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
                if !pairs
                    .iter()
                    .any(|(key, text)| key.starts_with(place) && holds(text, leaf))
                {
                    lost.push(format!(
                        "{place}={leaf} is not in {:?}",
                        exchange.uri.query()
                    ));
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
        Value::Bool(flag) => text.parse() == Ok(*flag),
        _ => false,
    };
    same(text) || text.split(',').any(same)
}

/// Finds what a JSON body lost or gained; an event may travel alone or in a batch of one.
pub fn lost_body(exchange: &Exchange, body: &Value) -> Option<String> {
    let kind = exchange
        .headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
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

#[cfg(test)]
mod tests {
    use client_core::http::{HeaderMap, Method};
    use serde_json::json;

    use super::{lost_body, lost_query};
    use crate::conformance::exchange::Exchange;

    fn exchange(query: &str, body: &'static str) -> Exchange {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        Exchange {
            method: Method::POST,
            uri: format!("http://localhost/x?{query}").parse().unwrap(),
            headers,
            body: body.into(),
            status: 200,
            answer: HeaderMap::new(),
        }
    }

    #[test]
    fn a_value_is_found_in_every_style_and_its_loss_is_noticed() {
        let kept = |name: &str, value: serde_json::Value, query: &str| {
            lost_query(&exchange(query, ""), [(&name.to_owned(), &&value)]).is_empty()
        };
        assert!(kept("q", json!("a b"), "q=a%20b"));
        assert!(!kept("q", json!("a b"), "q=a"));
        assert!(!kept("q", json!("a b"), "other=a%20b"));
        assert!(kept(
            "at",
            json!("2026-01-01T05:30:00+05:30"),
            "at=2026-01-01T00:00:00Z"
        ));
        assert!(kept("id", json!(["a", "b"]), "id=a&id=b"));
        assert!(kept("id", json!(["a", "b"]), "id=a,b"));
        assert!(!kept("id", json!(["a", "b"]), "id=a"));
        assert!(kept(
            "f",
            json!({"key": {"eq": "x"}}),
            "f%5Bkey%5D%5Beq%5D=x"
        ));
        assert!(!kept(
            "f",
            json!({"key": {"eq": "x"}}),
            "f%5Bkey%5D%5Bneq%5D=x"
        ));
        assert!(kept("f", json!({"key": 1}), "f=%7B%22key%22%3A1%7D"));
    }

    #[test]
    fn a_body_that_lost_a_field_is_noticed() {
        assert_eq!(
            lost_body(&exchange("", r#"{"a":1}"#), &json!({"a": 1, "b": null})),
            None
        );
        assert!(lost_body(&exchange("", r#"{"a":1}"#), &json!({"a": 1, "b": 2})).is_some());
        assert!(lost_body(&exchange("", r#"{"a":1,"b":2}"#), &json!({"a": 1})).is_some());
    }
}
