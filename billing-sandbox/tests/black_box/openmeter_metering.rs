//! Meters, events, queries, portal tokens and the frame of OpenMeter's answers.

use super::api::{World, start, text};
use billing_sandbox::{Fault, Service};
use serde_json::{Value, json};

async fn send(world: &World, media: &str, body: Value) -> u16 {
    let request = world
        .om
        .request("POST", "/api/v1/events")
        .header("content-type", media)
        .body(body.to_string());
    world
        .om
        .finish("POST", "/api/v1/events", request)
        .await
        .status
}

fn event(id: &str, subject: &str, time: &str, data: Value) -> Value {
    json!({"id": id, "source": "app", "specversion": "1.0", "type": "call", "subject": subject,
        "time": time, "data": data})
}

async fn meter(world: &World, slug: &str, aggregation: &str) {
    let mut body = json!({"slug": slug, "eventType": "call", "aggregation": aggregation,
        "groupBy": {"model": "$.model", "route": "$.http.route"}});
    if aggregation != "COUNT" {
        body["valueProperty"] = json!("$.n");
    }
    world.om.post("/api/v1/meters", body).await;
}

#[tokio::test]
async fn the_frame_is_openmeters() {
    let world = start().await;
    let answer = world.om.call("GET", "/api/v1/meters/nope", None).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("x-powered-by"), "OpenMeter by Kong, Inc.");
    assert!(text(&answer.json(), "/instance").starts_with("urn:request:"));
    assert_eq!(answer.json()["title"], "Not Found");
    assert_eq!(
        world.om.call("GET", "/api/v1/nope", None).await.json()["status"],
        404
    );
    assert_eq!(
        world
            .om
            .call("PATCH", "/api/v1/meters", Some(json!({})))
            .await
            .status,
        405
    );
    let missing = world.om.call("GET", "/api/v1/billing/profiles", None).await;
    assert_eq!(missing.status, 501);
    assert!(text(&missing.json(), "/detail").contains("listBillingProfiles"));
    let bad = world
        .om
        .request("POST", "/api/v1/meters")
        .header("content-type", "application/json")
        .body("{");
    let bad = world.om.finish("POST", "/api/v1/meters", bad).await.json();
    assert!(text(&bad, "/detail").starts_with("decode json:"));
    world
        .sandbox
        .inject(Fault::on(Service::OpenMeter).status(500));
    let broken = world.om.call("GET", "/api/v1/meters", None).await;
    assert_eq!(
        (broken.status, broken.json().get("detail").cloned()),
        (500, None)
    );
}

