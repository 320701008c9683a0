//! What happens to subscriptions over time.

use super::api::{START, World, faults, start, text};
use super::receiver::{Receiver, kinds};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: u64 = 86_400;

async fn product(world: &World, name: &str, amount: i64, extra: Value) -> String {
    let mut body = json!({"name": name, "recurring_interval": "month",
        "prices": [{"amount_type": "fixed", "price_amount": amount}]});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    text(&world.polar.post("/v1/products/", body).await, "/id")
}

/// Subscribes a new customer and gives the path of the subscription and the customer's id.
async fn subscribe(world: &World, product: &str, extra: Value) -> (String, String) {
    let mut body = json!({"products": [product], "customer_email": "s@example.com"});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    let checkout = world.polar.post("/v1/checkouts/", body).await;
    let paid = world
        .sandbox
        .complete_checkout(&text(&checkout, "/id"))
        .unwrap();
    (
        format!("/v1/subscriptions/{}", paid.subscription_id.unwrap()),
        paid.customer_id,
    )
}

async fn listening(world: &World) -> Receiver {
    let receiver = Receiver::start().await;
    let events = [
        "subscription.created",
        "subscription.active",
        "subscription.updated",
        "subscription.canceled",
        "subscription.uncanceled",
        "subscription.cycled",
        "subscription.revoked",
        "subscription.past_due",
        "subscription.paused",
        "subscription.resumed",
        "order.created",
        "order.updated",
        "order.paid",
        "order.refunded",
        "refund.created",
    ];
    world.sandbox.register_webhook(&receiver.url, &events);
    receiver
}

#[tokio::test]
async fn a_renewal_makes_and_pays_an_order() {
    let world = start().await;
    let _receiver = listening(&world).await;
    let plan = product(&world, "Plan", 2000, json!({})).await;
    let (path, _) = subscribe(&world, &plan, json!({})).await;
    world.sandbox.deliver_webhooks().await;
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * DAY));
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "subscription.cycled",
            "subscription.updated",
            "order.created",
            "order.updated",
            "order.paid"
        ]
    );
    let renewed = world.polar.get(&path).await;
    assert_eq!(renewed["current_period_start"], "2027-01-01T10:00:00Z");
    assert_eq!(renewed["current_period_end"], "2027-02-01T10:00:00Z");
    // Many periods pass in one step, each at its own time.
    world
        .sandbox
        .clock()
        .advance(Duration::from_secs(365 * DAY));
    let orders = world
        .polar
        .get("/v1/orders/?limit=100&sorting=created_at")
        .await;
    assert_eq!(orders["pagination"]["total_count"], 14);
    assert_eq!(orders["items"][3]["created_at"], "2027-03-01T10:00:00Z");
}

#[tokio::test]
async fn cancelling_can_be_taken_back_and_revoking_cannot() {
    let world = start().await;
    let _receiver = listening(&world).await;
    let plan = product(&world, "Plan", 2000, json!({})).await;
    let (path, customer) = subscribe(&world, &plan, json!({})).await;
    world.sandbox.deliver_webhooks().await;
    let reason = json!({"cancel_at_period_end": true, "customer_cancellation_reason": "unused"});
    let canceled = world.polar.patch(&path, reason).await;
    assert_eq!(
        (
            &canceled["status"],
            &canceled["customer_cancellation_reason"]
        ),
        (&json!("active"), &json!("unused"))
    );
    let again = world
        .polar
        .expect(
            403,
            "PATCH",
            &path,
            Some(json!({"cancel_at_period_end": true})),
        )
        .await;
    assert_eq!(again["error"], "AlreadyCanceledSubscription");
    world
        .polar
        .patch(&path, json!({"cancel_at_period_end": false}))
        .await;
    world.polar.patch(&path, json!({"revoke": true})).await;
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "subscription.updated",
            "subscription.canceled",
            "subscription.updated",
            "subscription.uncanceled",
            "subscription.updated",
            "subscription.canceled",
            "subscription.revoked",
        ]
    );
    assert_eq!(
        world.polar.expect(403, "DELETE", &path, None).await["error"],
        "AlreadyCanceledSubscription"
    );
    let state = world
        .polar
        .get(&format!("/v1/customers/{customer}/state"))
        .await;
    assert_eq!(state["active_subscriptions"], json!([]));
    world.sandbox.clock().advance(Duration::from_secs(90 * DAY));
    assert_eq!(
        world.polar.get("/v1/orders/").await["pagination"]["total_count"],
        1
    );
}

