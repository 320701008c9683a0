use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::WebhookError;

/// Standard base64 as it occurs in secrets and signatures: some are cut to a length that leaves
/// the padding out and the last bits set.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How the key of the HMAC comes out of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// The bytes of the whole secret, prefix included.
    Utf8,
    /// What the base64 after an optional `whsec_` decodes to: what Standard Webhooks says.
    Base64,
    /// Either: for issuers that changed from the first to the second, so that a secret's look
    /// does not tell which. A secret that is no base64 has the first key alone. Signing uses both,
    /// one signature each.
    Either,
}

impl KeyDerivation {
    pub(super) fn keys(self, secret: &str) -> Result<Vec<Vec<u8>>, WebhookError> {
        // A variable that is not set, or the line break of a file: with the first anybody could
        // sign, with the second nobody.
        let rest = secret.strip_prefix("whsec_").unwrap_or(secret);
        if rest.is_empty() || secret.trim_ascii() != secret {
            return Err(WebhookError::InvalidSecret);
        }
        let whole = secret.as_bytes().to_vec();
        match (self, decode(secret)) {
            (Self::Utf8, _) | (Self::Either, None) => Ok(vec![whole]),
            (Self::Base64, Some(key)) => Ok(vec![key]),
            (Self::Base64, None) => Err(WebhookError::InvalidSecret),
            // The likelier key first: secrets that are base64 have its padding.
            (Self::Either, Some(key)) if secret.ends_with('=') => Ok(vec![key, whole]),
            (Self::Either, Some(key)) => Ok(vec![whole, key]),
        }
    }
}

/// Returns the decoded key, unless it is malformed or empty.
fn decode(secret: &str) -> Option<Vec<u8>> {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    BASE64.decode(text).ok().filter(|key| !key.is_empty())
}
