//! OpenMeter's problem answers.

use crate::http::Reply;
use serde_json::{Map, Value, json};

fn title(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error")
}

fn build(status: u16, detail: Option<&str>, extensions: Option<Value>) -> Reply {
    let mut map = Map::new();
    map.insert("type".into(), json!("about:blank"));
    map.insert("title".into(), json!(title(status)));
    map.insert("status".into(), json!(status));
    if let Some(detail) = detail {
        map.insert("detail".into(), json!(detail));
    }
    map.insert(
        "instance".into(),
        json!(format!("urn:request:{}", crate::id::alphanumeric(20))),
    );
    if let Some(extensions) = extensions {
        map.insert("extensions".into(), extensions);
    }
    Reply::text(
        status,
        "application/problem+json",
        Value::Object(map).to_string(),
    )
}

/// A problem with a text.
pub(crate) fn problem(status: u16, detail: impl Into<String>) -> Box<Reply> {
    Box::new(build(status, Some(&detail.into()), None))
}

/// A 400 of the request validation: without an instance.
pub(crate) fn schema(detail: String) -> Box<Reply> {
    let body = json!({
        "type": "about:blank", "title": title(400), "status": 400, "detail": detail,
    });
    Box::new(Reply::text(
        400,
        "application/problem+json",
        body.to_string(),
    ))
}

/// A problem with machine-readable extensions.
pub(crate) fn problem_with(status: u16, detail: &str, extensions: Value) -> Box<Reply> {
    Box::new(build(status, Some(detail), Some(extensions)))
}

/// A 400 with one validation error that has a code.
pub(crate) fn coded(status: u16, code: &str, message: &str, field: Option<&str>) -> Box<Reply> {
    let mut error = json!({"code": code, "message": message, "severity": "critical"});
    if let (Some(field), Some(map)) = (field, error.as_object_mut()) {
        map.insert("field".into(), json!(field));
    }
    problem_with(
        status,
        &format!("validation error: {message}"),
        json!({"validationErrors": [error]}),
    )
}

/// An operation that the sandbox does not have.
pub(crate) fn not_implemented(operation: &str) -> Box<Reply> {
    problem(
        501,
        format!("The sandbox does not implement {operation}. Nothing was done."),
    )
}

/// What an injected fault answers; the server gives no detail with a 500.
pub(crate) fn injected(status: u16) -> Reply {
    match status {
        500 => build(500, None, None),
        429 => build(429, None, None).with("retry-after", "1"),
        _ => build(status, Some("fault injected by the sandbox"), None),
    }
}
