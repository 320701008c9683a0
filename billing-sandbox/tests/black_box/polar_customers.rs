//! Customers, their external ids and their portal.

use super::api::{faults, start, text};
use serde_json::json;

#[tokio::test]
async fn external_ids_are_set_once_and_work_in_paths() {
    let world = start().await;
    let customer = world
        .polar
        .post(
            "/v1/customers/",
            json!({"email": "a@example.com", "external_id": ""}),
        )
        .await;
    assert_eq!(customer["external_id"], json!(null));
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    world
        .polar
        .patch(&path, json!({"external_id": "team ü?#1"}))
        .await;
    let answer = world
        .polar
        .expect(422, "PATCH", &path, Some(json!({"external_id": "other"})))
        .await;
    assert_eq!(
        faults(&answer),
        ["body.external_id: Customer external ID cannot be updated."]
    );
    let external = "/v1/customers/external/team%20%C3%BC%3F%231";
    assert_eq!(world.polar.get(external).await["id"], customer["id"]);
    world
        .polar
        .patch(
            external,
            json!({"name": "Team", "metadata": {"only": "this"}}),
        )
        .await;
    let renamed = world.polar.get(&path).await;
    assert_eq!(
        (&renamed["name"], &renamed["metadata"]),
        (&json!("Team"), &json!({"only": "this"}))
    );
    world.polar.expect(204, "DELETE", external, None).await;
    world.polar.expect(404, "GET", external, None).await;
    world.polar.expect(404, "DELETE", external, None).await;
    // A deleted customer's address is free again.
    world
        .polar
        .post("/v1/customers/", json!({"email": "A@example.com"}))
        .await;
}

#[tokio::test]
async fn metadata_has_limits() {
    let world = start().await;
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!(n))).collect();
    for metadata in [
        json!({"k": ""}),
        json!({"k": null}),
        json!({"k": {"nested": 1}}),
        json!({"k": "v".repeat(501)}),
        json!({"k".repeat(41): 1}),
        json!(many),
    ] {
        let body = json!({"email": "m@example.com", "metadata": metadata});
        let answer = world
            .polar
            .expect(422, "POST", "/v1/customers/", Some(body))
            .await;
        assert!(
            faults(&answer)[0].starts_with("body.individual.metadata"),
            "{answer}"
        );
    }
    let fine = json!({"email": "m@example.com", "metadata": {"s": "v".repeat(500), "i": 1, "f": 1.5, "b": false}});
    world.polar.post("/v1/customers/", fine).await;
}

#[tokio::test]
async fn tax_ids_need_an_address_and_stay_pairs() {
    let world = start().await;
    let alone = json!({"email": "t@example.com", "tax_id": "FR61954506077"});
    world
        .polar
        .expect(422, "POST", "/v1/customers/", Some(alone))
        .await;
    let full = json!({"email": "t@example.com", "tax_id": "FR61954506077",
        "billing_address": {"country": "FR", "city": "Paris"}});
    let customer = world.polar.post("/v1/customers/", full).await;
    assert_eq!(customer["tax_id"], json!(["FR61954506077", "eu_vat"]));
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    let cleared = world.polar.patch(&path, json!({"tax_id": null})).await;
    assert_eq!(cleared["tax_id"], json!(null));
}

#[tokio::test]
async fn the_portal_shows_a_customer_only_their_own() {
    let world = start().await;
    let product = json!({"name": "Plan", "recurring_interval": "month",
        "prices": [{"amount_type": "fixed", "price_amount": 500}]});
    let product = world.polar.post("/v1/products/", product).await;
    let flag = json!({"type": "feature_flag", "description": "Flag", "properties": {}});
    let flag = world.polar.post("/v1/benefits/", flag).await;
    let path = format!("/v1/products/{}/benefits", text(&product, "/id"));
    world
        .polar
        .expect(200, "POST", &path, Some(json!({"benefits": [flag["id"]]})))
        .await;
    for (email, external) in [("a@example.com", "a"), ("b@example.com", "b")] {
        world
            .polar
            .post(
                "/v1/customers/",
                json!({"email": email, "external_id": external}),
            )
            .await;
        let checkout = json!({"products": [product["id"]], "external_customer_id": external});
        let checkout = world.polar.post("/v1/checkouts/", checkout).await;
        world
            .sandbox
            .complete_checkout(&text(&checkout, "/id"))
            .unwrap();
    }
    let session = world
        .polar
        .post(
            "/v1/customer-sessions/",
            json!({"external_customer_id": "a"}),
        )
        .await;
    let token = text(&session, "/token");
    assert!(token.starts_with("polar_cst_"));
    let portal = world.polar.as_token(&token);
    assert_eq!(
        portal.get("/v1/customer-portal/customers/me").await["email"],
        "a@example.com"
    );
    for list in ["subscriptions", "orders", "benefit-grants"] {
        let page = portal.get(&format!("/v1/customer-portal/{list}/")).await;
        assert_eq!(page["pagination"]["total_count"], 1, "{list}");
        let id = text(&page, "/items/0/id");
        portal
            .get(&format!("/v1/customer-portal/{list}/{id}"))
            .await;
        let other = world.polar.get(match list {
            "subscriptions" => "/v1/subscriptions/?external_customer_id=b",
            "orders" => "/v1/orders/?external_customer_id=b",
            _ => "/v1/benefit-grants/?external_customer_id=b",
        });
        let other = text(&other.await, "/items/0/id");
        portal
            .expect(
                404,
                "GET",
                &format!("/v1/customer-portal/{list}/{other}"),
                None,
            )
            .await;
    }
    // The two kinds of credentials do not mix, and sessions end after an hour.
    world
        .polar
        .expect(401, "GET", "/v1/customer-portal/customers/me", None)
        .await;
    portal.expect(401, "GET", "/v1/customers/", None).await;
    portal
        .expect(501, "DELETE", "/v1/customer-portal/subscriptions/x", None)
        .await;
    world
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(3601));
    portal
        .expect(401, "GET", "/v1/customer-portal/customers/me", None)
        .await;
}

#[tokio::test]
async fn deleting_a_customer_ends_what_they_have() {
    let world = start().await;
    let product =
        json!({"name": "Free", "recurring_interval": "month", "prices": [{"amount_type": "free"}]});
    let product = world.polar.post("/v1/products/", product).await;
    let customer = world
        .polar
        .post("/v1/customers/", json!({"email": "x@example.com"}))
        .await;
    let subscription = json!({"product_id": product["id"], "customer_id": customer["id"]});
    let subscription = world.polar.post("/v1/subscriptions/", subscription).await;
    let path = format!("/v1/customers/{}?anonymize=true", text(&customer, "/id"));
    world.polar.expect(204, "DELETE", &path, None).await;
    let path = format!("/v1/subscriptions/{}", text(&subscription, "/id"));
    let ended = world.polar.get(&path).await;
    assert_eq!(ended["status"], "canceled");
    assert!(text(&ended, "/customer/email").ends_with("@redacted.polar.sh"));
}
