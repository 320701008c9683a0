use std::error::Error as _;
use std::time::Duration;

use client_core::json::{Encode, Writer};
use client_core::{Client, ErrorKind, NoBody, RawResponse, Request};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::api::{Api, Error, Fault, GET, TOKEN};
use crate::server::{Reply, Server};
use crate::timer::TestTimer;

async fn get(reply: Reply) -> Result<crate::api::Thing, Error> {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api.get("t1").with_retry(client_core::RetryPolicy::none());
    server.script(call.send(), [reply]).await.0
}

async fn failure(status: u16, body: &str) -> Error {
    get(Reply::json(status, body)).await.unwrap_err()
}

#[test]
fn an_error_is_two_pointers_wide() {
    assert_eq!(size_of::<Error>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<client_core::Failure>(), 2 * size_of::<usize>());
}

#[test]
fn everything_that_an_application_holds_moves_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>(_: &T) {}
    shared::<Client>();
    shared::<Error>();
    shared::<crate::api::Get>();
    shared::<crate::api::List>();
    sent::<Option<client_core::ResponseFuture<crate::api::Thing, Fault>>>(&None);
    sent::<Option<client_core::Items<crate::api::Thing, Fault>>>(&None);
}

#[tokio::test]
async fn each_status_has_a_kind() {
    let expected = [
        (400, ErrorKind::Validation),
        (401, ErrorKind::Unauthorized),
        (402, ErrorKind::Payment),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::Api),
        (408, ErrorKind::Timeout),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::NotFound),
        (411, ErrorKind::Api),
        (412, ErrorKind::Precondition),
        (413, ErrorKind::TooLarge),
        (422, ErrorKind::Validation),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (501, ErrorKind::Server),
        (503, ErrorKind::Server),
    ];
    for (status, kind) in expected {
        let error = failure(status, r#"{"error":"Code"}"#).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(error.operation(), "things.get");
        assert_eq!(error.code(), Some("Code"));
        assert!(error.may_have_been_sent());
        assert_eq!(error.is_not_found(), kind == ErrorKind::NotFound);
        assert_eq!(error.is_conflict(), kind == ErrorKind::Conflict);
        assert_eq!(error.is_validation(), kind == ErrorKind::Validation);
        assert_eq!(error.is_unauthorized(), kind == ErrorKind::Unauthorized);
        assert_eq!(error.is_forbidden(), kind == ErrorKind::Forbidden);
        assert_eq!(error.is_rate_limited(), kind == ErrorKind::RateLimited);
        assert_eq!(error.is_timeout(), kind == ErrorKind::Timeout);
        assert_eq!(error.is_server(), kind == ErrorKind::Server);
        let transient = [408, 429, 500, 502, 503, 504].contains(&status);
        assert_eq!(error.is_retryable(), transient, "{status}");
    }
}

