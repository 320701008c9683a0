//! Standard Webhooks: signing and verifying deliveries (feature `webhooks`).
//!
//! A delivery is signed with HMAC-SHA256 over `{id}.{timestamp}.{body}`, where the body is the
//! bytes as they came. Three headers carry id, timestamp (Unix seconds) and signatures:
//! `webhook-id`, `webhook-timestamp`, `webhook-signature`, or the same under `svix-`.
//!
//! ```
//! use client_core::webhook::{KeyDerivation, Keys};
//! use time::OffsetDateTime;
//!
//! let keys = Keys::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyDerivation::Base64)?;
//! let body = br#"{"type":"order.paid"}"#;
//!
//! let signed = keys.sign("msg_1", OffsetDateTime::now_utc(), body);
//! let delivery = keys.verify(&signed.pairs(), body)?;
//! assert_eq!(delivery.id, "msg_1");
//! assert!(keys.verify(&signed.pairs(), b"{}").is_err());
//! # Ok::<(), client_core::webhook::WebhookError>(())
//! ```
//!
//! [`Keys`] knows signatures alone. A [`Verifier`] also decodes what they vouch for; client crates
//! name it for their provider.

mod error;
mod headers;
mod key;
mod sign;
mod undecoded;
mod verifier;
mod verify;

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

pub use error::WebhookError;
pub use headers::WebhookHeaders;
pub use key::KeyDerivation;
pub use sign::SignedHeaders;
pub use undecoded::{Undecoded, VerifyError};
pub use verifier::{Payload, Verified, Verifier};
pub use verify::Delivery;

/// The keys that a receiver accepts, or a sender signs with.
///
/// Several keys serve rotation: a delivery is accepted when any key fits any of its signatures,
/// and signed with all of them.
#[derive(Clone)]
pub struct Keys {
    /// Each already holds its key, so that a verification does not derive it again.
    macs: Vec<Hmac<Sha256>>,
    tolerance: Duration,
}

impl Keys {
    /// How far the timestamp may be from the clock, either way: 5 minutes, inclusive.
    pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

    /// Takes the key of one secret.
    ///
    /// # Errors
    /// [`WebhookError::InvalidSecret`] when the secret is empty or is not what the derivation
    /// needs.
    pub fn new(secret: impl Into<Secret>, derivation: KeyDerivation) -> Result<Self, WebhookError> {
        Self {
            macs: Vec::new(),
            tolerance: Self::DEFAULT_TOLERANCE,
        }
        .and(secret, derivation)
    }

    /// Adds the key of another secret.
    ///
    /// # Errors
    /// [`WebhookError::InvalidSecret`] when the secret is empty or is not what the derivation
    /// needs.
    pub fn and(
        self,
        secret: impl Into<Secret>,
        derivation: KeyDerivation,
    ) -> Result<Self, WebhookError> {
        self.with(&secret.into(), derivation)
    }

    fn with(mut self, secret: &Secret, derivation: KeyDerivation) -> Result<Self, WebhookError> {
        for key in derivation.keys(secret.expose())? {
            let mac = Hmac::new_from_slice(&key).map_err(|_| WebhookError::InvalidSecret)?;
            self.macs.push(mac);
        }
        Ok(self)
    }

    /// Sets how far the timestamp may be from the clock. Default:
    /// [`DEFAULT_TOLERANCE`](Self::DEFAULT_TOLERANCE).
    ///
    /// Timestamp, clock and tolerance are counted in whole seconds, fractions cut off. A delivery
    /// that is exactly as old as the tolerance passes, and so does one that is exactly as far in
    /// the future; one second more is [`TooOld`](WebhookError::TooOld) or
    /// [`TooNew`](WebhookError::TooNew).
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Returns the state of each key after the signed text.
    fn over<'a>(
        &'a self,
        id: &'a str,
        timestamp: i64,
        body: &'a [u8],
    ) -> impl Iterator<Item = Hmac<Sha256>> + 'a {
        let timestamp = timestamp.to_string();
        self.macs.iter().map(move |mac| {
            let mut mac = mac.clone();
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            mac
        })
    }
}

/// Shows how many keys there are.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("keys", &self.macs.len())
            .field("tolerance", &self.tolerance)
            .finish()
    }
}