#[tokio::test]
async fn a_declined_renewal_is_past_due_and_recovers_or_ends() {
    let world = start().await;
    let _receiver = listening(&world).await;
    let plan = product(&world, "Plan", 2000, json!({})).await;
    let (path, customer) = subscribe(&world, &plan, json!({})).await;
    world.sandbox.deliver_webhooks().await;
    world.sandbox.decline_payments(&customer, true);
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * DAY));
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "subscription.cycled",
            "subscription.updated",
            "order.created",
            "order.updated",
            "subscription.updated",
            "subscription.past_due",
        ]
    );
    let late = world.polar.get(&path).await;
    assert_eq!(
        (&late["status"], &late["past_due_at"]),
        (&json!("past_due"), &json!("2027-01-01T10:00:00Z"))
    );
    let orders = world.polar.get("/v1/orders/?status=pending").await;
    assert_eq!(
        orders["items"][0]["next_payment_attempt_at"],
        "2027-01-03T10:00:00Z"
    );
    world.sandbox.decline_payments(&customer, false);
    world.sandbox.clock().advance(Duration::from_secs(2 * DAY));
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "order.updated",
            "order.paid",
            "subscription.updated",
            "subscription.active"
        ]
    );
    world.sandbox.decline_payments(&customer, true);
    world.sandbox.clock().advance(Duration::from_secs(60 * DAY));
    assert_eq!(world.polar.get(&path).await["status"], "canceled");
}

#[tokio::test]
async fn a_trial_converts_at_its_end() {
    let world = start().await;
    let trial = json!({"trial_interval": "day", "trial_interval_count": 14});
    let plan = product(&world, "Plan", 2000, trial).await;
    let (path, _) = subscribe(&world, &plan, json!({})).await;
    let trialing = world.polar.get(&path).await;
    assert_eq!(
        (&trialing["status"], &trialing["trial_end"]),
        (&json!("trialing"), &json!("2026-12-15T10:00:00Z"))
    );
    let orders = world.polar.get("/v1/orders/").await;
    assert_eq!(orders["items"][0]["total_amount"], 0);
    let early = json!({"trial_end": "2026-12-10T00:00:00Z"});
    let answer = world.polar.expect(422, "PATCH", &path, Some(early)).await;
    assert_eq!(
        faults(&answer),
        ["body.trial_end: Trial end must be after the current period end."]
    );
    world.sandbox.clock().advance(Duration::from_secs(14 * DAY));
    let active = world.polar.get(&path).await;
    assert_eq!(
        (&active["status"], &active["current_period_end"]),
        (&json!("active"), &json!("2027-01-15T10:00:00Z"))
    );
    let orders = world.polar.get("/v1/orders/?sorting=-created_at").await;
    assert_eq!(orders["items"][0]["total_amount"], 2000);
}

#[tokio::test]
async fn plans_change_now_or_at_the_next_period() {
    let world = start().await;
    let flag = json!({"type": "feature_flag", "description": "Big only", "properties": {}});
    let flag = world.polar.post("/v1/benefits/", flag).await;
    let small = product(&world, "Small", 1000, json!({})).await;
    let big = product(&world, "Big plan", 4000, json!({})).await;
    world
        .polar
        .expect(
            200,
            "POST",
            &format!("/v1/products/{big}/benefits"),
            Some(json!({"benefits": [flag["id"]]})),
        )
        .await;
    let (path, customer) = subscribe(&world, &small, json!({})).await;
    let later = json!({"product_id": big, "proration_behavior": "next_period"});
    let pending = world.polar.patch(&path, later).await;
    assert_eq!(
        (
            &pending["product_id"],
            &pending["pending_update"]["product_id"]
        ),
        (&json!(small), &json!(big))
    );
    world
        .polar
        .patch(&path, json!({"pending_update": null}))
        .await;
    // Half of the period is left.
    world
        .sandbox
        .clock()
        .advance(Duration::from_secs(31 * DAY / 2));
    let now = json!({"product_id": big, "proration_behavior": "invoice"});
    let changed = world.polar.patch(&path, now).await;
    assert_eq!(
        (&changed["product_id"], &changed["amount"]),
        (&json!(big), &json!(4000))
    );
    let orders = world.polar.get("/v1/orders/?sorting=-created_at").await;
    assert_eq!(orders["items"][0]["billing_reason"], "subscription_update");
    assert_eq!(orders["items"][0]["total_amount"], 1500);
    let state = world
        .polar
        .get(&format!("/v1/customers/{customer}/state"))
        .await;
    assert_eq!(state["granted_benefits"][0]["benefit_id"], flag["id"]);
    let missing = json!({"product_id": "00000000-0000-4000-8000-000000000000"});
    world.polar.expect(422, "PATCH", &path, Some(missing)).await;
    let mixed = json!({"seats": 2, "revoke": true});
    let answer = world.polar.expect(422, "PATCH", &path, Some(mixed)).await;
    assert!(faults(&answer).len() > 4);
}

