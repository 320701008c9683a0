use base64::Engine;
use hmac::Mac;
use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

use super::Keys;
use super::headers::STANDARD;
use super::key::BASE64;

/// The headers of a signed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedHeaders {
    /// The id of the message, the same for each delivery of it.
    pub id: String,
    /// The Unix time of this delivery, in seconds.
    pub timestamp: i64,
    /// The signatures, each as `v1,<base64>`, separated by spaces.
    pub signature: String,
    timestamp_text: String,
}

impl Keys {
    /// Signs a delivery with each of the keys: for senders, sandboxes and tests.
    pub fn sign(
        &self,
        id: impl Into<String>,
        timestamp: OffsetDateTime,
        body: &[u8],
    ) -> SignedHeaders {
        let id = id.into();
        let timestamp = timestamp.unix_timestamp();
        let mut signature = String::new();
        for mac in self.over(&id, timestamp, body) {
            if !signature.is_empty() {
                signature.push(' ');
            }
            signature.push_str("v1,");
            BASE64.encode_string(mac.finalize().into_bytes(), &mut signature);
        }
        SignedHeaders {
            id,
            timestamp,
            signature,
            timestamp_text: timestamp.to_string(),
        }
    }
}

impl SignedHeaders {
    /// Returns names and values: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        let [id, timestamp, signature] = STANDARD;
        [
            (id, &self.id),
            (timestamp, &self.timestamp_text),
            (signature, &self.signature),
        ]
    }

    /// Returns the headers as a map; an id that a header cannot hold is left out.
    pub fn to_header_map(&self) -> HeaderMap {
        self.pairs()
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).ok()?,
                ))
            })
            .collect()
    }
}
