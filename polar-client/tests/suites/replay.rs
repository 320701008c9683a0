//! A transport that plays answers back, and a clock that never makes anybody wait.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture, pending, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use polar_client::client_core::{
    BoxFuture, RetryPolicy, SendOptions, Timer, Transport, TransportError,
};
use polar_client::{Error, Polar, PolarBuilder};

type Answer = Result<Response<Bytes>, TransportError>;

#[derive(Clone, Default)]
pub struct Replay {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    sent: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Transport for Replay {
    fn send(&self, request: Request<Bytes>, _: SendOptions) -> BoxFuture<'static, Answer> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(ready(answer.expect("no more requests than answers")))
    }
}

/// Waits between attempts are over at once; the alarms of attempts never go off.
struct Impatient;

impl Timer for Impatient {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration < Duration::from_secs(15) {
            Box::pin(ready(()))
        } else {
            Box::pin(pending())
        }
    }
}

impl Replay {
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let replay = Self::default();
        replay.answers.lock().unwrap().extend(answers);
        replay
    }

    pub fn polar(&self) -> Polar {
        self.polar_with(|builder| builder)
    }

    pub fn polar_with(&self, change: impl FnOnce(PolarBuilder) -> PolarBuilder) -> Polar {
        let builder = Polar::builder()
            .access_token("polar_oat_secret")
            .transport(Arc::new(self.clone()))
            .timer(Arc::new(Impatient));
        change(builder).build().unwrap()
    }

    pub fn sent(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    pub fn targets(&self) -> Vec<String> {
        let targets = self.sent();
        targets
            .iter()
            .map(|request| request.uri().path_and_query().unwrap().to_string())
            .collect()
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Bytes::from(body.to_owned())).unwrap())
}

pub fn json(status: u16, body: &str) -> Answer {
    answer(status, &[("content-type", "application/json")], body)
}

pub fn now<T>(future: impl IntoFuture<Output = T>) -> T {
    let mut future = std::pin::pin!(future.into_future());
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a replay never waits"),
    }
}

/// The error that one answer becomes, of an operation that is not repeated.
pub fn error(answer: Answer) -> Error {
    let polar = Replay::of([answer]).polar_with(|builder| builder.retry(RetryPolicy::none()));
    now(polar.customers().get("id")).unwrap_err()
}
