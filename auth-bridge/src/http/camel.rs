use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Members of Polar's objects whose own keys are data.
const MAPS: [&str; 9] = [
    "metadata",
    "custom_field_data",
    "customer_metadata",
    "payment_processor_metadata",
    "processor_metadata",
    "seat_metadata",
    "benefit_metadata",
    "archived",
    "amounts",
];

/// Members of OpenMeter's objects that are data.
const OPENMETER_MAPS: [&str; 4] = ["metadata", "annotations", "config", "data"];

/// Gives an answer of Polar the form in which the JavaScript SDK has it: camelCase keys, times in
/// UTC with milliseconds, metadata as they are.
pub(super) fn from_polar(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(from_polar).collect(),
        Value::Object(members) => {
            let mut renamed = Map::new();
            for (key, value) in members {
                let value = if MAPS.contains(&key.as_str()) {
                    value
                } else if is_time(&key) {
                    time(value)
                } else {
                    from_polar(value)
                };
                renamed.insert(camel(&key), value);
            }
            Value::Object(renamed)
        }
        other => other,
    }
}

/// Gives times in an answer of OpenMeter the form in which the JavaScript SDK has them.
pub(super) fn from_openmeter(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(from_openmeter).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| {
                let value = if OPENMETER_MAPS.contains(&key.as_str()) {
                    value
                } else {
                    from_openmeter(value)
                };
                (key, value)
            })
            .collect(),
        text @ Value::String(_) => time(text),
        other => other,
    }
}

fn camel(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        if c == '_' && !name.is_empty() {
            upper = true;
        } else if upper {
            name.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            name.push(c);
        }
    }
    name
}

fn is_time(key: &str) -> bool {
    key == "timestamp"
        || ["_at", "_start", "_end", "_timestamp", "_seen", "_due_by"]
            .iter()
            .any(|ending| key.ends_with(ending))
}

fn time(value: Value) -> Value {
    let read = value
        .as_str()
        .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
        .map(|time| time.to_offset(UtcOffset::UTC));
    let Some(time) = read else {
        return value;
    };
    let (date, clock) = (time.date(), time.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second, millisecond) = clock.as_hms_milli();
    Value::String(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
    ))
}
