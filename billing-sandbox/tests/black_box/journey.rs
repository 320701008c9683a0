//! One customer's way through both servers: sign-up, checkout, entitlement, usage, top-up, end.

use super::api::{START, World, start, text};
use super::receiver::{Receiver, kinds};
use serde_json::{Value, json};
use std::time::Duration;

struct Catalog {
    pro: String,
    pack: String,
}

async fn catalog(world: &World) -> Catalog {
    let meter = world
        .polar
        .post(
            "/v1/meters/",
            json!({
                "name": "Tokens",
                "aggregation": {"func": "sum", "property": "tokens"},
                "filter": {"conjunction": "and", "clauses": [
                    {"property": "name", "operator": "eq", "value": "ai.tokens"},
                ]},
            }),
        )
        .await;
    let credit = world
        .polar
        .post(
            "/v1/benefits/",
            json!({
                "type": "meter_credit",
                "description": "Tokens every month",
                "properties": {"units": 100_000, "rollover": false, "meter_id": meter["id"]},
            }),
        )
        .await;
    let flag = world
        .polar
        .post(
            "/v1/benefits/",
            json!({"type": "feature_flag", "description": "API access", "properties": {}}),
        )
        .await;
    let pro = world
        .polar
        .post(
            "/v1/products/",
            json!({
                "name": "Pro", "recurring_interval": "month", "metadata": {"plan": "pro"},
                "prices": [{"amount_type": "fixed", "price_amount": 2000, "price_currency": "usd"}],
            }),
        )
        .await;
    let benefits = json!({"benefits": [credit["id"], flag["id"]]});
    let path = format!("/v1/products/{}/benefits", text(&pro, "/id"));
    world.polar.expect(200, "POST", &path, Some(benefits)).await;
    let pack = world
        .polar
        .post(
            "/v1/products/",
            json!({
                "name": "1M tokens", "metadata": {"topup": "tokenPack1m"},
                "prices": [{"amount_type": "fixed", "price_amount": 1000}],
            }),
        )
        .await;
    world
        .om
        .post(
            "/api/v1/meters",
            json!({
                "slug": "tokens", "eventType": "ai.tokens", "aggregation": "SUM",
                "valueProperty": "$.tokens", "groupBy": {"model": "$.model"},
            }),
        )
        .await;
    world
        .om
        .post(
            "/api/v1/features",
            json!({"key": "ai_tokens", "name": "AI tokens", "meterSlug": "tokens"}),
        )
        .await;
    world
        .om
        .post(
            "/api/v1/features",
            json!({"key": "api_access", "name": "API access"}),
        )
        .await;
    Catalog {
        pro: text(&pro, "/id"),
        pack: text(&pack, "/id"),
    }
}

async fn value(world: &World, feature: &str) -> Value {
    world
        .om
        .get(&format!(
            "/api/v2/customers/usr_1/entitlements/{feature}/value"
        ))
        .await
}

async fn record(world: &World, id: &str, tokens: i64) {
    let event = json!({
        "id": id, "source": "app", "specversion": "1.0", "type": "ai.tokens", "subject": "usr_1",
        "data": {"tokens": tokens, "model": "small"},
    });
    world
        .om
        .expect(204, "POST", "/api/v1/events", Some(event))
        .await;
}

