//! Verified, typed webhooks (feature `webhooks`).
//!
//! Polar signs deliveries as Standard Webhooks. How the key is derived from the secret depends on
//! when the secret was made (before 8 September 2026: the text itself; since then: its base64
//! part), and the secret does not tell, so both are tried.
//!
//! ```
//! use polar_client::webhooks::{Verifier, WebhookEvent};
//!
//! # fn handle(headers: &http::HeaderMap, body: &[u8]) -> Result<(), polar_client::webhooks::VerifyError> {
//! match Verifier::new("whsec_…").verify(headers, body)? {
//!     WebhookEvent::OrderPaid(event) => println!("paid: {}", event.data.total_amount),
//!     WebhookEvent::SubscriptionRevoked(event) => println!("over: {}", event.data.id),
//!     // New types keep coming: acknowledge them with a 2xx.
//!     other => println!("ignored: {:?}", other.timestamp()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Answer within 2 seconds and with a 2xx, also to types that are not handled: an endpoint that
//! fails for ten events in a row is switched off. Deliveries come at least once and in no sure
//! order; [`Verified::id`] is the same for every delivery of one event.

use client_core::json;
use client_core::webhook::{KeyDerivation, Keys, SignedHeaders, WebhookHeaders};
use client_core::{DecodeError, Secret};
use time::OffsetDateTime;

pub use client_core::webhook::WebhookError;

/// A delivered event, by its `type`.
pub use crate::models::WebhookPayload as WebhookEvent;

/// Verifies deliveries and decodes them. The body is not looked at before a signature fits.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: Result<Keys, WebhookError>,
}

/// A delivery whose signature holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The id of the event (`webhook-id`): the same when it is delivered again.
    pub id: String,
    /// When this delivery was signed, UTC, in whole seconds.
    pub sent_at: OffsetDateTime,
    /// The event.
    pub event: WebhookEvent,
}

/// Why a delivery is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The delivery is not authentic, or the secret is unusable. Answer 4xx; nothing was decoded.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The delivery is authentic, but its payload does not have the described shape.
    #[error("the payload of a verified webhook does not decode: {0}")]
    Payload(#[from] DecodeError),
}

impl Verifier {
    /// Takes the secret of the endpoint. An unusable secret is reported by every verification.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            keys: Keys::new(secret, KeyDerivation::Either),
        }
    }

    /// Accepts another secret as well: Polar replaces a secret at once, so a receiver needs the
    /// old and the new one for a while.
    #[must_use]
    pub fn and(self, secret: impl Into<Secret>) -> Self {
        Self {
            keys: self
                .keys
                .and_then(|keys| keys.and(secret, KeyDerivation::Either)),
        }
    }

    /// Verifies a delivery against the system's clock and decodes it.
    ///
    /// `headers` is an `http::HeaderMap` or pairs of texts; `body` the bytes as they came.
    ///
    /// # Errors
    /// [`VerifyError::Webhook`] when the delivery is not authentic, 5 minutes old or more, or the
    /// secret unusable; [`VerifyError::Payload`] when its payload does not decode.
    pub fn verify<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
    ) -> Result<WebhookEvent, VerifyError> {
        self.verify_at(headers, body, OffsetDateTime::now_utc())
            .map(|verified| verified.event)
    }

    /// Verifies a delivery against a given clock, and returns its id and time with the event.
    ///
    /// # Errors
    /// The same as [`verify`](Self::verify).
    pub fn verify_at<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Verified, VerifyError> {
        let keys = self.keys.as_ref().map_err(Clone::clone)?;
        let delivery = keys.verify_at(headers, body, now)?;
        let event = json::from_slice(body)?;
        Ok(Verified {
            id: delivery.id,
            sent_at: delivery.timestamp,
            event,
        })
    }
}

/// Signs a payload as Polar does for a secret made since September 2026 when `standard`, else as
/// before: for tests and local servers.
///
/// # Errors
/// [`WebhookError::InvalidSecret`] when the secret is unusable.
pub fn sign(
    secret: impl Into<Secret>,
    standard: bool,
    id: &str,
    at: OffsetDateTime,
    body: &[u8],
) -> Result<SignedHeaders, WebhookError> {
    let derivation = if standard {
        KeyDerivation::Base64
    } else {
        KeyDerivation::Utf8
    };
    Ok(Keys::new(secret, derivation)?.sign(id, at, body))
}
