use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use client_core::webhook::{KeyDerivation, Keys, WebhookError};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::Value;
use time::OffsetDateTime;

const CLOCK: i64 = 1_764_600_000;

const SHORT_SECRET: &str = "whsec_Ab3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5k0mwD3l";
const PRODUCT_ID: &str = "7b0c5a52-2a5e-4d0a-9c3f-7f1f9e0d6f11";
const PRODUCT: &str = r#"{"type":"product.updated","timestamp":"2025-12-01T14:40:00Z","data":{"id":"e651f46d-ac20-4f26-b769-ad088b123df2"}}"#;
const ORIGINAL: &str = "v1,xR0jdaOlGrgoOhARWHujOZ+ZuOckWrtyJFciwAmex4I=";
const STANDARD: &str = "v1,91kcRijxph7s4QIVqFCTyNeGj1QC3taK8Ed8UKlWpSg=";

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn headers<'a>(
    id: &'a str,
    timestamp: &'a str,
    signature: &'a str,
) -> [(&'static str, &'a str); 3] {
    [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ]
}

fn product(signature: &str) -> [(&'static str, &str); 3] {
    headers(PRODUCT_ID, "1764600000", signature)
}

fn either(secret: &str) -> Keys {
    Keys::new(secret, KeyDerivation::Either).unwrap()
}

/// Deliveries signed by a provider's own code: secret, derivation, id, body, signature.
#[test]
fn signatures_of_the_providers_hold_and_are_what_we_sign() {
    use KeyDerivation::{Base64, Utf8};
    let customer = r#"{"type":"customer.created","timestamp":"2025-12-01T14:40:00Z","data":{"id":"992fae2a-2a17-4b7a-8d9e-e287cf90131b","name":"Zoë — 日本 🎉"}}"#;
    let subscription = r#"{"type":"subscription.active","timestamp":"2025-12-01T14:40:00Z","api_version":"2026-10","data":{"id":"a23dd1b9-6349-4607-89fc-3c1266f53721"}}"#;
    let padded = "whsec_CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYY=";
    let subscription_id = "c1a9d3f0-5b7e-4e7a-8d8c-0f6c2b9a1e55";
    let vectors = [
        (SHORT_SECRET, Utf8, PRODUCT_ID, PRODUCT, ORIGINAL),
        (SHORT_SECRET, Base64, PRODUCT_ID, PRODUCT, STANDARD),
        (
            "my-super-secret-with-min-32-chars-ok!",
            Utf8,
            "0d0f0d2e-9c39-4a3c-9a58-3f0f7d9d2b55",
            customer,
            "v1,BdLpeSGhHdkyMhP3u9xkiB+laVoENGjDKf1TbsbGkxo=",
        ),
        (
            padded,
            Base64,
            subscription_id,
            subscription,
            "v1,zClmOT7yc25PsgX6mzxkl0BesFhA8lGHuNNmyic6qLI=",
        ),
        (
            padded,
            Utf8,
            subscription_id,
            subscription,
            "v1,A0uJttl5KQHs03+zMSFHNkMQWPVfldhq87mXcrSwVfo=",
        ),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            Base64,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            PRODUCT,
            "v1,0bhS0wwz8oyWGskyjqplqs558S80oh8IjUAVkHD+6Vw=",
        ),
    ];
    for (secret, derivation, id, body, signature) in vectors {
        let keys = Keys::new(secret, derivation).unwrap();
        let sent = headers(id, "1764600000", signature);
        let delivery = keys.verify_at(&sent, body.as_bytes(), at(CLOCK)).unwrap();
        assert_eq!((delivery.id.as_str(), delivery.timestamp), (id, at(CLOCK)));
        assert_eq!(
            keys.sign(id, at(CLOCK), body.as_bytes()).signature,
            signature
        );
        either(secret)
            .verify_at(&sent, body.as_bytes(), at(CLOCK))
            .unwrap();

        let other = if derivation == Utf8 { Base64 } else { Utf8 };
        if let Ok(other) = Keys::new(secret, other) {
            let result = other.verify_at(&sent, body.as_bytes(), at(CLOCK));
            assert_eq!(result, Err(WebhookError::NoMatchingSignature));
        }
    }
}

