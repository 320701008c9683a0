//! Customers, features, entitlements and grants.

use super::api::{START, World, start, text};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: u64 = 86_400;
const BASE: &str = "/api/v2/customers/acme/entitlements";

async fn prepared() -> World {
    let world = start().await;
    let meter = json!({"slug": "tokens", "eventType": "tokens", "aggregation": "SUM",
        "valueProperty": "$.n", "groupBy": {"model": "$.model"}});
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
    let customer =
        json!({"key": "acme", "name": "Acme", "usageAttribution": {"subjectKeys": ["org_1"]}});
    world.om.post("/api/v1/customers", customer).await;
    world
}

async fn usage(world: &World, id: &str, subject: &str, n: f64) {
    let event = json!({"id": id, "source": "app", "specversion": "1.0", "type": "tokens",
        "subject": subject, "data": {"n": n, "model": "m"}});
    world
        .om
        .expect(204, "POST", "/api/v1/events", Some(event))
        .await;
}

async fn metered(world: &World, extra: Value) -> Value {
    let mut body =
        json!({"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "MONTH"}});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    world.om.post(BASE, body).await
}

async fn value(world: &World) -> Value {
    world.om.get(&format!("{BASE}/tokens/value")).await
}

#[tokio::test]
async fn customers_are_found_by_key_and_conflict() {
    let world = prepared().await;
    let acme = world.om.get("/api/v1/customers/acme").await;
    let nothing = json!({"name": "N"});
    world
        .om
        .expect(400, "POST", "/api/v1/customers", Some(nothing))
        .await;
    for body in [
        json!({"name": "X", "key": "acme"}),
        json!({"name": "X", "usageAttribution": {"subjectKeys": ["org_1"]}}),
        json!({"name": "X", "key": "org_1"}),
    ] {
        world
            .om
            .expect(409, "POST", "/api/v1/customers", Some(body))
            .await;
    }
    let odd = world
        .om
        .post("/api/v1/customers", json!({"name": "Odd", "key": "team ü"}))
        .await;
    assert_eq!(
        world.om.get("/api/v1/customers/team%20%C3%BC").await["id"],
        odd["id"]
    );
    let full = json!({"name": "Acme Inc", "key": "acme", "primaryEmail": "a@acme.test", "currency": "EUR"});
    let path = format!("/api/v1/customers/{}", text(&acme, "/id"));
    let changed = world.om.expect(200, "PUT", &path, Some(full)).await;
    assert_eq!(
        (&changed["name"], changed.get("usageAttribution")),
        (&json!("Acme Inc"), None)
    );
    let found = world.om.get("/api/v1/customers?name=INC&pageSize=1").await;
    assert_eq!(
        (&found["totalCount"], &found["items"][0]["id"]),
        (&json!(1), &acme["id"])
    );
    world
        .om
        .expect(204, "DELETE", "/api/v1/customers/acme", None)
        .await;
    world
        .om
        .expect(404, "GET", "/api/v1/customers/acme", None)
        .await;
    assert!(world.om.get(&path).await.get("deletedAt").is_some());
    world
        .om
        .expect(412, "GET", &format!("{BASE}/tokens/value"), None)
        .await;
    world
        .om
        .expect(
            404,
            "GET",
            "/api/v2/customers/nobody/entitlements/x/value",
            None,
        )
        .await;
}

#[tokio::test]
async fn features_keep_their_key_until_archived() {
    let world = prepared().await;
    world
        .om
        .expect(
            409,
            "POST",
            "/api/v1/features",
            Some(json!({"key": "sso", "name": "Again"})),
        )
        .await;
    world
        .om
        .expect(
            404,
            "POST",
            "/api/v1/features",
            Some(json!({"key": "x", "name": "X", "meterSlug": "nope"})),
        )
        .await;
    let filtered = json!({"key": "fast_tokens", "name": "F", "meterSlug": "tokens",
        "advancedMeterGroupByFilters": {"nope": {"$eq": "x"}}});
    world
        .om
        .expect(400, "POST", "/api/v1/features", Some(filtered))
        .await;
    let all = world.om.get("/api/v1/features").await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(
        world.om.get("/api/v1/features?page=1").await["totalCount"],
        2
    );
    world
        .om
        .expect(204, "DELETE", "/api/v1/features/sso", None)
        .await;
    world
        .om
        .post("/api/v1/features", json!({"key": "sso", "name": "Again"}))
        .await;
    let all = world.om.get("/api/v1/features?includeArchived=true").await;
    assert_eq!(all.as_array().unwrap().len(), 3);
    world
        .om
        .expect(409, "DELETE", "/api/v1/meters/tokens", None)
        .await;
}

#[tokio::test]
async fn entitlement_bodies_are_read_strictly() {
    let world = prepared().await;
    let refused = [
        (
            json!({"type": "metered", "featureKey": "tokens", "amount": 5, "metadata": {}}),
            "property \"usagePeriod\" is missing",
        ),
        (
            json!({"type": "metered", "featureKey": "sso", "usagePeriod": {"interval": "MONTH"}}),
            "Feature has no meter",
        ),
        (
            json!({"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "FORTNIGHT"}}),
            "/usagePeriod/interval",
        ),
        (
            json!({"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "P0D"}}),
            "/usagePeriod/interval",
        ),
        (
            json!({"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "DAY"}, "issue": {"amount": 1},
            "grants": [{"amount": 1, "effectiveAt": "2026-12-01T10:00:00Z"}]}),
            "cannot be used together",
        ),
        (
            json!({"type": "boolean", "featureKey": "sso", "grants": []}),
            "only supported for metered",
        ),
        (
            json!({"type": "static", "featureKey": "sso"}),
            "property \"config\" is missing",
        ),
        (
            json!({"type": "static", "featureKey": "sso", "config": "{not json"}),
            "not valid JSON",
        ),
        (
            json!({"type": "static", "featureKey": "sso", "config": {"a": 1}}),
            "value must be a string",
        ),
        (
            json!({"type": "boolean", "featureKey": "sso", "metadata": {"a": 1}}),
            "/metadata/a",
        ),
        (json!({"type": "boolean"}), "feature id or key is required"),
        (json!({"type": "nope", "featureKey": "sso"}), "/type"),
    ];
    for (body, words) in refused {
        let answer = world.om.expect(400, "POST", BASE, Some(body)).await;
        assert!(
            answer.to_string().contains(&words.replace('"', "\\\"")),
            "{words}: {answer}"
        );
    }
    let unknown = json!({"type": "boolean", "featureKey": "nope"});
    world.om.expect(404, "POST", BASE, Some(unknown)).await;
}

#[tokio::test]
async fn boolean_and_static_entitlements_give_access() {
    let world = prepared().await;
    let flag = json!({"type": "boolean", "featureKey": "sso", "metadata": {"plan": "pro"}});
    let flag = world.om.post(BASE, flag).await;
    assert_eq!(flag.get("metadata"), None);
    assert_eq!(
        world.om.get(&format!("{BASE}/sso/value")).await,
        json!({"hasAccess": true})
    );
    assert_eq!(
        world.om.get(&format!("{BASE}/nope/value")).await,
        json!({"hasAccess": false})
    );
    let again = json!({"type": "boolean", "featureKey": "sso"});
    let conflict = world.om.expect(409, "POST", BASE, Some(again)).await;
    assert_eq!(conflict["extensions"]["conflictingEntityId"], flag["id"]);
    let replaced = json!({"type": "static", "featureKey": "sso", "config": "{\"idp\":\"okta\"}"});
    let replaced = world
        .om
        .expect(201, "PUT", &format!("{BASE}/sso/override"), Some(replaced))
        .await;
    assert_ne!(replaced["id"], flag["id"]);
    let access = world.om.get("/api/v1/customers/acme/access").await;
    assert_eq!(
        access["entitlements"]["sso"],
        json!({"hasAccess": true, "config": "{\"idp\":\"okta\"}"})
    );
    world
        .om
        .expect(204, "DELETE", &format!("{BASE}/sso"), None)
        .await;
    assert_eq!(
        world.om.get(&format!("{BASE}/sso/value")).await,
        json!({"hasAccess": false})
    );
    world
        .om
        .expect(404, "DELETE", &format!("{BASE}/sso"), None)
        .await;
    let by_id = format!("/api/v2/entitlements/{}", text(&flag, "/id"));
    assert!(world.om.get(&by_id).await.get("deletedAt").is_some());
    assert_eq!(world.om.get(BASE).await["totalCount"], 0);
}

#[tokio::test]
async fn issued_amounts_come_back_every_period() {
    let world = prepared().await;
    let found = metered(&world, json!({"issue": {"amount": 100}})).await;
    assert_eq!(
        found["usagePeriod"],
        json!({"interval": "MONTH", "intervalISO": "P1M", "anchor": "2026-12-01T10:00:00Z"})
    );
    assert_eq!(
        found["currentUsagePeriod"],
        json!({"from": "2026-12-01T10:00:00Z", "to": "2027-01-01T10:00:00Z"})
    );
    usage(&world, "1", "org_1", 30.0).await;
    usage(&world, "2", "acme", 50.0).await;
    usage(&world, "3", "someone else", 1000.0).await;
    let now = value(&world).await;
    assert_eq!(
        (&now["balance"], &now["usage"], &now["overage"]),
        (&json!(20.0), &json!(80.0), &json!(0.0))
    );
    assert_eq!(now["totalAvailableGrantAmount"], 100.0);
    usage(&world, "4", "org_1", 25.0).await;
    let spent = value(&world).await;
    assert_eq!(
        (&spent["hasAccess"], &spent["overage"]),
        (&json!(false), &json!(5.0))
    );
    let before = format!("{BASE}/tokens/value?time=2026-12-01T09:00:00Z");
    assert_eq!(world.om.get(&before).await["hasAccess"], false);
    world
        .sandbox
        .clock()
        .set(START + Duration::from_secs(31 * DAY));
    let fresh = value(&world).await;
    assert_eq!(
        (&fresh["hasAccess"], &fresh["balance"], &fresh["usage"]),
        (&json!(true), &json!(100.0), &json!(0.0))
    );
    let found = world.om.get(&format!("{BASE}/tokens")).await;
    assert_eq!(found["lastReset"], "2027-01-01T10:00:00Z");
}

#[tokio::test]
async fn without_grants_there_is_no_access_but_for_soft_limits() {
    let world = prepared().await;
    metered(&world, json!({})).await;
    assert_eq!(value(&world).await["hasAccess"], false);
    let soft = json!({"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "P2W"}, "isSoftLimit": true});
    let soft = world
        .om
        .expect(201, "PUT", &format!("{BASE}/tokens/override"), Some(soft))
        .await;
    assert_eq!(soft["usagePeriod"]["intervalISO"], "P2W");
    let answer = value(&world).await;
    assert_eq!(
        (&answer["hasAccess"], &answer["balance"]),
        (&json!(true), &json!(0.0))
    );
}

#[tokio::test]
async fn grants_are_burned_voided_and_expire() {
    let world = prepared().await;
    metered(&world, json!({})).await;
    let path = format!("{BASE}/tokens/grants");
    let grant = |amount: f64, extra: Value| {
        let mut body = json!({"amount": amount, "effectiveAt": "2026-12-01T10:00:30Z"});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let first = world
        .om
        .post(&path, grant(50.0, json!({"priority": 1})))
        .await;
    assert_eq!(
        (&first["effectiveAt"], &first["maxRolloverAmount"]),
        (&json!("2026-12-01T10:00:00Z"), &json!(50.0))
    );
    let expiring = json!({"priority": 2, "expiration": {"duration": "DAY", "count": 2}, "metadata": {"order": "o1"}});
    let second = world.om.post(&path, grant(100.0, expiring)).await;
    assert_eq!(second["expiresAt"], "2026-12-03T10:00:00Z");
    for bad in [
        grant(0.0, json!({})),
        grant(1.0, json!({"effectiveAt": "2026-11-30T00:00:00Z"})),
        grant(1.0, json!({"priority": 0})),
        grant(1.0, json!({"expiration": {"duration": "DAY", "count": 0}})),
        json!({"amount": 1}),
    ] {
        world.om.expect(400, "POST", &path, Some(bad)).await;
    }
    usage(&world, "1", "org_1", 60.0).await;
    let now = value(&world).await;
    assert_eq!(
        now["grantBalances"],
        json!({text(&first, "/id"): 0.0, text(&second, "/id"): 90.0})
    );
    assert_eq!(world.om.get(&path).await["totalCount"], 2);
    assert_eq!(
        world.om.get("/api/v2/grants?customer=acme").await["totalCount"],
        2
    );
    world.sandbox.clock().advance(Duration::from_secs(2 * DAY));
    assert_eq!(value(&world).await["balance"], 0.0);
    let third = json!({"amount": 10, "effectiveAt": "2026-12-03T10:00:00Z"});
    let third = world.om.post(&path, third).await;
    assert_eq!(value(&world).await["balance"], 10.0);
    let void = format!("/api/v1/grants/{}", text(&third, "/id"));
    world
        .om
        .expect(
            400,
            "DELETE",
            &format!("{void}?at=2027-01-01T00:00:00Z"),
            None,
        )
        .await;
    world.om.expect(204, "DELETE", &void, None).await;
    world.om.expect(400, "DELETE", &void, None).await;
    world
        .om
        .expect(
            404,
            "DELETE",
            "/api/v1/grants/01G65Z755AFWAKHE12NY0CQ9FH",
            None,
        )
        .await;
    assert_eq!(value(&world).await["hasAccess"], false);
}

#[tokio::test]
async fn resets_are_asked_for_and_shown_in_the_history() {
    let world = prepared().await;
    metered(&world, json!({"issue": {"amount": 100, "priority": 3}})).await;
    world.sandbox.clock().advance(Duration::from_secs(DAY));
    usage(&world, "1", "org_1", 40.0).await;
    world.sandbox.clock().advance(Duration::from_secs(DAY));
    let path = format!("{BASE}/tokens/reset");
    world
        .om
        .expect(
            400,
            "POST",
            &path,
            Some(json!({"effectiveAt": "2027-01-01T00:00:00Z"})),
        )
        .await;
    world
        .om
        .expect(204, "POST", &path, Some(json!({"retainAnchor": true})))
        .await;
    let now = value(&world).await;
    assert_eq!(
        (&now["balance"], &now["usage"]),
        (&json!(100.0), &json!(0.0))
    );
    world.sandbox.clock().advance(Duration::from_secs(DAY));
    usage(&world, "2", "org_1", 10.0).await;
    let from = "from=2026-12-01T10:00:00Z&windowSize=DAY";
    let history = world.om.get(&format!("{BASE}/tokens/history?{from}")).await;
    let used: Vec<&Value> = history["windowedHistory"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["usage"])
        .collect();
    assert_eq!(used, [&json!(40.0), &json!(10.0)]);
    let segments = history["burndownHistory"].as_array().unwrap();
    assert_eq!(
        (&segments[0]["usage"], &segments[0]["balanceAtEnd"]),
        (&json!(40.0), &json!(60.0))
    );
    assert_eq!(
        (&segments[1]["balanceAtStart"], &segments[1]["balanceAtEnd"]),
        (&json!(100.0), &json!(90.0))
    );
    world
        .om
        .expect(400, "GET", &format!("{BASE}/tokens/history"), None)
        .await;
}

#[tokio::test]
async fn feature_filters_select_the_usage() {
    let world = prepared().await;
    let feature = json!({"key": "m_tokens", "name": "M", "meterSlug": "tokens",
        "advancedMeterGroupByFilters": {"model": {"$in": ["big"]}}});
    world.om.post("/api/v1/features", feature).await;
    let body = json!({"type": "metered", "featureKey": "m_tokens",
        "usagePeriod": {"interval": "MONTH"}, "issue": {"amount": 10}});
    world.om.post(BASE, body).await;
    usage(&world, "1", "acme", 9.0).await;
    let answer = world.om.get(&format!("{BASE}/m_tokens/value")).await;
    assert_eq!(
        (&answer["usage"], &answer["balance"]),
        (&json!(0.0), &json!(10.0))
    );
}
