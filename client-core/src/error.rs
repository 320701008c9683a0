//! What went wrong, and what to do about it.

mod body;
mod failure;
mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::boxed::Boxed;
use crate::json::{DecodeError, Rejected};
use crate::response::RawResponse;
use crate::transport::TransportError;

pub use body::{ErrorBody, NoBody};
pub use failure::Failure;
pub use kind::ErrorKind;

pub(crate) use failure::{Cause, Inner};

/// An operation that did not succeed. Two pointers wide.
///
/// `B` is the error body of the API, which each client crate defines. `Display` names the
/// operation, the status, the API's code and the first thing to fix, for example
/// `customers.create: 422 Unprocessable Entity (RequestValidationError): body.email: …`.
/// Credentials and response bodies never appear in it.
///
/// # Troubleshooting
/// * [`ErrorKind::Connect`], [`ErrorKind::Timeout`]: the base URL, the network, a proxy; the
///   source says which address failed and how.
/// * [`ErrorKind::Decode`]: the API sent something that its description does not allow;
///   [`decode_error`](Self::decode_error) has the path, [`raw`](Self::raw) the whole answer.
/// * [`ErrorKind::UnknownRoute`]: a 404 that is not about the resource. The base URL, the API
///   version or a gateway is wrong; take nothing for missing because of it.
pub struct Error<B>(Boxed<Parts<B>>);

struct Parts<B> {
    inner: Inner,
    body: Option<B>,
}

impl<B: ErrorBody> From<Failure> for Error<B> {
    #[inline]
    fn from(failure: Failure) -> Self {
        let mut inner = failure.0.into_inner();
        let mut body = None;
        if let (Cause::Status, Some(raw)) = (&inner.cause, &inner.response) {
            body = B::parse(raw);
            let status = raw.status();
            let kind = match &body {
                Some(body) => body.kind(status),
                None => B::kind_without_body(status),
            };
            inner.kind = kind.unwrap_or(inner.kind);
        }
        Self(Boxed::new(Parts { inner, body }))
    }
}

impl<B: 'static> Error<B> {
    /// Returns what kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.inner.kind
    }

    /// Returns the Rust path of the operation, such as `customers.get`.
    pub fn operation(&self) -> &str {
        self.0.inner.operation.name
    }

    /// Returns the status, when there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.raw().map(RawResponse::status)
    }

    /// Returns the answer, when there was one.
    pub fn raw(&self) -> Option<&RawResponse> {
        self.0.inner.response.as_ref()
    }

    /// Returns the API's error body, when the answer had one.
    pub fn body(&self) -> Option<&B> {
        self.0.body.as_ref()
    }

    /// Returns why an answer did not decode.
    pub fn decode_error(&self) -> Option<&DecodeError> {
        match &self.0.inner.cause {
            Cause::Decode(error) => Some(error),
            Cause::Rejected(rejected) => Some(&rejected.error),
            _ => None,
        }
    }

    /// Returns the list item that did not decode, with its place and its JSON.
    pub fn rejected(&self) -> Option<&Rejected> {
        match &self.0.inner.cause {
            Cause::Rejected(rejected) => Some(rejected),
            _ => None,
        }
    }

    /// Returns why there was no answer.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.inner.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// Returns how long the server asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.inner.retry_after
    }

    /// Returns how many times sending the request was tried; 0 when it could not be made.
    pub fn attempts(&self) -> u32 {
        self.0.inner.attempts
    }

    /// Returns whether a later repetition may succeed and does no harm.
    ///
    /// True for rate limits, for 408, 500, 502, 503 and 504, and for connections that failed;
    /// for a write that would take effect twice, only when the first one provably did not.
    pub fn is_retryable(&self) -> bool {
        self.0.inner.retryable
    }

    /// Returns whether the server may have acted on the request.
    ///
    /// After a timeout of a write, look at the state before repeating it.
    pub fn may_have_been_sent(&self) -> bool {
        self.0.inner.may_have_been_sent
    }

    /// Returns whether the resource does not exist (404) or does not exist any more (410); false
    /// for a 404 that says that the route or the API version is unknown
    /// ([`UnknownRoute`](ErrorKind::UnknownRoute)).
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Returns whether the request conflicts with what exists (409, and what the API reports as
    /// a duplicate in another way).
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Returns whether the API refused the request's content (400, 422).
    pub fn is_validation(&self) -> bool {
        self.kind() == ErrorKind::Validation
    }

    /// Returns whether the credential is missing, wrong or expired (401).
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// Returns whether the credential does not allow the operation (403).
    pub fn is_forbidden(&self) -> bool {
        self.kind() == ErrorKind::Forbidden
    }

    /// Returns whether the state that something is in does not allow the operation.
    pub fn is_precondition(&self) -> bool {
        self.kind() == ErrorKind::Precondition
    }

    /// Returns whether too many requests were sent (429).
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Returns whether the time was over.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Returns whether no connection came about.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }

    /// Returns whether the server failed (5xx).
    pub fn is_server(&self) -> bool {
        self.kind() == ErrorKind::Server
    }

    /// Returns whether the answer did not have the described shape.
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }
}

impl<B: ErrorBody> Error<B> {
    /// Returns the API's machine-readable code, such as `ResourceNotFound`.
    pub fn code(&self) -> Option<&str> {
        self.body()?.code()
    }

    /// Returns whether the request conflicts with what exists because of one field, such as
    /// `email`.
    pub fn is_conflict_on(&self, field: &str) -> bool {
        self.body().is_some_and(|body| body.conflict_on(field))
    }

    /// Returns the id that the server gave to the request.
    pub fn request_id(&self) -> Option<&str> {
        self.body()
            .and_then(ErrorBody::request_id)
            .or_else(|| self.raw().and_then(RawResponse::request_id))
    }
}

impl<B: ErrorBody> fmt::Display for Error<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.body().and_then(ErrorBody::first_message);
        failure::describe(
            &self.0.inner,
            self.code(),
            message.as_deref(),
            self.request_id(),
            f,
        )
    }
}

impl<B: fmt::Debug + 'static> fmt::Debug for Error<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            // References, so that nothing here knows how to drop what they point to.
            .field("failure", &&self.0.inner)
            .field("body", &self.0.body.as_ref())
            .finish()
    }
}

impl<B: ErrorBody> StdError for Error<B> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.inner.source()
    }
}
