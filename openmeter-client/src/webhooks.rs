//! Verified, typed notifications (feature `webhooks`).
//!
//! OpenMeter delivers notifications through Svix: Standard Webhooks under `svix-` or `webhook-`
//! headers, with the base64 secret of the channel.
//!
//! ```
//! use openmeter_client::webhooks::{Notification, Verifier};
//!
//! # fn handle(headers: &http::HeaderMap, body: &[u8]) -> Result<(), openmeter_client::webhooks::VerifyError> {
//! match Verifier::new("whsec_…").verify(headers, body)? {
//!     Notification::EntitlementsBalanceThreshold(event) => {
//!         println!("{} is running low", event.data.feature.key);
//!     }
//!     other => println!("ignored: {other:?}"),
//! }
//! # Ok(())
//! # }
//! ```

use client_core::json;
use client_core::webhook::{KeyDerivation, Keys, WebhookHeaders};
use client_core::{DecodeError, Secret};
use time::OffsetDateTime;

pub use client_core::webhook::WebhookError;

/// A delivered notification, by its `type`.
pub use crate::generated::v1::models::NotificationEventPayload as Notification;

/// Verifies notifications and decodes them. The body is not looked at before a signature fits.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: Result<Keys, WebhookError>,
}

/// A notification whose signature holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The id of the message: the same when it is delivered again.
    pub id: String,
    /// When this delivery was signed, UTC, in whole seconds.
    pub sent_at: OffsetDateTime,
    /// The notification.
    pub notification: Notification,
}

/// Why a notification is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The delivery is not authentic, or the secret is unusable; nothing was decoded.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The delivery is authentic, but its payload does not have the described shape.
    #[error("the payload of a verified notification does not decode: {0}")]
    Payload(#[from] DecodeError),
}

impl Verifier {
    /// Takes the signing secret of the channel. An unusable secret is reported by every
    /// verification.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            keys: Keys::new(secret, KeyDerivation::Base64),
        }
    }

    /// Accepts another secret as well, for rotation.
    #[must_use]
    pub fn and(self, secret: impl Into<Secret>) -> Self {
        Self {
            keys: self
                .keys
                .and_then(|keys| keys.and(secret, KeyDerivation::Base64)),
        }
    }

    /// Verifies a notification against the system's clock and decodes it.
    ///
    /// # Errors
    /// [`VerifyError::Webhook`] when the delivery is not authentic or out of the tolerance of
    /// 5 minutes; [`VerifyError::Payload`] when its payload does not decode.
    pub fn verify<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
    ) -> Result<Notification, VerifyError> {
        self.verify_at(headers, body, OffsetDateTime::now_utc())
            .map(|verified| verified.notification)
    }

    /// Verifies a notification against a given clock, and returns its id and time with it.
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
        let notification = json::from_slice(body)?;
        Ok(Verified {
            id: delivery.id,
            sent_at: delivery.timestamp,
            notification,
        })
    }
}
