use std::fmt;

use client_core::webhook::WebhookError as SignatureError;

/// Why a delivery was not taken. Neither secrets nor bodies appear in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// It does not come from the provider, was altered on the way, or is too old or too new.
    ///
    /// Delivering the same again does not help, except when the secret or this machine's clock was
    /// wrong.
    #[error("webhook refused: {0}")]
    Signature(#[from] SignatureError),
    /// It is signed, but its body is not an event.
    #[error("webhook not understood: {0}")]
    Malformed(#[from] Malformed),
}

impl WebhookError {
    /// Returns the HTTP status to answer with: 401 when the signature does not hold, 500 when no
    /// usable secret is configured, else 400.
    pub fn status(&self) -> u16 {
        match self {
            Self::Signature(SignatureError::InvalidSecret) => 500,
            Self::Signature(_) => 401,
            Self::Malformed(_) => 400,
        }
    }
}

/// A body that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    path: String,
    expected: String,
    found: String,
}

impl Malformed {
    pub(super) fn new(path: &str, expected: &str, found: &str) -> Self {
        Self {
            path: path.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// Returns where in the body; empty for the body itself.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "body"
        } else {
            &self.path
        };
        write!(
            f,
            "{path}: expected {}, found {}",
            self.expected, self.found
        )
    }
}
