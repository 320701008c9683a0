//! Webhooks: signed deliveries of payment providers, verified and made into
//! [`BillingEvent`]s.
//!
//! ```
//! use billing_core::webhook::{WebhookError, Webhooks};
//!
//! let webhooks = Webhooks::polar("polar_whs_the_secret_of_the_endpoint");
//! # let headers = [("webhook-id", "evt_1")];
//! # let body = b"{}";
//! match webhooks.receive(&headers, body) {
//!     Ok(events) => println!("{} events to handle", events.len()),
//!     // The provider sends again what is not answered with 2xx, so answer with this status.
//!     Err(error) => println!("{}: {error}", error.status()),
//! }
//! ```

mod error;
mod polar;
mod view;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use client_core::Secret;
use client_core::webhook::{Delivery, KeyDerivation, Keys};
use serde_json::Value;

pub use client_core::webhook::WebhookHeaders;
pub use error::{Malformed, WebhookError};

use crate::billing::{Clock, SystemClock};
use crate::event::BillingEvent;
use crate::provider::Provider;

/// The receiving end of one provider's webhooks.
///
/// Cheap to clone. Secrets never appear in `Debug` output or errors.
#[derive(Clone)]
pub struct Webhooks {
    scheme: Scheme,
    keys: Result<Keys, WebhookError>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Copy)]
enum Scheme {
    Polar,
}

impl Webhooks {
    /// Receives from Polar.
    ///
    /// `secret` is the endpoint's secret as Polar shows it. Both ways in which Polar derives a key
    /// from it are tried: secrets made before 2026-09-08 are used as they are, later ones are
    /// decoded.
    pub fn polar(secret: impl Into<Secret>) -> Self {
        Self {
            scheme: Scheme::Polar,
            keys: usable(secret.into())
                .and_then(|secret| Ok(Keys::new(secret, KeyDerivation::Either)?)),
            clock: Arc::new(SystemClock),
        }
    }

    /// Accepts a further secret: the old one while a secret is being replaced, or that of another
    /// endpoint.
    #[must_use]
    pub fn and_secret(mut self, secret: impl Into<Secret>) -> Self {
        let secret = usable(secret.into());
        self.keys = self
            .keys
            .and_then(|keys| Ok(keys.and(secret?, self.scheme.derivation())?));
        self
    }

    /// Sets how far a delivery's timestamp may be from the clock, either way. Default: 5 minutes.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.keys = self.keys.map(|keys| keys.tolerance(tolerance));
        self
    }

    /// Sets the clock. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns whose webhooks these are.
    pub fn provider(&self) -> Provider {
        match self.scheme {
            Scheme::Polar => Provider::Polar,
        }
    }

    /// Verifies a delivery and reads it.
    ///
    /// `body` must be the bytes as they came. Nothing in them is looked at before the signature
    /// holds. An event type that is not known is an event of kind
    /// [`Unknown`](crate::event::EventKind::Unknown); a known one that is not as documented comes
    /// with [`defects`](BillingEvent::defects).
    ///
    /// # Errors
    /// [`WebhookError`]: the delivery is forged, altered, too old, or its body is not the JSON of
    /// an event.
    pub fn receive<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
    ) -> Result<Vec<BillingEvent>, WebhookError> {
        let now = self.clock.now();
        let delivery = self
            .keys
            .as_ref()
            .map_err(Clone::clone)?
            .verify_at(headers, body, now)?;
        let body: Value = serde_json::from_slice(body).map_err(|error| {
            let found = format!("{} bytes that are no JSON ({error})", body.len());
            Malformed::new("", "a JSON object", &found)
        })?;
        if body
            .get("type")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(Malformed::new("type", "the name of an event", "none").into());
        }
        Ok(self.scheme.normalize(delivery, body))
    }
}

impl Scheme {
    fn derivation(self) -> KeyDerivation {
        match self {
            Self::Polar => KeyDerivation::Either,
        }
    }

    fn normalize(self, delivery: Delivery, body: Value) -> Vec<BillingEvent> {
        match self {
            Self::Polar => polar::normalize(delivery, body),
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks")
            .field("provider", &self.provider())
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// A secret of blanks is a setting that was left empty, and would let anybody sign.
fn usable(secret: Secret) -> Result<Secret, WebhookError> {
    if secret.expose().trim().is_empty() {
        return Err(client_core::webhook::WebhookError::InvalidSecret.into());
    }
    Ok(secret)
}
