//! Notifications: both sets of header names, rotation, what is refused, what is kept.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use openmeter_client::client_core;
use openmeter_client::webhooks::{Notification, Verifier, VerifyError, WebhookError, sign};
use serde_json::{Value, json};
use time::macros::datetime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn verifier() -> Verifier {
    Verifier::new(SECRET).unwrap()
}

fn unknown() -> Value {
    json!({"id": "01G65Z755AFWAKHE12NY0CQ9FH", "type": "moon.landed",
           "timestamp": "2026-01-01T00:00:00Z", "data": {"x": 1}})
}

/// The headers of a delivery, under `svix-` or `webhook-`.
fn signed(prefix: &str, body: &str) -> Vec<(String, String)> {
    let at = datetime!(2026-01-01 00:00 UTC);
    sign(SECRET, "msg_1", at, body.as_bytes())
        .unwrap()
        .pairs()
        .iter()
        .map(|(name, value)| (name.replace("webhook-", prefix), value.to_string()))
        .collect()
}

#[test]
fn both_sets_of_header_names_verify() {
    let body = unknown().to_string();
    for prefix in ["svix-", "webhook-"] {
        let verified = verifier()
            .verify_at(
                &signed(prefix, &body)[..],
                body.as_bytes(),
                datetime!(2026-01-01 00:01 UTC),
            )
            .unwrap();
        assert_eq!(verified.id, "msg_1");
        assert_eq!(verified.event, Notification::Unknown(unknown().into()));
    }
}

#[test]
fn a_forged_or_stale_notification_is_refused() {
    let body = unknown().to_string();
    let headers = signed("svix-", &body);
    let verifier = verifier();
    let verify = |body: &str, at| verifier.verify_at(&headers[..], body.as_bytes(), at);
    let now = datetime!(2026-01-01 00:01 UTC);
    let forged = verify(&body.replace("moon", "mars"), now).unwrap_err();
    assert_eq!(
        forged,
        VerifyError::Webhook(WebhookError::NoMatchingSignature)
    );
    let stale = verify(&body, datetime!(2026-01-01 00:06 UTC)).unwrap_err();
    assert_eq!(stale, VerifyError::Webhook(WebhookError::TooOld));
    let other = Verifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx").unwrap();
    assert!(other.verify_at(&headers[..], body.as_bytes(), now).is_err());
    assert!(
        other
            .and(SECRET)
            .unwrap()
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
    let error = verifier()
        .verify_at(&signed("svix-", &body)[..], body.as_bytes(), at)
        .unwrap_err();
    let VerifyError::Payload(undecoded) = error else {
        panic!("{error}")
    };
    assert_eq!(undecoded.error.path(), "data.entitlement");
    assert_eq!((undecoded.id.as_str(), undecoded.sent_at), ("msg_1", at));
    assert_eq!(client_core::json::to_string(&undecoded.raw), body);
}

#[test]
fn a_secret_that_is_no_base64_is_found_when_the_verifier_is_made() {
    for secret in ["", "whsec_", "whsec_no base64!"] {
        let error = Verifier::new(secret).unwrap_err();
        assert_eq!(error, WebhookError::InvalidSecret, "{secret:?}");
    }
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
        let result = verifier().verify_at(&signed("svix-", &body)[..], body.as_bytes(), at);
        assert!(matches!(result, Err(VerifyError::Payload(_))), "{kind}");
    }
}

#[test]
fn headers_come_in_a_map_too() {
    let body = unknown().to_string();
    let at = datetime!(2026-01-01 00:00 UTC);
    let signed = sign(SECRET, "msg_1", at, body.as_bytes()).unwrap();
    let map = signed.to_header_map();
    let verified = verifier().verify_at(&map, body.as_bytes(), at).unwrap();
    assert_eq!((verified.id.as_str(), verified.sent_at), ("msg_1", at));
}
