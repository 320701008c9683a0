use std::time::Duration;

use client_core::{ErrorKind, RetryBudget, RetryPolicy};
use serde_json::json;

use crate::api::{Api, Thing};
use crate::server::{Reply, Server};
use crate::timer::{HELD, NOW, TestTimer};

const OK: &str = r#"{"id":"t1","size":1}"#;

fn thing() -> Thing {
    Thing {
        id: "t1".into(),
        size: 1,
    }
}

const BASE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn reads_are_repeated_after_each_transient_status() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = Server::start().await;
        let timer = TestTimer::new();
        let api = Api::new(&server, &timer);
        let replies = [
            Reply::empty(status),
            Reply::empty(status),
            Reply::json(200, OK),
        ];
        let (result, seen) = server.script(api.get("t1").send(), replies).await;
        assert_eq!(result.unwrap(), thing(), "{status}");
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|exchange| exchange.head == seen[0].head));
        let waits = timer.waits();
        assert_eq!(waits.len(), 2);
        assert!(waits[0] <= BASE && waits[1] <= 2 * BASE, "{waits:?}");
    }
}

#[tokio::test]
async fn final_statuses_are_not_repeated() {
    for status in [400, 401, 403, 404, 409, 410, 413, 422, 501] {
        let server = Server::start().await;
        let api = Api::new(&server, &TestTimer::new());
        let (result, seen) = server
            .script(api.get("t1").send(), [Reply::json(status, "{}")])
            .await;
        assert_eq!(result.unwrap_err().attempts(), 1, "{status}");
        assert_eq!(seen.len(), 1);
    }
}

#[tokio::test]
async fn broken_connections_are_repeated() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::new(&server, &timer);
    let replies = [Reply::hang_up(), Reply::cut_off(), Reply::json(200, OK)];
    let (result, _) = server.script(api.get("t1").send(), replies).await;
    assert_eq!(result.unwrap(), thing());
    assert_eq!(timer.waits().len(), 2);
}

#[tokio::test]
async fn slow_headers_and_slow_bodies_are_repeated() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::with(&server, &timer, |b| b.timeout(Duration::from_secs(600)));
    let by_hand = async {
        let mut silent = server.accept().await;
        assert_eq!(timer.go_off().await, HELD);
        silent.closed().await;

        let mut slow = server.accept().await;
        slow.write(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"id\":")
            .await;
        assert_eq!(timer.go_off().await, HELD);
        slow.closed().await;

        server.accept().await.reply(&Reply::json(200, OK)).await;
    };
    let (result, ()) = tokio::join!(api.get("t1").send(), by_hand);
    assert_eq!(result.unwrap(), thing());
}

#[tokio::test]
async fn slow_writes_time_out_once_and_are_not_repeated() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::new(&server, &timer);
    let by_hand = async {
        let mut silent = server.accept().await;
        timer.go_off().await;
        silent.closed().await;
    };
    let (result, ()) = tokio::join!(api.create(&json!({})).send(), by_hand);
    let error = result.unwrap_err();
    assert!(error.is_timeout());
    assert!(error.may_have_been_sent() && !error.is_retryable());
    assert_eq!(error.attempts(), 1);
    assert_eq!(
        error.to_string(),
        "things.create: no answer in time: no whole answer within 20s"
    );
    assert!(server.is_idle());
}

#[tokio::test]
async fn writes_are_not_repeated_unless_they_provably_did_nothing() {
    let unrepeated = [
        Reply::empty(408),
        Reply::empty(500),
        Reply::new(503, &[("retry-after", "1")], ""),
        // The operation's own 429: no limiter asks to wait.
        Reply::json(429, r#"{"error":"ManualRetryLimitExceeded"}"#),
        Reply::hang_up(),
        Reply::cut_off(),
    ];
    for reply in unrepeated {
        let server = Server::start().await;
        let timer = TestTimer::new();
        let api = Api::new(&server, &timer);
        let call = api.create(&json!({"size": 1}));
        let (result, _) = server.script(call.send(), [reply]).await;
        let error = result.unwrap_err();
        assert_eq!(error.attempts(), 1, "{error}");
        assert!(!error.is_retryable(), "{error}");
    }

    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let replies = [
        Reply::new(429, &[("retry-after", "1")], ""),
        Reply::json(201, OK),
    ];
    let (result, _) = server
        .script(api.create(&json!({"size": 1})).send(), replies)
        .await;
    assert_eq!(result.unwrap(), thing());
}

#[tokio::test]
async fn refused_connections_are_repeated_even_for_writes() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::new(&server, &timer);
    drop(server);
    let error = api.create(&json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.attempts(), 3);
    assert!(error.to_string().ends_with("(after 3 attempts)"), "{error}");
    assert_eq!(timer.waits().len(), 2);
}

#[tokio::test]
async fn writes_with_a_deduplication_key_are_repeated_with_the_same_body() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api.ingest(&json!([{"id": "e1"}]));
    let replies = [Reply::empty(503), Reply::hang_up(), Reply::empty(204)];
    let (result, seen) = server.script(call.send(), replies).await;
    result.unwrap();
    assert!(
        seen.iter()
            .all(|exchange| exchange.body_text() == r#"[{"id":"e1"}]"#)
    );
}

#[tokio::test]
async fn a_caller_can_declare_a_write_repeatable() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api.create(&json!({})).with_idempotent();
    let (result, _) = server
        .script(call.send(), [Reply::empty(500), Reply::json(201, OK)])
        .await;
    assert_eq!(result.unwrap(), thing());
}

