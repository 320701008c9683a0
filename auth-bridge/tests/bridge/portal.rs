use auth_bridge::User;
use serde_json::{Value, json};

use crate::support::{Client, World, ada};

async fn customer(world: &World) -> Client {
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    client
}

async fn buy(world: &World, client: &Client, body: Value) {
    let answer = client.post("/checkout", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let open = world.polar.checkouts().list().await.unwrap();
    world
        .sandbox
        .complete_checkout(open.items[0].id.as_str())
        .unwrap();
}

#[tokio::test]
async fn a_new_user_is_a_customer_and_sees_their_state_in_camel_case() {
    let world = World::new().await;
    let client = customer(&world).await;

    let answer = client.get("/customer/state").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["externalId"], "usr_ada");
    assert_eq!(answer.body["email"], "ada@example.com");
    assert_eq!(answer.body["activeSubscriptions"], json!([]));
    let created = answer.body["createdAt"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");
}

#[tokio::test]
async fn the_portal_opens_for_the_signed_in_customer() {
    let world = World::new().await;
    let client = customer(&world).await;
    for (answer, redirect) in [
        (client.get("/customer/portal").await, true),
        (client.post("/customer/portal", json!({})).await, true),
        (
            client
                .post("/customer/portal", json!({ "redirect": false }))
                .await,
            false,
        ),
    ] {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["redirect"], redirect);
        assert!(
            answer.body["url"].as_str().unwrap().contains("polar_cst_"),
            "{answer:?}"
        );
    }
    let request = client.request(reqwest::Method::POST, "/customer/portal");
    assert_eq!(crate::support::send(request).await.status, 200);
    let sent = world.polar_requests();
    let sent = sent.last().unwrap().body.clone().unwrap();
    assert_eq!(sent, json!({ "external_customer_id": "usr_ada" }));
}

#[tokio::test]
async fn lists_have_the_envelope_of_the_javascript_sdk() {
    let world = World::new().await;
    let client = customer(&world).await;
    let metadata = json!({ "snake_key": "kept_as_it_is" });
    buy(
        &world,
        &client,
        json!({ "slug": "pro", "metadata": metadata }),
    )
    .await;
    buy(&world, &client, json!({ "slug": "tokens" })).await;

    let orders = client.get("/customer/orders/list?page=1&limit=1").await;
    assert_eq!(orders.status, 200, "{orders:?}");
    let result = &orders.body["result"];
    assert_eq!(
        result["pagination"],
        json!({ "totalCount": 2, "maxPage": 2 })
    );
    assert_eq!(result["items"].as_array().unwrap().len(), 1);
    let once = client
        .get("/customer/orders/list?productBillingType=one_time")
        .await;
    assert_eq!(
        once.body["result"]["items"][0]["productId"], world.tokens,
        "{once:?}"
    );

    let subscriptions = client.get("/customer/subscriptions/list?active=true").await;
    let item = &subscriptions.body["result"]["items"][0];
    assert_eq!(item["productId"], world.pro, "{subscriptions:?}");
    assert_eq!(item["cancelAtPeriodEnd"], false);

    let state = client.get("/customer/state").await;
    let bought = &state.body["activeSubscriptions"][0]["metadata"];
    assert_eq!(bought["snake_key"], "kept_as_it_is", "{state:?}");

    for path in ["/customer/benefits/list", "/usage/meters/list"] {
        let list = client.get(path).await;
        assert_eq!(list.status, 200, "{path}: {list:?}");
        assert!(list.body["result"]["items"].is_array(), "{path}");
        assert_eq!(list.body["result"]["pagination"]["totalCount"], 0);
    }
}

#[tokio::test]
async fn paging_that_cannot_be_is_refused() {
    let world = World::new().await;
    let client = customer(&world).await;
    world.sandbox.clear_requests();
    for query in ["page=abc", "page=0", "limit=0", "limit=101", "limit=1.5"] {
        let answer = client.get(&format!("/customer/orders/list?{query}")).await;
        let name = query.split('=').next().unwrap();
        assert_eq!(answer.status, 400, "{query}");
        assert!(
            answer.message().starts_with(&format!("[query.{name}]")),
            "{answer:?}"
        );
    }
    assert!(world.polar_requests().is_empty());
}

#[tokio::test]
async fn a_user_who_is_no_customer_yet_is_told_so() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    for path in [
        "/customer/state",
        "/customer/portal",
        "/customer/orders/list",
    ] {
        let answer = client.get(path).await;
        let body = json!({ "message": "Customer not found", "code": "CUSTOMER_NOT_FOUND" });
        assert_eq!((answer.status, answer.body), (404, body), "{path}");
    }
}

#[tokio::test]
async fn guests_have_no_portal() {
    let world = World::new().await;
    let cookie = world.auth.sign_in(User::new("guest_1").anonymous());
    let client = world.client().await.with_cookie(cookie);
    let answer = client.get("/customer/portal").await;
    let body = json!({ "message": "Anonymous users cannot access the portal" });
    assert_eq!((answer.status, answer.body), (401, body));
    assert!(world.polar_requests().is_empty());
}
