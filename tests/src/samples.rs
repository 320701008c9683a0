//! Decoding a sample into its Rust type and encoding it again.

use client_core::Page;
use client_core::json::{Decode, DecodeError, Encode, Value, from_slice, to_value};
use client_core::wire::parse_time;
use serde_json::json;

/// Decodes a JSON text into a type and encodes it again.
pub type Entry = fn(&[u8]) -> Result<Value, DecodeError>;

/// The way of a type through the table.
///
/// # Errors
/// When the text does not decode.
pub fn entry<T: Decode + Encode>(bytes: &[u8]) -> Result<Value, DecodeError> {
    from_slice::<T>(bytes).map(|value| to_value(&value))
}

/// The way of a page through the table: its items come back under `items`.
///
/// # Errors
/// When the text does not decode, or an item of it.
pub fn page_entry<T: Decode + Encode>(bytes: &[u8]) -> Result<Value, DecodeError> {
    let page: Page<T> = from_slice(bytes)?;
    match page.rejected.into_iter().next() {
        Some(rejected) => Err(rejected.error),
        None => Ok(json!({ "items": page.items.iter().map(to_value).collect::<Vec<_>>() })),
    }
}

/// Whether a JSON value is an envelope of a page, or a bare list.
pub fn is_page(sample: &Value) -> bool {
    let envelope = |key: &&str| sample.get(key).is_some();
    sample.is_array()
        || ["pagination", "meta", "totalCount", "nextCursor"]
            .iter()
            .any(envelope)
}

/// The items of a page, in whichever envelope it came.
pub fn items_of(sample: &Value) -> Value {
    let items = match sample {
        Value::Array(_) => sample,
        other => other
            .get("items")
            .or_else(|| other.get("data"))
            .unwrap_or(other),
    };
    json!({ "items": items })
}

/// Finds the first place where two JSON values differ in meaning: numbers by value, times by
/// instant, and `null` like an absent key.
pub fn difference(path: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in theirs {
                let path = format!("{path}.{key}");
                match ours.get(key) {
                    Some(own) => {
                        if let Some(found) = difference(&path, own, value) {
                            return Some(found);
                        }
                    }
                    None if value.is_null() => {}
                    None => return Some(format!("{path} is lost: {value}")),
                }
            }
            ours.iter()
                .find(|(key, value)| !value.is_null() && !theirs.contains_key(*key))
                .map(|(key, value)| format!("{path}.{key} is new: {value}"))
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => ours
            .iter()
            .zip(theirs)
            .enumerate()
            .find_map(|(index, (own, other))| difference(&format!("{path}[{index}]"), own, other)),
        (Value::Number(own), Value::Number(other)) if close(own.as_f64(), other.as_f64()) => None,
        (Value::String(own), Value::String(other))
            if own == other
                || parse_time(own).is_some() && parse_time(own) == parse_time(other) =>
        {
            None
        }
        (own, other) if own == other => None,
        (own, other) => Some(format!("{path}: {own} instead of {other}")),
    }
}

/// JSON numbers are compared as the nearest doubles, give or take the last bit: the parser of the
/// test rounds too.
fn close(own: Option<f64>, other: Option<f64>) -> bool {
    match (own, other) {
        (Some(own), Some(other)) => (own - other).abs() <= own.abs() * 1e-15,
        _ => false,
    }
}