#[tokio::test]
async fn display_alone_is_enough_to_act_on() {
    let body = r#"{"error":"RequestValidationError","field":"email","detail":"is not an address"}"#;
    assert_eq!(
        failure(422, body).await.to_string(),
        "things.get: 422 Unprocessable Entity (RequestValidationError): \
         body.email: is not an address"
    );
    let headers = [("x-request-id", "req_9"), ("content-type", "text/plain")];
    let error = get(Reply::new(500, &headers, "Internal Server Error"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "things.get: 500 Internal Server Error [request req_9]"
    );
    assert_eq!(error.request_id(), Some("req_9"));
    assert!(error.body().is_none());
    let error = get(Reply::new(429, &[("retry-after", "7")], ""))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "things.get: 429 Too Many Requests, retry after 7 s"
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn the_body_can_say_more_than_the_status() {
    let error = failure(
        422,
        r#"{"detail":"A thing already exists","field":"email"}"#,
    )
    .await;
    assert!(error.is_conflict());
    assert!(!error.is_validation());
    assert!(error.is_conflict_on("email"));
    assert!(!error.is_conflict_on("external_id"));
}

#[tokio::test]
async fn a_decode_failure_names_path_expectation_and_keeps_the_answer() {
    let error = failure(200, r#"{"id":"t1","size":"large","token":"s3cret"}"#).await;
    assert!(error.is_decode());
    assert!(!error.is_retryable());
    let decode = error.decode_error().unwrap();
    assert_eq!(decode.path(), "size");
    let text = error.to_string();
    assert!(
        text.starts_with("things.get: 200 OK: the answer did not decode: size: "),
        "{text}"
    );
    assert!(text.ends_with("found string"), "{text}");
    assert_eq!(error.source().unwrap().to_string(), decode.to_string());
    // The same answer fits another type.
    let other: serde_json::Value = error.raw().unwrap().json().unwrap();
    assert_eq!(other["size"], "large");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_json_says_so() {
    let page = Reply::new(
        200,
        &[("content-type", "text/html")],
        "<html>Sign in</html>",
    );
    let text = get(page).await.unwrap_err().to_string();
    assert!(
        text.starts_with("things.get: 200 OK: the answer is text/html, not JSON: "),
        "{text}"
    );
}

#[tokio::test]
async fn debug_output_is_bounded() {
    let body = format!(r#"{{"id":"{}"}}"#, "x".repeat(100_000));
    let shown = format!("{:?}", failure(200, &body).await);
    assert!(shown.len() < 4_000, "{} bytes", shown.len());
    assert!(shown.contains("100009 bytes in all"), "{shown}");
}

#[tokio::test]
async fn secrets_show_nowhere() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api
        .get("t1")
        .with_header("x-extra", "hush")
        .with_credential("tok_do_not_show_2");
    let mut shown = format!("{api:?} {call:?}");
    let (result, seen) = server.script(call.send(), [Reply::json(401, "{}")]).await;
    assert_eq!(
        seen[0].header("authorization"),
        Some("Bearer tok_do_not_show_2")
    );
    let error = result.unwrap_err();
    shown.push_str(&format!(
        "{error:?} {error} {:?}",
        Client::builder().credential(TOKEN)
    ));
    for secret in ["do_not_show", "hush"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn what_did_not_decode_may_hold_secrets_too() {
    let body = r#"{"items":[{"id":"a","client_secret":"s3cr3t","size":"x"}]}"#;
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let (page, _) = server
        .script(api.list().send(), [Reply::json(200, body)])
        .await;
    let page = page.unwrap();
    assert!(!format!("{page:?}").contains("s3cr3t"), "{page:?}");
    assert_eq!(page.rejected[0].raw["client_secret"], "s3cr3t");
}

#[tokio::test]
async fn a_bad_item_brings_the_answer_that_it_came_in() {
    let body = r#"{"items":[{"id":"a","size":"x"}]}"#;
    let reply = || Reply::new(200, &[("x-request-id", "r1")], body);
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let mut items = api.list().stream();
    let (item, _) = server
        .script(items.next(), [Reply::empty(503), reply()])
        .await;
    let error = item.unwrap().unwrap_err();
    assert_eq!(error.request_id(), Some("r1"));
    assert_eq!(error.attempts(), 2);
    assert_eq!(error.raw().unwrap().bytes(), body);
    let (page, _) = server.script(api.list().strict().send(), [reply()]).await;
    assert_eq!(page.unwrap_err().request_id(), Some("r1"));
}

#[tokio::test]
async fn a_response_that_was_taken_is_not_there_again() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let mut call = api.get("t1").send();
    let reply = Reply::json(200, r#"{"id":"t1","size":1}"#);
    let (thing, _) = server.script(&mut call, [reply]).await;
    assert_eq!(thing.unwrap().id, "t1");
    let error = (&mut call).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "things.get: polled again after the answer had come"
    );
}

#[tokio::test]
async fn a_host_that_refuses_is_a_connect_error_with_its_cause() {
    let server = Server::start().await;
    let url = server.url.clone();
    drop(server);
    let client = Client::builder()
        .base_url(url)
        .timer(TestTimer::new())
        .build()
        .unwrap();
    let call: Request<(), NoBody> = Request::new(&client, &GET, RawResponse::empty).path("t1");
    let error = call.await.unwrap_err();
    assert!(error.is_connect());
    assert!(!error.may_have_been_sent());
    assert!(error.is_retryable());
    assert!(error.status().is_none() && error.raw().is_none());
    assert_eq!(error.attempts(), 3);
    let text = error.to_string();
    assert!(text.contains("no connection to the server: "), "{text}");
    assert!(text.to_lowercase().contains("refused"), "{text}");
    let mut chain = vec![];
    let mut cause = error.source();
    while let Some(next) = cause {
        chain.push(next.to_string());
        cause = next.source();
    }
    assert!(chain.len() > 1, "{chain:?}");
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let location = "https://elsewhere.example/v1/things/t1/?code=abc";
    let error = get(Reply::new(307, &[("location", location)], ""))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(
        error.to_string(),
        "things.get: 307 Temporary Redirect: redirects are not followed, the server points to \
         https://elsewhere.example/v1/things/t1/; check the base URL"
    );
}

struct Measure {
    amounts: Vec<f64>,
    at: OffsetDateTime,
}

impl Encode for Measure {
    fn encode(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("amounts", &self.amounts);
        writer.field("at", &self.at);
        writer.end_object();
    }
}

#[tokio::test]
async fn a_status_that_points_nowhere_is_no_redirect() {
    for status in [300, 304, 305] {
        let headers = [("location", "https://elsewhere.example/")];
        let error = get(Reply::new(status, &headers, "")).await.unwrap_err();
        let text = error.to_string();
        assert!(!text.contains("redirect"), "{text}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_made_sends_nothing() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let cases = [
        (api.get(""), "things.get: path parameter `id` is empty"),
        (
            api.get(".."),
            "things.get: path parameter `id` is `..`, which would address another resource",
        ),
        (
            api.get("."),
            "things.get: path parameter `id` is `.`, which would address another resource",
        ),
        (
            api.get("t1").with_header("x-a", "b\r\nc: d"),
            "things.get: the value of header `x-a` has characters that a header cannot hold",
        ),
        (
            api.get("t1").with_header("x a", "b"),
            "things.get: `x a` is not a header name",
        ),
        (
            api.get("t1").with_credential("tok\n"),
            "things.get: the credential is empty, or has white space or characters that a header \
             cannot hold",
        ),
    ];
    for (call, text) in cases {
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), text);
        assert_eq!(error.attempts(), 0);
        assert!(!error.may_have_been_sent());
        assert!(!error.is_retryable());
    }
    assert!(server.is_idle());
}

#[tokio::test]
async fn a_body_that_cannot_be_written_is_not_sent_as_another() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let measures = [
        (
            Measure {
                amounts: vec![1.0, f64::NAN],
                at: datetime!(2026-11-22 10:00 UTC),
            },
            "body: amounts[1]: NaN and infinity are not numbers of JSON",
        ),
        (
            Measure {
                amounts: Vec::new(),
                at: datetime!(-0044-03-15 10:00 UTC),
            },
            "body: at: RFC 3339 has the years 0 to 9999 and offsets in minutes",
        ),
    ];
    for (measure, text) in measures {
        let call = || api.plain(&crate::api::CREATE, RawResponse::empty);
        for call in [
            call().json(&measure),
            call().json_as("application/x+json", &measure),
            call().form(&measure),
        ] {
            let error = call.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert_eq!(error.to_string(), format!("things.create: {text}"));
        }
    }
    assert!(server.is_idle());
}

#[test]
fn clients_that_cannot_work_are_not_built() {
    let faults = [
        ("", "the base URL is missing"),
        (
            "localhost:8888",
            "the base URL must begin with http:// or https://",
        ),
        (
            "ftp://example.com",
            "the base URL must begin with http:// or https://",
        ),
        ("http://", "the base URL is not a URL"),
        ("https://exa mple.com", "the base URL is not a URL"),
        (
            "https://example.com/?a=b",
            "the base URL must not have a query or fragment",
        ),
        (
            "https://user:pass@example.com",
            "the base URL must not hold a user name or password; set the credential instead",
        ),
    ];
    for (url, text) in faults {
        let error = Client::builder().base_url(url).build().unwrap_err();
        assert_eq!(error.to_string(), text, "{url}");
    }
    let builder = || Client::builder().base_url("https://api.example.com/");
    for credential in ["", "tok\n", " tok", "tok\u{7f}"] {
        let error = builder().credential(credential).build().unwrap_err();
        assert!(
            error.to_string().starts_with("the credential is empty"),
            "{error}"
        );
    }
    let error = Client::builder()
        .base_url("https://api.example.com/v1/")
        .operation_roots(&["/v1"])
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the base URL must not end with `/v1`: the paths of the operations begin with it"
    );
    let own = client_core::reqwest::Client::new();
    let proxy = client_core::reqwest::Proxy::all("http://localhost:1").unwrap();
    let error = builder()
        .reqwest_client(own)
        .proxy(proxy)
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a proxy is for the default transport"),
        "{error}"
    );
    assert!(builder().default_header("bad name", "x").build().is_err());
    assert!(builder().user_agent_suffix("shop\n").build().is_err());
    assert_eq!(
        builder().build().unwrap().base_url(),
        "https://api.example.com"
    );
}

#[tokio::test]
async fn a_failed_write_says_whether_it_may_have_happened() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let call = api.create(&json!({"size": 1})).send();
    let error = server.script(call, [Reply::hang_up()]).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.may_have_been_sent());
    assert!(!error.is_retryable());
}
