//! Request bodies of OpenMeter operations.

use super::Call;
use super::model::Stamps;
use super::problem::{problem, schema};
use crate::calendar::{self, Interval, rfc3339};
use crate::check::rules::{list, string, text};
use crate::check::{At, Check, Seg};
use crate::http::Reply;
use crate::id;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

impl Call<'_> {
    /// The JSON body.
    pub(crate) fn body(&self) -> Result<Value, Box<Reply>> {
        if self.request.body.is_empty() {
            return Err(problem(
                400,
                "request body has an error: value is required but missing",
            ));
        }
        serde_json::from_slice(&self.request.body)
            .map_err(|fault| problem(400, format!("decode json: {fault}")))
    }
}

/// Ends with a 400 when the schema check found a fault; the first one is told.
pub(crate) fn finish(check: &Check, name: &str) -> Result<(), Box<Reply>> {
    if check.is_clean() {
        return Ok(());
    }
    let Some(issue) = check.take().into_iter().next() else {
        return Ok(());
    };
    let path: Vec<String> = issue
        .loc
        .iter()
        .map(|seg| match seg {
            Seg::Key(key) => key.clone(),
            Seg::Index(index) => index.to_string(),
        })
        .collect();
    let reason = match issue.kind {
        "missing" => {
            let field = path.last().cloned().unwrap_or_default();
            format!("property \"{field}\" is missing")
        }
        "string_type" => "value must be a string".to_owned(),
        "int_type" | "int_from_float" => "value must be an integer".to_owned(),
        "float_type" => "value must be a number".to_owned(),
        "bool_type" => "value must be a boolean".to_owned(),
        "list_type" => "value must be an array".to_owned(),
        "dict_type" | "model_attributes_type" => "value must be an object".to_owned(),
        _ => issue.msg,
    };
    Err(schema(format!(
        "request body has an error: doesn't match schema #/components/schemas/{name}: Error at \
         \"/{}\": {reason}",
        path.join("/"),
    )))
}

/// A resource key: lower case, digits and single underscores, 1 to 64 characters.
pub(crate) fn key(at: &At<'_>) -> Option<String> {
    let key = text(1, 64)(at)?;
    let fits = key.split('_').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    if !fits {
        at.fail(
            "pattern",
            "string doesn't match the regular expression \"^[a-z0-9]+(?:_[a-z0-9]+)*$\"",
            None,
        );
        return None;
    }
    Some(key)
}

pub(crate) fn name(at: &At<'_>) -> Option<String> {
    text(1, 256)(at)
}

pub(crate) fn description(at: &At<'_>) -> Option<String> {
    text(0, 1024)(at)
}

/// A map of strings, or null.
pub(crate) fn metadata(at: &At<'_>) -> Option<Value> {
    if at.value.is_null() {
        return Some(Value::Null);
    }
    strings(at).map(Value::Object)
}

/// A map of strings.
pub(crate) fn strings(at: &At<'_>) -> Option<Map<String, Value>> {
    let map = crate::check::rules::object(at)?;
    for (key, value) in at.value.as_object().into_iter().flatten() {
        string(&at.under(Seg::Key(key.clone()), value))?;
    }
    Some(map)
}

pub(crate) fn string_list(at: &At<'_>) -> Option<Vec<String>> {
    list(0, text(1, usize::MAX))(at)
}

pub(crate) fn time(at: &At<'_>) -> Option<OffsetDateTime> {
    let text = string(at)?;
    let time = calendar::parse(&text);
    if time.is_none() {
        at.fail(
            "date-time",
            "string doesn't match the format \"date-time\"",
            None,
        );
    }
    time
}

/// An ISO 8601 duration, kept as text.
pub(crate) fn duration(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    if Interval::parse_iso(&text).is_none() {
        at.fail(
            "duration",
            "string doesn't match the format \"duration\"",
            None,
        );
        return None;
    }
    Some(text)
}

/// A decimal as text: digits with an optional sign and fraction.
pub(crate) fn numeric(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if numeric(whole) && numeric(fraction) {
        return Some(text);
    }
    at.fail(
        "pattern",
        "string doesn't match the regular expression \"^\\-?[0-9]+(\\.[0-9]+)?$\"",
        None,
    );
    None
}

pub(crate) fn currency(at: &At<'_>) -> Option<String> {
    let code = string(at)?;
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(code);
    }
    at.fail(
        "pattern",
        "string doesn't match the regular expression \"^[A-Z]{3}$\"",
        None,
    );
    None
}

pub(crate) fn ulid(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    if id::is_ulid(&text) {
        return Some(text);
    }
    at.fail(
        "pattern",
        "string doesn't match the regular expression \
         \"^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$\"",
        None,
    );
    None
}

/// Adds fields to an object, leaving out those that are null.
pub(crate) fn put(map: &mut Map<String, Value>, fields: Value) {
    if let Value::Object(fields) = fields {
        map.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

/// An object with its times and the fields that are not null.
pub(crate) fn render(stamps: &Stamps, fields: Value) -> Map<String, Value> {
    let mut map = Map::new();
    put(
        &mut map,
        json!({
            "createdAt": rfc3339(stamps.created),
            "updatedAt": rfc3339(stamps.updated),
            "deletedAt": stamps.deleted.map(rfc3339),
        }),
    );
    put(&mut map, fields);
    map
}
