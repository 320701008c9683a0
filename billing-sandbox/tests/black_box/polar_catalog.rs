//! Products, prices, benefits, discounts.

use super::api::{faults, start, text};
use serde_json::{Value, json};

fn one_time(price: Value) -> Value {
    json!({"name": "Thing", "prices": [price]})
}

#[tokio::test]
async fn prices_are_read_by_kind_and_currency() {
    let world = start().await;
    let refused = [
        (
            json!({"amount_type": "fixed", "price_amount": 49}),
            "fixed.price_amount: Amount must be at least $0.50 or 0 for free pricing",
        ),
        (
            json!({"amount_type": "fixed", "price_amount": 79, "price_currency": "jpy"}),
            "fixed.price_amount: Amount must be at least JPY 80 or 0 for free pricing",
        ),
        (
            json!({"amount_type": "fixed", "price_amount": -1}),
            "fixed.price_amount: Input should be greater than or equal to 0",
        ),
        (
            json!({"amount_type": "fixed"}),
            "fixed.price_amount: Field required",
        ),
        (
            json!({"amount_type": "seat_based", "seat_tiers": {"tiers": []}}),
            "seat_based.seat_tiers.tiers: List should have at least 1 item after validation, not 0",
        ),
    ];
    for (price, fault) in refused {
        let answer = world
            .polar
            .expect(422, "POST", "/v1/products/", Some(one_time(price)))
            .await;
        assert_eq!(faults(&answer), [format!("body.one_time.prices.0.{fault}")]);
    }
    let currency =
        one_time(json!({"amount_type": "fixed", "price_amount": 100, "price_currency": "USD"}));
    world
        .polar
        .expect(422, "POST", "/v1/products/", Some(currency))
        .await;
    let twice = json!({"name": "Twice", "prices": [
        {"amount_type": "fixed", "price_amount": 100}, {"amount_type": "fixed", "price_amount": 200},
    ]});
    let answer = world
        .polar
        .expect(422, "POST", "/v1/products/", Some(twice))
        .await;
    assert_eq!(answer["error"], "PolarRequestValidationError");
    let unknown_meter = json!({"name": "Metered", "recurring_interval": "month", "prices": [{
        "amount_type": "metered_unit", "unit_amount": "0.1",
        "meter_id": "00000000-0000-4000-8000-000000000000",
    }]});
    world
        .polar
        .expect(422, "POST", "/v1/products/", Some(unknown_meter))
        .await;
    let tiers = json!({"type": "graduated", "tiers": [
        {"bound": 10, "unit_amount": "100"}, {"bound": null, "unit_amount": 50},
    ]});
    let units = json!({"name": "Units", "recurring_interval": "year",
        "prices": [{"amount_type": "unit_based", "tiers": tiers}]});
    let product = world.polar.post("/v1/products/", units).await;
    assert_eq!(
        product["prices"][0]["tiers"]["tiers"][1]["unit_amount"],
        "50"
    );
}

#[tokio::test]
async fn products_are_changed_archived_and_deleted() {
    let world = start().await;
    let product = world
        .polar
        .post("/v1/products/", one_time(json!({"amount_type": "free"})))
        .await;
    let path = format!("/v1/products/{}", text(&product, "/id"));
    assert_eq!(product["prices"][0]["price_amount"], 0);
    assert_eq!(product["is_deletable"], true);
    let price = product["prices"][0]["id"].clone();
    let changed = world
        .polar
        .patch(&path, json!({
            "name": "Other", "metadata": {"k": 1},
            "prices": [{"id": price}, {"amount_type": "fixed", "price_amount": 900, "price_currency": "eur"}],
        }))
        .await;
    assert_eq!(changed["prices"].as_array().unwrap().len(), 2);
    assert_eq!(changed["prices"][0]["id"], price);
    let recurring = json!({"recurring_interval": "month"});
    world
        .polar
        .expect(422, "PATCH", &path, Some(recurring))
        .await;
    world.polar.patch(&path, json!({"is_archived": true})).await;
    assert_eq!(
        world.polar.get("/v1/products/?is_archived=false").await["items"],
        json!([])
    );
    let checkout = json!({"products": [product["id"]]});
    let answer = world
        .polar
        .expect(422, "POST", "/v1/checkouts/", Some(checkout))
        .await;
    assert_eq!(faults(&answer), ["body.products.0: Product is archived."]);
    world
        .polar
        .patch(&path, json!({"is_archived": false}))
        .await;
    let checkout = json!({"products": [product["id"]]});
    world.polar.post("/v1/checkouts/", checkout).await;
    let answer = world.polar.expect(409, "DELETE", &path, None).await;
    assert_eq!(answer["error"], "ProductNotDeletable");
}

