use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::Decoder;
use crate::BoxFuture;
use crate::error::{Error, ErrorBody, Failure};
use crate::operation::Operation;
use crate::response::RawResponse;

/// A request on its way; resolves to its value. Dropping it abandons the request.
///
/// It does nothing until it is polled.
#[must_use = "futures do nothing unless awaited"]
pub struct ResponseFuture<T, B> {
    raw: BoxFuture<'static, Result<RawResponse, Failure>>,
    operation: &'static Operation,
    decode: Decoder<T>,
    error: PhantomData<fn() -> B>,
}

impl<T, B> ResponseFuture<T, B> {
    pub(super) fn new(
        raw: BoxFuture<'static, Result<RawResponse, Failure>>,
        operation: &'static Operation,
        decode: Decoder<T>,
    ) -> Self {
        Self {
            raw,
            operation,
            decode,
            error: PhantomData,
        }
    }
}

impl<T, B> ResponseFuture<T, B> {
    /// Lets the request make progress without being polled, inside a tokio runtime. Dropping it
    /// still abandons the request.
    pub(crate) fn ahead(mut self) -> Self {
        self.raw = ahead(self.raw, self.operation);
        self
    }
}

#[cfg(feature = "reqwest")]
fn ahead(
    raw: BoxFuture<'static, Result<RawResponse, Failure>>,
    operation: &'static Operation,
) -> BoxFuture<'static, Result<RawResponse, Failure>> {
    struct AbortOnDrop(tokio::task::JoinHandle<Result<RawResponse, Failure>>);
    impl Drop for AbortOnDrop {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return raw;
    };
    let mut task = AbortOnDrop(runtime.spawn(raw));
    Box::pin(async move {
        let result = Pin::new(&mut task.0).await;
        result.unwrap_or_else(|error| {
            Err(Failure::transport(
                operation,
                crate::TransportError::other(error),
            ))
        })
    })
}

#[cfg(not(feature = "reqwest"))]
fn ahead(
    raw: BoxFuture<'static, Result<RawResponse, Failure>>,
    _operation: &'static Operation,
) -> BoxFuture<'static, Result<RawResponse, Failure>> {
    raw
}

impl<T, B: ErrorBody> Future for ResponseFuture<T, B> {
    type Output = Result<T, Error<B>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let raw = ready!(self.raw.as_mut().poll(context));
        Poll::Ready(finish(raw, self.operation, self.decode))
    }
}

/// Decodes an answer; the only step that depends on the type.
pub(super) fn finish<T, B: ErrorBody>(
    raw: Result<RawResponse, Failure>,
    operation: &'static Operation,
    decode: Decoder<T>,
) -> Result<T, Error<B>> {
    let raw = raw?;
    match decode(&raw) {
        Ok(value) => Ok(value),
        Err(error) => Err(Failure::decode(operation, raw, error).into()),
    }
}

impl<T, B> fmt::Debug for ResponseFuture<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResponseFuture")
            .field(&self.operation.name)
            .finish()
    }
}
