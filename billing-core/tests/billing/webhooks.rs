use billing_core::event::EventKind;
use billing_core::webhook::{WebhookError, Webhooks};
use client_core::webhook::{KeyDerivation, Keys, WebhookError as SignatureError};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::support::{DAY_0, TestClock, polar_subscription, shared};

const SECRET: &str = "polar_whs_0123456789abcdefghijklmnopqrstuv";

fn signed(secret: &str, derivation: KeyDerivation, body: &[u8]) -> Vec<(String, String)> {
    let keys = Keys::new(secret, derivation).unwrap();
    let headers = keys.sign("evt_1", DAY_0, body);
    headers
        .pairs()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn receiver(secret: &str) -> Webhooks {
    Webhooks::polar(secret).clock(TestClock::at(DAY_0))
}

fn body() -> Vec<u8> {
    polar_subscription("subscription.active", &json!({}))
        .to_string()
        .into_bytes()
}

#[test]
fn both_key_derivations_of_polar_verify() {
    let secret = "whsec_ueqDLJ7Re5uxUiNxUugHXSzMfqYN49jhJdC2lSCONBM=";
    for derivation in [KeyDerivation::Utf8, KeyDerivation::Base64] {
        let events = receiver(secret).receive(&signed(secret, derivation, &body()), &body());
        let events = events.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].id, "evt_1");
        assert_eq!(events[0].kind, EventKind::SubscriptionActive);
    }
}

#[test]
fn a_replaced_secret_is_accepted_beside_the_new_one() {
    let rotating = receiver("whsec_the_new_secret_of_the_endpoint").and_secret(SECRET);
    let headers = signed(SECRET, KeyDerivation::Utf8, &body());
    assert!(rotating.receive(&headers, &body()).is_ok());
    let only_new = receiver("whsec_the_new_secret_of_the_endpoint");
    let refused = only_new.receive(&headers, &body()).unwrap_err();
    assert_eq!(
        refused,
        WebhookError::Signature(SignatureError::NoMatchingSignature)
    );
}

#[test]
fn forged_tampered_and_stale_deliveries_are_refused() {
    let headers = signed(SECRET, KeyDerivation::Utf8, &body());
    let mut tampered = body();
    tampered.push(b' ');
    let refused = |error: WebhookError, expected: SignatureError| {
        assert_eq!(error, WebhookError::Signature(expected));
        assert_eq!(error.status(), 401);
        assert!(!error.to_string().contains(SECRET));
    };

    let error = receiver(SECRET).receive(&headers, &tampered).unwrap_err();
    refused(error, SignatureError::NoMatchingSignature);
    let error = receiver("polar_whs_another")
        .receive(&headers, &body())
        .unwrap_err();
    refused(error, SignatureError::NoMatchingSignature);
    let without_time: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name != "webhook-timestamp")
        .cloned()
        .collect();
    let error = receiver(SECRET)
        .receive(&without_time, &body())
        .unwrap_err();
    refused(error, SignatureError::MissingHeader("webhook-timestamp"));

    for (offset, expected) in [
        (300, None),
        (-300, None),
        (301, Some(SignatureError::TooOld)),
        (-301, Some(SignatureError::TooNew)),
    ] {
        let clock = TestClock::at(DAY_0 + Duration::seconds(offset));
        let result = Webhooks::polar(SECRET)
            .clock(clock)
            .receive(&headers, &body());
        match expected {
            None => assert!(result.is_ok()),
            Some(expected) => refused(result.unwrap_err(), expected),
        }
    }
}

#[test]
fn an_empty_secret_lets_nobody_in() {
    for secret in ["", "   "] {
        let error = receiver(secret)
            .receive(&[("a", "b")], &body())
            .unwrap_err();
        assert_eq!(
            error,
            WebhookError::Signature(SignatureError::InvalidSecret)
        );
        assert_eq!(error.status(), 500);
    }
    // A prefix alone decodes to an empty key, with which anybody could sign.
    let empty_key = Keys::new("whsec_", KeyDerivation::Base64);
    assert!(empty_key.is_err());
}

#[test]
fn debug_output_shows_no_secret() {
    let shown = format!("{:?}", receiver(SECRET));
    assert!(
        shown.contains("Polar") && !shown.contains(SECRET),
        "{shown}"
    );
}

