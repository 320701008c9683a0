use serde_json::{Value, json};

use crate::support::{World, ada};

fn sent_checkout(world: &World) -> Value {
    let requests = world.polar_requests();
    let created = requests.iter().rev().find(|request| request.path == "/v1/checkouts/");
    created.expect("a checkout was created").body.clone().unwrap()
}

#[tokio::test]
async fn a_signed_in_user_checks_out_by_slug_and_pays_as_themselves() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));

    let answer = client.post("/checkout", json!({ "slug": "pro" })).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["redirect"], true);
    let url = answer.body["url"].as_str().unwrap();
    assert!(url.starts_with("http"), "{url}");
    let sent = sent_checkout(&world);
    assert_eq!(sent["products"], json!([world.pro]));
    assert_eq!(sent["external_customer_id"], "usr_ada");
    let success = format!("{}/success?checkout_id={{CHECKOUT_ID}}", client.origin);
    assert_eq!(sent["success_url"], success);
    assert_eq!(sent.get("metadata"), None);
}