#[test]
fn forged_deliveries_are_refused() {
    let keys = either(SHORT_SECRET);
    let body = PRODUCT.as_bytes();
    let verify = |headers: [(&str, &str); 3], body: &[u8]| {
        keys.verify_at(&headers, body, at(CLOCK)).unwrap_err()
    };
    let changed = format!("{PRODUCT} ");
    assert_eq!(
        verify(product(ORIGINAL), changed.as_bytes()),
        WebhookError::NoMatchingSignature
    );
    assert_eq!(
        verify(product(ORIGINAL), b""),
        WebhookError::NoMatchingSignature
    );
    let other_id = headers("other", "1764600000", ORIGINAL);
    assert_eq!(verify(other_id, body), WebhookError::NoMatchingSignature);
    let other_time = headers(PRODUCT_ID, "1764600001", ORIGINAL);
    assert_eq!(verify(other_time, body), WebhookError::NoMatchingSignature);
    let bare = ORIGINAL.trim_start_matches("v1,");
    for signature in [
        "v1,",
        "v1",
        "v1,AAAA",
        "v1,%%%",
        bare,
        &format!("v1a,{bare}"),
        &format!("v2,{bare}"),
    ] {
        assert_eq!(
            verify(product(signature), body),
            WebhookError::NoMatchingSignature
        );
    }
}

#[test]
fn the_tolerance_is_inclusive_both_ways_and_can_be_set() {
    let keys = either(SHORT_SECRET);
    let verify = |keys: &Keys, offset: i64| {
        keys.verify_at(&product(ORIGINAL), PRODUCT.as_bytes(), at(CLOCK + offset))
            .map(|_| ())
    };
    assert_eq!(verify(&keys, 300), Ok(()));
    assert_eq!(verify(&keys, -300), Ok(()));
    assert_eq!(verify(&keys, 301), Err(WebhookError::TooOld));
    assert_eq!(verify(&keys, -301), Err(WebhookError::TooNew));
    let late = at(CLOCK + 300) + Duration::from_millis(999);
    assert!(
        keys.verify_at(&product(ORIGINAL), PRODUCT.as_bytes(), late)
            .is_ok()
    );
    let wide = keys.tolerance(Duration::from_secs(3600));
    assert_eq!(verify(&wide, 3600), Ok(()));
    assert_eq!(verify(&wide, 3601), Err(WebhookError::TooOld));
}

#[test]
fn the_clock_is_the_systems_unless_one_is_given() {
    let keys = either(SHORT_SECRET);
    let signed = keys.sign("m1", OffsetDateTime::now_utc(), b"{}");
    assert!(keys.verify(&signed.pairs(), b"{}").is_ok());
    let old = keys.verify(&product(ORIGINAL), PRODUCT.as_bytes());
    assert_eq!(old, Err(WebhookError::TooOld));
}

#[test]
fn timestamps_are_whole_seconds_or_cut_to_them() {
    let keys = either(SHORT_SECRET);
    let verify = |timestamp: &str| {
        let sent = headers(PRODUCT_ID, timestamp, ORIGINAL);
        keys.verify_at(&sent, PRODUCT.as_bytes(), at(CLOCK))
            .map(|delivery| delivery.timestamp)
    };
    assert_eq!(verify("1764600000.7"), Ok(at(CLOCK)));
    assert_eq!(verify(" 1764600000 "), Ok(at(CLOCK)));
    let malformed = [
        "abc",
        "1764600000x",
        "-1764600000",
        "+1764600000",
        "1.7646e9",
        ".5",
        "1764600000.",
        "99999999999999999999",
        "9223372036854775807",
    ];
    for timestamp in malformed {
        assert_eq!(
            verify(timestamp),
            Err(WebhookError::InvalidTimestamp),
            "{timestamp}"
        );
    }
}