#[tokio::test]
async fn meters_are_made_changed_and_deleted() {
    let world = start().await;
    meter(&world, "calls", "COUNT").await;
    for (body, words) in [
        (
            json!({"slug": "Bad Slug", "aggregation": "COUNT", "eventType": "x"}),
            "/slug",
        ),
        (
            json!({"slug": "ok", "aggregation": "MEDIAN", "eventType": "x"}),
            "/aggregation",
        ),
        (
            json!({"slug": "ok", "aggregation": "SUM", "eventType": "x"}),
            "value property is required",
        ),
        (
            json!({"slug": "ok", "aggregation": "COUNT"}),
            "property \"eventType\" is missing",
        ),
        (
            json!({"slug": "ok", "aggregation": "SUM", "eventType": "x", "valueProperty": "n"}),
            "JSONPath",
        ),
    ] {
        let answer = world
            .om
            .expect(400, "POST", "/api/v1/meters", Some(body))
            .await;
        assert!(text(&answer, "/detail").contains(words), "{answer}");
    }
    let again = json!({"slug": "calls", "aggregation": "COUNT", "eventType": "x"});
    world
        .om
        .expect(409, "POST", "/api/v1/meters", Some(again))
        .await;
    let changed = json!({"name": "Calls", "metadata": {"a": "b"}, "groupBy": {"model": "$.m"}});
    let changed = world
        .om
        .expect(200, "PUT", "/api/v1/meters/calls", Some(changed))
        .await;
    assert_eq!(
        (&changed["name"], &changed["groupBy"]),
        (&json!("Calls"), &json!({"model": "$.m"}))
    );
    assert_eq!(
        world
            .om
            .get("/api/v1/meters")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world
        .om
        .expect(204, "DELETE", "/api/v1/meters/calls", None)
        .await;
    world
        .om
        .expect(404, "GET", "/api/v1/meters/calls", None)
        .await;
    assert_eq!(
        world
            .om
            .get("/api/v1/meters?includeDeleted=true")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn events_need_an_exact_media_type_and_count_once() {
    let world = start().await;
    meter(&world, "calls", "COUNT").await;
    let one = event("1", "s", "2026-12-01T09:00:00.750Z", json!({}));
    assert_eq!(send(&world, "application/json", one.clone()).await, 204);
    assert_eq!(
        send(&world, "application/cloudevents+json", one.clone()).await,
        204
    );
    assert_eq!(
        send(&world, "application/cloudevents-batch+json", json!([one])).await,
        204
    );
    assert_eq!(
        send(&world, "application/json; charset=utf-8", one.clone()).await,
        400
    );
    assert_eq!(
        send(&world, "application/cloudevents-batch+json", one.clone()).await,
        400
    );
    assert_eq!(
        send(&world, "application/json", json!({"id": "2"})).await,
        400
    );
    let mut wrong = one.clone();
    wrong["data"] = json!("text");
    assert_eq!(send(&world, "application/json", wrong).await, 400);
    let other =
        json!({"id": "1", "source": "other", "specversion": "1.0", "type": "nope", "subject": "s"});
    assert_eq!(send(&world, "application/json", other).await, 204);
    let listed = world.om.get("/api/v1/events").await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(
        listed[0]["validationError"],
        "no meter found for event type: nope"
    );
    assert_eq!(
        listed[1]["validationError"],
        "no customer found for event subject: s"
    );
    assert_eq!(listed[1]["event"]["time"], "2026-12-01T09:00:00Z");
    world
        .om
        .expect(400, "GET", "/api/v1/events?from=2026-01-01T00:00:00Z", None)
        .await;
    let filter = "/api/v2/events?filter=%7B%22type%22%3A%7B%22%24eq%22%3A%22call%22%7D%7D";
    assert_eq!(
        world.om.get(filter).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let first = world.om.get("/api/v2/events?limit=1").await;
    let second = world
        .om
        .get(&format!(
            "/api/v2/events?limit=1&cursor={}",
            text(&first, "/nextCursor")
        ))
        .await;
    assert_eq!(
        (
            second["items"][0]["event"]["type"].clone(),
            second.get("nextCursor")
        ),
        (json!("call"), None)
    );
}

#[tokio::test]
async fn queries_aggregate_group_and_window() {
    let world = start().await;
    for (slug, aggregation) in [
        ("total", "SUM"),
        ("calls", "COUNT"),
        ("kinds", "UNIQUE_COUNT"),
        ("mean", "AVG"),
        ("least", "MIN"),
        ("most", "MAX"),
        ("last", "LATEST"),
    ] {
        meter(&world, slug, aggregation).await;
    }
    world
        .om
        .post(
            "/api/v1/customers",
            json!({"key": "acme", "name": "Acme",
        "usageAttribution": {"subjectKeys": ["a"]}}),
        )
        .await;
    let batch = json!([
        event(
            "1",
            "a",
            "2026-11-30T23:59:59Z",
            json!({"n": 10, "model": "x", "http": {"route": "/"}})
        ),
        event(
            "2",
            "a",
            "2026-12-01T00:00:00Z",
            json!({"n": 4, "model": "y"})
        ),
        event(
            "3",
            "b",
            "2026-12-01T05:30:00Z",
            json!({"n": "4", "model": "x"})
        ),
        event(
            "4",
            "b",
            "2026-12-01T05:40:00Z",
            json!({"n": 2, "model": "x"})
        ),
        event("5", "b", "2026-12-01T05:50:00Z", json!({"model": "x"})),
    ]);
    assert_eq!(
        send(&world, "application/cloudevents-batch+json", batch).await,
        204
    );
    for (slug, value) in [
        ("total", 20.0),
        ("calls", 5.0),
        ("kinds", 3.0),
        ("mean", 5.0),
        ("least", 2.0),
        ("most", 10.0),
        ("last", 2.0),
    ] {
        let result = world.om.get(&format!("/api/v1/meters/{slug}/query")).await;
        assert_eq!(result["data"][0]["value"], value, "{slug}");
    }
    let days = world
        .om
        .get("/api/v1/meters/total/query?windowSize=DAY&groupBy=model")
        .await;
    let rows: Vec<(String, String, f64)> = days["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                text(row, "/windowStart"),
                text(row, "/groupBy/model"),
                row["value"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("2026-11-30T00:00:00Z".to_owned(), "x".to_owned(), 10.0),
            ("2026-12-01T00:00:00Z".to_owned(), "x".to_owned(), 6.0),
            ("2026-12-01T00:00:00Z".to_owned(), "y".to_owned(), 4.0),
        ]
    );
    let from = "from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z";
    let subject = world
        .om
        .get(&format!("/api/v1/meters/total/query?{from}&subject=b"))
        .await;
    assert_eq!(
        (&subject["data"][0]["subject"], &subject["data"][0]["value"]),
        (&json!("b"), &json!(6.0))
    );
    let exact = world
        .om
        .get("/api/v1/meters/total/query?filterGroupBy[model]=y")
        .await;
    assert_eq!(exact["data"][0]["value"], 4.0);
    let acme = world.om.get("/api/v1/customers/acme").await;
    let body = json!({"filterCustomerId": [acme["id"]], "filterGroupBy": {"model": ["x", "y"]}});
    let posted = world
        .om
        .expect(200, "POST", "/api/v1/meters/total/query", Some(body))
        .await;
    assert_eq!(
        (
            &posted["data"][0]["customerId"],
            &posted["data"][0]["value"]
        ),
        (&acme["id"], &json!(14.0))
    );
    for bad in [
        "from=2026-12-01T00:00:00Z&to=2026-12-01T00:00:00Z",
        "groupBy=nope",
        "windowSize=YEAR",
        "windowTimeZone=Nowhere",
        "groupBy=customer_id",
    ] {
        world
            .om
            .expect(
                400,
                "GET",
                &format!("/api/v1/meters/total/query?{bad}"),
                None,
            )
            .await;
    }
    let csv = world
        .om
        .request(
            "GET",
            "/api/v1/meters/total/query?windowSize=DAY&groupBy=model",
        )
        .header("accept", "text/csv");
    let csv = world
        .om
        .finish("GET", "/api/v1/meters/total/query", csv)
        .await;
    assert_eq!(csv.header("content-type"), "text/csv");
    assert!(csv.text.starts_with("window_start,window_end,model,value\n2026-11-30T00:00:00Z,2026-12-01T00:00:00Z,x,10.000000\n"));
    assert_eq!(
        world.om.get("/api/v1/meters/total/subjects").await,
        json!(["a", "b"])
    );
    assert_eq!(
        world
            .om
            .get("/api/v1/meters/total/group-by/model/values")
            .await,
        json!(["x", "y"])
    );
}

#[tokio::test]
async fn portal_tokens_see_one_subject() {
    let world = start().await;
    meter(&world, "calls", "COUNT").await;
    let batch = json!([
        event("1", "a", "2026-12-01T09:00:00Z", json!({})),
        event("2", "b", "2026-12-01T09:00:00Z", json!({})),
    ]);
    send(&world, "application/json", batch).await;
    let body = json!({"subject": "a", "allowedMeterSlugs": ["calls"]});
    let token = world
        .om
        .expect(200, "POST", "/api/v1/portal/tokens", Some(body))
        .await;
    let portal = world.om.as_token(&text(&token, "/token"));
    let seen = portal.get("/api/v1/portal/meters/calls/query").await;
    assert_eq!(
        (
            seen["data"].as_array().unwrap().len(),
            &seen["data"][0]["value"]
        ),
        (1, &json!(1.0))
    );
    portal
        .expect(401, "GET", "/api/v1/portal/meters/other/query", None)
        .await;
    world
        .om
        .expect(401, "GET", "/api/v1/portal/meters/calls/query", None)
        .await;
    world
        .om
        .expect(501, "GET", "/api/v1/portal/tokens", None)
        .await;
    let none = json!({"subject": "a", "allowedMeterSlugs": []});
    world
        .om
        .expect(400, "POST", "/api/v1/portal/tokens", Some(none))
        .await;
}

#[tokio::test]
async fn subjects_are_upserted_by_key() {
    let world = start().await;
    let body = json!([{"key": "s", "displayName": "S"}]);
    let made = world
        .om
        .expect(200, "POST", "/api/v1/subjects", Some(body))
        .await;
    let body = json!([{"key": "s", "metadata": {"a": 1}}]);
    world
        .om
        .expect(200, "POST", "/api/v1/subjects", Some(body))
        .await;
    let found = world.om.get("/api/v1/subjects/s").await;
    assert_eq!(
        (&found["id"], &found["displayName"]),
        (&made[0]["id"], &json!("S"))
    );
    world
        .om
        .expect(204, "DELETE", "/api/v1/subjects/s", None)
        .await;
    assert_eq!(world.om.get("/api/v1/subjects").await, json!([]));
}