#[tokio::test]
async fn retry_after_in_seconds_and_as_date_is_honoured() {
    let date = |seconds: u64| {
        let at = std::time::SystemTime::from(NOW + Duration::from_secs(seconds));
        httpdate::fmt_http_date(at)
    };
    let server_time = date(1000);
    let later = date(1009);
    let from_now = date(12);
    let cases = [
        (vec![("retry-after", "7")], 7),
        (vec![("retry-after", from_now.as_str())], 12),
        // Counted by the server's clock, which is far ahead of this one.
        (
            vec![
                ("retry-after", later.as_str()),
                ("date", server_time.as_str()),
            ],
            9,
        ),
    ];
    for (headers, seconds) in cases {
        let server = Server::start().await;
        let timer = TestTimer::new();
        let api = Api::new(&server, &timer);
        let replies = [Reply::new(429, &headers, ""), Reply::json(200, OK)];
        let (result, _) = server.script(api.get("t1").send(), replies).await;
        assert_eq!(result.unwrap(), thing());
        let wait = timer.waits()[0];
        let asked = Duration::from_secs(seconds);
        assert!(
            wait >= asked && wait <= asked + BASE,
            "{headers:?}: {wait:?}"
        );
    }
}

#[tokio::test]
async fn a_retry_after_beyond_limit_or_deadline_ends_the_call_at_once() {
    for (wait, timeout) in [("61", 3600), ("30", 25), ("99999999999999999999", 3600)] {
        let server = Server::start().await;
        let timer = TestTimer::new();
        let api = Api::with(&server, &timer, |b| b.timeout(Duration::from_secs(timeout)));
        let replies = [Reply::new(503, &[("retry-after", wait)], "")];
        let (result, _) = server.script(api.get("t1").send(), replies).await;
        let error = result.unwrap_err();
        assert_eq!(error.attempts(), 1);
        assert!(error.is_retryable());
        assert!(error.retry_after().unwrap() >= Duration::from_secs(30));
        assert!(timer.waits().is_empty());
    }
}

#[tokio::test]
async fn policies_hold_per_client_and_per_request() {
    let server = Server::start().await;
    let api = Api::with(&server, &TestTimer::new(), |b| b.retry(RetryPolicy::none()));
    let (result, _) = server
        .script(api.get("t1").send(), [Reply::empty(503)])
        .await;
    assert_eq!(result.unwrap_err().attempts(), 1);

    let call = api.get("t1").with_retry(RetryPolicy::new().max_attempts(5));
    let replies = (0..5).map(|_| Reply::empty(503));
    let (result, _) = server.script(call.send(), replies).await;
    assert_eq!(result.unwrap_err().attempts(), 5);
}

#[tokio::test]
async fn the_whole_call_ends_with_its_timeout() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::new(&server, &timer);
    let call = api.get("t1").with_retry(RetryPolicy::new().max_attempts(9));
    let by_hand = async {
        // Two attempts of 20 s and the waits after them leave less than 20 s of the 60 s for the
        // third, and nothing for a fourth.
        for _ in 0..2 {
            let mut silent = server.accept().await;
            assert_eq!(timer.go_off().await, HELD);
            silent.closed().await;
        }
    };
    let (result, ()) = tokio::join!(call.send(), by_hand);
    let error = result.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.attempts(), 3, "{error}");
}

#[tokio::test]
async fn a_timeout_set_on_the_request_is_open_to_one_attempt() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let api = Api::new(&server, &timer);
    let by_hand = async {
        let mut silent = server.accept().await;
        assert_eq!(timer.go_off().await, Duration::from_secs(90));
        silent.closed().await;
    };
    let call = api.get("t1").with_timeout(Duration::from_secs(90));
    let (result, ()) = tokio::join!(call.send(), by_hand);
    let error = result.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.attempts(), 1);
    let error = api
        .get("t1")
        .with_timeout(Duration::ZERO)
        .await
        .unwrap_err();
    assert!(error.is_timeout() && !error.may_have_been_sent());
    assert_eq!(error.attempts(), 0);
}

#[tokio::test]
async fn the_budget_stops_an_outage_from_multiplying_its_load() {
    let server = Server::start().await;
    let timer = TestTimer::new();
    let budget = RetryBudget::new(3 * RetryBudget::RETRY_COST);
    let api = Api::with(&server, &timer, |b| b.retry_budget(budget));
    let mut requests = 0;
    for expected in [3, 2, 1, 1] {
        let replies = (0..expected).map(|_| Reply::empty(503));
        let (result, seen) = server.script(api.get("t1").send(), replies).await;
        assert!(result.unwrap_err().is_server());
        requests += seen.len();
    }
    assert_eq!(requests, 7);
    assert_eq!(api.core.retry_budget().remaining(), 0);

    // Success fills it again, for all clones and credentials of the client.
    let other = Api {
        core: api.core.with_credential("other"),
    };
    for _ in 0..RetryBudget::RETRY_COST {
        server
            .script(other.get("t1").send(), [Reply::json(200, OK)])
            .await
            .0
            .unwrap();
    }
    let replies = [Reply::empty(503), Reply::json(200, OK)];
    server
        .script(api.get("t1").send(), replies)
        .await
        .0
        .unwrap();
    assert_eq!(api.core.retry_budget().remaining(), RetryBudget::RETRY_COST);
}

#[tokio::test]
async fn a_dropped_request_is_abandoned() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let mut exchange = {
        let call = api.get("t1").send();
        tokio::pin!(call);
        tokio::select! {
            exchange = server.accept() => exchange,
            _ = &mut call => unreachable!("nobody answers"),
        }
    };
    exchange.closed().await;
    assert!(server.is_idle());
}

#[tokio::test]
async fn the_answer_says_how_many_attempts_it_took() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let replies = [Reply::empty(502), Reply::json(200, OK)];
    let (raw, _) = server.script(api.get("t1").send_raw(), replies).await;
    assert_eq!(raw.unwrap().attempts(), 2);
}
