use std::task::{Context, Poll, ready};

use sync_wrapper::SyncWrapper;

use super::State;
use crate::BoxFuture;
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody, Failure};
use crate::json::DecodeError;
use crate::operation::Operation;
use crate::response::RawResponse;

type Waiting = BoxFuture<'static, Result<RawResponse, Failure>>;

/// An answer that is on its way, whatever it decodes to.
pub(crate) struct Answer {
    operation: &'static Operation,
    // Transports' futures need not be `Sync`, and nothing but a poll reaches this one.
    waiting: Option<SyncWrapper<Waiting>>,
    came: Option<Result<RawResponse, Failure>>,
}

impl Answer {
    /// Asks for the answer to a request; nothing is sent before the first poll.
    pub(crate) fn to(request: Boxed<State>) -> Self {
        let State { client, call } = request.into_inner();
        Self {
            operation: call.operation,
            waiting: Some(SyncWrapper::new(client.execute(call))),
            came: None,
        }
    }

    /// Lets the request make progress without being polled, inside a tokio runtime. Dropping it
    /// still abandons the request.
    pub(crate) fn ahead(self) -> Self {
        let operation = self.operation;
        let waiting = self
            .waiting
            .map(|waiting| SyncWrapper::new(ahead(waiting.into_inner(), operation)));
        Self { waiting, ..self }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Waits for the answer; `None` when there is none, for which [`error`](Self::error) gives the
    /// reason.
    pub(crate) fn arrive(&mut self, context: &mut Context<'_>) -> Poll<Option<&RawResponse>> {
        let came = ready!(self.poll(context));
        let came = self.came.insert(came);
        Poll::Ready(came.as_ref().ok())
    }

    /// Returns why there is no value: the fault of the answer that arrived, or that none did.
    pub(crate) fn error<B: ErrorBody>(&mut self, fault: Option<DecodeError>) -> Error<B> {
        let failure = match (self.came.take(), fault) {
            (Some(Err(failure)), _) => failure,
            (Some(Ok(raw)), Some(fault)) => Failure::decode(self.operation, raw, fault),
            _ => self.spent(),
        };
        failure.into()
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<RawResponse, Failure>> {
        let Some(waiting) = &mut self.waiting else {
            return Poll::Ready(Err(self.spent()));
        };
        let came = ready!(waiting.get_mut().as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(came)
    }

    #[cold]
    fn spent(&self) -> Failure {
        Failure::invalid(self.operation, "polled again after the answer had come")
    }
}

#[cfg(feature = "reqwest")]
fn ahead(waiting: Waiting, operation: &'static Operation) -> Waiting {
    use tracing::Instrument;
    use tracing::instrument::WithSubscriber;

    struct AbortOnDrop(tokio::task::JoinHandle<Result<RawResponse, Failure>>);
    impl Drop for AbortOnDrop {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return waiting;
    };
    // The request's span stays within the caller's.
    let waiting = waiting.in_current_span().with_current_subscriber();
    let mut task = AbortOnDrop(runtime.spawn(waiting));
    Box::pin(async move {
        let result = (&mut task.0).await;
        result.unwrap_or_else(|error| {
            Err(Failure::transport(
                operation,
                crate::TransportError::other(error),
            ))
        })
    })
}

#[cfg(not(feature = "reqwest"))]
fn ahead(waiting: Waiting, _operation: &'static Operation) -> Waiting {
    waiting
}
