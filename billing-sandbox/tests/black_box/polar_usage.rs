//! Events, meters, credits and metered prices.

use super::api::{START, faults, start, text};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn events_are_deduplicated_and_all_or_nothing() {
    let world = start().await;
    let customer = world
        .polar
        .post(
            "/v1/customers/",
            json!({"email": "u@example.com", "external_id": "u"}),
        )
        .await;
    let event = |id: &str| json!({"name": "call", "external_customer_id": "u", "external_id": id});
    let ingest = |events| json!({"events": events});
    let answer = world
        .polar
        .expect(
            200,
            "POST",
            "/v1/events/ingest",
            Some(ingest(json!([event("1"), event("2"), event("1")]))),
        )
        .await;
    assert_eq!(answer, json!({"inserted": 2, "duplicates": 1}));
    let future =
        json!({"name": "call", "customer_id": customer["id"], "timestamp": "2026-12-01T10:00:01Z"});
    let answer = world
        .polar
        .expect(
            422,
            "POST",
            "/v1/events/ingest",
            Some(ingest(json!([event("3"), future]))),
        )
        .await;
    assert_eq!(
        faults(&answer)[0],
        "body.events.1.EventCreateCustomer.timestamp: Value error, Timestamp must be in the past."
    );
    let scoped = json!([{"name": "call", "external_customer_id": "u", "organization_id": customer["organization_id"]}]);
    let answer = world
        .polar
        .expect(422, "POST", "/v1/events/ingest", Some(ingest(scoped)))
        .await;
    assert_eq!(answer["detail"][0]["type"], "organization_token");
    let listed = world.polar.get("/v1/events/?external_customer_id=u").await;
    assert_eq!(listed["pagination"]["total_count"], 2);
    let nothing = world
        .polar
        .expect(200, "POST", "/v1/events/ingest", Some(ingest(json!([]))))
        .await;
    assert_eq!(nothing["inserted"], 0);
}

#[tokio::test]
async fn credits_meters_and_prices_work_together() {
    let world = start().await;
    let meter = json!({"name": "Calls", "aggregation": {"func": "sum", "property": "metadata.n"},
    "filter": {"conjunction": "and", "clauses": [
        {"property": "name", "operator": "eq", "value": "call"},
        {"conjunction": "or", "clauses": [
            {"property": "kind", "operator": "like", "value": "fast"},
            {"property": "n", "operator": "gte", "value": 100},
        ]},
    ]}});
    let meter = world.polar.post("/v1/meters/", meter).await;
    let credit = json!({"type": "meter_credit", "description": "Credit",
        "properties": {"units": 50, "rollover": true, "meter_id": meter["id"]}});
    let credit = world.polar.post("/v1/benefits/", credit).await;
    let product = json!({"name": "Metered", "recurring_interval": "month", "prices": [
        {"amount_type": "fixed", "price_amount": 1000},
        {"amount_type": "metered_unit", "meter_id": meter["id"], "unit_amount": "2.5"},
    ]});
    let product = world.polar.post("/v1/products/", product).await;
    let path = format!("/v1/products/{}/benefits", text(&product, "/id"));
    world
        .polar
        .expect(
            200,
            "POST",
            &path,
            Some(json!({"benefits": [credit["id"]]})),
        )
        .await;
    let checkout = json!({"products": [product["id"]], "customer_email": "m@example.com",
        "external_customer_id": "m"});
    let checkout = world.polar.post("/v1/checkouts/", checkout).await;
    world
        .sandbox
        .complete_checkout(&text(&checkout, "/id"))
        .unwrap();
    let events = json!({"events": [
        {"name": "call", "external_customer_id": "m", "metadata": {"n": 20, "kind": "fast"}},
        {"name": "call", "external_customer_id": "m", "metadata": {"n": 20, "kind": "slow"}},
        {"name": "call", "external_customer_id": "m", "metadata": {"n": 110, "kind": "slow"}},
        {"name": "other", "external_customer_id": "m", "metadata": {"n": 1000, "kind": "fast"}},
    ]});
    world
        .polar
        .expect(200, "POST", "/v1/events/ingest", Some(events))
        .await;
    let meters = world
        .polar
        .get("/v1/customer-meters/?external_customer_id=m")
        .await;
    let entry = &meters["items"][0];
    assert_eq!(
        (
            &entry["consumed_units"],
            &entry["credited_units"],
            &entry["balance"]
        ),
        (&json!(130.0), &json!(50), &json!(-80.0))
    );
    let subscriptions = world.polar.get("/v1/subscriptions/").await;
    assert_eq!(subscriptions["items"][0]["meters"][0]["amount"], 200);
    // The next period charges the overuse and counts anew.
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * 86_400));
    let orders = world
        .polar
        .get("/v1/orders/?sorting=-created_at&limit=1")
        .await;
    assert_eq!(orders["items"][0]["billing_reason"], "subscription_cycle");
    assert_eq!(orders["items"][0]["total_amount"], 1200);
    let state = world.polar.get("/v1/customers/external/m/state").await;
    let entry = &state["active_meters"][0];
    assert_eq!(
        (&entry["consumed_units"], &entry["balance"]),
        (&json!(0.0), &json!(50.0))
    );
}
