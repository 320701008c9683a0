//! Damaged requests: proof that the validator would have refused a wrong client.

use bytes::Bytes;
use client_core::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use client_core::http::{HeaderValue, Method, Request, Uri};
use client_core::json::Value;
use serde_json::json;

use super::arguments::{Mode, OperationSource};
use super::call::Entry;
use super::document::Document;
use super::exchange::Defect;
use super::report::Tally;
use super::run::call;

/// Each defect is tried on so many operations.
const OPERATIONS: usize = 10;
const NUMBERS: [&str; 4] = ["limit", "page", "pageSize", "page%5Bsize%5D"];

struct Control {
    name: &'static str,
    applies: fn(&OperationSource) -> bool,
    defect: Defect,
}

static CONTROLS: &[Control] = &[
    Control {
        name: "unknown query parameter",
        applies: |_| true,
        defect: unknown_query,
    },
    Control {
        name: "text for a number in the query",
        applies: has_number,
        defect: wrong_type,
    },
    Control {
        name: "unknown field in the body",
        applies: has_object,
        defect: unknown_field,
    },
    Control {
        name: "array instead of the body",
        applies: has_body,
        defect: array,
    },
    Control {
        name: "no body",
        applies: has_body,
        defect: no_body,
    },
    Control {
        name: "no credential",
        applies: |_| true,
        defect: no_credential,
    },
    Control {
        name: "another path",
        applies: |_| true,
        defect: other_path,
    },
    Control {
        name: "another method",
        applies: |_| true,
        defect: other_method,
    },
];

/// Damages requests in every way and counts what is noticed.
pub async fn run<C: Sync>(document: &Document<C>, tally: &mut Tally) {
    for control in CONTROLS {
        let suited = document.calls.iter().filter_map(|entry| {
            let source = document.source.operations.get(entry.key)?;
            ((control.applies)(source) && !entry.public).then_some((entry, source))
        });
        let suited: Vec<(&Entry<C>, &OperationSource)> = suited.collect();
        let step = suited.len().div_ceil(OPERATIONS).max(1);
        document.recorder.damage(Some(control.defect));
        for (entry, source) in suited.into_iter().step_by(step) {
            let outcome = call(document, entry, source, Mode::Full, 1).await;
            tally.controls += 1;
            if outcome.sent && !outcome.refusals.is_empty() {
                tally.controls_noticed += 1;
            } else {
                tally.fail(entry.name, &format!("{} is not noticed", control.name));
            }
        }
        document.recorder.damage(None);
    }
}

fn has_number(source: &OperationSource) -> bool {
    ["limit", "page", "pageSize", "page[size]"]
        .iter()
        .any(|name| source.query.contains_key(*name))
}

/// Bodies that are one object: events may come as an array.
fn has_body(source: &OperationSource) -> bool {
    source.body_required
        && source.body.iter().all(Value::is_object)
        && source
            .body
            .iter()
            .any(|body| body.as_object().is_some_and(|fields| !fields.is_empty()))
}

/// The validator does not look for unknown fields in forms.
fn has_object(source: &OperationSource) -> bool {
    has_body(source) && !source.form
}

fn with_target(request: &mut Request<Bytes>, path: &str, query: &str) {
    let mut parts = request.uri().clone().into_parts();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    if let Ok(place) = format!("{path}{query}").parse() {
        parts.path_and_query = Some(place);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}

fn with_body(request: &mut Request<Bytes>, body: Vec<u8>) {
    request
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *request.body_mut() = body.into();
}

fn unknown_query(request: &mut Request<Bytes>) {
    let (path, query) = (
        request.uri().path().to_owned(),
        request.uri().query().unwrap_or_default(),
    );
    let query = if query.is_empty() {
        "zz=1".to_owned()
    } else {
        format!("{query}&zz=1")
    };
    with_target(request, &path, &query);
}

fn wrong_type(request: &mut Request<Bytes>) {
    let path = request.uri().path().to_owned();
    let pairs = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if NUMBERS.contains(&name) => format!("{name}=abc"),
            _ => pair.to_owned(),
        });
    let query = pairs.collect::<Vec<_>>().join("&");
    with_target(request, &path, &query);
}

fn unknown_field(request: &mut Request<Bytes>) {
    if let Ok(Value::Object(mut fields)) = serde_json::from_slice(request.body()) {
        fields.insert("zz_unknown".to_owned(), json!(1));
        with_body(request, Value::Object(fields).to_string().into_bytes());
    }
}

fn array(request: &mut Request<Bytes>) {
    with_body(request, b"[1]".to_vec());
}

fn no_body(request: &mut Request<Bytes>) {
    with_body(request, Vec::new());
}

fn no_credential(request: &mut Request<Bytes>) {
    request.headers_mut().remove(AUTHORIZATION);
}

fn other_path(request: &mut Request<Bytes>) {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let path = format!("/zz{}", request.uri().path());
    with_target(request, &path, &query);
}

fn other_method(request: &mut Request<Bytes>) {
    *request.method_mut() = if request.method() == Method::PUT {
        Method::PATCH
    } else {
        Method::PUT
    };
}
