//! Recordings of the real Polar server: its answers decode, its errors are told apart, its signed
//! deliveries verify.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests are not tests to the lint"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, ready};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use billing_tests::generated::polar as table;
use billing_tests::samples::Entry;
use billing_tests::shared;
use client_core::http::{Response, StatusCode};
use client_core::{BoxFuture, ErrorKind, RetryPolicy, SendOptions, Transport, TransportError};
use polar_client::webhooks::{Verifier, WebhookEvent};
use polar_client::{Error, Polar};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

#[derive(Deserialize)]
struct Recording {
    n: u64,
    operation: Option<String>,
    status: u16,
    response_headers: BTreeMap<String, String>,
    response_body: String,
    #[serde(default)]
    note: String,
}

fn recordings() -> Vec<Recording> {
    shared::json_lines("live/polar.jsonl").unwrap_or_default()
}

/// The server that was recorded is three months older than the description; these fields came
/// after it.
fn add_newer_fields(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_newer_fields),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_newer_fields);
            let has = |key: &str| fields.contains_key(key);
            let mut add = Vec::new();
            if has("is_recurring") && has("benefits") {
                add.push(("is_deletable", json!(false)));
            }
            if has("signature_scheme") || (has("url") && has("secret") && has("events")) {
                add.push(("api_version", json!("2026-10")));
                add.push(("uses_standard_webhook_signature", json!(false)));
            }
            if has("payload") && has("last_http_code") {
                add.push(("api_version", json!("2026-10")));
            }
            if fields.get("type") == Some(&json!("meter_credit")) {
                add.push((
                    "properties",
                    json!({"units": 1, "rollover": false, "meter_id": ""}),
                ));
            }
            if has("slug") && has("avatar_url") && has("id") {
                add.push(("name", json!("")));
            }
            for (key, value) in add {
                fields.entry(key).or_insert(value);
            }
        }
        _ => {}
    }
}

#[test]
fn recorded_answers_of_every_operation_decode() {
    let entries: BTreeMap<&str, Entry> = table::RESPONSES.iter().copied().collect();
    let places: BTreeMap<&str, &str> = table::OPERATIONS.iter().copied().collect();
    let mut failures = Vec::new();
    let mut decoded = BTreeSet::new();
    for recording in recordings() {
        let Some(operation) = recording.operation.as_deref() else {
            continue;
        };
        if !(200..300).contains(&recording.status) || recording.response_body == "__omitted__" {
            continue;
        }
        let place = places
            .get(operation)
            .unwrap_or_else(|| panic!("unknown operation {operation}"));
        let body = recording.response_body.trim();
        let Some(entry) = entries.get(place) else {
            continue;
        };
        if body.is_empty() || body == "null" {
            continue;
        }
        let mut value: Value = serde_json::from_str(body).expect("a recorded answer is JSON");
        add_newer_fields(&mut value);
        match entry(value.to_string().as_bytes()) {
            Ok(_) => {
                decoded.insert(operation.to_owned());
            }
            Err(error) => {
                failures.push(format!(
                    "#{} {operation} ({}): {error}",
                    recording.n, recording.note
                ));
            }
        }
    }
    println!("operations with decoded answers: {}", decoded.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Answers every request with one recorded answer.
#[derive(Debug)]
struct Replay(Response<bytes::Bytes>);

impl Transport for Replay {
    fn send(
        &self,
        _request: client_core::http::Request<bytes::Bytes>,
        _options: SendOptions,
    ) -> BoxFuture<'static, Result<Response<bytes::Bytes>, TransportError>> {
        Box::pin(ready(Ok(self.0.clone())))
    }
}

fn polar(recording: &Recording) -> Polar {
    let mut response = Response::builder().status(recording.status);
    for (name, value) in &recording.response_headers {
        response = response.header(name, value);
    }
    let response = response
        .body(bytes::Bytes::from(recording.response_body.clone()))
        .expect("a recorded answer is valid");
    Polar::builder()
        .access_token("polar_oat_secret")
        .transport(Arc::new(Replay(response)))
        .retry(RetryPolicy::none())
        .build()
        .expect("the settings are valid")
}

/// Runs a future that never waits.
fn now<T>(future: impl IntoFuture<Output = T>) -> T {
    let mut future = std::pin::pin!(future.into_future());
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the replay never waits"),
    }
}

fn error_of(recording: &Recording) -> Error {
    now(polar(recording).orders().get("id")).expect_err("an error status is an error")
}

