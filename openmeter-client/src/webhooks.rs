//! Verified, typed notifications (feature `webhooks`).
//!
//! OpenMeter delivers notifications through Svix: Standard Webhooks under `svix-` or `webhook-`
//! headers, with the base64 secret of the channel.
//!
//! ```no_run
//! use openmeter_client::client_core::json;
//! use openmeter_client::webhooks::{Notification, Verifier, VerifyError};
//! # use std::env;
//! # fn seen_before(id: &str) -> bool { false }
//! # fn store(id: &str, payload: String) {}
//!
//! /// When the application starts: a secret that is missing or malformed shows here.
//! fn verifier() -> Result<Verifier, Box<dyn std::error::Error>> {
//!     let verifier = Verifier::new(env::var("OPENMETER_WEBHOOK_SECRET")?)?
//!         .and_optional(env::var("OPENMETER_WEBHOOK_SECRET_OLD").ok())?;
//!     Ok(verifier)
//! }
//!
//! /// Returns the status to answer with.
//! fn handle(verifier: &Verifier, headers: &http::HeaderMap, body: &[u8]) -> u16 {
//!     let verified = match verifier.verify(headers, body) {
//!         Ok(verified) => verified,
//!         Err(VerifyError::Payload(undecoded)) => {
//!             eprintln!("{undecoded}");
//!             store(&undecoded.id, json::to_string(&undecoded.raw));
//!             return 204;
//!         }
//!         Err(error) => {
//!             eprintln!("refused: {error}");
//!             return 401;
//!         }
//!     };
//!     if seen_before(&verified.id) {
//!         return 204;
//!     }
//!     match verified.event {
//!         Notification::EntitlementsBalanceThreshold(event) => {
//!             println!("{} is running low", event.data.feature.key);
//!         }
//!         other => println!("ignored: {other:?}"),
//!     }
//!     204
//! }
//! ```
//!
//! Answer with a 2xx also to types that are not handled and to payloads that do not decode: what is
//! answered with an error is delivered again, and an endpoint that keeps failing is switched off.
//! [`Verified::id`](client_core::webhook::Verified::id) is the same for every delivery of one
//! notification.

use client_core::Secret;
use client_core::webhook::{KeyDerivation, Keys, Payload};
use time::OffsetDateTime;

pub use client_core::webhook::{
    SignedHeaders, Undecoded, VerifyError, WebhookError, WebhookHeaders,
};

/// A delivered notification, by its `type`.
pub use crate::generated::v1::models::NotificationEventPayload as Notification;

/// Verifies notifications of OpenMeter and decodes them.
pub type Verifier = client_core::webhook::Verifier<Notification>;

/// A notification whose signature holds: the id and the time of its delivery, and as `event` the
/// notification.
pub type Verified = client_core::webhook::Verified<Notification>;

impl Payload for Notification {
    const DERIVATION: KeyDerivation = KeyDerivation::Base64;
}

/// Signs a notification as OpenMeter does: for tests and local servers.
///
/// The headers are named `webhook-…`, which the verifier takes as well as `svix-…`.
///
/// # Errors
/// [`WebhookError::InvalidSecret`] when the secret is empty, has white space around it, or is no
/// base64 after `whsec_`.
pub fn sign(
    secret: impl Into<Secret>,
    id: &str,
    at: OffsetDateTime,
    body: &[u8],
) -> Result<SignedHeaders, WebhookError> {
    Ok(Keys::new(secret, Notification::DERIVATION)?.sign(id, at, body))
}
