use std::sync::Arc;

use auth_bridge::AuthBridgeBuilder;
use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
use billing_core::effects::MemoryBackend;
use billing_core::ledger::MemoryLedger;
use billing_core::webhook::Webhooks;
use serde_json::json;

use crate::support::{World, ada};

const SECRET: &str = "polar_whs_0123456789abcdefghijklmnopqrstuv";

fn billing(world: &World, backend: &Arc<MemoryBackend>) -> Billing {
    let catalog = Catalog::builder()
        .feature("apiAccess", Feature::boolean().key("api_access"))
        .plan(
            "pro",
            Plan::new("Pro")
                .provider_id(Provider::Polar, world.pro.as_str())
                .entitle("apiAccess", true)
                .price("monthly", Price::monthly(2_000, Currency::USD)),
        )
        .build()
        .unwrap();
    Billing::new(catalog, Arc::new(MemoryLedger::new()), Arc::clone(backend) as _)
}

fn builder(world: &World, backend: &Arc<MemoryBackend>) -> AuthBridgeBuilder {
    world
        .builder()
        .polar(world.polar_options())
        .webhooks(Webhooks::polar(SECRET))
        .billing(billing(world, backend))
}

#[tokio::test]
async fn a_paid_checkout_gives_access_through_signed_webhooks() {
    let sandbox = billing_sandbox::Sandbox::builder()
        .webhook_secret(SECRET)
        .wall_clock_signatures(true)
        .start()
        .await
        .unwrap();
    let world = World::of(sandbox).await;
    let backend = Arc::new(MemoryBackend::new());
    let client = world.serve(builder(&world, &backend)).await;
    let client = client.with_cookie(world.auth.sign_in(ada()));
    world.sandbox.register_webhook(client.url("/polar/webhooks"), &[]);
    client.bridge.hooks().user_created(&ada()).await.unwrap();

    let answer = client.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = world.polar.checkouts().list().await.unwrap();
    world.sandbox.complete_checkout(page.items[0].id.as_str()).unwrap();
    let mut deliveries = world.sandbox.deliver_webhooks().await;
    while !world.sandbox.pending_webhooks().is_empty() {
        world.sandbox.clock().advance(std::time::Duration::from_secs(61));
        deliveries.extend(world.sandbox.deliver_webhooks().await);
    }

    assert!(!deliveries.is_empty());
    assert!(deliveries.iter().all(|delivery| delivery.status == Some(200)), "{deliveries:#?}");
    let state = client.get("/customer/state").await;
    assert_eq!(state.body["activeSubscriptions"][0]["productId"], world.pro, "{state:?}");
    assert!(backend.has_access("usr_ada", "api_access"));
}