#[tokio::test]
async fn a_customer_subscribes_uses_tops_up_and_leaves() {
    let world = start().await;
    let catalog = catalog(&world).await;
    let receiver = Receiver::start().await;
    world.sandbox.register_webhook(&receiver.url, &[]);

    // Sign-up: the same person in both services.
    let customer = world
        .polar
        .post(
            "/v1/customers/",
            json!({"email": "ada@example.com", "external_id": "usr_1"}),
        )
        .await;
    world
        .om
        .post("/api/v1/customers", json!({"key": "usr_1", "name": "Ada"}))
        .await;
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        ["customer.created", "customer.state_changed"]
    );

    // Checkout and payment.
    let checkout = world
        .polar
        .post(
            "/v1/checkouts/",
            json!({
                "products": [catalog.pro], "external_customer_id": "usr_1",
                "success_url": "https://app.example.com/ok?id={CHECKOUT_ID}",
                "metadata": {"referenceId": "usr_1"},
            }),
        )
        .await;
    let checkout_id = text(&checkout, "/id");
    assert_eq!(checkout["customer_id"], customer["id"]);
    assert_eq!(checkout["total_amount"], 2000);
    assert_eq!(
        text(&checkout, "/success_url"),
        format!("https://app.example.com/ok?id={checkout_id}")
    );
    let paid = world.sandbox.complete_checkout(&checkout_id).unwrap();
    let subscription_id = paid.subscription_id.clone().unwrap();
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "checkout.created",
            "checkout.updated",
            "subscription.created",
            "subscription.active",
            "subscription.updated",
            "order.created",
            "order.updated",
            "order.paid",
            "checkout.updated",
            "benefit_grant.created",
            "benefit_grant.created",
            "customer.state_changed",
        ]
    );
    let order = world
        .polar
        .get(&format!("/v1/orders/{}", paid.order_id))
        .await;
    assert_eq!(order["status"], "paid");
    assert_eq!(order["metadata"], json!({"referenceId": "usr_1"}));
    assert_eq!(order["subscription"]["id"], json!(subscription_id));
    let state = world.polar.get("/v1/customers/external/usr_1/state").await;
    assert_eq!(
        state["active_subscriptions"][0]["id"],
        json!(subscription_id)
    );
    assert_eq!(state["granted_benefits"].as_array().unwrap().len(), 2);
    assert_eq!(state["active_meters"][0]["credited_units"], 100_000);

    // What the application does with it.
    let entitlement = json!({
        "type": "metered", "featureKey": "ai_tokens",
        "usagePeriod": {"interval": "MONTH"}, "issue": {"amount": 100_000},
    });
    world
        .om
        .post("/api/v2/customers/usr_1/entitlements", entitlement)
        .await;
    let flag = json!({"type": "boolean", "featureKey": "api_access"});
    world
        .om
        .post("/api/v2/customers/usr_1/entitlements", flag)
        .await;
    let tokens = value(&world, "ai_tokens").await;
    assert_eq!(
        (&tokens["hasAccess"], &tokens["balance"]),
        (&json!(true), &json!(100_000.0))
    );
    assert_eq!(
        value(&world, "api_access").await,
        json!({"hasAccess": true})
    );

    // Usage until nothing is left.
    world.sandbox.clock().advance(Duration::from_secs(3600));
    record(&world, "evt-1", 60_000).await;
    record(&world, "evt-1", 60_000).await;
    assert_eq!(value(&world, "ai_tokens").await["balance"], 40_000.0);
    record(&world, "evt-2", 50_000).await;
    let spent = value(&world, "ai_tokens").await;
    assert_eq!(spent["hasAccess"], false);
    assert_eq!(
        (&spent["balance"], &spent["overage"]),
        (&json!(0.0), &json!(10_000.0))
    );

    // A top-up brings access back.
    let checkout = world
        .polar
        .post(
            "/v1/checkouts/",
            json!({"products": [catalog.pack], "external_customer_id": "usr_1"}),
        )
        .await;
    let bought = world
        .sandbox
        .complete_checkout(&text(&checkout, "/id"))
        .unwrap();
    assert_eq!(bought.subscription_id, None);
    let order = world
        .polar
        .get(&format!("/v1/orders/{}", bought.order_id))
        .await;
    assert_eq!(order["billing_reason"], "purchase");
    let grant = json!({
        "amount": 1_000_000, "priority": 5, "effectiveAt": "2026-12-01T11:00:00Z",
        "expiration": {"duration": "YEAR", "count": 1},
    });
    world
        .om
        .post(
            "/api/v2/customers/usr_1/entitlements/ai_tokens/grants",
            grant,
        )
        .await;
    let topped = value(&world, "ai_tokens").await;
    assert_eq!(
        (&topped["hasAccess"], &topped["balance"]),
        (&json!(true), &json!(990_000.0))
    );

    // Cancelled at the end of the period: nothing changes until then.
    world
        .polar
        .patch(
            &format!("/v1/subscriptions/{subscription_id}"),
            json!({"cancel_at_period_end": true}),
        )
        .await;
    let running = world
        .polar
        .get(&format!("/v1/subscriptions/{subscription_id}"))
        .await;
    assert_eq!(running["status"], "active");
    assert_eq!(running["ends_at"], "2027-01-01T10:00:00Z");
    world.sandbox.deliver_webhooks().await;
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * 86_400));
    let ended = world
        .polar
        .get(&format!("/v1/subscriptions/{subscription_id}"))
        .await;
    assert_eq!(
        (&ended["status"], &ended["ended_at"]),
        (&json!("canceled"), &json!("2027-01-01T10:00:00Z"))
    );
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        [
            "subscription.updated",
            "subscription.revoked",
            "benefit_grant.revoked",
            "benefit_grant.revoked",
            "customer.state_changed",
        ]
    );
    let state = world.polar.get("/v1/customers/external/usr_1/state").await;
    assert_eq!(state["active_subscriptions"], json!([]));
    assert_eq!(state["granted_benefits"], json!([]));
}
