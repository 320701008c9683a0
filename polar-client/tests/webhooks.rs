//! Deliveries: the vectors of the API, both key derivations, rotation, what is refused.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use polar_client::client_core;
use polar_client::webhooks::{
    KeyDerivation, Verifier, VerifyError, WebhookError, WebhookEvent, sign,
};
use serde_json::json;
use time::OffsetDateTime;

const SENT: i64 = 1_764_600_000;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(SENT + seconds).unwrap()
}

fn headers(id: &str, signature: &str) -> Vec<(String, String)> {
    vec![
        ("Webhook-Id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), SENT.to_string()),
        ("webhook-signature".to_owned(), signature.to_owned()),
    ]
}

const SECRET: &str = "whsec_Ab3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5k0mwD3l";
const ID: &str = "7b0c5a52-2a5e-4d0a-9c3f-7f1f9e0d6f11";
const BODY: &str = r#"{"type":"product.updated","timestamp":"2025-12-01T14:40:00Z","data":{"id":"e651f46d-ac20-4f26-b769-ad088b123df2"}}"#;
const ORIGINAL: &str = "v1,xR0jdaOlGrgoOhARWHujOZ+ZuOckWrtyJFciwAmex4I=";
const STANDARD: &str = "v1,91kcRijxph7s4QIVqFCTyNeGj1QC3taK8Ed8UKlWpSg=";

fn verifier() -> Verifier {
    Verifier::new(SECRET).unwrap()
}

/// Whether the signature held; the bodies of the vectors are too short to decode.
fn authentic(result: &Result<impl Sized, VerifyError>) -> bool {
    !matches!(result, Err(VerifyError::Webhook(_)))
}

#[test]
fn secrets_of_both_ages_verify() {
    for signature in [ORIGINAL, STANDARD] {
        let result = verifier().verify_at(&headers(ID, signature)[..], BODY.as_bytes(), at(0));
        assert!(authentic(&result), "{signature}");
        let Err(VerifyError::Payload(undecoded)) = result else {
            panic!("the body is cut short")
        };
        assert!(undecoded.error.path().starts_with("data."), "{undecoded}");
    }
}

#[test]
fn an_authentic_event_that_does_not_decode_is_not_lost() {
    let result = verifier().verify_at(&headers(ID, ORIGINAL)[..], BODY.as_bytes(), at(0));
    let Err(VerifyError::Payload(undecoded)) = result else {
        panic!("the body is cut short")
    };
    assert_eq!((undecoded.id.as_str(), undecoded.sent_at), (ID, at(0)));
    assert_eq!(client_core::json::to_string(&undecoded.raw), BODY);
    assert_eq!(undecoded.raw["type"], "product.updated");
}

#[test]
fn five_minutes_either_way_pass_and_no_second_more() {
    let verify =
        |offset| verifier().verify_at(&headers(ID, ORIGINAL)[..], BODY.as_bytes(), at(offset));
    assert!(authentic(&verify(300)) && authentic(&verify(-300)));
    assert_eq!(
        verify(301).unwrap_err(),
        VerifyError::Webhook(WebhookError::TooOld)
    );
    assert_eq!(
        verify(-301).unwrap_err(),
        VerifyError::Webhook(WebhookError::TooNew)
    );
}

#[test]
fn a_changed_body_is_refused_before_it_is_looked_at() {
    let not_json = format!("{BODY} and more");
    let result = verifier().verify_at(&headers(ID, ORIGINAL)[..], not_json.as_bytes(), at(0));
    assert_eq!(
        result.unwrap_err(),
        VerifyError::Webhook(WebhookError::NoMatchingSignature)
    );
}

#[test]
fn a_new_secret_is_accepted_beside_the_old_one() {
    let verifier = Verifier::new("whsec_old_secret_of_the_endpoint_32chars")
        .and_then(|verifier| verifier.and(SECRET))
        .unwrap();
    let result = verifier.verify_at(&headers(ID, STANDARD)[..], BODY.as_bytes(), at(0));
    assert!(authentic(&result));
}

#[test]
fn an_event_of_an_unknown_type_is_kept_and_encodes_as_it_came() {
    let body =
        json!({"type": "moon.landed", "timestamp": "2026-01-01T00:00:00Z", "data": {"x": 1}});
    let text = body.to_string();
    for derivation in [
        KeyDerivation::Utf8,
        KeyDerivation::Base64,
        KeyDerivation::Either,
    ] {
        let signed = sign(SECRET, derivation, "evt_1", at(0), text.as_bytes()).unwrap();
        let verified = verifier()
            .verify_at(&signed.pairs(), text.as_bytes(), at(0))
            .unwrap();
        assert_eq!(verified.id, "evt_1");
        assert_eq!(verified.event, WebhookEvent::Unknown(body.clone().into()));
    }
}

#[test]
fn secrets_do_not_show() {
    let verifier = verifier();
    let error = verifier
        .verify_at(&headers(ID, "v1,AAAA")[..], BODY.as_bytes(), at(0))
        .unwrap_err();
    assert!(!format!("{verifier:?} {error:?} {error}").contains("Ab3dE5gH7jK9"));
}

#[test]
fn an_unusable_secret_is_found_when_the_verifier_is_made() {
    for secret in ["", "whsec_", " ", "whsec_c2VjcmV0\n"] {
        let error = Verifier::new(secret).unwrap_err();
        assert_eq!(error, WebhookError::InvalidSecret, "{secret:?}");
        let error = verifier().and(secret).unwrap_err();
        assert_eq!(error, WebhookError::InvalidSecret, "{secret:?}");
    }
}

const TYPES: [&str; 42] = [
    "checkout.created",
    "checkout.updated",
    "checkout.expired",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.state_changed",
    "customer_seat.assigned",
    "customer_seat.claimed",
    "customer_seat.revoked",
    "member.created",
    "member.updated",
    "member.deleted",
    "order.created",
    "order.updated",
    "order.paid",
    "order.refunded",
    "subscription.created",
    "subscription.updated",
    "subscription.active",
    "subscription.canceled",
    "subscription.uncanceled",
    "subscription.cycled",
    "subscription.revoked",
    "subscription.past_due",
    "subscription.paused",
    "subscription.resumed",
    "subscription.migrated",
    "refund.created",
    "refund.updated",
    "product.created",
    "product.updated",
    "discount.created",
    "discount.updated",
    "discount.deleted",
    "organization.updated",
    "benefit.created",
    "benefit.updated",
    "benefit_grant.created",
    "benefit_grant.updated",
    "benefit_grant.cycled",
    "benefit_grant.revoked",
];

/// A type that the client knows has a payload of its own, so that one without data is refused.
#[test]
fn all_types_of_events_are_known() {
    for kind in TYPES {
        let body = json!({"type": kind, "timestamp": "2026-01-01T00:00:00Z"}).to_string();
        let signed = sign(
            SECRET,
            KeyDerivation::Base64,
            "evt_1",
            at(0),
            body.as_bytes(),
        );
        let result = verifier().verify_at(&signed.unwrap().pairs(), body.as_bytes(), at(0));
        let Err(VerifyError::Payload(undecoded)) = result else {
            panic!("{kind} is not known")
        };
        let error = undecoded.error.to_string();
        assert!(error.contains("data"), "{kind}: {error}");
    }
}
