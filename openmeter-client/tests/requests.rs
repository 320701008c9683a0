//! What requests look like on the wire, and what is refused before it is sent.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use openmeter_client::client_core::{ErrorKind, RetryPolicy};
use openmeter_client::models::{Customer, CustomerReplaceUpdate};
use openmeter_client::v3::models::{
    ListMetersParamsFilter, MeteringEvent, StringFieldFilter, StringFieldFilterOperators,
};
use openmeter_client::{Error, Event, OpenMeter, OpenMeterBuilder, Region};
use serde_json::{Value, json};
use test_support::{Replay, now};
use time::macros::datetime;

struct Server {
    om: OpenMeter,
    replay: Replay,
}

impl Server {
    fn new() -> Self {
        Self::answering(|| Response::builder().status(204).body(Bytes::new()).unwrap())
    }

    fn answering(answer: fn() -> Response<Bytes>) -> Self {
        Self::build(answer, |builder| builder.url("http://om.test:8888/"))
    }

    fn build(
        answer: fn() -> Response<Bytes>,
        change: impl FnOnce(OpenMeterBuilder) -> OpenMeterBuilder,
    ) -> Self {
        let replay = Replay::always(answer);
        let builder = OpenMeter::builder()
            .transport(Arc::new(replay.clone()))
            .retry(RetryPolicy::none());
        Self {
            om: change(builder).build().unwrap(),
            replay,
        }
    }

