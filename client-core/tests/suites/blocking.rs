use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use client_core::{BoxFuture, ErrorKind, RetryPolicy, SendOptions, Transport, TransportError};
use futures_util::FutureExt as _;

use crate::api::Api;
use crate::server::{Exchange, Reply, Server};
use crate::timer::TestTimer;

/// Answers from another thread while `call` blocks this one.
pub(crate) fn against<T>(replies: Vec<Reply>, call: impl FnOnce(Api) -> T) -> (T, Vec<Exchange>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::start().await;
            sender.send(Api::new(&server, &TestTimer::new())).unwrap();
            server.answer(replies).await
        })
    });
    let result = call(receiver.recv().unwrap());
    (result, server.join().unwrap())
}

const OK: &str = r#"{"id":"t1","size":1}"#;

#[test]
fn requests_block_without_a_runtime() {
    let replies = vec![Reply::empty(503), Reply::json(200, OK)];
    let (thing, seen) = against(replies, |api| api.get("t1").send_blocking());
    assert_eq!(thing.unwrap().size, 1);
    assert_eq!(seen.len(), 2);
}

#[test]
fn errors_are_the_same() {
    let replies = vec![Reply::json(404, r#"{"error":"ResourceNotFound"}"#)];
    let (result, _) = against(replies, |api| api.get("t1").send_blocking());
    let error = result.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.code(), Some("ResourceNotFound"));
    let (result, _) = against(vec![], |api| api.get("").send_blocking());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn blocking_inside_a_runtime_does_not_panic() {
    for mut builder in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let runtime = builder.enable_all().build().unwrap();
        let (thing, _) = against(vec![Reply::json(200, OK)], |api| {
            runtime.block_on(async {
                api.get("t1")
                    .with_retry(RetryPolicy::none())
                    .send_blocking()
            })
        });
        assert_eq!(thing.unwrap().size, 1);
    }
}

/// Answers every request on every connection and keeps the connections open.
fn keeping_open() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", OK.len());
                    stream.write_all((head + OK).as_bytes()).unwrap();
                }
            });
        }
    });
    url
}

#[test]
fn what_was_awaited_before_does_not_hold_a_blocking_request_up() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = client_core::Client::builder()
        .base_url(keeping_open())
        .attempt_timeout(Duration::from_secs(10))
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let api = Api { core: client };
    runtime.block_on(async {
        api.get("t1").await.unwrap();
        // The connection of the first request is in the pool, and its runtime waits here.
        api.get("t2").send_blocking().unwrap();
    });
}

/// A transport that needs an answer to send a request, as one that fetches tokens does.
struct Nested(Mutex<Option<Api>>);

impl Transport for Nested {
    fn send(
        &self,
        _: http::Request<Bytes>,
        _: SendOptions,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let api = self.0.lock().unwrap().take().unwrap();
        Box::pin(async move {
            Err(TransportError::unsendable(
                api.get("t2").send_blocking().unwrap_err(),
            ))
        })
    }
}

#[test]
fn a_transport_that_blocks_for_a_request_is_told_so_and_does_not_wait_for_ever() {
    let nested = Arc::new(Nested(Mutex::new(None)));
    let client = client_core::Client::builder()
        .base_url("http://localhost")
        .transport(Arc::<Nested>::clone(&nested))
        .build()
        .unwrap();
    let api = Api { core: client };
    *nested.0.lock().unwrap() = Some(api.clone());
    let error = api.get("t1").send_blocking().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cannot wait for a request on the thread that drives it"),
        "{error}"
    );
    assert!(!error.may_have_been_sent());
}

#[test]
fn the_default_transport_says_that_it_needs_a_runtime() {
    let client = client_core::Client::builder()
        .base_url("http://localhost:1")
        .build()
        .unwrap();
    let call = Api { core: client }.get("t1").send();
    let error = call.now_or_never().unwrap().unwrap_err();
    assert!(
        error.to_string().contains("needs a tokio runtime"),
        "{error}"
    );
    assert!(!error.may_have_been_sent() && !error.is_retryable());
}

#[test]
fn lists_are_iterators() {
    let page = |id: &str| {
        let body = format!(r#"{{"items":[{{"id":"{id}","size":1}}],"info":{{"max_page":2}}}}"#);
        Reply::json(200, &body)
    };
    let (things, seen) = against(vec![page("a"), page("b")], |api| {
        api.list()
            .stream()
            .blocking()
            .collect::<Result<Vec<_>, _>>()
    });
    let ids: Vec<_> = things.unwrap().into_iter().map(|thing| thing.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(seen[1].target(), "/v1/things/?limit=100&page=2");

    let (sizes, _) = against(vec![page("a"), page("b")], |api| {
        api.list()
            .pages()
            .blocking()
            .map(|page| page.unwrap().items.len())
            .collect::<Vec<_>>()
    });
    assert_eq!(sizes, [1, 1]);
    let (page, _) = against(vec![page("a")], |api| api.list().send_blocking());
    assert!(page.unwrap().token().is_some());
}
