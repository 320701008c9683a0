use std::fmt;
use std::sync::Arc;

/// A credential or key that does not show itself: `Debug` prints `Secret(..)`, and there is no
/// `Display`.
///
/// ```
/// use client_core::Secret;
///
/// let token = Secret::from("polar_oat_abc");
/// assert_eq!(format!("{token:?}"), "Secret(..)");
/// assert_eq!(token.expose(), "polar_oat_abc");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// Returns the text; keep it out of logs and messages.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the header `Authorization: Bearer …`, marked sensitive; `None` when the text is
    /// empty or cannot stand in a header.
    pub(crate) fn bearer(&self) -> Option<http::HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let mut value = http::HeaderValue::try_from(format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self(text.as_str().into())
    }
}

impl From<&Self> for Secret {
    fn from(secret: &Self) -> Self {
        secret.clone()
    }
}

crate::serde_via_json!(decode: Secret);
crate::serde_via_json!(encode: Secret);
