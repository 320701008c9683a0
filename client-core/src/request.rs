//! One call of one operation, from its parameters to its decoded answer.

mod answer;
mod call;
mod future;
mod macros;

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use bytes::Bytes;

use crate::boxed::Boxed;
use crate::client::Client;
use crate::error::ErrorBody;
#[cfg(feature = "blocking")]
use crate::error::Failure;
use crate::json::{self, DecodeError, Encode};
use crate::operation::{Operation, RetrySafety};
use crate::query::Query;
use crate::response::RawResponse;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

pub(crate) use answer::Answer;
pub use call::{Body, Call, RequestOptions};
use future::Finish;
pub use future::ResponseFuture;

/// Turns an answer with a status of success into a value.
pub type Decoder<T> = fn(&RawResponse) -> Result<T, DecodeError>;

/// A request that owns everything it needs; awaiting it sends it.
///
/// `T` is the value that the answer decodes to, `B` the API's error body. The builders of the
/// client crates wrap it.
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct Request<T, B> {
    // Boxed, so that chained setters move one pointer.
    pub(crate) state: Boxed<State>,
    pub(crate) decode: Decoder<T>,
    finish: Finish<T, B>,
}

/// What a request is before its types are known; everything that does not need them is compiled
/// once, here, and not in each crate that sends one.
#[derive(Clone)]
pub(crate) struct State {
    client: Client,
    pub(crate) call: Call,
}

impl<T, B: ErrorBody> Request<T, B> {
    /// Creates a request for an operation; parameters are added with the other methods.
    #[inline]
    pub fn new(client: &Client, operation: &'static Operation, decode: Decoder<T>) -> Self {
        Self {
            state: State::new(client, operation),
            decode,
            finish: future::finish,
        }
    }

    /// Appends a path argument; arguments stand in the order of the template's placeholders.
    #[inline]
    pub fn path(mut self, argument: impl Into<String>) -> Self {
        self.state.path(argument.into());
        self
    }

    /// Returns the query, to add parameters.
    #[inline]
    pub fn query_mut(&mut self) -> &mut Query {
        &mut self.state.call.query
    }

    /// Sets a JSON body.
    #[inline]
    pub fn json(mut self, body: &dyn Encode) -> Self {
        self.state.json(body);
        self
    }

    /// Sets a JSON body under another content type, such as `application/cloudevents+json`.
    #[inline]
    pub fn json_as(mut self, content_type: &'static str, body: &dyn Encode) -> Self {
        self.state.json_as(content_type, body);
        self
    }

    /// Sets a form body (`application/x-www-form-urlencoded`) from the fields of an object;
    /// absent and null fields are left out, arrays repeat their key.
    #[inline]
    pub fn form(mut self, body: &dyn Encode) -> Self {
        self.state.form(body);
        self
    }

    /// Sets a body of any content type.
    #[inline]
    pub fn body(mut self, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        self.state.body(Body::Bytes {
            content_type,
            bytes: bytes.into(),
        });
        self
    }

    /// Says how safe a repetition of this very request is, where it depends on its content.
    #[inline]
    pub fn retry_safety(mut self, safety: RetrySafety) -> Self {
        self.state.call.options.retry_safety = Some(safety);
        self
    }

    /// Makes the request fail with [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when it
    /// is sent, for content that was found wrong while it was built.
    #[inline]
    pub fn refuse(mut self, reason: impl Into<String>) -> Self {
        self.state.call.refuse(reason.into());
        self
    }

    /// Limits the whole call, repetitions and waiting included; one attempt may use all of it.
    #[inline]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.state.call.options.timeout = Some(timeout);
        self
    }

    /// Limits each attempt.
    #[inline]
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.state.call.options.attempt_timeout = Some(timeout);
        self
    }

    /// Uses another retry policy.
    #[inline]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.state.call.options.retry = Some(policy);
        self
    }

    /// Declares that repeating this request is harmless, so that it is retried like a read.
    #[inline]
    pub fn with_idempotent(self) -> Self {
        self.retry_safety(RetrySafety::Safe)
    }

    /// Adds a header, in place of the one that would be sent under this name.
    #[inline]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.state.call.set_header(name.as_ref(), value.as_ref());
        self
    }

    /// Uses another credential.
    #[inline]
    pub fn with_credential(mut self, credential: impl Into<Secret>) -> Self {
        self.state.call.options.credential = Some(credential.into());
        self
    }

    /// Sends the request.
    #[inline]
    pub fn send(self) -> ResponseFuture<T, B> {
        ResponseFuture::new(Answer::to(self.state), self.decode, self.finish)
    }

    /// Sends the request and returns the answer undecoded. An error status is still an error.
    #[inline]
    pub fn send_raw(self) -> ResponseFuture<RawResponse, B> {
        ResponseFuture::raw(Answer::to(self.state))
    }

    /// Decodes the answer in another way.
    #[inline]
    pub fn decode_with<U>(self, decode: Decoder<U>) -> Request<U, B> {
        Request {
            state: self.state,
            decode,
            finish: future::finish,
        }
    }

    /// Sends the request and waits for the answer on this thread.
    ///
    /// May be called inside an async runtime without panicking, but then blocks the runtime's
    /// thread; see [`crate::blocking`].
    ///
    /// # Errors
    /// The same as awaiting the request.
    #[cfg(feature = "blocking")]
    #[inline]
    pub fn send_blocking(self) -> Result<T, crate::Error<B>> {
        let operation = self.state.call.operation;
        let raw = self.state.into_inner().send_blocking()?;
        match (self.decode)(&raw) {
            Ok(value) => Ok(value),
            Err(error) => Err(Failure::decode(operation, raw, error).into()),
        }
    }
}

impl State {
    fn new(client: &Client, operation: &'static Operation) -> Boxed<Self> {
        Boxed::new(Self {
            client: client.clone(),
            call: Call::new(operation),
        })
    }

    fn path(&mut self, argument: String) {
        self.call.path_args.push(argument);
    }

    fn json(&mut self, body: &dyn Encode) {
        if let Some(bytes) = self.written(body) {
            self.call.body = Body::Json(bytes);
        }
    }

    fn json_as(&mut self, content_type: &'static str, body: &dyn Encode) {
        if let Some(bytes) = self.written(body) {
            self.call.body = Body::Bytes {
                content_type,
                bytes,
            };
        }
    }

    fn form(&mut self, body: &dyn Encode) {
        if self.written(body).is_some() {
            self.call.set_form(&json::to_value(body));
        }
    }

    /// Writes a body; a part of it that cannot be written would reach the server as something else.
    fn written(&mut self, body: &dyn Encode) -> Option<Bytes> {
        match json::written(body) {
            Ok(bytes) => Some(bytes.into()),
            Err(reason) => {
                self.call.refuse(format!("body: {reason}"));
                None
            }
        }
    }

    fn body(&mut self, body: Body) {
        self.call.body = body;
    }

    /// Sends the request and waits for the answer on this thread.
    #[cfg(feature = "blocking")]
    pub(crate) fn send_blocking(self) -> Result<RawResponse, Failure> {
        crate::blocking::execute(&self.client, self.call)
    }
}

impl<T, B> Clone for Request<T, B> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            decode: self.decode,
            finish: self.finish,
        }
    }
}

impl<T, B> fmt::Debug for Request<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.state.call, f)
    }
}

impl<T, B: ErrorBody> IntoFuture for Request<T, B> {
    type Output = Result<T, crate::Error<B>>;
    type IntoFuture = ResponseFuture<T, B>;

    #[inline]
    fn into_future(self) -> ResponseFuture<T, B> {
        self.send()
    }
}
