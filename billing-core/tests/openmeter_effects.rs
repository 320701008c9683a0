//! OpenMeter as the store of entitlements, against the sandbox over HTTP.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use billing_core::effects::{
    AuditEntry, BackendError, CustomerProfile, EntitlementBackend, OpenMeterBackend,
};
use billing_core::entitlement::{EntitlementSpec, GrantSpec};
use billing_sandbox::{Fault, Sandbox, Service};
use openmeter_client::models::{
    CustomerCreate, EntitlementGrantV2, EntitlementV2, FeatureCreateInputs, MeterAggregation,
    MeterCreate,
};
use openmeter_client::{Event, OpenMeter, RetryPolicy};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

const START: OffsetDateTime = datetime!(2026-11-21 10:00:20 UTC);

struct World {
    sandbox: Sandbox,
    om: OpenMeter,
    backend: OpenMeterBackend,
}

impl World {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().clock_start(START).start().await.unwrap();
        let om = OpenMeter::builder()
            .url(sandbox.openmeter_url())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let clock = sandbox.clock();
        let backend = OpenMeterBackend::new(om.clone()).clock(move || clock.now());
        let mut meter = MeterCreate::new("tokens", MeterAggregation::Sum, "ai.tokens");
        meter.value_property = Some("$.tokens".into());
        om.meters().create(meter).await.unwrap();
        let features = om.features();
        features
            .create(FeatureCreateInputs::new("ai_tokens", "Tokens").meter_slug("tokens"))
            .await
            .unwrap();
        for key in ["api_access", "model_tier"] {
            features
                .create(FeatureCreateInputs::new(key, key))
                .await
                .unwrap();
        }
        let world = Self {
            sandbox,
            om,
            backend,
        };
        world.backend.ensure_customer(&profile()).await.unwrap();
        world
    }

    async fn put(&self, allowance: Value, feature: &str) {
        self.backend
            .put_entitlement("usr_1", &entitlement(feature, allowance))
            .await
            .unwrap();
    }

    async fn present(&self, feature: &str) -> EntitlementV2 {
        let entitlements = self.om.customers().entitlements("usr_1");
        entitlements.get(feature).await.unwrap()
    }

    async fn balance(&self) -> f64 {
        let entitlements = self.om.customers().entitlements("usr_1");
        let value = entitlements.value("ai_tokens").await.unwrap();
        value.balance.unwrap()
    }

    async fn use_tokens(&self, id: &str, tokens: u32) {
        let event = Event::new("ai.tokens", "usr_1")
            .id(id)
            .source("test")
            .data(json!({"tokens": tokens}));
        let event = event.time(self.sandbox.clock().now());
        self.om.events().ingest(event).await.unwrap();
    }

    /// How many requests of this kind came.
    fn count(&self, method: &str, path_end: &str) -> usize {
        let requests = self.sandbox.requests();
        let of_kind = requests
            .iter()
            .filter(|request| request.method == method && request.path.ends_with(path_end));
        of_kind.count()
    }

    fn fail(&self, method: &str, nth: usize) -> Fault {
        Fault::on(Service::OpenMeter).method(method).nth(nth)
    }
}

fn profile() -> CustomerProfile {
    serde_json::from_value(json!({"key": "usr_1", "name": "Ada", "email": "ada@example.com"}))
        .unwrap()
}

fn entitlement(feature: &str, allowance: Value) -> EntitlementSpec {
    let spec = json!({
        "featureKey": feature,
        "allowance": allowance,
        "metadata": {"catalogPlanId": "pro"},
    });
    serde_json::from_value(spec).unwrap()
}

fn metered(amount: f64) -> Value {
    json!({"type": "metered", "amount": amount, "reset": "month"})
}

fn grant(key: &str, amount: f64) -> GrantSpec {
    let spec = json!({
        "key": key,
        "featureKey": "ai_tokens",
        "amount": amount,
        "effectiveAt": "2026-11-21T10:00:05Z",
        "expiration": {"duration": "year"},
        "expiresAt": "2027-11-21T10:00:05Z",
        "metadata": {"catalogTopupId": "pack"},
    });
    serde_json::from_value(spec).unwrap()
}

