use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use client_core::{
    BoxFuture, Client, ErrorKind, NoBody, RawResponse, Request, SendOptions, Transport,
    TransportError, TransportErrorKind,
};

use futures_util::FutureExt;
use proptest::prelude::*;

use crate::api::{Api, GET};
use crate::server::{Reply, Server};
use crate::timer::TestTimer;

const OK: &str = r#"{"id":"t1","size":1}"#;

/// Answers from memory and notes what it was given.
#[derive(Default)]
struct Memory {
    seen: Mutex<Vec<(http::Request<Bytes>, SendOptions)>>,
}

impl Transport for Memory {
    fn send(
        &self,
        request: http::Request<Bytes>,
        options: SendOptions,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        self.seen.lock().unwrap().push((request, options));
        Box::pin(async { Ok(http::Response::new(Bytes::from_static(OK.as_bytes()))) })
    }
}

/// Polls a future on this thread alone: no runtime is there to help.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Wake(std::thread::Thread);
    impl std::task::Wake for Wake {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Wake(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

proptest! {
    /// Whatever a path argument holds, it stays one segment, and it can be read back.
    #[test]
    fn path_arguments_cannot_leave_their_segment(argument in ".{1,30}") {
        prop_assume!(argument != "." && argument != "..");
        let transport = Arc::new(Memory::default());
        let client = Client::builder()
            .base_url("https://api.example.com")
            .transport(Arc::clone(&transport) as Arc<dyn Transport>)
            .build()
            .unwrap();
        let call: Request<(), NoBody> = Request::new(&client, &GET, RawResponse::empty);
        call.path(argument.clone()).into_future().now_or_never().unwrap().unwrap();

        let seen = transport.seen.lock().unwrap();
        let url = url::Url::parse(&seen[0].0.uri().to_string()).unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(&segments[..2], ["v1", "things"]);
        prop_assert_eq!(segments.len(), 3);
        let read = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
        prop_assert_eq!(read, argument);
        prop_assert!(url.query().is_none() && url.fragment().is_none());
    }
}

#[test]
fn a_custom_transport_needs_no_runtime() {
    let transport = Arc::new(Memory::default());
    let client = Client::builder()
        .base_url("https://api.example.com")
        .credential("tok")
        .transport(Arc::clone(&transport) as Arc<dyn Transport>)
        .max_response_bytes(1000)
        .attempt_timeout(Duration::from_secs(3))
        .build()
        .unwrap();
    let call: Request<String, NoBody> = Request::new(&client, &GET, RawResponse::text).path("t1");
    assert_eq!(block_on(call.into_future()).unwrap(), OK);

    let seen = transport.seen.lock().unwrap();
    let (request, options) = &seen[0];
    assert_eq!(request.uri(), "https://api.example.com/v1/things/t1");
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(options.max_response_bytes, 1000);
    assert_eq!(options.timeout, Duration::from_secs(3));
}

/// Never answers.
struct Silent;

impl Transport for Silent {
    fn send(
        &self,
        _request: http::Request<Bytes>,
        _options: SendOptions,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn timeouts_hold_without_a_runtime() {
    let client = Client::builder()
        .base_url("https://api.example.com")
        .transport(Arc::new(Silent))
        .timeout(Duration::from_millis(20))
        .build()
        .unwrap();
    let call: Request<(), NoBody> = Request::new(&client, &GET, RawResponse::empty).path("t1");
    assert!(block_on(call.into_future()).unwrap_err().is_timeout());
}

#[test]
fn transport_errors_say_whether_the_server_may_have_acted() {
    let cases = [
        (
            TransportError::connect("x"),
            TransportErrorKind::Connect,
            false,
        ),
        (
            TransportError::connect_timeout("x"),
            TransportErrorKind::Timeout,
            false,
        ),
        (
            TransportError::unsendable("x"),
            TransportErrorKind::Other,
            false,
        ),
        (
            TransportError::timeout("x"),
            TransportErrorKind::Timeout,
            true,
        ),
        (TransportError::reset("x"), TransportErrorKind::Reset, true),
        (TransportError::body("x"), TransportErrorKind::Body, true),
        (
            TransportError::body_too_large(9),
            TransportErrorKind::BodyTooLarge,
            true,
        ),
        (TransportError::other("x"), TransportErrorKind::Other, true),
    ];
    for (error, kind, sent) in cases {
        assert_eq!(
            (error.kind(), error.may_have_been_sent()),
            (kind, sent),
            "{error}"
        );
    }
}

#[tokio::test]
async fn answers_larger_than_allowed_are_refused() {
    let limit = 1000;
    let exact = "x".repeat(limit);
    let over = "x".repeat(limit + 1);
    let chunked = format!("3e8\r\n{exact}\r\n1\r\nx\r\n0\r\n\r\n");
    let cases = [
        (Reply::new(200, &[], &exact), true),
        (Reply::new(200, &[], &over), false),
        // Announced too large: refused before it comes.
        (
            Reply::new(200, &[("content-length", "99999999999")], "x"),
            false,
        ),
        // Not announced.
        (
            Reply::new(
                200,
                &[("content-length", ""), ("transfer-encoding", "chunked")],
                "",
            ),
            false,
        ),
    ];
    for (index, (reply, fits)) in cases.into_iter().enumerate() {
        let server = Server::start().await;
        let api = Api::with(&server, &TestTimer::new(), |b| b.max_response_bytes(limit));
        let call = api.plain(&GET, RawResponse::text).path("t1");
        let by_hand = async {
            let mut exchange = server.accept().await;
            if index == 3 {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                exchange.write(head.as_bytes()).await;
                exchange.write(chunked.as_bytes()).await;
            } else {
                exchange.reply(&reply).await;
            }
        };
        let (result, ()) = tokio::join!(call.send(), by_hand);
        match result {
            Ok(text) => assert!(fits && text == exact, "{index}"),
            Err(error) => {
                assert!(!fits, "{index}: {error}");
                assert_eq!(error.kind(), ErrorKind::Transport);
                assert!(!error.is_retryable());
                assert_eq!(error.attempts(), 1);
                let text = error.to_string();
                assert!(
                    text.ends_with("larger than the limit of 1000 bytes"),
                    "{text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn bodies_that_come_in_pieces_are_put_together() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api.plain(&GET, RawResponse::text).path("t1");
    let by_hand = async {
        let mut exchange = server.accept().await;
        exchange
            .write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        for piece in ["first ", "second ", "third"] {
            exchange
                .write(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes())
                .await;
        }
        exchange.write(b"0\r\n\r\n").await;
    };
    let (result, ()) = tokio::join!(call.send(), by_hand);
    assert_eq!(result.unwrap(), "first second third");
}

#[tokio::test]
async fn an_applications_own_reqwest_client_is_used() {
    let server = Server::start().await;
    let own = reqwest::Client::builder()
        .default_headers(http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x-own"),
            http::HeaderValue::from_static("yes"),
        )]))
        .build()
        .unwrap();
    let api = Api::with(&server, &TestTimer::new(), |builder| {
        builder.reqwest_client(own)
    });
    let (_, seen) = server
        .script(api.get("t1").send(), [Reply::json(200, OK)])
        .await;
    assert_eq!(seen[0].header("x-own"), Some("yes"));
}

#[tokio::test]
async fn requests_go_through_a_proxy() {
    let proxy = Server::start().await;
    let client = Client::builder()
        .base_url("http://api.invalid")
        .proxy(reqwest::Proxy::all(&proxy.url).unwrap())
        .timer(TestTimer::new())
        .build()
        .unwrap();
    let call: Request<String, NoBody> = Request::new(&client, &GET, RawResponse::text).path("t1");
    let (result, seen) = proxy
        .script(call.into_future(), [Reply::json(200, OK)])
        .await;
    assert_eq!(result.unwrap(), OK);
    assert_eq!(seen[0].line(), "GET http://api.invalid/v1/things/t1");
}

#[tokio::test]
async fn unknown_hosts_are_connect_errors() {
    let client = Client::builder()
        .base_url("http://host.invalid")
        .timer(TestTimer::new())
        .build()
        .unwrap();
    let call: Request<(), NoBody> = Request::new(&client, &GET, RawResponse::empty).path("t1");
    let error = call.await.unwrap_err();
    assert!(error.is_connect() && !error.may_have_been_sent(), "{error}");
    assert!(!error.to_string().contains("t1"), "{error}");
}