    fn last(&self) -> Option<Request<Bytes>> {
        self.replay.last()
    }
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn event() -> Event {
    Event::new("ai-tokens", "org_1")
        .id("e1")
        .source("app")
        .data(json!({"tokens": 850}))
}

#[test]
fn one_event_and_a_batch_have_their_exact_content_types() {
    let server = Server::new();
    now(server.om.events().ingest(event())).unwrap();
    let one = server.last().unwrap();
    assert_eq!(
        one.headers()["content-type"],
        "application/cloudevents+json"
    );
    assert_eq!(one.uri(), "http://om.test:8888/api/v1/events");
    assert_eq!(
        body(&one),
        json!({"id": "e1", "source": "app", "specversion": "1.0", "type": "ai-tokens",
               "subject": "org_1", "data": {"tokens": 850}})
    );
    now(server.om.events().ingest([event(), event().id("e2")])).unwrap();
    let batch = server.last().unwrap();
    assert_eq!(
        batch.headers()["content-type"],
        "application/cloudevents-batch+json"
    );
    assert_eq!(body(&batch).as_array().map(Vec::len), Some(2));
}

#[test]
fn lists_can_be_read_from_an_offset_on() {
    let server = Server::new();
    let _ = now(server.om.features().list().limit(10).offset(20));
    let uri = server.last().unwrap().uri().clone();
    assert_eq!(uri.query(), Some("limit=10&offset=20"));
    let _ = now(server.om.portal().tokens().list().stream().next());
    assert_eq!(server.last().unwrap().uri().query(), Some("limit=100"));
}

#[test]
fn a_replacement_is_made_of_what_is_stored() {
    let stored: Customer = serde_json::from_value(json!({
        "id": "01G65Z755AFWAKHE12NY0CQ9FH",
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        "name": "Ada",
        "key": "usr_1",
        "primaryEmail": "ada@example.com",
        "metadata": {"team": "a"},
        "usageAttribution": {"subjectKeys": ["usr_1"]},
    }))
    .unwrap();
    let server = Server::new();
    let mut renamed = CustomerReplaceUpdate::from(stored);
    renamed.name = "Ada & Co".to_owned();
    let _ = now(server.om.customers().update("usr_1", renamed));
    assert_eq!(
        body(&server.last().unwrap()),
        json!({
            "name": "Ada & Co",
            "key": "usr_1",
            "primaryEmail": "ada@example.com",
            "metadata": {"team": "a"},
            "usageAttribution": {"subjectKeys": ["usr_1"]},
        })
    );
}

#[test]
fn an_event_that_breaks_a_rule_is_refused_with_its_place() {
    let server = Server::new();
    let none: [Event; 0] = [];
    let error = now(server.om.events().ingest(none)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "events.ingest: events: there is none in the batch"
    );
    assert!(server.last().is_none());
    let broken = [
        (event().id(""), "events[1].id"),
        (event().source(""), "events[1].source"),
        (event().source("two words"), "events[1].source"),
        (Event::new("", "org_1"), "events[1].type"),
        (Event::new("ai-tokens", ""), "events[1].subject"),
        (event().data(850), "events[1].data"),
    ];
    for (broken, place) in broken {
        let error = now(server.om.events().ingest([event(), broken])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(place), "{error}");
        assert!(server.last().is_none(), "nothing is sent");
    }
}

#[test]
fn events_made_alike_have_ids_of_their_own() {
    let (a, b) = (Event::new("t", "s"), Event::new("t", "s"));
    assert_ne!(a.id, b.id);
    assert!(a.check().is_ok());
}

#[test]
fn v3_has_its_own_root_and_konnect_another() {
    let accepted = || Response::builder().status(202).body(Bytes::new()).unwrap();
    let server = Server::answering(accepted);
    now(server
        .om
        .v3()
        .events()
        .ingest(MeteringEvent::new("ai-tokens", "org_1")))
    .unwrap();
    assert_eq!(
        server.last().unwrap().uri(),
        "http://om.test:8888/api/v3/openmeter/events"
    );
    let konnect = Server::build(accepted, |builder| {
        builder.konnect(Region::Eu).api_key("kpat_1")
    });
    now(konnect
        .om
        .v3()
        .events()
        .ingest(MeteringEvent::new("ai-tokens", "org_1")))
    .unwrap();
    let request = konnect.last().unwrap();
    assert_eq!(
        request.uri(),
        "https://eu.api.konghq.com/v3/openmeter/events"
    );
    assert_eq!(request.headers()["authorization"], "Bearer kpat_1");
}

#[test]
fn a_server_without_credentials_gets_none() {
    let server = Server::new();
    now(server.om.events().ingest(event())).unwrap();
    assert!(
        !server
            .last()
            .unwrap()
            .headers()
            .contains_key("authorization")
    );
    let portal = server.om.with_portal_token("token");
    let _ = now(portal.portal().query_meter("tokens"));
    assert_eq!(
        server.last().unwrap().headers()["authorization"],
        "Bearer token"
    );
}

#[test]
fn meter_queries_repeat_keys_and_put_filters_in_brackets() {
    let server = Server::new();
    let _ = now(server
        .om
        .meters()
        .query("tokens")
        .subject("a")
        .subject("b")
        .window_size("DAY")
        .from(datetime!(2026-01-01 00:00 +2))
        .filter_group_by("model", "gpt 4"));
    assert_eq!(
        server
            .last()
            .unwrap()
            .uri()
            .path_and_query()
            .unwrap()
            .as_str(),
        "/api/v1/meters/tokens/query?subject=a&subject=b&windowSize=DAY\
         &from=2025-12-31T22%3A00%3A00Z&filterGroupBy%5Bmodel%5D=gpt%204"
    );
}

#[test]
fn a_meter_query_answers_csv_when_asked() {
    let csv = || {
        Response::builder()
            .status(200)
            .body(Bytes::from_static(b"from,value\n"))
            .unwrap()
    };
    let server = Server::answering(csv);
    let text = now(server.om.meters().query("tokens").csv()).unwrap();
    assert_eq!(text, "from,value\n");
    assert_eq!(server.last().unwrap().headers()["accept"], "text/csv");
}

#[test]
fn filters_of_v3_become_nested_brackets() {
    let server = Server::new();
    let filter = ListMetersParamsFilter::new().key(StringFieldFilter::from("tokens"));
    let _ = now(server.om.v3().meters().list().filter(filter).page_size(10));
    let query = server.last().unwrap().uri().query().unwrap().to_owned();
    assert!(query.contains("filter%5Bkey%5D=tokens"), "{query}");
    assert!(query.contains("page%5Bsize%5D=10"), "{query}");
    let either = StringFieldFilterOperators::new().oeq(["tokens", "calls"]);
    let filter = ListMetersParamsFilter::new().key(either);
    let _ = now(server.om.v3().meters().list().filter(filter));
    let query = server.last().unwrap().uri().query().unwrap().to_owned();
    assert!(
        query.contains("filter%5Bkey%5D%5Boeq%5D=tokens%2Ccalls"),
        "{query}"
    );
}

#[test]
fn versions_by_key_are_counted_in_brackets() {
    let server = Server::new();
    let _ = now(server
        .om
        .plans()
        .list()
        .key_version("pro", 1)
        .key_version("pro", 2));
    let query = server.last().unwrap().uri().query().unwrap().to_owned();
    assert!(
        query.contains("keyVersion%5Bpro%5D%5B0%5D=1&keyVersion%5Bpro%5D%5B1%5D=2"),
        "{query}"
    );
}

#[test]
fn customers_are_reached_by_any_key() {
    let server = Server::new();
    let _ = now(server
        .om
        .customers()
        .entitlements("org/1 ü")
        .value("gpt_4_tokens"));
    assert_eq!(
        server.last().unwrap().uri().path(),
        "/api/v2/customers/org%2F1%20%C3%BC/entitlements/gpt_4_tokens/value"
    );
}

fn problem(answer: fn() -> Response<Bytes>) -> Error {
    now(Server::answering(answer).om.meters().get("tokens")).unwrap_err()
}

#[test]
fn problem_documents_of_both_generations_are_read() {
    let error = problem(|| {
        let body = json!({"type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": "validation failed", "instance": "urn:request:r-1",
            "extensions": {"validationErrors": [{"code": "plan_with_no_phases",
                "message": "plan must have phases", "field": "$.phases", "severity": "critical",
                "more": 1}]}});
        Response::builder()
            .status(400)
            .body(Bytes::from(body.to_string()))
            .unwrap()
    });
    assert!(error.is_validation());
    assert_eq!(error.code(), Some("plan_with_no_phases"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(
        error
            .to_string()
            .contains("$.phases: plan must have phases"),
        "{error}"
    );
    let body = error.body().unwrap();
    assert!(body.has_code("plan_with_no_phases"));
    assert_eq!(body.validation_issues[0].attributes["more"], json!(1));

    let error = problem(|| {
        let body = json!({"type": "https://kongapi.info/konnect/bad-request", "status": 400,
            "title": "Bad Request", "instance": "kong:trace:7", "detail": "invalid",
            "invalid_parameters": [{"field": "key", "rule": "required", "reason": "is required",
                "source": "body"}]});
        Response::builder()
            .status(400)
            .body(Bytes::from(body.to_string()))
            .unwrap()
    });
    assert_eq!(error.code(), Some("bad-request"));
    assert!(error.to_string().contains("key: is required"), "{error}");
    assert_eq!(error.request_id(), Some("kong:trace:7"));
}

#[test]
fn the_entitlement_in_the_way_is_named() {
    let error = problem(|| {
        let body = json!({"type": "about:blank", "title": "Conflict", "status": 409,
            "detail": "entitlement with id 01A already exists",
            "extensions": {"conflictingEntityId": "01A"}});
        Response::builder()
            .status(409)
            .body(Bytes::from(body.to_string()))
            .unwrap()
    });
    assert!(error.is_conflict() && error.is_conflict_on("featureKey"));
    assert_eq!(
        error.body().unwrap().conflicting_entity_id.as_deref(),
        Some("01A")
    );
}

#[test]
fn an_answer_that_is_no_json_says_so_and_shows_no_secret() {
    let error = problem(|| {
        Response::builder()
            .status(200)
            .body(Bytes::from_static(b"<html>oops</html>"))
            .unwrap()
    });
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("meters.get"), "{error}");
    let error = problem(|| {
        Response::builder()
            .status(502)
            .body(Bytes::from_static(b"bad gateway"))
            .unwrap()
    });
    assert!(error.is_retryable() && error.body().is_none());
}