#[tokio::test]
async fn a_customer_is_made_once_and_counts_its_own_usage() {
    let world = World::new().await;
    world.backend.ensure_customer(&profile()).await.unwrap();
    let found = world.om.customers().get("usr_1").await.unwrap();
    assert_eq!(found.name, "Ada");
    assert_eq!(found.primary_email.as_deref(), Some("ada@example.com"));
    let subjects = found.usage_attribution.unwrap().subject_keys;
    assert_eq!(subjects, ["usr_1"]);
    assert_eq!(world.count("POST", "/customers"), 1);
}

#[tokio::test]
async fn a_customer_without_the_subject_gets_it_and_keeps_everything_else() {
    let world = World::new().await;
    let create = CustomerCreate::new("Grace")
        .key("usr_2")
        .description("made by hand")
        .metadata([("plan", "none")]);
    world.om.customers().create(create).await.unwrap();
    let other: CustomerProfile = serde_json::from_value(json!({"key": "usr_2"})).unwrap();
    world.backend.ensure_customer(&other).await.unwrap();
    let found = world.om.customers().get("usr_2").await.unwrap();
    assert_eq!(found.usage_attribution.unwrap().subject_keys, ["usr_2"]);
    assert_eq!(found.name, "Grace");
    assert_eq!(found.description.as_deref(), Some("made by hand"));
    assert_eq!(found.metadata.unwrap()["plan"], "none");
}

#[tokio::test]
async fn a_priority_that_openmeter_does_not_have_becomes_the_nearest() {
    let world = World::new().await;
    world.put(metered(100.0), "ai_tokens").await;
    let entitlements = world.om.customers().entitlements("usr_1");
    for (priority, sent) in [
        (Some(0), Some(1)),
        (Some(7), Some(7)),
        (Some(900), Some(255)),
    ] {
        let mut paid = grant(&format!("polar:ord_{sent:?}"), 50.0);
        paid.priority = priority;
        world.backend.create_grant("usr_1", &paid).await.unwrap();
        let grants = entitlements.list_grants("ai_tokens").stream();
        let grants = grants.try_collect().await.unwrap();
        let ours = |made: &&EntitlementGrantV2| {
            let metadata = made.metadata.as_ref();
            metadata.is_some_and(|metadata| metadata["idempotencyKey"] == paid.key)
        };
        assert_eq!(grants.iter().find(ours).unwrap().priority, sent);
    }
}

#[tokio::test]
async fn a_metered_entitlement_brings_its_amount_in_every_period() {
    let world = World::new().await;
    let anchor = json!({
        "type": "metered", "amount": 100.0, "reset": "month", "anchor": "2026-11-15T08:00:00Z",
    });
    world.put(anchor, "ai_tokens").await;
    assert_eq!(world.balance().await, 100.0);
    let EntitlementV2::Metered(found) = world.present("ai_tokens").await else {
        panic!("not metered");
    };
    let period = &found.current_usage_period;
    assert_eq!(period.from, datetime!(2026-11-15 8:00 UTC));
    assert_eq!(found.measure_usage_from, datetime!(2026-11-21 10:00 UTC));
    assert_eq!(found.metadata.as_ref().unwrap()["catalogPlanId"], "pro");

    world.use_tokens("e1", 70).await;
    assert_eq!(world.balance().await, 30.0);
    world.sandbox.clock().set(datetime!(2026-12-15 8:01 UTC));
    assert_eq!(world.balance().await, 100.0);
}

#[tokio::test]
async fn an_amount_that_never_starts_anew_stays_used() {
    let world = World::new().await;
    let once = json!({"type": "metered", "amount": 50.0, "reset": null});
    world.put(once.clone(), "ai_tokens").await;
    world.use_tokens("e1", 20).await;
    world
        .sandbox
        .clock()
        .advance(Duration::from_secs(800 * 86_400));
    assert_eq!(world.balance().await, 30.0);
    world.put(once, "ai_tokens").await;
    assert_eq!(world.balance().await, 30.0);
}

