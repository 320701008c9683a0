//! Secrets and signatures in the layout of Standard Webhooks.

use crate::id;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;
use time::macros::datetime;

/// From here on new secrets are base64 of 32 bytes, and the key is those bytes.
const STANDARD_FROM: OffsetDateTime = datetime!(2026-09-08 0:00 UTC);

/// Makes a secret of the form that is current at a moment, and tells whether it is the standard one.
pub(crate) fn new_secret(now: OffsetDateTime) -> (String, bool) {
    if now >= STANDARD_FROM {
        (
            format!("whsec_{}", STANDARD.encode(id::bytes::<32>())),
            true,
        )
    } else {
        (format!("whsec_{}", id::alphanumeric(43)), false)
    }
}

/// The signing key: the decoded bytes of a standard secret, the whole text of an older one.
fn key(secret: &str, standard: bool) -> Vec<u8> {
    if standard {
        let encoded = secret
            .strip_prefix("whsec_")
            .unwrap_or(secret)
            .trim_end_matches('=');
        if let Ok(bytes) = STANDARD_NO_PAD.decode(encoded) {
            return bytes;
        }
    }
    secret.as_bytes().to_vec()
}

/// The value of `webhook-signature`.
pub(crate) fn signature(
    secret: &str,
    standard: bool,
    id: &str,
    timestamp: i64,
    body: &str,
) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key(secret, standard)) else {
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "c1a9d3f0-5b7e-4e7a-8d8c-0f6c2b9a1e55";
    const BODY: &str = "{\"type\":\"subscription.active\",\"timestamp\":\"2025-12-01T14:40:00Z\",\"api_version\":\"2026-10\",\"data\":{\"id\":\"a23dd1b9-6349-4607-89fc-3c1266f53721\"}}";
    const SECRET: &str = "whsec_CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYY=";

    #[test]
    fn both_key_derivations_give_the_known_signatures() {
        assert_eq!(
            signature(SECRET, true, ID, 1_764_600_000, BODY),
            "v1,zClmOT7yc25PsgX6mzxkl0BesFhA8lGHuNNmyic6qLI="
        );
        assert_eq!(
            signature(SECRET, false, ID, 1_764_600_000, BODY),
            "v1,A0uJttl5KQHs03+zMSFHNkMQWPVfldhq87mXcrSwVfo="
        );
    }

    #[test]
    fn secrets_follow_the_date() {
        let (old, standard) = new_secret(datetime!(2026-09-07 23:59:59 UTC));
        assert!(!standard && old.len() == 49);
        let (new, standard) = new_secret(STANDARD_FROM);
        assert!(standard && new.len() == 50 && new.ends_with('='));
    }
}
