use time::OffsetDateTime;

use super::{Delivery, WebhookError};
use crate::json::{DecodeError, Raw};

/// Why a [`Verifier`](super::Verifier) returns no event.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The delivery is not authentic, or too far from the clock. Answer 4xx; the body was not
    /// looked at.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The delivery is authentic, but its payload does not have the described shape.
    ///
    /// Store it and answer 2xx. A provider delivers again what is answered with an error, the same
    /// bytes with the same outcome, and switches an endpoint off that keeps failing.
    #[error(transparent)]
    Payload(Box<Undecoded>),
}

/// An authentic delivery whose payload did not decode, whole, so that it can be stored and read
/// later. `Display` never shows the payload; `Debug` shows at most 2 KiB of it, with what looks
/// like a credential masked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the webhook {id} is authentic, but its payload does not decode: {error}")]
#[non_exhaustive]
pub struct Undecoded {
    /// The id of the message: the same when it is delivered again.
    pub id: String,
    /// When this delivery was signed, UTC, in whole seconds.
    pub sent_at: OffsetDateTime,
    /// The payload. [`json::to_string`](crate::json::to_string) writes it as it came, byte for byte; a payload that is no
    /// JSON is here as a text.
    pub raw: Raw,
    /// Where the payload is not as described.
    #[source]
    pub error: DecodeError,
}

impl VerifyError {
    #[cold]
    pub(super) fn undecoded(delivery: Delivery, body: &[u8], error: DecodeError) -> Self {
        Self::Payload(Box::new(Undecoded {
            id: delivery.id,
            sent_at: delivery.timestamp,
            raw: Raw::read(body),
            error,
        }))
    }
}
