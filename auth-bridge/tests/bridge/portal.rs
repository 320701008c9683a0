use serde_json::json;

use crate::support::{World, ada};

#[tokio::test]
async fn a_new_user_is_a_customer_and_sees_their_state_in_camel_case() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));

    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);

    let answer = client.get("/customer/state").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["externalId"], "usr_ada");
    assert_eq!(answer.body["email"], "ada@example.com");
    assert_eq!(answer.body["activeSubscriptions"], json!([]));
}
