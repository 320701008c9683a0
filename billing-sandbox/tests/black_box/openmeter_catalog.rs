//! Plans, add-ons and subscriptions.

use super::api::{START, World, start, text};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: u64 = 86_400;

fn card(feature: &str, amount: i64) -> Value {
    json!({
        "type": "flat_fee", "key": feature, "name": feature, "featureKey": feature,
        "billingCadence": "P1M", "price": {"type": "flat", "amount": "20"},
        "entitlementTemplate": {"type": "metered", "issueAfterReset": amount},
    })
}

fn plan(cards: Value) -> Value {
    json!({
        "key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M",
        "phases": [{"key": "default", "name": "Default", "duration": null, "rateCards": cards}],
    })
}

async fn prepared() -> World {
    let world = start().await;
    let meter = json!({"slug": "tokens", "eventType": "tokens", "aggregation": "SUM", "valueProperty": "$.n"});
    world.om.post("/api/v1/meters", meter).await;
    world
        .om
        .post(
            "/api/v1/features",
            json!({"key": "tokens", "name": "T", "meterSlug": "tokens"}),
        )
        .await;
    world
        .om
        .post("/api/v1/features", json!({"key": "sso", "name": "SSO"}))
        .await;
    world
        .om
        .post("/api/v1/customers", json!({"key": "acme", "name": "Acme"}))
        .await;
    world
}

async fn published(world: &World, cards: Value) -> Value {
    let draft = world.om.post("/api/v1/plans", plan(cards)).await;
    let path = format!("/api/v1/plans/{}/publish", text(&draft, "/id"));
    world.om.expect(200, "POST", &path, None).await
}

#[tokio::test]
async fn nullable_fields_of_plans_must_be_sent() {
    let world = prepared().await;
    let mut no_duration = plan(json!([card("tokens", 1)]));
    no_duration["phases"][0]
        .as_object_mut()
        .unwrap()
        .remove("duration");
    let mut no_price = plan(json!([card("tokens", 1)]));
    no_price["phases"][0]["rateCards"][0]
        .as_object_mut()
        .unwrap()
        .remove("price");
    let mut number = plan(json!([card("tokens", 1)]));
    number["phases"][0]["rateCards"][0]["price"]["amount"] = json!(20);
    let mut exponent = plan(json!([card("tokens", 1)]));
    exponent["phases"][0]["rateCards"][0]["price"]["amount"] = json!("2e1");
    let mut none = plan(json!([]));
    none["phases"] = json!([]);
    for body in [no_duration, no_price, number, exponent, none] {
        world
            .om
            .expect(400, "POST", "/api/v1/plans", Some(body))
            .await;
    }
}

#[tokio::test]
async fn plans_go_from_draft_to_archive_in_versions() {
    let world = prepared().await;
    let faulty = world.om.post("/api/v1/plans", plan(json!([]))).await;
    assert_eq!(
        (&faulty["status"], &faulty["version"]),
        (&json!("draft"), &json!(1))
    );
    assert_eq!(
        faulty["validationErrors"][0]["code"],
        "plan_phase_has_no_rate_cards"
    );
    let path = format!("/api/v1/plans/{}", text(&faulty, "/id"));
    let refused = world
        .om
        .expect(400, "POST", &format!("{path}/publish"), None)
        .await;
    assert_eq!(
        refused["extensions"]["validationErrors"][0]["code"],
        "plan_phase_has_no_rate_cards"
    );
    world
        .om
        .expect(400, "POST", "/api/v1/plans", Some(plan(json!([]))))
        .await;
    let mut fixed = plan(json!([card("tokens", 1)]));
    fixed.as_object_mut().unwrap().remove("key");
    fixed.as_object_mut().unwrap().remove("currency");
    let fixed = world.om.expect(200, "PUT", &path, Some(fixed)).await;
    assert_eq!(fixed["validationErrors"], json!(null));
    assert_eq!(
        fixed["phases"][0]["rateCards"][0]["price"]["paymentTerm"],
        "in_advance"
    );
    world
        .om
        .expect(400, "POST", &format!("{path}/archive"), None)
        .await;
    let first = world
        .om
        .expect(200, "POST", &format!("{path}/publish"), None)
        .await;
    assert_eq!(first["status"], "active");
    world.om.expect(400, "DELETE", &path, None).await;
    world.sandbox.clock().advance(Duration::from_secs(60));
    let second = published(&world, json!([card("tokens", 2)])).await;
    assert_eq!(second["version"], 2);
    assert_eq!(world.om.get(&path).await["status"], "archived");
    assert_eq!(world.om.get("/api/v1/plans/pro").await["id"], second["id"]);
    assert_eq!(
        world.om.get("/api/v1/plans?status=archived").await["totalCount"],
        1
    );
    let archive = format!("/api/v1/plans/{}/archive", text(&second, "/id"));
    world.om.expect(200, "POST", &archive, None).await;
    world.om.expect(404, "GET", "/api/v1/plans/pro", None).await;
    assert_eq!(
        world.om.get("/api/v1/plans/pro?includeLatest=true").await["version"],
        2
    );
}

