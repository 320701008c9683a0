use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_bridge::{AuthBridgeBuilder, BoxError, BuildError, EventObserver};
use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
use billing_core::effects::MemoryBackend;
use billing_core::event::BillingEvent;
use billing_core::ledger::MemoryLedger;
use billing_core::webhook::Webhooks;
use client_core::webhook::{KeyDerivation, Keys};
use reqwest::Method;
use serde_json::json;
use time::OffsetDateTime;

use crate::support::{Answer, Client, World, ada, send};

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
    Billing::new(
        catalog,
        Arc::new(MemoryLedger::new()),
        Arc::clone(backend) as _,
    )
}

fn builder(world: &World, backend: &Arc<MemoryBackend>) -> AuthBridgeBuilder {
    world
        .builder()
        .polar(world.polar_options())
        .webhooks(Webhooks::polar(SECRET))
        .billing(billing(world, backend))
}

#[tokio::test]
async fn what_was_bought_before_the_sign_up_is_the_users_at_the_sign_up() {
    let sandbox = billing_sandbox::Sandbox::builder()
        .webhook_secret(SECRET)
        .wall_clock_signatures(true)
        .start()
        .await
        .unwrap();
    let world = World::of(sandbox).await;
    let backend = Arc::new(MemoryBackend::new());
    let client = world.serve(builder(&world, &backend)).await;
    let address = client.url("/polar/webhooks");
    world
        .sandbox
        .register_webhook(address, &["subscription.active"]);
    let answer = client.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = world.polar.checkouts().list().await.unwrap();
    let checkout = page.items[0].id.as_str();
    world
        .sandbox
        .complete_checkout_as(checkout, "ada@example.com")
        .unwrap();
    let deliveries = world.sandbox.deliver_webhooks().await;
    assert_eq!(deliveries[0].status, Some(200), "{deliveries:?}");
    assert!(!backend.has_access("usr_ada", "api_access"));

    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert!(backend.has_access("usr_ada", "api_access"));
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
    world
        .sandbox
        .register_webhook(client.url("/polar/webhooks"), &[]);
    client.bridge.hooks().user_created(&ada()).await.unwrap();

    let answer = client.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = world.polar.checkouts().list().await.unwrap();
    world
        .sandbox
        .complete_checkout(page.items[0].id.as_str())
        .unwrap();
    let mut deliveries = world.sandbox.deliver_webhooks().await;
    while !world.sandbox.pending_webhooks().is_empty() {
        world
            .sandbox
            .clock()
            .advance(std::time::Duration::from_secs(61));
        deliveries.extend(world.sandbox.deliver_webhooks().await);
    }

    assert!(!deliveries.is_empty());
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.status == Some(200)),
        "{deliveries:#?}"
    );
    let state = client.get("/customer/state").await;
    assert_eq!(
        state.body["activeSubscriptions"][0]["productId"], world.pro,
        "{state:?}"
    );
    assert!(backend.has_access("usr_ada", "api_access"));
}

/// Signs a body as Polar does, with the machine's clock.
fn signed(body: &str) -> Vec<(&'static str, String)> {
    let keys = Keys::new(SECRET, KeyDerivation::Utf8).unwrap();
    let now = OffsetDateTime::now_utc();
    let signed = keys.sign("msg_1", now, body.as_bytes());
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signed.pairs().map(|(name, value)| (name, value.to_owned())));
    headers
}

async fn deliver(client: &Client, headers: &[(&str, String)], body: &str) -> Answer {
    let mut request = client
        .bare(Method::POST, "/polar/webhooks")
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    send(request).await
}

const UNKNOWN: &str =
    r#"{"type":"totally.unknown","timestamp":"2026-11-21T00:00:00Z","data":{"id":"x"}}"#;

struct Seen {
    kinds: Arc<Mutex<Vec<String>>>,
    fail: bool,
}

#[async_trait]
impl EventObserver for Seen {
    async fn observe(&self, event: &BillingEvent) -> Result<(), BoxError> {
        self.kinds.lock().unwrap().push(event.provider_type.clone());
        if self.fail {
            return Err("database password is hunter2".into());
        }
        Ok(())
    }
}

async fn observed(world: &World, fail: bool) -> (Client, Arc<Mutex<Vec<String>>>) {
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let seen = Seen {
        kinds: Arc::clone(&kinds),
        fail,
    };
    let builder = world
        .builder()
        .webhooks(Webhooks::polar(SECRET))
        .event_observer(seen);
    (world.serve(builder).await, kinds)
}

#[tokio::test]
async fn event_types_that_nobody_knows_yet_are_accepted() {
    let world = World::new().await;
    let (client, kinds) = observed(&world, false).await;
    let answer = deliver(&client, &signed(UNKNOWN), UNKNOWN).await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({ "received": true }))
    );
    assert_eq!(*kinds.lock().unwrap(), ["totally.unknown"]);
}

#[tokio::test]
async fn forged_and_altered_deliveries_reach_nobody() {
    let world = World::new().await;
    let (client, kinds) = observed(&world, false).await;
    let good = signed(UNKNOWN);
    let altered = UNKNOWN.replace("\"x\"", "\"y\"");
    let answer = deliver(&client, &good, &altered).await;
    let body = json!({ "message": "Webhook Error: No matching signature found" });
    assert_eq!((answer.status, answer.body), (400, body));
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let headers: Vec<_> = good
            .iter()
            .filter(|(name, _)| *name != missing)
            .cloned()
            .collect();
        let answer = deliver(&client, &headers, UNKNOWN).await;
        let body = json!({ "message": "Webhook Error: Missing required headers" });
        assert_eq!((answer.status, answer.body), (400, body), "{missing}");
    }
    let signed_text = deliver(&client, &signed("not json"), "not json").await;
    assert_eq!(
        (signed_text.status, &signed_text.body["code"]),
        (400, &json!("BAD_REQUEST"))
    );
    assert!(kinds.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_could_not_be_handled_comes_again_and_says_nothing_about_why() {
    let world = World::new().await;
    let (client, _) = observed(&world, true).await;
    let answer = deliver(&client, &signed(UNKNOWN), UNKNOWN).await;
    let body = json!({ "message": "Webhook error: See server logs for more information." });
    assert_eq!((answer.status, answer.body), (500, body));
}

#[tokio::test]
async fn billing_without_webhooks_is_refused_when_the_bridge_is_built() {
    let world = World::new().await;
    let billing = billing(&world, &Arc::new(MemoryBackend::new()));
    let build = |builder: AuthBridgeBuilder| builder.build().map(|_| ());
    let polar = || world.builder().polar(world.polar_options());
    assert!(matches!(
        build(polar().billing(billing)),
        Err(BuildError::NoWebhooks)
    ));
    let twice = polar()
        .webhooks(Webhooks::polar("a"))
        .webhooks(Webhooks::polar("b"));
    assert!(matches!(
        build(twice),
        Err(BuildError::RepeatedWebhooks("polar"))
    ));
}