#[test]
fn secrets_rotate_on_both_sides() {
    let new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let both = either(SHORT_SECRET)
        .and(new, KeyDerivation::Base64)
        .unwrap();
    let body = PRODUCT.as_bytes();
    both.verify_at(&product(ORIGINAL), body, at(CLOCK)).unwrap();
    let only_new = Keys::new(new, KeyDerivation::Base64).unwrap();
    let signed = only_new.sign(PRODUCT_ID, at(CLOCK), body);
    both.verify_at(&signed.pairs(), body, at(CLOCK)).unwrap();

    // A sender that rotates signs with both; each receiver finds its own.
    let signed = both.sign(PRODUCT_ID, at(CLOCK), body);
    assert_eq!(signed.signature.split(' ').count(), 3);
    only_new
        .verify_at(&signed.pairs(), body, at(CLOCK))
        .unwrap();
    let list = format!("v1,AAAA v1a,xyz  {ORIGINAL}");
    both.verify_at(&product(&list), body, at(CLOCK)).unwrap();
}

#[test]
fn headers_come_in_any_form_and_case() {
    let keys = either(SHORT_SECRET);
    let body = PRODUCT.as_bytes();
    let signed = keys.sign("m1", at(CLOCK), body);
    keys.verify_at(&signed.to_header_map(), body, at(CLOCK))
        .unwrap();
    let owned: Vec<(String, String)> = signed
        .pairs()
        .map(|(name, value)| (name.to_uppercase(), value.to_owned()))
        .into();
    keys.verify_at(&owned, body, at(CLOCK)).unwrap();
    keys.verify_at(owned.as_slice(), body, at(CLOCK)).unwrap();
    let hashed: HashMap<String, String> = owned.iter().cloned().collect();
    keys.verify_at(&hashed, body, at(CLOCK)).unwrap();
    let sorted: BTreeMap<&str, &str> = owned
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    keys.verify_at(&sorted, body, at(CLOCK)).unwrap();
}

#[test]
fn svix_headers_work_and_come_first_but_are_not_mixed() {
    let keys = either(SHORT_SECRET);
    let body = PRODUCT.as_bytes();
    let svix = |signature: &'static str| {
        [
            ("svix-id", PRODUCT_ID),
            ("svix-timestamp", "1764600000"),
            ("svix-signature", signature),
        ]
    };
    keys.verify_at(&svix(STANDARD), body, at(CLOCK)).unwrap();
    let mut both = svix(STANDARD).to_vec();
    both.extend(product("v1,AAAA"));
    keys.verify_at(&both, body, at(CLOCK)).unwrap();
    let mixed = [
        svix(STANDARD)[0],
        product(STANDARD)[1],
        product(STANDARD)[2],
    ];
    let error = keys.verify_at(&mixed, body, at(CLOCK)).unwrap_err();
    assert_eq!(error, WebhookError::MissingHeader("svix-timestamp"));
}

#[test]
fn a_missing_header_is_named() {
    let keys = either(SHORT_SECRET);
    for (index, name) in ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .into_iter()
        .enumerate()
    {
        let mut sent = product(ORIGINAL).to_vec();
        sent.remove(index);
        let error = keys
            .verify_at(&sent, PRODUCT.as_bytes(), at(CLOCK))
            .unwrap_err();
        assert_eq!(error, WebhookError::MissingHeader(name));
        assert_eq!(error.to_string(), format!("the header `{name}` is missing"));
        let mut empty = product(ORIGINAL);
        empty[index].1 = " ";
        let error = keys
            .verify_at(&empty, PRODUCT.as_bytes(), at(CLOCK))
            .unwrap_err();
        assert_eq!(error, WebhookError::MissingHeader(name));
    }
    let error = keys
        .verify_at(&HeaderMap::new(), b"", at(CLOCK))
        .unwrap_err();
    assert_eq!(error, WebhookError::MissingHeader("webhook-id"));
}