#[test]
fn recorded_errors_are_told_apart_and_say_what_to_do() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let states = [
        "AlreadyCanceledSubscription",
        "NotOpenCheckout",
        "OffSessionChargesNotEnabled",
        "PauseResumeNotAllowed",
        "RefundedAlready",
    ];
    for recording in recordings()
        .iter()
        .filter(|recording| recording.status >= 400)
    {
        let error = error_of(recording);
        let status = StatusCode::from_u16(recording.status).expect("a status");
        let expected = match recording.status {
            401 => ErrorKind::Unauthorized,
            403 if states
                .iter()
                .any(|code| recording.response_body.contains(code)) =>
            {
                ErrorKind::Precondition
            }
            403 => ErrorKind::Forbidden,
            404 if !recording.response_body.contains("\"error\"") => ErrorKind::UnknownRoute,
            402 => ErrorKind::Payment,
            404 | 410 => ErrorKind::NotFound,
            413 => ErrorKind::TooLarge,
            409 => ErrorKind::Conflict,
            400 if recording.response_body.contains("\"PaymentError\"") => ErrorKind::Payment,
            400 => ErrorKind::Validation,
            412 => ErrorKind::Precondition,
            422 if recording.response_body.contains("already exists") => ErrorKind::Conflict,
            422 => ErrorKind::Validation,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Server,
            _ => ErrorKind::Api,
        };
        assert_eq!(error.kind(), expected, "#{} {error}", recording.n);
        assert_eq!(error.status(), Some(status));
        let text = error.to_string();
        assert!(
            text.contains("orders.get") && text.contains(status.as_str()),
            "{text}"
        );
        assert!(!format!("{error:?}{text}").contains("polar_oat_secret"));
        if recording.response_body.starts_with('{') {
            let body = error
                .body()
                .unwrap_or_else(|| panic!("#{}: {text}", recording.n));
            assert!(
                body.error.is_some() || body.detail.is_some() || body.error_description.is_some(),
                "{text}"
            );
        }
        *kinds.entry(format!("{:?}", error.kind())).or_default() += 1;
    }
    println!("{kinds:?}");
}

#[test]
fn a_duplicate_customer_is_a_conflict_on_its_fields() {
    let found = recordings().into_iter().find(|recording| {
        recording
            .response_body
            .contains("A customer with this email address already exists")
    });
    let Some(recording) = found else { return };
    let error = error_of(&recording);
    assert!(error.is_conflict() && error.is_conflict_on("email"));
    assert!(!error.is_conflict_on("name"));
}

#[test]
fn a_missing_resource_is_not_a_missing_route() {
    for recording in recordings()
        .iter()
        .filter(|recording| recording.status == 404)
    {
        let error = error_of(recording);
        let Some(body) = error.body() else { continue };
        let missing_route = !recording.response_body.contains("\"error\"");
        assert_eq!(body.is_unknown_route(), missing_route, "#{}", recording.n);
    }
}

#[test]
fn required_scopes_are_read_from_the_challenge() {
    let scoped = |recording: &&Recording| {
        recording.status == 403 && recording.response_body.contains("insufficient_scope")
    };
    for recording in recordings().iter().filter(scoped) {
        let error = error_of(recording);
        let scopes = &error.body().expect("a body").required_scopes;
        assert!(
            !scopes.is_empty() && scopes.iter().all(|scope| scope.contains(':')),
            "{scopes:?}"
        );
        assert!(error.to_string().contains(&scopes[0]), "{error}");
    }
}

#[derive(Deserialize)]
struct Delivery {
    secret: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[test]
fn recorded_deliveries_verify_and_decode_into_their_event() {
    let deliveries: Vec<Delivery> = shared::json_lines("live/webhooks.jsonl").unwrap_or_default();
    let mut types = BTreeSet::new();
    for delivery in &deliveries {
        let sent = delivery
            .headers
            .iter()
            .find(|(name, _)| name == "webhook-timestamp")
            .and_then(|(_, value)| value.parse().ok())
            .expect("a timestamp");
        let at = OffsetDateTime::from_unix_timestamp(sent).expect("a time");
        let verifier = Verifier::new(delivery.secret.as_str()).expect("a secret");
        let kind: Value = serde_json::from_str(&delivery.body).expect("JSON");
        // Only the version of products is older; the signature is over the body as it came.
        let verified =
            verifier.verify_at(delivery.headers.as_slice(), delivery.body.as_bytes(), at);
        match verified {
            Ok(verified) => {
                assert!(
                    !matches!(verified.event, WebhookEvent::Unknown(_)),
                    "{}",
                    kind["type"]
                );
                types.insert(kind["type"].to_string());
            }
            Err(error) => {
                let mut newer = kind.clone();
                add_newer_fields(&mut newer);
                let decoded: Result<WebhookEvent, _> = client_core::json::from_value(&newer);
                assert!(decoded.is_ok(), "{}: {error}, {decoded:?}", kind["type"]);
                assert!(
                    error
                        .to_string()
                        .contains("expected a value, found nothing"),
                    "{error}"
                );
            }
        }
        let tampered = format!("{} ", delivery.body);
        assert!(
            verifier
                .verify_at(delivery.headers.as_slice(), tampered.as_bytes(), at)
                .is_err()
        );
    }
    println!(
        "{} deliveries, {} types verified as they came",
        deliveries.len(),
        types.len()
    );
}
