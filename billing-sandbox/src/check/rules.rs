//! Rules for single values, with the error kinds and messages of pydantic.

use super::{At, Seg};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(crate) fn any(at: &At<'_>) -> Option<Value> {
    Some(at.value.clone())
}

pub(crate) fn string(at: &At<'_>) -> Option<String> {
    let text = at.value.as_str();
    if text.is_none() {
        at.fail("string_type", "Input should be a valid string", None);
    }
    text.map(str::to_owned)
}

/// A string of `min..=max` characters.
pub(crate) fn text(min: usize, max: usize) -> impl Fn(&At<'_>) -> Option<String> {
    move |at| {
        let text = string(at)?;
        let length = text.chars().count();
        if length < min {
            let unit = if min == 1 { "character" } else { "characters" };
            at.fail(
                "string_too_short",
                format!("String should have at least {min} {unit}"),
                Some(json!({"min_length": min})),
            );
            return None;
        }
        if length > max {
            at.fail(
                "string_too_long",
                format!("String should have at most {max} characters"),
                Some(json!({"max_length": max})),
            );
            return None;
        }
        Some(text)
    }
}

/// A product name: counted as items of a value, as Polar reports it.
pub(crate) fn product_name(at: &At<'_>) -> Option<String> {
    let name = string(at)?;
    let length = name.chars().count();
    if length < 3 {
        at.fail(
            "too_short",
            format!("Value should have at least 3 items after validation, not {length}"),
            Some(json!({"field_type": "Value", "min_length": 3, "actual_length": length})),
        );
        return None;
    }
    if length > 64 {
        at.fail(
            "too_long",
            format!("Value should have at most 64 items after validation, not {length}"),
            Some(json!({"field_type": "Value", "max_length": 64, "actual_length": length})),
        );
        return None;
    }
    Some(name)
}

pub(crate) fn boolean(at: &At<'_>) -> Option<bool> {
    let value = at.value.as_bool();
    if value.is_none() {
        at.fail("bool_type", "Input should be a valid boolean", None);
    }
    value
}

pub(crate) fn number(at: &At<'_>) -> Option<f64> {
    let value = at.value.as_f64();
    if value.is_none() {
        at.fail("float_type", "Input should be a valid number", None);
    }
    value
}

fn integer(at: &At<'_>) -> Option<i64> {
    if let Some(value) = at.value.as_i64() {
        return Some(value);
    }
    match at.value.as_f64() {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        Some(_) => {
            at.fail(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
                None,
            );
            None
        }
        None => {
            at.fail("int_type", "Input should be a valid integer", None);
            None
        }
    }
}

/// An integer of `min..=max`.
pub(crate) fn int(min: i64, max: i64) -> impl Fn(&At<'_>) -> Option<i64> {
    move |at| {
        let value = integer(at)?;
        if value < min {
            at.fail(
                "greater_than_equal",
                format!("Input should be greater than or equal to {min}"),
                Some(json!({"ge": min})),
            );
            return None;
        }
        if value > max {
            at.fail(
                "less_than_equal",
                format!("Input should be less than or equal to {max}"),
                Some(json!({"le": max})),
            );
            return None;
        }
        Some(value)
    }
}

/// A 32-bit integer above zero.
pub(crate) fn positive(at: &At<'_>) -> Option<i64> {
    let value = int(i64::MIN, i64::from(i32::MAX))(at)?;
    if value <= 0 {
        at.fail(
            "greater_than",
            "Input should be greater than 0",
            Some(json!({"gt": 0})),
        );
        return None;
    }
    Some(value)
}

