use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Answer, Decoder};
use crate::error::{Error, ErrorBody};
use crate::response::RawResponse;

/// A request on its way; resolves to its value. Dropping it abandons the request.
///
/// It does nothing until it is polled.
#[must_use = "futures do nothing unless awaited"]
pub struct ResponseFuture<T, B> {
    answer: Answer,
    decode: Decoder<T>,
    finish: Finish<T, B>,
}

/// Polls for an answer and decodes it.
///
/// A request carries it as a pointer, so that it is compiled where the request is made, in the
/// client, and not again in each crate that awaits one.
pub(super) type Finish<T, B> =
    fn(&mut Answer, Decoder<T>, &mut Context<'_>) -> Poll<Result<T, Error<B>>>;

pub(super) fn finish<T, B: ErrorBody>(
    answer: &mut Answer,
    decode: Decoder<T>,
    context: &mut Context<'_>,
) -> Poll<Result<T, Error<B>>> {
    // This is compiled again for every type of answer, so it owns little that has to be dropped.
    let decoded = match answer.arrive(context) {
        Poll::Ready(Some(raw)) => decode(raw),
        Poll::Ready(None) => return Poll::Ready(Err(answer.error(None))),
        Poll::Pending => return Poll::Pending,
    };
    match decoded {
        Ok(value) => Poll::Ready(Ok(value)),
        Err(error) => Poll::Ready(Err(answer.error(Some(error)))),
    }
}

impl<T, B: ErrorBody> ResponseFuture<T, B> {
    #[inline]
    pub(super) fn new(answer: Answer, decode: Decoder<T>, finish: Finish<T, B>) -> Self {
        Self {
            answer,
            decode,
            finish,
        }
    }
}

impl<B: ErrorBody> ResponseFuture<RawResponse, B> {
    /// Waits for the answer as it comes.
    pub(crate) fn raw(answer: Answer) -> Self {
        Self {
            answer,
            decode: |raw| Ok(raw.clone()),
            finish: finish::<RawResponse, B>,
        }
    }
}

impl<T, B> Future for ResponseFuture<T, B> {
    type Output = Result<T, Error<B>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (decode, finish) = (self.decode, self.finish);
        finish(&mut self.answer, decode, context)
    }
}

impl<T, B> fmt::Debug for ResponseFuture<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResponseFuture")
            .field(&self.answer.operation().name)
            .finish()
    }
}
