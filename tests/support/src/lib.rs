//! What the tests of both clients share: a transport that plays answers back, and a clock that
//! never makes anybody wait.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may panic, and nothing else uses this"
)]

use std::collections::VecDeque;
use std::future::{Future, IntoFuture, pending, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use client_core::{BoxFuture, SendOptions, Timer, Transport, TransportError};
use http::{Request, Response};

/// What a transport returns: an answer, or why there is none.
pub type Answer = Result<Response<Bytes>, TransportError>;

/// Keeps every request and plays answers back.
#[derive(Clone, Debug)]
pub struct Replay {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    after: Option<fn() -> Response<Bytes>>,
    sent: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Replay {
    /// Creates a transport with these answers, one for each request.
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            after: None,
            sent: Arc::default(),
        }
    }

    /// Creates a transport that gives every request the same answer.
    pub fn always(answer: fn() -> Response<Bytes>) -> Self {
        Self {
            after: Some(answer),
            ..Self::of([])
        }
    }

    /// Returns what was sent since the last time.
    pub fn sent(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    /// Returns the last request since the last time.
    pub fn last(&self) -> Option<Request<Bytes>> {
        self.sent().pop()
    }

    /// Returns path and query of what was sent since the last time.
    pub fn targets(&self) -> Vec<String> {
        let targets = self.sent();
        targets
            .iter()
            .map(|request| request.uri().path_and_query().unwrap().to_string())
            .collect()
    }
}

impl Transport for Replay {
    fn send(&self, request: Request<Bytes>, _: SendOptions) -> BoxFuture<'static, Answer> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.or_else(|| self.after.map(|answer| Ok(answer())));
        Box::pin(ready(answer.expect("no more requests than answers")))
    }
}

/// Waits between attempts are over at once; the alarms of attempts never go off.
#[derive(Debug)]
pub struct Impatient;

impl Timer for Impatient {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration < Duration::from_secs(15) {
            Box::pin(ready(()))
        } else {
            Box::pin(pending())
        }
    }
}

/// Makes an answer.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Bytes::from(body.to_owned())).unwrap())
}

/// Makes an answer with a JSON body.
pub fn json(status: u16, body: &str) -> Answer {
    answer(status, &[("content-type", "application/json")], body)
}

/// Runs a future that never has to wait.
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