/// Joins allowed values as pydantic does: `'a', 'b' or 'c'`.
pub(crate) fn expected(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// One of a closed list of words.
pub(crate) fn one_of(values: &[&'static str]) -> impl Fn(&At<'_>) -> Option<String> {
    move |at| {
        let known = at.value.as_str().filter(|text| values.contains(text));
        if known.is_none() {
            let expected = expected(values);
            at.fail(
                "enum",
                format!("Input should be {expected}"),
                Some(json!({"expected": expected})),
            );
        }
        known.map(str::to_owned)
    }
}

/// Why a text is no UUID, in the words of the uuid parser that Polar uses; `None` when it is one.
pub(crate) fn uuid_fault(text: &str) -> Option<String> {
    let plain = text.strip_prefix("urn:uuid:").unwrap_or(text);
    if let Some((index, bad)) = plain
        .char_indices()
        .find(|(_, ch)| !ch.is_ascii_hexdigit() && *ch != '-')
    {
        return Some(format!("invalid character: found `{bad}` at {}", index + 1));
    }
    let groups: Vec<usize> = plain.split('-').map(str::len).collect();
    match groups.as_slice() {
        [32] | [8, 4, 4, 4, 12] => None,
        [length] => Some(format!(
            "invalid length: expected length 32 for simple format, found {length}"
        )),
        _ if groups.len() != 5 => Some(format!(
            "invalid group count: expected 5, found {}",
            groups.len()
        )),
        _ => Some("invalid group length".to_owned()),
    }
}

pub(crate) fn uuid(at: &At<'_>) -> Option<String> {
    let Some(text) = at.value.as_str() else {
        at.fail(
            "uuid_type",
            "UUID input should be a string, bytes or UUID object",
            None,
        );
        return None;
    };
    if let Some(fault) = uuid_fault(text) {
        at.fail(
            "uuid_parsing",
            format!("Input should be a valid UUID, {fault}"),
            Some(json!({"error": fault})),
        );
        return None;
    }
    Some(text.to_ascii_lowercase())
}

/// A date and time with an offset.
pub(crate) fn datetime(at: &At<'_>) -> Option<OffsetDateTime> {
    let Some(text) = at.value.as_str() else {
        at.fail("datetime_type", "Input should be a valid datetime", None);
        return None;
    };
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(time.to_offset(time::UtcOffset::UTC));
    }
    if OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).is_ok() {
        at.fail("timezone_aware", "Input should have timezone info", None);
    } else if text.len() < 10 {
        at.fail(
            "datetime_from_date_parsing",
            "Input should be a valid datetime or date, input is too short",
            Some(json!({"error": "input is too short"})),
        );
    } else {
        at.fail(
            "datetime_from_date_parsing",
            "Input should be a valid datetime or date, invalid character in year",
            Some(json!({"error": "invalid character in year"})),
        );
    }
    None
}

/// An absolute URL of 1 to 2083 characters.
pub(crate) fn url(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    if text.is_empty() || text.len() > 2083 {
        at.fail(
            "url_too_long",
            "URL should have between 1 and 2083 characters",
            None,
        );
        return None;
    }
    match url::Url::parse(&text) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Some(text),
        Ok(_) => {
            at.fail(
                "url_scheme",
                "URL scheme should be 'http' or 'https'",
                Some(json!({"expected_schemes": "'http' or 'https'"})),
            );
            None
        }
        Err(error) => {
            at.fail(
                "url_parsing",
                format!("Input should be a valid URL, {error}"),
                Some(json!({"error": error.to_string()})),
            );
            None
        }
    }
}

pub(crate) fn email(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    let fault = match text.split_once('@') {
        None => Some("An email address must have an @-sign."),
        Some(("", _)) => Some("There must be something before the @-sign."),
        Some((_, "")) => Some("There must be something after the @-sign."),
        Some((local, domain)) => {
            if text.chars().any(char::is_whitespace) || domain.contains('@') || local.len() > 64 {
                Some("The email address contains invalid characters.")
            } else if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') {
                Some("The part after the @-sign is not valid. It should have a period.")
            } else {
                None
            }
        }
    };
    if let Some(reason) = fault {
        at.fail(
            "value_error",
            format!("value is not a valid email address: {reason}"),
            Some(json!({"reason": reason})),
        );
        return None;
    }
    // The server lowers the domain and keeps the local part.
    let (local, domain) = text.split_once('@')?;
    Some(format!("{local}@{}", domain.to_lowercase()))
}

/// A list whose items all pass `rule`, of at least `min` items.
pub(crate) fn list<'a, T>(
    min: usize,
    rule: impl Fn(&At<'a>) -> Option<T>,
) -> impl Fn(&At<'a>) -> Option<Vec<T>> {
    move |at| {
        let Some(items) = at.value.as_array() else {
            at.fail("list_type", "Input should be a valid list", None);
            return None;
        };
        if items.len() < min {
            let unit = if min == 1 { "item" } else { "items" };
            at.fail(
                "too_short",
                format!(
                    "List should have at least {min} {unit} after validation, not {}",
                    items.len()
                ),
                Some(json!({
                    "field_type": "List", "min_length": min, "actual_length": items.len(),
                })),
            );
            return None;
        }
        let read: Vec<T> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| rule(&at.under(Seg::Index(index), item)))
            .collect();
        (read.len() == items.len()).then_some(read)
    }
}

pub(crate) fn object(at: &At<'_>) -> Option<Map<String, Value>> {
    let map = at.value.as_object();
    if map.is_none() {
        at.fail("dict_type", "Input should be a valid dictionary", None);
    }
    map.cloned()
}

/// A decimal as number or text, kept as exact text.
pub(crate) fn decimal(at: &At<'_>) -> Option<String> {
    let text = match at.value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => {
            at.fail(
                "decimal_type",
                "Decimal input should be an integer, float, string or Decimal object",
                None,
            );
            return None;
        }
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !numeric(whole) || !numeric(fraction) {
        at.fail("decimal_parsing", "Input should be a valid decimal", None);
        return None;
    }
    if fraction.len() > 12 {
        at.fail(
            "decimal_max_places",
            "Decimal input should have no more than 12 decimal places",
            Some(json!({"decimal_places": 12})),
        );
        return None;
    }
    Some(text)
}
