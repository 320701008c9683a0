//! Notifications: both sets of header names, rotation, what is refused, what is kept.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use openmeter_client::client_core::webhook::{KeyDerivation, Keys};
use openmeter_client::webhooks::{Notification, Verifier, VerifyError, WebhookError};
use serde_json::{Value, json};
use time::macros::datetime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn unknown() -> Value {
    json!({"id": "01G65Z755AFWAKHE12NY0CQ9FH", "type": "moon.landed",
           "timestamp": "2026-01-01T00:00:00Z", "data": {"x": 1}})
}

/// The headers of a delivery, under `svix-` or `webhook-`.
fn signed(prefix: &str, body: &str) -> Vec<(String, String)> {
    let keys = Keys::new(SECRET, KeyDerivation::Base64).unwrap();
    let at = datetime!(2026-01-01 00:00 UTC);
    let signed = keys.sign("msg_1", at, body.as_bytes());
    signed
        .pairs()
        .iter()
        .map(|(name, value)| (name.replace("webhook-", prefix), value.to_string()))
        .collect()
}

#[test]
fn both_sets_of_header_names_verify() {
    let body = unknown().to_string();
    for prefix in ["svix-", "webhook-"] {
        let verified = Verifier::new(SECRET)
            .verify_at(
                &signed(prefix, &body)[..],
                body.as_bytes(),
                datetime!(2026-01-01 00:01 UTC),
            )
            .unwrap();
        assert_eq!(verified.id, "msg_1");
        assert_eq!(
            verified.notification,
            Notification::Unknown(unknown().into())
        );
    }
}

#[test]
fn a_forged_or_stale_notification_is_refused() {
    let body = unknown().to_string();
    let headers = signed("svix-", &body);
    let verifier = Verifier::new(SECRET);
    let verify = |body: &str, at| verifier.verify_at(&headers[..], body.as_bytes(), at);
    let now = datetime!(2026-01-01 00:01 UTC);
    let forged = verify(&body.replace("moon", "mars"), now).unwrap_err();
    assert_eq!(
        forged,
        VerifyError::Webhook(WebhookError::NoMatchingSignature)
    );
    let stale = verify(&body, datetime!(2026-01-01 00:06 UTC)).unwrap_err();
    assert_eq!(stale, VerifyError::Webhook(WebhookError::TooOld));
    let other = Verifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx");
    assert!(other.verify_at(&headers[..], body.as_bytes(), now).is_err());
    assert!(
        other
            .and(SECRET)
            .verify_at(&headers[..], body.as_bytes(), now)
            .is_ok()
    );
}

#[test]
fn an_authentic_payload_that_does_not_decode_says_where() {
    let body = json!({"id": "1", "type": "entitlements.reset", "timestamp": "2026-01-01T00:00:00Z",
                      "data": {}})
    .to_string();
    let at = datetime!(2026-01-01 00:00 UTC);
    let error = Verifier::new(SECRET)
        .verify_at(&signed("svix-", &body)[..], body.as_bytes(), at)
        .unwrap_err();
    let VerifyError::Payload(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.path(), "data.entitlement");
}

/// A type that the client knows has a payload of its own, so that one without data is refused.
#[test]
fn all_types_of_notifications_are_known() {
    let at = datetime!(2026-01-01 00:00 UTC);
    for kind in [
        "entitlements.balance.threshold",
        "entitlements.reset",
        "invoice.created",
        "invoice.updated",
    ] {
        let body =
            json!({"id": "1", "type": kind, "timestamp": "2026-01-01T00:00:00Z"}).to_string();
        let result =
            Verifier::new(SECRET).verify_at(&signed("svix-", &body)[..], body.as_bytes(), at);
        assert!(matches!(result, Err(VerifyError::Payload(_))), "{kind}");
    }
}

#[test]
fn headers_come_in_a_map_too() {
    let body = unknown().to_string();
    let keys = Keys::new(SECRET, KeyDerivation::Base64).unwrap();
    let at = datetime!(2026-01-01 00:00 UTC);
    let map = keys.sign("msg_1", at, body.as_bytes()).to_header_map();
    let verified = Verifier::new(SECRET)
        .verify_at(&map, body.as_bytes(), at)
        .unwrap();
    assert_eq!((verified.id.as_str(), verified.sent_at), ("msg_1", at));
}
