//! How requests reach the server.

#[cfg(feature = "reqwest")]
mod reqwest;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::BoxFuture;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;

/// Sends one HTTP request and reads its whole answer.
///
/// The runtime above it does retries, timeouts, credentials and errors; a transport does none of
/// them. It must not follow redirects (a credential would go along), and it must not hold the
/// answer's body back: bodies arrive whole.
///
/// ```
/// use bytes::Bytes;
/// use client_core::{BoxFuture, SendOptions, Transport, TransportError};
///
/// /// Answers every request with an empty object.
/// struct Empty;
///
/// impl Transport for Empty {
///     fn send(
///         &self,
///         _request: http::Request<Bytes>,
///         _options: SendOptions,
///     ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
///         Box::pin(async { Ok(http::Response::new(Bytes::from_static(b"{}"))) })
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`; dropping the future abandons it.
    ///
    /// # Errors
    /// [`TransportError`], made with the constructor that tells best what happened: retries
    /// depend on it.
    fn send(
        &self,
        request: http::Request<Bytes>,
        options: SendOptions,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>>;
}

/// Limits of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// The time for this attempt, body included. The runtime drops the future when it is over; a
    /// transport may use it to give up earlier or to tell a proxy.
    pub timeout: Duration,
    /// The largest response body to accept, in bytes; a larger one is
    /// [`TransportError::body_too_large`].
    pub max_response_bytes: usize,
}

impl SendOptions {
    /// Creates options with a time limit and a limit on the response body in bytes.
    pub fn new(timeout: Duration, max_response_bytes: usize) -> Self {
        Self {
            timeout,
            max_response_bytes,
        }
    }
}

/// What kept a request from being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection came about: name resolution, refused, TLS handshake. The request was not sent.
    Connect,
    /// The time was over.
    Timeout,
    /// The connection broke before the answer's head was there.
    Reset,
    /// The answer's body broke off.
    Body,
    /// The answer's body is larger than allowed.
    BodyTooLarge,
    /// Something else, which a repetition would not cure.
    Other,
}

/// A request that got no whole answer.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    may_have_been_sent: bool,
    source: Box<dyn StdError + Send + Sync>,
}

type Source = Box<dyn StdError + Send + Sync>;

impl TransportError {
    fn with(kind: TransportErrorKind, may_have_been_sent: bool, source: Source) -> Self {
        Self {
            kind,
            may_have_been_sent,
            source,
        }
    }

    /// No connection came about; nothing was sent.
    pub fn connect(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Connect, false, source.into())
    }

    /// The time for connecting was over; nothing was sent.
    pub fn connect_timeout(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Timeout, false, source.into())
    }

    /// The time was over after the request may have reached the server.
    pub fn timeout(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Timeout, true, source.into())
    }

    /// The connection broke before the answer's head was there.
    pub fn reset(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Reset, true, source.into())
    }

    /// The answer's body broke off.
    pub fn body(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Body, true, source.into())
    }

    /// The answer's body is larger than `limit` bytes.
    pub fn body_too_large(limit: usize) -> Self {
        let source = format!("the response body is larger than the limit of {limit} bytes");
        Self::with(TransportErrorKind::BodyTooLarge, true, source.into())
    }

    /// Something that a repetition would not cure; the request may have reached the server.
    pub fn other(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Other, true, source.into())
    }

    /// The request could not be put on the wire at all; nothing was sent.
    pub fn unsendable(source: impl Into<Source>) -> Self {
        Self::with(TransportErrorKind::Other, false, source.into())
    }

    /// Returns what happened.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Returns whether the server may have seen the request.
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    pub(crate) fn is_transient(&self) -> bool {
        use TransportErrorKind::{Body, Connect, Reset, Timeout};
        matches!(self.kind, Connect | Timeout | Reset | Body)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection to the server",
            TransportErrorKind::Timeout if self.may_have_been_sent => "no answer in time",
            TransportErrorKind::Timeout => "no connection in time",
            TransportErrorKind::Reset => "the connection broke before an answer came",
            TransportErrorKind::Body => "the connection broke within the answer",
            TransportErrorKind::BodyTooLarge => "the answer is too large",
            TransportErrorKind::Other if self.may_have_been_sent => "the exchange failed",
            TransportErrorKind::Other => "the request could not be sent",
        })?;
        // The innermost cause is the one that says what to do ("Connection refused").
        let mut cause: &(dyn StdError + 'static) = &*self.source;
        while let Some(next) = cause.source() {
            cause = next;
        }
        write!(f, ": {cause}")
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
