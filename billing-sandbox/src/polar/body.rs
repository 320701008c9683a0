//! Request bodies and path arguments of Polar operations.

use super::error;
use super::{Call, currency};
use crate::check::rules::{boolean, decimal, list, string, text, uuid_fault};
use crate::check::{At, Check, Issue, Obj, Seg};
use crate::http::Reply;
use serde_json::{Map, Value, json};

impl Call<'_> {
    /// The JSON body. A body of another media type reads as text, which no schema takes.
    pub(crate) fn body(&self) -> Result<Value, Box<Reply>> {
        let bytes = &self.request.body;
        let media = self
            .request
            .header("content-type")
            .unwrap_or("application/json");
        let essence = media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if bytes.is_empty() {
            return Err(missing_body());
        }
        if essence != "application/json" && !essence.ends_with("+json") {
            return Ok(json!(String::from_utf8_lossy(bytes)));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|fault| {
            let issue = Issue {
                kind: "json_invalid",
                loc: vec![Seg::Key("body".to_owned()), Seg::Index(fault.column())],
                msg: "JSON decode error".to_owned(),
                input: json!({}),
                ctx: Some(json!({"error": fault.to_string()})),
            };
            error::unprocessable("RequestValidationError", &[issue])
        })?;
        if value.is_null() {
            Err(missing_body())
        } else {
            Ok(value)
        }
    }

    /// A path argument that is a UUID; anything else is a 422, not a 404.
    pub(crate) fn uuid(&self, index: usize, name: &str) -> Result<String, Box<Reply>> {
        let given = self.argument(index);
        match uuid_fault(given) {
            None => Ok(given.to_ascii_lowercase()),
            Some(fault) => {
                let mut issue = error::rule_of(
                    "uuid_parsing",
                    &["path", name],
                    &format!("Input should be a valid UUID, {fault}"),
                    json!(given),
                );
                issue.ctx = Some(json!({"error": fault}));
                Err(error::unprocessable("RequestValidationError", &[issue]))
            }
        }
    }

    /// A path argument as it is.
    pub(crate) fn argument(&self, index: usize) -> &str {
        self.args.get(index).map_or("", String::as_str)
    }

    /// The caller's customer id, for portal operations.
    pub(crate) fn customer(&self) -> &str {
        match &self.subject {
            super::auth::Subject::Customer(id) => id,
            super::auth::Subject::Organization => "",
        }
    }
}

fn missing_body() -> Box<Reply> {
    let issue = error::rule_of("missing", &["body"], "Field required", Value::Null);
    error::unprocessable("RequestValidationError", &[issue])
}

/// Refuses `organization_id`: an organization token says it already.
pub(crate) fn refuse_organization(body: &Obj<'_>) -> Result<(), Box<Reply>> {
    match body.get("organization_id") {
        Some(at) if !at.value.is_null() => Err(error::broken_rules(&[error::rule_of(
            "organization_token",
            &["body", "organization_id"],
            "Setting organization_id is disallowed when using an organization token.",
            at.value.clone(),
        )])),
        _ => Ok(()),
    }
}

/// Ends with a 422 when the check found faults.
pub(crate) fn finish(check: &Check) -> Result<(), Box<Reply>> {
    error::finish(check)
}

/// A map of at most 50 keys of 1 to 40 characters to short strings, numbers and booleans.
pub(crate) fn metadata(at: &At<'_>) -> Option<Map<String, Value>> {
    let Some(map) = at.value.as_object() else {
        at.fail("dict_type", "Input should be a valid dictionary", None);
        return None;
    };
    if map.len() > 50 {
        at.fail(
            "too_long",
            format!(
                "Dictionary should have at most 50 items after validation, not {}",
                map.len()
            ),
            Some(json!({"field_type": "Dictionary", "max_length": 50, "actual_length": map.len()})),
        );
    }
    for (key, value) in map {
        let at = at.under(Seg::Key(key.clone()), value);
        let length = key.chars().count();
        if length == 0 || length > 40 {
            let (kind, msg) = if length == 0 {
                (
                    "string_too_short",
                    "String should have at least 1 character",
                )
            } else {
                (
                    "string_too_long",
                    "String should have at most 40 characters",
                )
            };
            at.branch("[key]").fail(kind, msg, None);
        }
        metadata_value(&at);
    }
    Some(map.clone())
}

/// One metadata value. A faulty one is reported once for every type that it could have been.
pub(crate) fn metadata_value(at: &At<'_>) {
    match at.value {
        Value::String(_) => {
            let before = at.branch("constrained-str");
            if text(1, 500)(&before).is_none() {
                at.branch("int").fail(
                    "int_parsing",
                    "Input should be a valid integer, unable to parse string as an integer",
                    None,
                );
                at.branch("float").fail(
                    "float_parsing",
                    "Input should be a valid number, unable to parse string as a number",
                    None,
                );
                at.branch("bool").fail(
                    "bool_parsing",
                    "Input should be a valid boolean, unable to interpret input",
                    None,
                );
            }
        }
        Value::Number(_) | Value::Bool(_) => {}
        _ => {
            at.branch("constrained-str").fail(
                "string_type",
                "Input should be a valid string",
                None,
            );
            at.branch("int")
                .fail("int_type", "Input should be a valid integer", None);
            at.branch("float")
                .fail("float_type", "Input should be a valid number", None);
            at.branch("bool")
                .fail("bool_type", "Input should be a valid boolean", None);
        }
    }
}

/// A currency code in lower case.
pub(crate) fn currency_code(at: &At<'_>) -> Option<String> {
    crate::check::rules::one_of(&currency::codes())(at)
}

/// A billing address: a country and, for some, a state.
pub(crate) fn address(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let country = body.required("country", |at| {
        let code = string(at)?;
        if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) && code != "ZZ" {
            return Some(code);
        }
        at.fail("enum", "Input should be a two-letter country code", None);
        None
    });
    let field = |name: &str| {
        body.nullable(name, string)
            .map_or(Value::Null, Value::String)
    };
    let state = match (body.nullable("state", string), country.as_str()) {
        (Some(state), "US" | "CA") => {
            let short = state.strip_prefix(&format!("{country}-")).unwrap_or(&state);
            if short.len() != 2 || short == "ZZ" {
                at.fail(
                    "value_error",
                    format!("Value error, Invalid {country} state"),
                    None,
                );
                return None;
            }
            json!(format!("{country}-{short}"))
        }
        (state, _) => state.map_or(Value::Null, Value::String),
    };
    Some(json!({
        "line1": field("line1"),
        "line2": field("line2"),
        "postal_code": field("postal_code"),
        "city": field("city"),
        "state": state,
        "country": country,
    }))
}

/// `{type, tiers: [{bound, unit_amount}]}` of unit and metered tier prices.
pub(crate) fn tiers(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let kind = body.required(
        "type",
        crate::check::rules::one_of(&["volume", "graduated"]),
    );
    let tiers = body.required(
        "tiers",
        list(1, |at| {
            let tier = at.object();
            let bound = tier.nullable("bound", crate::check::rules::positive);
            let amount = tier.required("unit_amount", decimal);
            Some(json!({"bound": bound, "unit_amount": amount}))
        }),
    );
    Some(json!({"type": kind, "tiers": tiers}))
}

/// A boolean that must be true.
pub(crate) fn literal_true(at: &At<'_>) -> Option<bool> {
    match boolean(at) {
        Some(true) => Some(true),
        Some(false) => {
            at.fail(
                "literal_error",
                "Input should be True",
                Some(json!({"expected": "True"})),
            );
            None
        }
        None => None,
    }
}
