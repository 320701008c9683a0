//! Headers of webhooks that come more than once.

use client_core::webhook::{KeyDerivation, Keys, WebhookError};
use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

const OURS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHERS: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &[u8] = b"{}";

fn keys(secret: &str) -> Keys {
    Keys::new(secret, KeyDerivation::Base64).unwrap()
}

/// Verifies a delivery of which some headers come as well with other values.
fn verify(signed_with: &str, more: &[(&'static str, &[u8])]) -> Result<String, WebhookError> {
    let now = OffsetDateTime::UNIX_EPOCH;
    let mut map: HeaderMap = keys(signed_with).sign("msg_1", now, BODY).to_header_map();
    for (name, value) in more {
        let value = HeaderValue::from_bytes(value).unwrap();
        map.append(HeaderName::from_static(name), value);
    }
    let pairs: Vec<(&str, &str)> = map
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let verified = |result: Result<client_core::webhook::Delivery, _>| result.map(|sent| sent.id);
    let result = verified(keys(OURS).verify_at(&map, BODY, now));
    assert_eq!(result, verified(keys(OURS).verify_at(&pairs, BODY, now)));
    result
}

fn signature(secret: &str) -> String {
    let signed = keys(secret).sign("msg_1", OffsetDateTime::UNIX_EPOCH, BODY);
    signed.signature
}

#[test]
fn a_signature_that_fits_counts_on_any_line() {
    let own = signature(OURS);
    let fits = Ok("msg_1".to_owned());
    assert_eq!(
        verify(OTHERS, &[("webhook-signature", own.as_bytes())]),
        fits
    );
    let others = signature(OTHERS);
    let lines: [(_, &[u8]); 2] = [
        ("webhook-signature", b"v1a,\xff"),
        ("webhook-signature", others.as_bytes()),
    ];
    assert_eq!(verify(OURS, &lines), fits);
    let both = format!("{others} {own}");
    assert_eq!(
        verify(OTHERS, &[("webhook-signature", both.as_bytes())]),
        fits
    );
    assert_eq!(
        verify(OTHERS, &[("webhook-signature", others.as_bytes())]),
        Err(WebhookError::NoMatchingSignature)
    );
}

#[test]
fn an_id_or_timestamp_that_is_repeated_passes_only_unchanged() {
    let repeated: [(_, &[u8]); 2] = [("webhook-id", b" msg_1"), ("webhook-timestamp", b"0")];
    assert_eq!(verify(OURS, &repeated), Ok("msg_1".to_owned()));
    let changed: [(_, &[u8]); 5] = [
        ("webhook-id", b"msg_2"),
        ("webhook-id", b""),
        ("webhook-id", b"\xff"),
        ("webhook-timestamp", b"1"),
        ("webhook-timestamp", b"0.5"),
    ];
    for (name, value) in changed {
        let error = verify(OURS, &[(name, value)]).unwrap_err();
        assert_eq!(error, WebhookError::AmbiguousHeader(name), "{value:?}");
    }
}

#[test]
fn a_set_that_contradicts_itself_is_not_left_for_the_other_one() {
    let svix: [(_, &[u8]); 4] = [
        ("svix-id", b"msg_1"),
        ("svix-id", b"msg_2"),
        ("svix-timestamp", b"0"),
        ("svix-signature", b"v1,AAAA"),
    ];
    assert_eq!(
        verify(OURS, &svix),
        Err(WebhookError::AmbiguousHeader("svix-id"))
    );
}