#[tokio::test]
async fn addons_are_published_and_assigned_to_draft_plans() {
    let world = prepared().await;
    let addon = json!({"key": "support", "name": "Support", "currency": "USD", "instanceType": "single",
        "rateCards": [{"type": "flat_fee", "key": "sso", "name": "SSO", "featureKey": "sso",
            "billingCadence": "P1M", "price": {"type": "flat", "amount": "5"},
            "entitlementTemplate": {"type": "boolean"}}]});
    let addon = world.om.post("/api/v1/addons", addon).await;
    let draft = world
        .om
        .post("/api/v1/plans", plan(json!([card("tokens", 1)])))
        .await;
    let path = format!("/api/v1/plans/{}/addons", text(&draft, "/id"));
    let body = json!({"addonId": addon["id"], "fromPlanPhase": "default"});
    let refused = world
        .om
        .expect(400, "POST", &path, Some(body.clone()))
        .await;
    assert_eq!(
        refused["extensions"]["validationErrors"][0]["code"],
        "plan_addon_incompatible_status"
    );
    let publish = format!("/api/v1/addons/{}/publish", text(&addon, "/id"));
    world.om.expect(200, "POST", &publish, None).await;
    world.om.expect(400, "POST", &publish, None).await;
    let mut many = body.clone();
    many["maxQuantity"] = json!(3);
    world.om.expect(400, "POST", &path, Some(many)).await;
    world.om.post(&path, body.clone()).await;
    world.om.expect(409, "POST", &path, Some(body)).await;
    let listed = world.om.get(&path).await;
    assert_eq!(listed["items"][0]["addon"]["key"], "support");
    world
        .om
        .expect(204, "DELETE", &format!("{path}/support"), None)
        .await;
    assert_eq!(world.om.get(&path).await["totalCount"], 0);
}

#[tokio::test]
async fn subscriptions_give_entitlements_and_take_them_back() {
    let world = prepared().await;
    published(&world, json!([card("tokens", 500)])).await;
    let body = json!({"customerKey": "acme", "plan": {"key": "pro"}});
    let mut later = body.clone();
    later["timing"] = json!("next_billing_cycle");
    world
        .om
        .expect(400, "POST", "/api/v1/subscriptions", Some(later))
        .await;
    let found = world.om.post("/api/v1/subscriptions", body.clone()).await;
    assert_eq!(
        (&found["status"], &found["plan"]["version"]),
        (&json!("active"), &json!(1))
    );
    let value = "/api/v2/customers/acme/entitlements/tokens/value";
    assert_eq!(world.om.get(value).await["balance"], 500.0);
    let conflict = world
        .om
        .expect(409, "POST", "/api/v1/subscriptions", Some(body))
        .await;
    assert_eq!(
        conflict["extensions"]["validationErrors"][0]["code"],
        "only_single_subscription_allowed_per_customer_at_a_time"
    );
    let path = format!("/api/v1/subscriptions/{}", text(&found, "/id"));
    let expanded = world.om.get(&path).await;
    assert_eq!(expanded["phases"][0]["items"][0]["featureKey"], "tokens");
    let delete = world
        .om
        .expect(409, "DELETE", "/api/v1/customers/acme", None)
        .await;
    assert_eq!(
        delete["extensions"]["validationErrors"][0]["code"],
        "deleting_customer_with_active_subscriptions"
    );
    let cancel = json!({"timing": "next_billing_cycle"});
    let canceled = world
        .om
        .expect(200, "POST", &format!("{path}/cancel"), Some(cancel.clone()))
        .await;
    assert_eq!(
        (&canceled["status"], &canceled["activeTo"]),
        (&json!("canceled"), &json!("2027-01-01T10:00:00Z"))
    );
    let back = world
        .om
        .expect(200, "POST", &format!("{path}/unschedule-cancelation"), None)
        .await;
    assert_eq!(back["status"], "active");
    world
        .om
        .expect(200, "POST", &format!("{path}/cancel"), Some(cancel))
        .await;
    assert_eq!(world.om.get(value).await["hasAccess"], true);
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * DAY));
    assert_eq!(world.om.get(&path).await["status"], "inactive");
    assert_eq!(world.om.get(value).await, json!({"hasAccess": false}));
    world.om.expect(400, "DELETE", &path, None).await;
    world
        .om
        .expect(501, "PATCH", &path, Some(json!({"customizations": []})))
        .await;
}

#[tokio::test]
async fn phases_follow_each_other() {
    let world = prepared().await;
    let custom = json!({
        "customerKey": "acme",
        "customPlan": {
            "name": "Custom", "currency": "USD", "billingCadence": "P1M",
            "phases": [
                {"key": "trial", "name": "Trial", "duration": "P2W", "rateCards": [card("tokens", 10)]},
                {"key": "main", "name": "Main", "duration": null, "rateCards": [card("tokens", 1000)]},
            ],
        },
    });
    let found = world.om.post("/api/v1/subscriptions", custom).await;
    assert_eq!(found.get("plan"), None);
    let value = "/api/v2/customers/acme/entitlements/tokens/value";
    assert_eq!(world.om.get(value).await["balance"], 10.0);
    world.sandbox.clock().advance(Duration::from_secs(14 * DAY));
    assert_eq!(world.om.get(value).await["balance"], 1000.0);
    let listed = world
        .om
        .get("/api/v1/customers/acme/subscriptions?status=active")
        .await;
    assert_eq!(listed["totalCount"], 1);
}
