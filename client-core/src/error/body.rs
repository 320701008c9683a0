use std::fmt::Debug;

use http::StatusCode;

use super::ErrorKind;
use crate::response::RawResponse;

/// The error body of an API: what a client crate knows about the answers of its failures.
pub trait ErrorBody: Sized + Send + Sync + Debug + 'static {
    /// Reads the body of an answer with an error status; `None` when it has another shape.
    fn parse(raw: &RawResponse) -> Option<Self>;

    /// Returns the machine-readable code.
    fn code(&self) -> Option<&str>;

    /// Returns the first thing to fix, in one line, for `Display`.
    fn first_message(&self) -> Option<String>;

    /// Returns the kind, where the body says more than the status.
    fn kind(&self, status: StatusCode) -> Option<ErrorKind> {
        let _ = status;
        None
    }

    /// Returns the kind of an answer whose body [`parse`](Self::parse) does not know, where the
    /// API gives its own body to every failure: such an answer comes from something before it.
    fn kind_without_body(status: StatusCode) -> Option<ErrorKind> {
        let _ = status;
        None
    }

    /// Returns whether the request conflicts with what exists because of `field`.
    fn conflict_on(&self, field: &str) -> bool {
        let _ = field;
        false
    }

    /// Returns the request's id, where the body holds one.
    fn request_id(&self) -> Option<&str> {
        None
    }
}

/// The error body of an API whose error bodies are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBody {}

impl ErrorBody for NoBody {
    fn parse(_raw: &RawResponse) -> Option<Self> {
        None
    }

    fn code(&self) -> Option<&str> {
        match *self {}
    }

    fn first_message(&self) -> Option<String> {
        match *self {}
    }
}
