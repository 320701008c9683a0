use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use time::OffsetDateTime;

use super::{KeyDerivation, Keys, VerifyError, WebhookError, WebhookHeaders};
use crate::json::{self, Decode};
use crate::secret::Secret;

/// What one provider delivers.
pub trait Payload: Decode {
    /// How the provider derives a key from the secret of an endpoint.
    const DERIVATION: KeyDerivation;
}

/// Verifies deliveries of one provider and decodes them. The body is not looked at before a
/// signature fits.
///
/// Make one when the application starts, where a secret that is missing or malformed shows, and
/// keep it.
///
/// ```
/// use client_core::json::{Decode, Failed, Fill, Reader, Value};
/// use client_core::webhook::{KeyDerivation, Keys, Payload, Verifier};
/// use time::OffsetDateTime;
///
/// struct Event(Value);
///
/// impl Fill for Event {
///     fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
///         self.0.fill(reader)
///     }
/// }
///
/// impl Decode for Event {
///     const BLANK: Self = Self(Value::Null);
/// }
///
/// impl Payload for Event {
///     const DERIVATION: KeyDerivation = KeyDerivation::Base64;
/// }
///
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// let verifier = Verifier::<Event>::new(secret)?;
///
/// let body = br#"{"type":"order.paid"}"#;
/// let signed = Keys::new(secret, KeyDerivation::Base64)?.sign("msg_1", OffsetDateTime::now_utc(), body);
/// let verified = verifier.verify(&signed.pairs(), body)?;
/// assert_eq!(verified.id, "msg_1");
/// assert_eq!(verified.event.0["type"], "order.paid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Verifier<E> {
    keys: Keys,
    payload: PhantomData<fn() -> E>,
}

/// A delivery whose signature holds, with what it says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verified<E> {
    /// The id of the message: the same when it is delivered again, so handle each id once.
    pub id: String,
    /// When this delivery was signed, UTC, in whole seconds.
    pub sent_at: OffsetDateTime,
    /// The payload.
    pub event: E,
}

impl<E: Payload> Verifier<E> {
    /// Takes the secret of the endpoint, as the provider shows it.
    ///
    /// # Errors
    /// [`WebhookError::InvalidSecret`] when the secret is empty, has white space around it, or is
    /// not what the provider's secrets are.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, WebhookError> {
        Keys::new(secret, E::DERIVATION).map(Self::of)
    }

    /// Accepts a further secret as well: the old one while a secret is being replaced, or that of
    /// another endpoint.
    ///
    /// # Errors
    /// The same as [`new`](Self::new).
    pub fn and(self, secret: impl Into<Secret>) -> Result<Self, WebhookError> {
        self.keys.and(secret, E::DERIVATION).map(Self::of)
    }

    /// Accepts a further secret when there is one. An empty text is no absent secret, but a setting
    /// that went wrong.
    ///
    /// # Errors
    /// The same as [`new`](Self::new); never for `None`.
    pub fn and_optional(self, secret: Option<impl Into<Secret>>) -> Result<Self, WebhookError> {
        match secret {
            Some(secret) => self.and(secret),
            None => Ok(self),
        }
    }

    /// Sets how far the timestamp of a delivery may be from the clock, in whole seconds. Default: 5
    /// minutes.
    ///
    /// A delivery that is exactly as old as the tolerance passes, and so does one that is exactly
    /// as far in the future; one second more is refused either way, as
    /// [`TooOld`](WebhookError::TooOld) or [`TooNew`](WebhookError::TooNew).
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self::of(self.keys.tolerance(tolerance))
    }

    /// Verifies a delivery against the system's clock and decodes it.
    ///
    /// `headers` is an `http::HeaderMap` or names and values as texts; `body` the bytes as they
    /// came.
    ///
    /// # Errors
    /// * [`VerifyError::Webhook`]: a header is missing, malformed or contradicts itself, the
    ///   timestamp is out of the [tolerance](Self::tolerance), or no signature fits. Answer 4xx.
    /// * [`VerifyError::Payload`]: the delivery is authentic, but its payload does not decode.
    ///   Store it and answer 2xx, or the provider switches the endpoint off.
    pub fn verify<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
    ) -> Result<Verified<E>, VerifyError> {
        self.verify_at(headers, body, OffsetDateTime::now_utc())
    }

    /// Verifies a delivery against a given clock and decodes it.
    ///
    /// # Errors
    /// The same as [`verify`](Self::verify).
    pub fn verify_at<H: WebhookHeaders + ?Sized>(
        &self,
        headers: &H,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Verified<E>, VerifyError> {
        let delivery = self.keys.check(&headers, body, now)?;
        match json::from_slice(body) {
            Ok(event) => Ok(Verified {
                id: delivery.id,
                sent_at: delivery.timestamp,
                event,
            }),
            Err(error) => Err(VerifyError::undecoded(delivery, body, error)),
        }
    }

    fn of(keys: Keys) -> Self {
        Self {
            keys,
            payload: PhantomData,
        }
    }
}

impl<E> Clone for Verifier<E> {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            payload: PhantomData,
        }
    }
}

/// Shows how many keys there are.
impl<E> fmt::Debug for Verifier<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys)
            .finish()
    }
}