#[tokio::test]
async fn benefits_follow_their_type() {
    let world = start().await;
    let note = json!({"type": "custom", "description": "Support", "properties": {"note": "hi"}});
    let benefit = world.polar.post("/v1/benefits/", note).await;
    let path = format!("/v1/benefits/{}", text(&benefit, "/id"));
    let answer = world
        .polar
        .expect(422, "PATCH", &path, Some(json!({"type": "feature_flag"})))
        .await;
    assert_eq!(
        faults(&answer),
        ["body.type: Benefit type cannot be changed."]
    );
    let unknown = json!({"type": "meter_credit", "description": "Units", "properties": {
        "units": 5, "rollover": true, "meter_id": "00000000-0000-4000-8000-000000000000",
    }});
    let answer = world
        .polar
        .expect(422, "POST", "/v1/benefits/", Some(unknown))
        .await;
    assert_eq!(answer["error"], "BenefitPropertiesValidationError");
    let long = json!({"type": "feature_flag", "description": "x".repeat(43), "properties": {}});
    let answer = world
        .polar
        .expect(422, "POST", "/v1/benefits/", Some(long))
        .await;
    assert_eq!(
        faults(&answer),
        ["body.feature_flag.description: String should have at most 42 characters"]
    );
    let keys = json!({"type": "license_keys", "description": "Keys", "properties": {}});
    world
        .polar
        .expect(501, "POST", "/v1/benefits/", Some(keys))
        .await;
    assert_eq!(
        world.polar.get("/v1/benefits/?type=custom").await["pagination"]["total_count"],
        1
    );
    world.polar.expect(204, "DELETE", &path, None).await;
    world.polar.expect(404, "GET", &path, None).await;
}

#[tokio::test]
async fn discounts_reduce_checkouts_and_end() {
    let world = start().await;
    let product = json!({"name": "Plan", "recurring_interval": "month",
        "prices": [{"amount_type": "fixed", "price_amount": 2000}]});
    let product = world.polar.post("/v1/products/", product).await;
    let discount = json!({"name": "Half once", "type": "percentage", "basis_points": 5000,
        "duration": "once", "code": "HALF"});
    let discount = world.polar.post("/v1/discounts/", discount).await;
    let again = json!({"name": "Dup", "type": "percentage", "basis_points": 1, "duration": "once", "code": "HALF"});
    world
        .polar
        .expect(422, "POST", "/v1/discounts/", Some(again))
        .await;
    let checkout = world
        .polar
        .post(
            "/v1/checkouts/",
            json!({
                "products": [product["id"]], "discount_id": discount["id"],
                "customer_email": "d@example.com",
            }),
        )
        .await;
    assert_eq!(
        (&checkout["discount_amount"], &checkout["total_amount"]),
        (&json!(1000), &json!(1000))
    );
    let paid = world
        .sandbox
        .complete_checkout(&text(&checkout, "/id"))
        .unwrap();
    let order = world
        .polar
        .get(&format!("/v1/orders/{}", paid.order_id))
        .await;
    assert_eq!(
        (&order["subtotal_amount"], &order["net_amount"]),
        (&json!(2000), &json!(1000))
    );
    world
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(32 * 86_400));
    let orders = world.polar.get("/v1/orders/?sorting=-created_at").await;
    assert_eq!(orders["items"][0]["net_amount"], 2000);
    let listed = world.polar.get("/v1/discounts/").await;
    assert_eq!(listed["items"][0]["redemptions_count"], 1);
}