#[tokio::test]
async fn the_same_allowance_again_keeps_the_entitlement_and_its_usage() {
    let world = World::new().await;
    world.put(metered(100.0), "ai_tokens").await;
    world.put(json!({"type": "boolean"}), "api_access").await;
    let tier = json!({"type": "static", "config": {"models": ["a", "b"], "rate": 2}});
    world.put(tier.clone(), "model_tier").await;
    world.use_tokens("e1", 40).await;
    world.put(metered(100.0), "ai_tokens").await;
    let month = json!({"type": "metered", "amount": 100.0, "reset": "P1M"});
    world.put(month, "ai_tokens").await;
    world.put(json!({"type": "boolean"}), "api_access").await;
    world.put(tier, "model_tier").await;
    assert_eq!(world.balance().await, 60.0);
    assert_eq!(world.count("PUT", "/override"), 0);
}

#[tokio::test]
async fn another_allowance_replaces_the_entitlement_and_counts_from_zero() {
    let world = World::new().await;
    world.put(metered(100.0), "ai_tokens").await;
    world.use_tokens("e1", 40).await;
    world.sandbox.clock().advance(Duration::from_secs(120));
    world.put(metered(500.0), "ai_tokens").await;
    assert_eq!(world.balance().await, 500.0);
    let yearly = json!({"type": "metered", "amount": 500.0, "reset": "year"});
    world.put(yearly, "ai_tokens").await;
    assert_eq!(world.count("PUT", "/override"), 2);
}

#[tokio::test]
async fn a_configuration_arrives_as_it_stands_in_the_catalog() {
    let world = World::new().await;
    for config in [
        json!("gold"),
        json!({"models": ["a"]}),
        json!(3),
        json!([true]),
    ] {
        let allowance = json!({"type": "static", "config": config});
        world.put(allowance, "model_tier").await;
        let EntitlementV2::Static(found) = world.present("model_tier").await else {
            panic!("not static");
        };
        let stored: Value = serde_json::from_str(&found.config).unwrap();
        assert_eq!(stored, config);
    }
}

#[tokio::test]
async fn deleting_takes_access_away_and_deleting_again_is_fine() {
    let world = World::new().await;
    world.put(json!({"type": "boolean"}), "api_access").await;
    for _ in 0..2 {
        world
            .backend
            .delete_entitlement("usr_1", "api_access")
            .await
            .unwrap();
    }
    let entitlements = world.om.customers().entitlements("usr_1");
    assert!(!entitlements.value("api_access").await.unwrap().has_access);
    let nobody = world.backend.delete_entitlement("nobody", "api_access");
    nobody.await.unwrap();
}

#[tokio::test]
async fn a_grant_is_made_once_and_found_on_every_page() {
    let world = World::new().await;
    world.put(metered(10.0), "ai_tokens").await;
    for number in 0..205 {
        let grant = grant(&format!("pay_{number}"), 1.0);
        world.backend.create_grant("usr_1", &grant).await.unwrap();
    }
    for number in [0, 100, 204] {
        let grant = grant(&format!("pay_{number}"), 1.0);
        world.backend.create_grant("usr_1", &grant).await.unwrap();
    }
    assert_eq!(world.count("POST", "/grants"), 205);
    assert_eq!(world.balance().await, 215.0);
    let balances = world
        .backend
        .grant_balances("usr_1", "ai_tokens")
        .await
        .unwrap();
    assert_eq!(balances.len(), 205);
}

#[tokio::test]
async fn a_grant_ends_with_the_year_that_was_paid_for() {
    let world = World::new().await;
    world.put(metered(10.0), "ai_tokens").await;
    let pack = grant("pay_1", 1_000.0);
    world.backend.create_grant("usr_1", &pack).await.unwrap();
    assert_eq!(world.balance().await, 1_010.0);
    world.sandbox.clock().set(datetime!(2027-11-21 9:00 UTC));
    assert_eq!(world.balance().await, 1_010.0);
    world.sandbox.clock().set(datetime!(2027-11-21 11:30 UTC));
    assert_eq!(world.balance().await, 10.0);
}

