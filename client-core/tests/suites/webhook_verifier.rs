//! Verifying and decoding in one, as the client crates have it.

use std::error::Error;
use std::time::Duration;

use client_core::json::{self, Decode, Failed, Fill, Raw, Reader};
use client_core::webhook::{
    KeyDerivation, Keys, Payload, SignedHeaders, Undecoded, Verifier, VerifyError, WebhookError,
};
use time::OffsetDateTime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A payload that is a list of numbers.
#[derive(Debug, PartialEq)]
struct Numbers(Vec<i64>);

impl Fill for Numbers {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        self.0.fill(reader)
    }
}

impl Decode for Numbers {
    const BLANK: Self = Self(Vec::new());
}

impl Payload for Numbers {
    const DERIVATION: KeyDerivation = KeyDerivation::Base64;
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_764_600_000 + seconds).unwrap()
}

fn signed(secret: &str, body: &[u8]) -> SignedHeaders {
    let keys = Keys::new(secret, KeyDerivation::Base64).unwrap();
    keys.sign("msg_1", at(0), body)
}

fn verifier() -> Verifier<Numbers> {
    Verifier::new(SECRET).unwrap()
}

#[test]
fn an_event_comes_with_its_id_and_time() {
    let body = b"[1, 2]";
    let headers = signed(SECRET, body);
    let verified = verifier().verify_at(&headers.pairs(), body, at(7)).unwrap();
    assert_eq!((verified.id.as_str(), verified.sent_at), ("msg_1", at(0)));
    assert_eq!(verified.event, Numbers(vec![1, 2]));

    let keys = Keys::new(SECRET, KeyDerivation::Base64).unwrap();
    let now = keys.sign("msg_2", OffsetDateTime::now_utc(), body);
    assert_eq!(verifier().verify(&now.pairs(), body).unwrap().id, "msg_2");
    let old = verifier().verify(&headers.pairs(), body).unwrap_err();
    assert_eq!(old, VerifyError::Webhook(WebhookError::TooOld));
}

fn undecoded(body: &[u8]) -> Box<Undecoded> {
    let result = verifier().verify_at(&signed(SECRET, body).pairs(), body, at(0));
    match result {
        Err(VerifyError::Payload(undecoded)) => undecoded,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_authentic_and_does_not_decode_is_kept_byte_for_byte() {
    let body = br#" [1, {"b": 1.50, "a": 12345678901234567890123}] "#;
    let kept = undecoded(body);
    assert_eq!((kept.id.as_str(), kept.sent_at), ("msg_1", at(0)));
    assert_eq!(json::to_vec(&kept.raw), body);
    assert_eq!(kept.error.path(), "[1]");

    let no_json = undecoded(b"{cut off");
    assert_eq!(no_json.raw, Raw::from(json::Value::from("{cut off")));
    let no_text = undecoded(b"\xff");
    assert_eq!(no_text.raw, Raw::from(json::Value::from("\u{fffd}")));
}

#[test]
fn what_did_not_decode_says_where_and_does_not_show_itself() {
    let body = br#"[1, {"name": "Ada", "token": "abc"}]"#;
    let error = VerifyError::Payload(undecoded(body));
    assert_eq!(
        error.to_string(),
        "the webhook msg_1 is authentic, but its payload does not decode: [1]: expected integer (i64), found object"
    );
    let source = error.source().unwrap();
    assert!(source.is::<json::DecodeError>());
    assert!(!format!("{error:?}").contains("abc"), "{error:?}");
}

#[test]
fn a_payload_is_not_looked_at_before_the_signature_holds() {
    let headers = signed(SECRET, b"[1]");
    let error = verifier()
        .verify_at(&headers.pairs(), b"{cut off", at(0))
        .unwrap_err();
    assert_eq!(
        error,
        VerifyError::Webhook(WebhookError::NoMatchingSignature)
    );
}

#[test]
fn an_unusable_secret_is_found_when_the_verifier_is_made() {
    for secret in ["", "whsec_", "whsec_no base64!", "whsec_c2VjcmV0\n"] {
        let unusable = Some(WebhookError::InvalidSecret);
        assert_eq!(Verifier::<Numbers>::new(secret).err(), unusable);
        assert_eq!(verifier().and(secret).err(), unusable);
        assert_eq!(verifier().and_optional(Some(secret)).err(), unusable);
    }
}

#[test]
fn an_old_secret_is_accepted_while_there_is_one() {
    let headers = signed(OLD, b"[]");
    let holds = |verifier: Result<Verifier<Numbers>, WebhookError>| {
        let verifier = verifier.unwrap();
        verifier.verify_at(&headers.pairs(), b"[]", at(0)).is_ok()
    };
    assert!(holds(verifier().and(OLD)));
    assert!(holds(verifier().and_optional(Some(OLD.to_owned()))));
    assert!(!holds(verifier().and_optional(None::<String>)));
}

#[test]
fn the_tolerance_holds_for_the_past_and_the_future_to_the_second() {
    let headers = signed(SECRET, b"[]");
    let verify = |verifier: Verifier<Numbers>, seconds| {
        let result = verifier.verify_at(&headers.pairs(), b"[]", at(seconds));
        result.map(|_| ())
    };
    let too_old = Err(VerifyError::Webhook(WebhookError::TooOld));
    let too_new = Err(VerifyError::Webhook(WebhookError::TooNew));
    for (tolerance, seconds) in [
        (None, 300),
        (Some(10), 10),
        (Some(0), 0),
        (Some(3600), 3600),
    ] {
        let verifier = || match tolerance {
            Some(tolerance) => verifier().tolerance(Duration::from_secs(tolerance)),
            None => verifier(),
        };
        assert_eq!(verify(verifier(), seconds), Ok(()));
        assert_eq!(verify(verifier(), -seconds), Ok(()));
        assert_eq!(verify(verifier(), seconds + 1), too_old);
        assert_eq!(verify(verifier(), -seconds - 1), too_new);
    }
}

#[test]
fn a_verifier_does_not_show_its_keys() {
    assert_eq!(
        format!("{:?}", verifier()),
        "Verifier { keys: Keys { keys: 1, tolerance: 300s } }"
    );
}
