//! Polar's error answers.

use crate::check::{Check, Issue, Seg};
use crate::http::Reply;
use serde_json::{Map, Value, json};

/// An error of the domain: a class name and a text.
pub(crate) fn domain(status: u16, error: &str, detail: impl Into<String>) -> Box<Reply> {
    Box::new(Reply::json(
        status,
        &json!({"error": error, "detail": detail.into()}),
    ))
}

/// The object does not exist.
pub(crate) fn resource_not_found() -> Box<Reply> {
    domain(404, "ResourceNotFound", "Not found")
}

/// The framework's own answers: `{"detail": …}` alone.
pub(crate) fn framework(status: u16, detail: &str) -> Box<Reply> {
    Box::new(Reply::json(status, &json!({"detail": detail})))
}

/// An operation that the sandbox does not have.
pub(crate) fn not_implemented(operation: &str) -> Box<Reply> {
    domain(
        501,
        "NotImplemented",
        format!("The sandbox does not implement {operation}. Nothing was done."),
    )
}

/// A 422 with the faults of a request.
pub(crate) fn unprocessable(error: &str, issues: &[Issue]) -> Box<Reply> {
    let detail: Vec<Value> = issues.iter().map(issue_json).collect();
    Box::new(Reply::json(422, &json!({"error": error, "detail": detail})))
}

fn issue_json(issue: &Issue) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), json!(issue.kind));
    map.insert("loc".into(), issue.loc.iter().map(Seg::to_json).collect());
    map.insert("msg".into(), json!(issue.msg));
    map.insert("input".into(), issue.input.clone());
    if let Some(ctx) = &issue.ctx {
        map.insert("ctx".into(), ctx.clone());
    }
    Value::Object(map)
}

/// One breach of a business rule.
pub(crate) fn rule(loc: &[&str], msg: &str, input: Value) -> Issue {
    rule_of("value_error", loc, msg, input)
}

pub(crate) fn rule_of(kind: &'static str, loc: &[&str], msg: &str, input: Value) -> Issue {
    let loc = loc
        .iter()
        .map(|step| {
            step.parse()
                .map_or_else(|_| Seg::Key((*step).to_owned()), Seg::Index)
        })
        .collect();
    Issue {
        kind,
        loc,
        msg: msg.to_owned(),
        input,
        ctx: None,
    }
}

/// A 422 for breaches of business rules.
pub(crate) fn broken_rules(issues: &[Issue]) -> Box<Reply> {
    unprocessable("PolarRequestValidationError", issues)
}

/// A 422 for one breach of a business rule.
pub(crate) fn broken_rule(loc: &[&str], msg: &str, input: Value) -> Box<Reply> {
    broken_rules(&[rule(loc, msg, input)])
}

/// Ends with a 422 when the schema check found faults.
pub(crate) fn finish(check: &Check) -> Result<(), Box<Reply>> {
    if check.is_clean() {
        return Ok(());
    }
    Err(unprocessable("RequestValidationError", &check.take()))
}

/// What an injected fault answers.
pub(crate) fn injected(status: u16) -> Reply {
    match status {
        429 => Reply::empty(429).with("retry-after", "1"),
        500 => Reply::text(
            500,
            "text/plain; charset=utf-8",
            "Internal Server Error".to_owned(),
        ),
        _ => Reply::json(status, &json!({"detail": "Fault injected by the sandbox"})),
    }
}