#[test]
fn a_signed_body_that_is_no_event_is_refused_with_the_place() {
    for (body, path) in [
        ("not json", ""),
        ("[1]", "type"),
        ("{}", "type"),
        (r#"{"type": 7}"#, "type"),
    ] {
        let headers = signed(SECRET, KeyDerivation::Utf8, body.as_bytes());
        let error = receiver(SECRET)
            .receive(&headers, body.as_bytes())
            .unwrap_err();
        let WebhookError::Malformed(malformed) = &error else {
            panic!("{error}")
        };
        assert_eq!((malformed.path(), error.status()), (path, 400));
    }
    let headers = signed(SECRET, KeyDerivation::Utf8, b"not json");
    let error = receiver(SECRET).receive(&headers, b"not json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "webhook not understood: body: expected a JSON object, found 8 bytes that are no JSON (expected ident at line 1 column 2)"
    );
}

#[test]
fn an_unknown_event_type_is_an_unknown_event() {
    let body = r#"{"type": "moon.risen", "timestamp": "2026-11-01T00:00:00Z", "data": [1]}"#;
    let headers = signed(SECRET, KeyDerivation::Utf8, body.as_bytes());
    let events = receiver(SECRET).receive(&headers, body.as_bytes()).unwrap();
    assert_eq!(events[0].kind, EventKind::Unknown("moon.risen".to_owned()));
    assert!(events[0].defects.is_empty());
    assert_eq!(events[0].raw["data"], json!([1]));
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    secret: String,
    headers: Value,
    body: String,
    valid: bool,
    now: i64,
}

fn pairs(headers: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match headers {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        other => {
            let list = other.as_array().into_iter().flatten();
            list.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
        }
    }
}

#[test]
fn vectors_made_by_the_official_libraries_agree() {
    let Some(text) = shared("vectors/polar.json") else {
        return;
    };
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let now = OffsetDateTime::from_unix_timestamp(vector.now).unwrap();
        let receiver = Webhooks::polar(vector.secret).clock(TestClock::at(now));
        let result = receiver.receive(&pairs(&vector.headers), vector.body.as_bytes());
        assert_eq!(result.is_ok(), vector.valid, "{}: {result:?}", vector.id);
    }
}

#[derive(Deserialize)]
struct Recorded {
    secret: String,
    headers: Value,
    body: String,
}

#[test]
fn recorded_deliveries_verify_and_are_understood() {
    let Some(text) = shared("live/webhooks.jsonl") else {
        return;
    };
    let mut snapshots = 0;
    let mut deliveries = 0;
    for line in text.lines() {
        let recorded: Recorded = serde_json::from_str(line).unwrap();
        let headers = pairs(&recorded.headers);
        let sent = headers
            .iter()
            .find(|(name, _)| name == "webhook-timestamp")
            .unwrap();
        let sent = OffsetDateTime::from_unix_timestamp(sent.1.parse().unwrap()).unwrap();
        let receiver = Webhooks::polar(recorded.secret.clone()).clock(TestClock::at(sent));

        let events = receiver
            .receive(&headers, recorded.body.as_bytes())
            .unwrap();
        let event = &events[0];
        assert!(
            event.defects.is_empty(),
            "{}: {:?}",
            event.provider_type,
            event.defects
        );
        let id = headers
            .iter()
            .find(|(name, _)| name == "webhook-id")
            .unwrap();
        assert_eq!(event.id, id.1);
        let family = event.provider_type.split('.').next().unwrap();
        assert_eq!(
            family == "subscription",
            event.subscription.is_some() && event.payment.is_none()
        );
        assert_eq!(
            matches!(family, "order" | "refund"),
            event.payment.is_some()
        );
        if matches!(family, "subscription" | "order" | "customer") {
            assert!(
                event.customer.provider_id.is_some(),
                "{}",
                event.provider_type
            );
        }
        snapshots += usize::from(event.subscription.is_some());
        deliveries += 1;

        let stored = serde_json::to_string(event).unwrap();
        assert_eq!(
            serde_json::from_str::<billing_core::event::BillingEvent>(&stored).unwrap(),
            *event
        );

        let mut tampered = recorded.body.clone();
        tampered.push(' ');
        assert!(receiver.receive(&headers, tampered.as_bytes()).is_err());
    }
    assert_eq!((deliveries, snapshots > 20), (112, true));
}
