use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use client_core::{Operation, RawResponse, RetrySafety};
use http::Method;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::api::Api;
use crate::server::{Reply, Server};
use crate::timer::TestTimer;

const fn operation(name: &'static str, path: &'static str) -> Operation {
    Operation {
        name,
        method: Method::GET,
        path,
        success: &[200],
        auth: client_core::Auth::Client,
        retry: RetrySafety::Safe,
        accept: "application/json",
    }
}

static TRACED: Operation = operation("things.traced", "/v1/things/{id}");
#[cfg(feature = "blocking")]
static HELD: Operation = operation("things.held", "/v1/things/{id}");
static SLASHED: Operation = operation("things.slashed", "/v1/slashed/{id}");

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log of this process. Subscribers are global, because callsites are shared with the suites
/// that run beside this one; those are told apart by the operation's name.
fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    });
    log.clone()
}

#[tokio::test]
async fn each_request_has_one_span_without_bodies_and_secrets() {
    let log = log();
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let replies = [
        Reply::json(503, r#"{"detail":"body_text"}"#),
        Reply::json(200, r#"{"id":"x","size":1}"#),
    ];
    let call = api.plain(&TRACED, RawResponse::empty).path("path_value");
    server.script(call.send(), replies).await.0.unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("things.traced"))
        .collect();
    let closed: Vec<_> = ours.iter().filter(|line| line.contains("close")).collect();
    assert_eq!(closed.len(), 1, "{log}");
    for part in [
        "operation=\"things.traced\"",
        "method=\"GET\"",
        "status=200",
        "attempts=2",
        "elapsed_ms=",
    ] {
        assert!(
            closed[0].contains(part),
            "{part} is missing in {}",
            closed[0]
        );
    }
    assert!(
        ours.iter()
            .any(|line| line.contains("retrying") && line.contains("attempt=1"))
    );
    for hidden in ["do_not_show", "body_text", "path_value"] {
        assert!(
            !ours.iter().any(|line| line.contains(hidden)),
            "{hidden} in {log}"
        );
    }
}

#[cfg(feature = "blocking")]
#[test]
fn requests_that_block_stay_within_the_callers_span() {
    let log = log();
    let replies = vec![Reply::json(200, "{}")];
    let (answer, _) = crate::blocking::against(replies, |api| {
        let call = api.plain(&HELD, RawResponse::empty).path("x");
        tracing::info_span!("handler").in_scope(|| call.send_blocking())
    });
    answer.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours = log.lines().find(|line| line.contains("things.held"));
    assert!(ours.unwrap().contains("handler:request{"), "{log}");
}

#[tokio::test]
async fn a_slash_that_servers_may_not_find_is_warned_of() {
    let log = log();
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    for (argument, warned) in [("seg_one", false), ("seg/two", true)] {
        let call = api.plain(&SLASHED, RawResponse::empty).path(argument);
        server
            .script(call.send(), [Reply::empty(503), Reply::json(200, "{}")])
            .await
            .0
            .unwrap();
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let warnings = log.lines().filter(|line| {
            line.contains("WARN") && line.contains("/v1/slashed/{id}") && line.contains("`/`")
        });
        assert_eq!(warnings.count(), usize::from(warned), "{argument}");
        // The value may be personal.
        assert!(
            !log.contains("seg/two") && !log.contains("seg%2Ftwo"),
            "{log}"
        );
    }
}