#[tokio::test]
async fn a_revoked_grant_is_gone_and_its_key_is_never_granted_again() {
    let world = World::new().await;
    world.put(metered(10.0), "ai_tokens").await;
    let pack = grant("pay_1", 100.0);
    world.backend.create_grant("usr_1", &pack).await.unwrap();
    for _ in 0..2 {
        world
            .backend
            .revoke_grant("usr_1", "ai_tokens", "pay_1")
            .await
            .unwrap();
    }
    world.backend.create_grant("usr_1", &pack).await.unwrap();
    assert_eq!(world.balance().await, 10.0);
    let left = world.backend.grant_balances("usr_1", "ai_tokens").await;
    assert!(left.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_left_of_a_grant_can_be_granted_again_after_a_change_of_plan() {
    let world = World::new().await;
    world.put(metered(10.0), "ai_tokens").await;
    let pack = grant("pay_1", 100.0);
    world.backend.create_grant("usr_1", &pack).await.unwrap();
    world.sandbox.clock().advance(Duration::from_secs(600));
    world.use_tokens("e1", 45).await;
    let left = world.backend.grant_balances("usr_1", "ai_tokens").await;
    let total = left
        .unwrap()
        .iter()
        .map(|grant| grant.remaining)
        .sum::<f64>();
    assert_eq!(world.balance().await, 65.0);
    assert!((55.0..=65.0).contains(&total), "{total}");

    world.sandbox.clock().advance(Duration::from_secs(600));
    world.put(metered(500.0), "ai_tokens").await;
    let mut again = grant("pay_1#1", total);
    again.effective_at = world.sandbox.clock().now();
    world.backend.create_grant("usr_1", &again).await.unwrap();
    assert_eq!(world.balance().await, 500.0 + total);
    world.sandbox.clock().set(datetime!(2027-11-21 12:30 UTC));
    assert_eq!(world.balance().await, 500.0);
}

#[tokio::test]
async fn an_audit_entry_is_written_once() {
    let world = World::new().await;
    let entry: AuditEntry = serde_json::from_value(json!({
        "id": "polar:evt_1",
        "entryType": "billing.subscription.active",
        "subject": "usr_1",
        "time": "2026-11-21T10:00:00Z",
        "data": {"provider": "polar", "plan": "pro"},
    }))
    .unwrap();
    for _ in 0..2 {
        world.backend.record_audit(&entry).await.unwrap();
    }
    let events = world.om.events().list().stream().try_collect().await;
    let events = events.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.id, "polar:evt_1");
    assert_eq!(events[0].event.source, "billing");
    assert_eq!(events[0].event.type_, "billing.subscription.active");
    assert_eq!(events[0].event.data.as_ref().unwrap()["plan"], "pro");
}

#[tokio::test]
async fn a_lost_answer_to_any_write_is_made_good_by_doing_it_again() {
    let world = World::new().await;
    let other: CustomerProfile = serde_json::from_value(json!({"key": "usr_9"})).unwrap();
    world
        .sandbox
        .inject(world.fail("POST", 1).after_effect().reset());
    let lost = world.backend.ensure_customer(&other).await;
    assert!(lost.unwrap_err().is_retryable());
    world.backend.ensure_customer(&other).await.unwrap();

    world
        .sandbox
        .inject(world.fail("POST", 1).after_effect().status(503));
    let spec = entitlement("ai_tokens", metered(100.0));
    let lost = world.backend.put_entitlement("usr_1", &spec).await;
    assert!(lost.unwrap_err().is_retryable());
    world.use_tokens("e1", 40).await;
    world.put(metered(100.0), "ai_tokens").await;
    assert_eq!(world.balance().await, 60.0);

    world
        .sandbox
        .inject(world.fail("POST", 1).after_effect().reset());
    let pack = grant("pay_1", 5.0);
    let lost = world.backend.create_grant("usr_1", &pack).await;
    assert!(lost.unwrap_err().is_retryable());
    world.backend.create_grant("usr_1", &pack).await.unwrap();
    assert_eq!(world.balance().await, 65.0);
}

#[tokio::test]
async fn what_somebody_has_to_change_first_is_no_outage() {
    let world = World::new().await;
    let permanent = |result: Result<(), BackendError>| {
        let error = result.unwrap_err();
        assert!(!error.is_retryable(), "{error}");
        error.to_string()
    };
    let unknown = entitlement("no_such_feature", json!({"type": "boolean"}));
    let message = permanent(world.backend.put_entitlement("usr_1", &unknown).await);
    assert!(message.contains("no_such_feature"), "{message}");

    let pack = grant("pay_1", 5.0);
    permanent(world.backend.create_grant("usr_1", &pack).await);

    let odd = json!({"type": "metered", "amount": 5.0, "reset": "fortnight"});
    let odd = entitlement("ai_tokens", odd);
    permanent(world.backend.put_entitlement("usr_1", &odd).await);
}
