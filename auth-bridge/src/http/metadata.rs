use client_core::json::Map as OrderedMap;
use polar_client::models::MetadataValue;
use serde_json::{Map, Value};

use super::fields::Fields;

/// How much metadata Polar keeps.
const MOST_KEYS: usize = 50;
const LONGEST_KEY: usize = 40;
const LONGEST_TEXT: usize = 500;

/// Returns whether a key means something to billing, so that clients must not set it.
///
/// Metadata of checkouts come back on orders and subscriptions, where they tell whom a purchase is
/// for. Polar's own keys (`_cost`, `_llm`) begin with an underscore.
pub(super) fn is_reserved(key: &str) -> bool {
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    key.starts_with('_')
        || plain == "referenceid"
        || plain == "customertype"
        || plain.starts_with("catalog")
        || plain.starts_with("betterauth")
        || plain.starts_with("openmeter")
}

/// Takes metadata that a client chose: reserved keys are left out, and what is too much or of the
/// wrong kind is an issue.
pub(super) fn take(fields: &mut Fields, name: &str) -> Option<Map<String, Value>> {
    let members = fields.object(name)?;
    if members.len() > MOST_KEYS {
        fields.issue(
            name,
            &format!("Metadata can contain at most {MOST_KEYS} keys"),
        );
        return None;
    }
    let mut kept = Map::new();
    for (key, value) in members {
        if is_reserved(&key) {
            tracing::debug!(key, "a client set a reserved metadata key; it was left out");
            continue;
        }
        let path = format!("{name}.{key}");
        if key.is_empty() || key.chars().count() > LONGEST_KEY {
            fields.issue(
                name,
                &format!("Metadata keys must have 1 to {LONGEST_KEY} characters"),
            );
            continue;
        }
        match &value {
            Value::String(text) if text.is_empty() || text.chars().count() > LONGEST_TEXT => {
                fields.issue(
                    &path,
                    &format!("Metadata values must have 1 to {LONGEST_TEXT} characters"),
                );
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {
                kept.insert(key, value);
            }
            _ => fields.issue(&path, "Invalid input: expected string, number or boolean"),
        }
    }
    Some(kept)
}

pub(super) fn to_polar(metadata: Map<String, Value>) -> OrderedMap<MetadataValue> {
    let convert = |value| match value {
        Value::String(text) => MetadataValue::Text(text),
        Value::Bool(flag) => MetadataValue::Bool(flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => MetadataValue::Integer(integer),
            (None, Some(number)) => MetadataValue::Number(number),
            (None, None) => MetadataValue::Unknown(Value::Number(number).into()),
        },
        other => MetadataValue::Unknown(other.into()),
    };
    metadata
        .into_iter()
        .map(|(key, value)| (key, convert(value)))
        .collect()
}
