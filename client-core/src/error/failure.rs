use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::ErrorKind;
use crate::boxed::Boxed;
use crate::json::{DecodeError, Rejected};
use crate::operation::Operation;
use crate::response::RawResponse;
use crate::transport::{TransportError, TransportErrorKind};

/// A failure before the API's error body is read: the part of an [`Error`](super::Error) that is
/// the same for every API. Two pointers wide.
pub struct Failure(pub(crate) Boxed<Inner>);

pub(crate) struct Inner {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: ErrorKind,
    pub(crate) cause: Cause,
    pub(crate) response: Option<RawResponse>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) attempts: u32,
    pub(crate) may_have_been_sent: bool,
    pub(crate) retryable: bool,
}

pub(crate) enum Cause {
    /// The request could not be made, for this reason.
    Invalid(String),
    /// The whole call took longer than this.
    Deadline(Duration),
    /// There was no answer.
    Transport(TransportError),
    /// The status is not one of success.
    Status,
    /// The answer did not decode.
    Decode(DecodeError),
    /// One item of a list did not decode.
    Rejected(Box<Rejected>),
}

impl Failure {
    fn new(operation: &'static Operation, kind: ErrorKind, cause: Cause) -> Self {
        Self(Boxed::new(Inner {
            operation,
            kind,
            cause,
            response: None,
            retry_after: None,
            attempts: 0,
            may_have_been_sent: false,
            retryable: false,
        }))
    }

    pub(crate) fn invalid(operation: &'static Operation, message: impl Into<String>) -> Self {
        Self::new(
            operation,
            ErrorKind::InvalidRequest,
            Cause::Invalid(message.into()),
        )
    }

    pub(crate) fn deadline(operation: &'static Operation, limit: Duration, sent: bool) -> Self {
        let mut failure = Self::new(operation, ErrorKind::Timeout, Cause::Deadline(limit));
        failure.0.may_have_been_sent = sent;
        failure
    }

    pub(crate) fn transport(operation: &'static Operation, error: TransportError) -> Self {
        let kind = match error.kind() {
            TransportErrorKind::Connect => ErrorKind::Connect,
            TransportErrorKind::Timeout => ErrorKind::Timeout,
            _ => ErrorKind::Transport,
        };
        let sent = error.may_have_been_sent();
        let mut failure = Self::new(operation, kind, Cause::Transport(error));
        failure.0.may_have_been_sent = sent;
        failure
    }

    pub(crate) fn status(operation: &'static Operation, response: RawResponse) -> Self {
        let kind = ErrorKind::of_status(response.status());
        Self::new(operation, kind, Cause::Status).answered(response)
    }

    pub(crate) fn decode(
        operation: &'static Operation,
        response: RawResponse,
        error: DecodeError,
    ) -> Self {
        let attempts = response.attempts();
        let mut failure =
            Self::new(operation, ErrorKind::Decode, Cause::Decode(error)).answered(response);
        failure.0.attempts = attempts;
        failure
    }

    pub(crate) fn rejected(
        operation: &'static Operation,
        rejected: Rejected,
        response: Option<RawResponse>,
    ) -> Self {
        let cause = Cause::Rejected(Box::new(rejected));
        let mut failure = Self::new(operation, ErrorKind::Decode, cause);
        failure.0.attempts = response.as_ref().map_or(1, RawResponse::attempts);
        failure.0.response = response;
        failure.0.may_have_been_sent = true;
        failure
    }

    fn answered(mut self, response: RawResponse) -> Self {
        self.0.response = Some(response);
        self.0.may_have_been_sent = true;
        self
    }

    /// Returns what kind of failure this is, going by the status alone.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the answer, when there was one.
    pub fn response(&self) -> Option<&RawResponse> {
        self.0.response.as_ref()
    }
}

impl Inner {
    pub(crate) fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Transport(error) => Some(error),
            Cause::Decode(error) => Some(error),
            Cause::Rejected(rejected) => Some(&rejected.error),
            Cause::Invalid(_) | Cause::Deadline(_) | Cause::Status => None,
        }
    }
}

/// Writes the one line that `Display` of an error is.
pub(super) fn describe(
    inner: &Inner,
    code: Option<&str>,
    message: Option<&str>,
    request_id: Option<&str>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str(inner.operation.name)?;
    // Where an item did not decode, the status says nothing.
    if let Some(response) = &inner.response
        && !matches!(inner.cause, Cause::Rejected(_))
    {
        write!(f, ": {}", response.status())?;
    }
    if let Some(code) = code {
        write!(f, " ({code})")?;
    }
    match &inner.cause {
        Cause::Invalid(reason) => write!(f, ": {reason}")?,
        Cause::Deadline(limit) => write!(f, ": no success within {limit:?}")?,
        Cause::Transport(error) => write!(f, ": {error}")?,
        Cause::Status => describe_status(inner, message, f)?,
        Cause::Decode(error) => describe_decode(inner, error, f)?,
        Cause::Rejected(rejected) => {
            write!(
                f,
                ": item {} did not decode: {}",
                rejected.index, rejected.error
            )?;
        }
    }
    if let Some(wait) = inner.retry_after {
        write!(f, ", retry after {} s", wait.as_secs_f64().ceil())?;
    }
    if inner.attempts > 1 {
        write!(f, " (after {} attempts)", inner.attempts)?;
    }
    match request_id {
        Some(id) => write!(f, " [request {id}]"),
        None => Ok(()),
    }
}

fn describe_status(
    inner: &Inner,
    message: Option<&str>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if let Some(message) = message {
        return write!(f, ": {message}");
    }
    if inner.kind == ErrorKind::UnknownRoute {
        return f.write_str(": the answer is not one of the API; check the base URL");
    }
    let Some(response) = inner
        .response
        .as_ref()
        .filter(|r| matches!(r.status().as_u16(), 301 | 302 | 303 | 307 | 308))
    else {
        return Ok(());
    };
    f.write_str(": redirects are not followed")?;
    match response.header("location") {
        // The query of a redirect may carry codes and tokens.
        Some(location) => {
            let location = location.split(['?', '#']).next().unwrap_or_default();
            write!(f, ", the server points to {location}; check the base URL")
        }
        None => Ok(()),
    }
}

fn describe_decode(inner: &Inner, error: &DecodeError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let content_type = inner
        .response
        .as_ref()
        .and_then(|r| r.header("content-type"));
    let wants_json = inner.operation.accept.contains("json");
    if let Some(content_type) = content_type.filter(|text| wants_json && !text.contains("json")) {
        write!(f, ": the answer is {content_type}, not JSON")?;
    }
    write!(f, ": the answer did not decode: {error}")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_id = self.0.response.as_ref().and_then(RawResponse::request_id);
        describe(&self.0, None, None, request_id, f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("operation", &self.operation.name)
            .field("kind", &self.kind)
            .field("cause", &self.cause)
            .field("response", &self.response)
            .field("retry_after", &self.retry_after)
            .field("attempts", &self.attempts)
            .field("may_have_been_sent", &self.may_have_been_sent)
            .field("retryable", &self.retryable)
            .finish()
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => f.debug_tuple("Invalid").field(reason).finish(),
            Self::Deadline(limit) => f.debug_tuple("Deadline").field(limit).finish(),
            Self::Transport(error) => f.debug_tuple("Transport").field(error).finish(),
            Self::Status => f.write_str("Status"),
            Self::Decode(error) => f.debug_tuple("Decode").field(error).finish(),
            Self::Rejected(rejected) => f
                .debug_struct("Rejected")
                .field("index", &rejected.index)
                .field("error", &rejected.error)
                .finish_non_exhaustive(),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