#[test]
fn secrets_that_give_no_key_are_refused() {
    use KeyDerivation::{Base64, Either, Utf8};
    for (secret, derivation) in [
        ("", Utf8),
        ("", Either),
        ("", Base64),
        ("whsec_", Base64),
        ("whsec_", Utf8),
        ("whsec_", Either),
        ("whsec_c2VjcmV0\n", Either),
        (" a plain secret", Utf8),
        ("whsec_no base64!", Base64),
    ] {
        let error = Keys::new(secret, derivation).unwrap_err();
        assert_eq!(error, WebhookError::InvalidSecret);
    }
    // What is no base64 may still be a secret of the older kind.
    assert!(Keys::new("whsec_no base64!", Either).is_ok());
}

#[test]
fn keys_do_not_show_themselves() {
    let shown = format!("{:?}", either(SHORT_SECRET));
    assert_eq!(shown, "Keys { keys: 2, tolerance: 300s }");
}

proptest! {
    /// What is signed verifies, and any other byte, id or time does not.
    #[test]
    fn signatures_bind_everything(
        secret in "[!-~]{1,40}",
        id in "[a-zA-Z0-9_-]{1,20}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        seconds in 0_i64..4_000_000_000,
        flip in any::<prop::sample::Index>(),
    ) {
        let keys = Keys::new(secret, KeyDerivation::Utf8).unwrap();
        let signed = keys.sign(id, at(seconds), &body);
        prop_assert!(keys.verify_at(&signed.pairs(), &body, at(seconds)).is_ok());
        let mut changed = body.clone();
        if changed.is_empty() {
            changed.push(0);
        } else {
            let index = flip.index(changed.len());
            changed[index] ^= 1;
        }
        let result = keys.verify_at(&signed.pairs(), &changed, at(seconds));
        prop_assert_eq!(result, Err(WebhookError::NoMatchingSignature));
    }

    /// No header makes verification panic or succeed.
    #[test]
    fn arbitrary_headers_are_refused(id in ".*", timestamp in ".*", signature in ".*") {
        let keys = either(SHORT_SECRET);
        let sent = headers(&id, &timestamp, &signature);
        let result = keys.verify_at(&sent, b"{}", at(CLOCK));
        prop_assert!(result.is_err());
    }
}

/// The provided vectors, when they are there: made by the providers' official libraries.
#[test]
fn provided_vectors_agree() {
    let shared = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    for (provider, derivation) in [
        ("polar", KeyDerivation::Either),
        ("dodo", KeyDerivation::Base64),
        ("autumn", KeyDerivation::Base64),
    ] {
        let path = shared.join(format!("vectors/{provider}.json"));
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert!(vectors.len() > 5, "{provider}");
        for vector in vectors {
            check_vector(&vector, derivation);
        }
    }
}

fn check_vector(vector: &Value, derivation: KeyDerivation) {
    let text = |name: &str| vector[name].as_str().unwrap();
    let id = text("id");
    let keys = Keys::new(text("secret"), derivation).unwrap();
    let sent: BTreeMap<String, String> = serde_json::from_value(vector["headers"].clone()).unwrap();
    let now = at(vector["now"].as_i64().unwrap());
    let result = keys.verify_at(&sent, text("body").as_bytes(), now);
    if vector["valid"].as_bool().unwrap() {
        assert!(result.is_ok(), "{id}: {result:?}");
        return;
    }
    let error = result.expect_err(id);
    let expected = match text("sdk_error") {
        "Message timestamp too old" => WebhookError::TooOld,
        "Message timestamp too new" => WebhookError::TooNew,
        "No matching signature found" => WebhookError::NoMatchingSignature,
        "Invalid Signature Headers" => WebhookError::InvalidTimestamp,
        "Missing required headers" => {
            assert!(
                matches!(error, WebhookError::MissingHeader(_)),
                "{id}: {error}"
            );
            return;
        }
        other => panic!("{id}: {other}"),
    };
    assert_eq!(error, expected, "{id}");
}
