use base64::Engine;
use hmac::Mac;
use time::OffsetDateTime;

use super::headers::{WebhookHeaders, fields};
use super::key::BASE64;
use super::{Keys, WebhookError};

/// A delivery whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the message: the same when it is delivered again, so it tells repetitions.
    pub id: String,
    /// When this delivery was signed, in whole seconds.
    pub timestamp: OffsetDateTime,
}

impl Keys {
    /// Verifies a delivery against the system's clock.
    ///
    /// `body` must be the bytes as they came; nothing in it is looked at.
    ///
    /// # Errors
    /// [`WebhookError`] when a header is missing, malformed or contradicts itself, the timestamp is
    /// out of the [tolerance](Self::tolerance), or no signature fits.
    pub fn verify<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
    ) -> Result<Delivery, WebhookError> {
        self.verify_at(headers, body, OffsetDateTime::now_utc())
    }

    /// Verifies a delivery against a given clock.
    ///
    /// # Errors
    /// The same as [`verify`](Self::verify).
    pub fn verify_at<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Delivery, WebhookError> {
        self.check(&headers, body, now)
    }

    /// All of the work, compiled here once for every kind of headers.
    pub(super) fn check(
        &self,
        headers: &dyn WebhookHeaders,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Delivery, WebhookError> {
        let fields = fields(headers)?;
        let seconds = whole_seconds(fields.timestamp).ok_or(WebhookError::InvalidTimestamp)?;
        let timestamp = OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|_| WebhookError::InvalidTimestamp)?;

        let tolerance = i64::try_from(self.tolerance.as_secs()).unwrap_or(i64::MAX);
        let age = now.unix_timestamp().saturating_sub(seconds);
        if age > tolerance {
            return Err(WebhookError::TooOld);
        }
        if age < tolerance.saturating_neg() {
            return Err(WebhookError::TooNew);
        }

        let fits = self.over(fields.id, seconds, body).any(|mac| {
            signatures(&fields.signatures).any(|signature| {
                // Compares in constant time.
                mac.clone().verify_slice(&signature).is_ok()
            })
        });
        if fits {
            Ok(Delivery {
                id: fields.id.to_owned(),
                timestamp,
            })
        } else {
            Err(WebhookError::NoMatchingSignature)
        }
    }
}

/// Returns the signatures of version 1 that are as long as they must be, of all lines.
fn signatures(lines: &[&str]) -> impl Iterator<Item = [u8; 32]> {
    let listed = lines.iter().flat_map(|line| line.split_ascii_whitespace());
    listed.filter_map(|signature| {
        let text = signature.strip_prefix("v1,")?;
        let mut bytes = [0; 48];
        let length = BASE64.decode_slice(text, &mut bytes).ok()?;
        bytes.get(..length)?.try_into().ok()
    })
}

/// Reads a number of seconds; a fraction is cut off, as senders do before they sign.
fn whole_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        whole.parse().ok()
    } else {
        None
    }
}
