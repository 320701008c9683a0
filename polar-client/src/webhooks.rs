//! Verified, typed webhooks (feature `webhooks`).
//!
//! Polar signs deliveries as Standard Webhooks. How the key is derived from the secret depends on
//! when the secret was made (before 8 September 2026: the text itself; since then: its base64
//! part), and the secret does not tell, so both are tried.
//!
//! ```no_run
//! use polar_client::client_core::json;
//! use polar_client::webhooks::{Verifier, VerifyError, WebhookEvent};
//! # use std::env;
//! # fn seen_before(id: &str) -> bool { false }
//! # fn store(id: &str, payload: String) {}
//!
//! /// When the application starts: a secret that is missing or malformed shows here.
//! fn verifier() -> Result<Verifier, Box<dyn std::error::Error>> {
//!     let verifier = Verifier::new(env::var("POLAR_WEBHOOK_SECRET")?)?
//!         .and_optional(env::var("POLAR_WEBHOOK_SECRET_OLD").ok())?;
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
//!             return 202;
//!         }
//!         Err(error) => {
//!             eprintln!("refused: {error}");
//!             return 401;
//!         }
//!     };
//!     if seen_before(&verified.id) {
//!         return 202;
//!     }
//!     match verified.event {
//!         WebhookEvent::OrderPaid(event) => println!("paid: {}", event.data.total_amount),
//!         WebhookEvent::SubscriptionRevoked(event) => println!("over: {}", event.data.id),
//!         // New types keep coming.
//!         other => println!("ignored: {:?}", other.timestamp()),
//!     }
//!     202
//! }
//! ```
//!
//! Answer within 2 seconds and with a 2xx, also to types that are not handled and to payloads that
//! do not decode: an endpoint that fails for ten events in a row is switched off. Deliveries come
//! at least once and in no sure order; [`Verified::id`](client_core::webhook::Verified::id) is the
//! same for every delivery of one event.
//!
//! Polar replaces a secret at once, so a receiver needs the old and the new one for a while:
//! `and`, or `and_optional` for a setting that is there only then.

use client_core::Secret;
use client_core::webhook::{Keys, Payload};
use time::OffsetDateTime;

pub use client_core::webhook::{
    KeyDerivation, SignedHeaders, Undecoded, VerifyError, WebhookError, WebhookHeaders,
};

/// A delivered event, by its `type`.
pub use crate::models::WebhookPayload as WebhookEvent;

/// Verifies deliveries of Polar and decodes them, with keys of both derivations.
pub type Verifier = client_core::webhook::Verifier<WebhookEvent>;

/// A delivery of Polar whose signature holds: its id (`webhook-id`), its time and its event.
pub type Verified = client_core::webhook::Verified<WebhookEvent>;

impl Payload for WebhookEvent {
    const DERIVATION: KeyDerivation = KeyDerivation::Either;
}

/// Signs a payload as Polar does: for tests and local servers.
///
/// Polar signs with [`KeyDerivation::Utf8`] for secrets made before 8 September 2026 and with
/// [`KeyDerivation::Base64`] for later ones. The headers are named `webhook-…`.
///
/// # Errors
/// [`WebhookError::InvalidSecret`] when the secret is empty, has white space around it, or is not
/// what the derivation needs.
pub fn sign(
    secret: impl Into<Secret>,
    derivation: KeyDerivation,
    id: &str,
    at: OffsetDateTime,
    body: &[u8],
) -> Result<SignedHeaders, WebhookError> {
    Ok(Keys::new(secret, derivation)?.sign(id, at, body))
}
