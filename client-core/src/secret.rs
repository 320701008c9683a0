use std::fmt;
use std::sync::Arc;

/// A credential or key that does not show itself: `Debug` prints `Secret(..)`, and there is no
/// `Display` and no `Serialize`, so that it does not slip into structured logs or files either. A
/// type of a client that holds one is written as the API needs it, the secret included.
///
/// ```
/// use client_core::Secret;
///
/// let token = Secret::from("polar_oat_abc");
/// assert_eq!(format!("{token:?}"), "Secret(..)");
/// assert_eq!(token.expose(), "polar_oat_abc");
/// ```
#[derive(Clone)]
pub struct Secret(Option<Arc<str>>);

impl Secret {
    pub(crate) const EMPTY: Self = Self(None);

    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Some(text.into().into()))
    }

    /// Returns the text; keep it out of logs and messages.
    pub fn expose(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Returns the header `Authorization: Bearer …`, marked sensitive; `None` when the text is
    /// empty, has white space (which no credential has, but files and variables do) or cannot stand
    /// in a header.
    pub(crate) fn bearer(&self) -> Option<http::HeaderValue> {
        let text = self.expose();
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        let mut value = http::HeaderValue::try_from(format!("Bearer {text}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<&Self> for Secret {
    fn from(secret: &Self) -> Self {
        secret.clone()
    }
}

crate::serde_via_json!(decode: Secret);