#[tokio::test]
async fn seats_are_charged_by_tier() {
    let world = start().await;
    let prices = json!({"prices": [{"amount_type": "seat_based", "seat_tiers": {"tiers": [
        {"min_seats": 1, "max_seats": 4, "price_per_seat": 1000},
        {"min_seats": 5, "max_seats": null, "price_per_seat": 800},
    ]}}]});
    let team = product(&world, "Team", 0, prices).await;
    let (path, _) = subscribe(&world, &team, json!({"seats": 3})).await;
    let found = world.polar.get(&path).await;
    assert_eq!(
        (&found["seats"], &found["amount"]),
        (&json!(3), &json!(3000))
    );
    let more = world.polar.patch(&path, json!({"seats": 5})).await;
    assert_eq!(more["amount"], 4000);
    let plain = product(&world, "Plain", 500, json!({})).await;
    let (path, _) = subscribe(&world, &plain, json!({"customer_email": "p@example.com"})).await;
    let answer = world
        .polar
        .expect(400, "PATCH", &path, Some(json!({"seats": 2})))
        .await;
    assert_eq!(answer["error"], "NotASeatBasedSubscription");
}

#[tokio::test]
async fn pausing_stops_and_resuming_starts_a_period() {
    let world = start().await;
    let _receiver = listening(&world).await;
    let plan = product(&world, "Plan", 2000, json!({})).await;
    let (path, _) = subscribe(&world, &plan, json!({})).await;
    world
        .polar
        .expect(409, "PATCH", &path, Some(json!({"resume": true})))
        .await;
    world
        .polar
        .patch(&path, json!({"pause_at_period_end": true}))
        .await;
    world.sandbox.deliver_webhooks().await;
    world.sandbox.clock().advance(Duration::from_secs(40 * DAY));
    assert_eq!(world.polar.get(&path).await["status"], "paused");
    let resumed = world.polar.patch(&path, json!({"resume": true})).await;
    assert_eq!(resumed["current_period_start"], "2027-01-10T10:00:00Z");
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "subscription.updated",
            "subscription.paused",
            "subscription.updated",
            "subscription.resumed",
            "order.created",
            "order.updated",
            "order.paid",
        ]
    );
}

#[tokio::test]
async fn refunds_are_bounded_and_can_take_benefits_away() {
    let world = start().await;
    let _receiver = listening(&world).await;
    let flag = json!({"type": "feature_flag", "description": "Flag", "properties": {}});
    let flag = world.polar.post("/v1/benefits/", flag).await;
    let pack = json!({"name": "Pack", "prices": [{"amount_type": "fixed", "price_amount": 1000}]});
    let pack = text(&world.polar.post("/v1/products/", pack).await, "/id");
    world
        .polar
        .expect(
            200,
            "POST",
            &format!("/v1/products/{pack}/benefits"),
            Some(json!({"benefits": [flag["id"]]})),
        )
        .await;
    let checkout = json!({"products": [pack], "customer_email": "r@example.com"});
    let checkout = world.polar.post("/v1/checkouts/", checkout).await;
    let paid = world
        .sandbox
        .complete_checkout(&text(&checkout, "/id"))
        .unwrap();
    world.sandbox.deliver_webhooks().await;
    let refund = |amount: i64, revoke: bool| json!({"order_id": paid.order_id, "reason": "other", "amount": amount, "revoke_benefits": revoke});
    world
        .polar
        .expect(422, "POST", "/v1/refunds/", Some(refund(1001, false)))
        .await;
    world.polar.post("/v1/refunds/", refund(400, false)).await;
    let order = world
        .polar
        .get(&format!("/v1/orders/{}", paid.order_id))
        .await;
    assert_eq!(
        (&order["status"], &order["refundable_amount"]),
        (&json!("partially_refunded"), &json!(600))
    );
    world.polar.post("/v1/refunds/", refund(600, true)).await;
    let state = world
        .polar
        .get(&format!("/v1/customers/{}/state", paid.customer_id))
        .await;
    assert_eq!(state["granted_benefits"], json!([]));
    let answer = world
        .polar
        .expect(403, "POST", "/v1/refunds/", Some(refund(1, false)))
        .await;
    assert_eq!(answer["error"], "RefundedAlready");
    let kinds = kinds(&world.sandbox.deliver_webhooks().await);
    assert_eq!(
        kinds[..3],
        ["refund.created", "order.updated", "order.refunded"]
    );
}

#[tokio::test]
async fn open_checkouts_expire_after_a_day() {
    let world = start().await;
    let plan = product(&world, "Plan", 2000, json!({})).await;
    let checkout = world
        .polar
        .post("/v1/checkouts/", json!({"products": [plan]}))
        .await;
    let id = text(&checkout, "/id");
    let refused = world.sandbox.complete_checkout(&id).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("neither a customer nor an e-mail")
    );
    world.sandbox.clock().advance(Duration::from_secs(DAY));
    assert_eq!(
        world.polar.get(&format!("/v1/checkouts/{id}")).await["status"],
        "expired"
    );
    assert!(
        world
            .sandbox
            .complete_checkout_as(&id, "late@example.com")
            .is_err()
    );
    assert_eq!(
        world.polar.get("/v1/checkouts/?status=open").await["items"],
        json!([])
    );
}
