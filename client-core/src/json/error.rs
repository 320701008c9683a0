use std::fmt;

use crate::boxed::Boxed;

/// Marks that decoding failed; what failed is held by the [`Reader`](super::Reader).
///
/// A marker without content keeps the success path of generated decoders small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// A JSON text that does not have the shape of the type it was decoded into.
///
/// `Display` reads `items[3].amount: expected integer, found string`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub(super) inner: Boxed<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) path: String,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) offset: usize,
}

impl DecodeError {
    /// Creates an error for a value at `path`, for decoders that are not driven by a
    /// [`Reader`](super::Reader) (CSV, text, test doubles).
    pub fn new(
        path: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            inner: Boxed::new(Inner {
                path: path.into(),
                expected: expected.into(),
                found: found.into(),
                offset: 0,
            }),
        }
    }

    /// Returns the path of the value from the root, such as `items[3].amount`; empty for the root.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// Returns what the type needs at this place, such as `integer` or ``field `id` ``.
    pub fn expected(&self) -> &str {
        &self.inner.expected
    }

    /// Returns what was found instead: the kind of the value, never its content.
    pub fn found(&self) -> &str {
        &self.inner.found
    }

    /// Returns the byte offset in the JSON text.
    pub fn offset(&self) -> usize {
        self.inner.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            path,
            expected,
            found,
            ..
        } = &*self.inner;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "expected {expected}, found {found}")
    }
}

impl std::error::Error for DecodeError {}
