use std::sync::{Arc, Mutex};

use auth_bridge::hooks::{CustomerChange, HookErrorKind, Reaction};
use auth_bridge::{
    ApiKeyMetering, ApiKeyVerified, CustomerLinks, FailurePolicy, Organization, OwnerKind, User,
};
use billing_core::Provider;
use billing_sandbox::{Fault, Service};
use openmeter_client::models::CustomerCreate;
use polar_client::models::CustomerIndividualCreate;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, ada};

async fn link(world: &World, kind: OwnerKind, id: &str) -> Option<String> {
    world.auth.openmeter_customer_id(kind, id).await.unwrap()
}

fn events(world: &World) -> Vec<Value> {
    let requests = world.requests(Service::OpenMeter).into_iter();
    let ingested = requests.filter(|request| request.path == "/api/v1/events");
    ingested
        .filter_map(|request| request.body)
        .flat_map(|body| match body {
            Value::Array(events) => events,
            one => vec![one],
        })
        .collect()
}

#[tokio::test]
async fn a_new_user_is_a_customer_of_both_providers_and_linked() {
    let world = World::new().await;
    let client = world.client().await;
    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();

    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(report.polar.unwrap().change, CustomerChange::Created);
    let synced = report.openmeter.unwrap();
    assert_eq!(synced.change, CustomerChange::Created);
    assert_eq!(
        link(&world, OwnerKind::User, "usr_ada").await,
        synced.customer_id
    );
    let customer = world.openmeter.customers().get("usr_ada").await.unwrap();
    assert_eq!(customer.name, "Ada");
    assert_eq!(customer.primary_email.as_deref(), Some("ada@example.com"));
    assert_eq!(
        customer.usage_attribution.unwrap().subject_keys,
        ["usr_ada"]
    );
    let metadata = customer.metadata.unwrap();
    assert_eq!(metadata["betterAuthUserId"], "usr_ada");
    assert_eq!(metadata["betterAuthEmail"], "ada@example.com");
}

#[tokio::test]
async fn hooks_may_be_repeated() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    hooks.user_created(&ada()).await.unwrap();
    let again = hooks.user_created(&ada()).await.unwrap();
    assert!(again.failures.is_empty(), "{:?}", again.failures);
    assert_eq!(again.polar.unwrap().change, CustomerChange::Unchanged);
    assert_eq!(again.openmeter.unwrap().change, CustomerChange::Updated);
    assert_eq!(world.polar.customers().list().await.unwrap().items.len(), 1);
    assert_eq!(
        world
            .openmeter
            .customers()
            .list()
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    hooks.user_deleted(&ada()).await.unwrap();
    let again = hooks.user_deleted(&ada()).await.unwrap();
    assert_eq!(again.polar.unwrap().change, CustomerChange::Unchanged);
}

#[tokio::test]
async fn a_sign_up_whose_answer_was_lost_is_made_good_by_repeating_it() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    let lost = Fault::on(Service::Polar)
        .method("POST")
        .path("/v1/customers/");
    world.sandbox.inject(lost.after_effect().reset());
    let first = hooks.user_created(&ada()).await.unwrap();
    assert_eq!(first.failures.len(), 1, "{first:?}");
    assert!(
        first.openmeter.is_some(),
        "the other provider is served all the same"
    );

    let second = hooks.user_created(&ada()).await.unwrap();
    assert!(second.failures.is_empty(), "{second:?}");
    assert_eq!(second.polar.unwrap().change, CustomerChange::Unchanged);
    assert_eq!(world.polar.customers().list().await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn an_existing_unlinked_customer_is_taken_over_by_a_verified_address() {
    let world = World::new().await;
    let existing = CustomerIndividualCreate::new("ada@example.com");
    let existing = world.polar.customers().create(existing).await.unwrap();
    let report = world
        .client()
        .await
        .bridge
        .hooks()
        .user_created(&ada())
        .await
        .unwrap();
    let linked = report.polar.unwrap();
    assert_eq!(linked.change, CustomerChange::Linked);
    assert_eq!(
        linked.customer_id.as_deref(),
        existing.id().map(|id| id.as_str())
    );
}

#[tokio::test]
async fn changes_of_a_user_reach_both_providers() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    hooks.user_created(&ada()).await.unwrap();
    let renamed = User::new("usr_ada")
        .verified_email("ada@new.example")
        .name("Ada L");
    let report = hooks.user_updated(&renamed).await.unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let polar = world
        .polar
        .customers()
        .get_external("usr_ada")
        .await
        .unwrap();
    assert_eq!(polar.email(), Some("ada@new.example"));
    assert_eq!(polar.name(), Some("Ada L"));
    let openmeter = world.openmeter.customers().get("usr_ada").await.unwrap();
    assert_eq!(openmeter.name, "Ada L");
    assert_eq!(openmeter.primary_email.as_deref(), Some("ada@new.example"));
}

#[tokio::test]
async fn a_user_who_was_never_synchronized_is_not_created_at_openmeter_by_an_update() {
    let world = World::new().await;
    let report = world
        .client()
        .await
        .bridge
        .hooks()
        .user_updated(&ada())
        .await
        .unwrap();
    assert_eq!(report.openmeter, None);
    assert!(world.requests(Service::OpenMeter).is_empty());
    assert_eq!(report.polar.unwrap().change, CustomerChange::Created);
}

#[tokio::test]
async fn an_update_keeps_what_others_store_with_the_openmeter_customer() {
    let world = World::new().await;
    let mut other = CustomerCreate::new("Somebody");
    other.key = Some("usr_ada".to_owned());
    other.description = Some("met at a fair".to_owned());
    other.currency = Some("EUR".to_owned());
    let crm = [("crm".to_owned(), "42".to_owned())];
    other.metadata = crm
        .into_iter()
        .collect::<client_core::json::Map<String>>()
        .into();
    let subjects = ["usr_ada", "device_7"];
    other.usage_attribution = Some(openmeter_client::models::CustomerUsageAttribution::new(
        subjects,
    ));
    world.openmeter.customers().create(other).await.unwrap();

    let report = world
        .client()
        .await
        .bridge
        .hooks()
        .user_created(&ada())
        .await
        .unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(report.openmeter.unwrap().change, CustomerChange::Updated);
    let customer = world.openmeter.customers().get("usr_ada").await.unwrap();
    assert_eq!(customer.name, "Ada");
    assert_eq!(customer.description.as_deref(), Some("met at a fair"));
    assert_eq!(customer.currency.as_deref(), Some("EUR"));
    assert_eq!(customer.metadata.as_ref().unwrap()["crm"], "42");
    assert_eq!(customer.usage_attribution.unwrap().subject_keys, subjects);
}

#[tokio::test]
async fn a_user_and_an_organization_of_the_same_id_do_not_share_a_customer() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    hooks
        .organization_created(&Organization::new("7").name("Acme"))
        .await
        .unwrap();
    let user = User::new("7").verified_email("seven@example.com");
    let report = hooks.user_created(&user).await.unwrap();
    assert_eq!(report.openmeter, None);
    assert_eq!(report.failures[0].kind(), HookErrorKind::Conflict);
    assert_eq!(report.failures[0].provider(), Provider::OpenMeter);
    assert_eq!(
        world.openmeter.customers().get("7").await.unwrap().name,
        "Acme"
    );
}

#[tokio::test]
async fn organizations_are_customers_with_keys_of_their_own_choice() {
    let world = World::new().await;
    let options = world
        .openmeter_options()
        .resolve_key(|owner| format!("{}:{}", owner.kind(), owner.id()))
        .resolve_subject(|owner| owner.id().to_owned())
        .currency("USD")
        .resolve_profile(|owner, mut profile| {
            profile.description = Some(format!("workspace {}", owner.id()));
            profile.key = Some("taken".to_owned());
            profile
        });
    let hooks = world
        .serve(world.builder().openmeter(options))
        .await
        .bridge
        .hooks();
    let acme = Organization::new("org_acme").slug("acme");
    hooks.organization_created(&acme).await.unwrap();
    hooks
        .organization_updated(&acme.name("Acme Inc"))
        .await
        .unwrap();

    let customer = world
        .openmeter
        .customers()
        .get("organization:org_acme")
        .await
        .unwrap();
    assert_eq!(customer.name, "Acme Inc");
    assert_eq!(customer.description.as_deref(), Some("workspace org_acme"));
    assert_eq!(customer.currency.as_deref(), Some("USD"));
    assert_eq!(
        customer.usage_attribution.unwrap().subject_keys,
        ["org_acme"]
    );
    let metadata = customer.metadata.unwrap();
    assert_eq!(metadata["betterAuthOrganizationId"], "org_acme");
    assert_eq!(metadata["betterAuthOrganizationSlug"], "acme");
    let id = link(&world, OwnerKind::Organization, "org_acme").await;
    assert_eq!(id.as_deref(), Some(customer.id.as_str()));
}

#[tokio::test]
async fn guests_have_no_customers() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    let guest = User::new("guest_1")
        .email("x@anonymous.invalid")
        .anonymous();
    hooks.user_created(&guest).await.unwrap();
    hooks.user_updated(&guest).await.unwrap();
    hooks.user_deleted(&guest).await.unwrap();
    assert!(world.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_user_without_an_address_is_a_reported_failure() {
    let world = World::new().await;
    let hooks = world
        .serve(world.builder().polar(world.polar_options()))
        .await
        .bridge
        .hooks();
    let report = hooks.user_created(&User::new("usr_1")).await.unwrap();
    assert_eq!(report.failures[0].kind(), HookErrorKind::InvalidInput);
    assert!(world.polar_requests().is_empty());
}

#[tokio::test]
async fn what_customers_are_created_with_can_be_changed_but_not_whose_they_are() {
    let world = World::new().await;
    let options = world.polar_options().customer_params(|user, mut create| {
        create = create
            .metadata([("tier", "gold")])
            .external_id("somebody_else");
        create.email = "other@example.com".to_owned();
        assert_eq!(user.id(), "usr_ada");
        create
    });
    let hooks = world
        .serve(world.builder().polar(options))
        .await
        .bridge
        .hooks();
    hooks.user_created(&ada()).await.unwrap();
    let customer = world
        .polar
        .customers()
        .get_external("usr_ada")
        .await
        .unwrap();
    assert_eq!(customer.email(), Some("ada@example.com"));
    assert!(customer.metadata().unwrap().contains_key("tier"));
}

#[tokio::test]
async fn the_failure_policy_decides_what_an_outage_means() {
    let world = World::new().await;
    let polar = world.polar_options();
    let down = || Fault::on(Service::Polar).status(503);

    world.sandbox.inject(down());
    let builder = world.builder().polar(polar.clone());
    let hooks = world.serve(builder).await.bridge.hooks();
    let report = hooks.user_created(&ada()).await.unwrap();
    assert!(report.failures[0].is_retryable());
    assert_eq!(report.failures[0].kind(), HookErrorKind::Provider);

    world.sandbox.inject(down());
    let builder = world.builder().polar(polar.clone());
    let builder = builder.failure_policy(FailurePolicy::Propagate);
    let error = world
        .serve(builder)
        .await
        .bridge
        .hooks()
        .user_created(&ada())
        .await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.hook(), error.owner_id()),
        ("user_created", "usr_ada")
    );

    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let policy = FailurePolicy::callback(move |error| {
        kept.lock().unwrap().push(error.owner_id().to_owned());
        Reaction::Continue
    });
    world.sandbox.inject(down());
    let builder = world.builder().polar(polar).failure_policy(policy);
    world
        .serve(builder)
        .await
        .bridge
        .hooks()
        .user_created(&ada())
        .await
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), ["usr_ada"]);
}

#[tokio::test]
async fn errors_and_debug_output_hold_no_credentials() {
    let world = World::new().await;
    let builder = world.builder().polar(world.polar_options());
    let bridge = builder.build().unwrap();
    let token = world.sandbox.polar_token();
    assert!(!format!("{bridge:?}").contains(token));
    world.sandbox.inject(Fault::on(Service::Polar).status(401));
    let report = bridge.hooks().user_created(&ada()).await.unwrap();
    let error = &report.failures[0];
    assert!(!format!("{error} {error:?}").contains(token));
}

#[tokio::test]
async fn auth_events_are_reported_when_they_are_tracked() {
    let world = World::new().await;
    let options = world
        .openmeter_options()
        .track_auth_events(true)
        .source("my-app");
    let hooks = world
        .serve(world.builder().openmeter(options))
        .await
        .bridge
        .hooks();
    hooks.user_created(&ada()).await.unwrap();
    hooks.signed_up(&ada()).await.unwrap();
    hooks.signed_in(&ada()).await.unwrap();
    hooks.user_updated(&ada()).await.unwrap();
    let events = events(&world);
    let kinds: Vec<_> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    let expected = ["created", "signed-up", "signed-in", "updated"];
    assert_eq!(
        kinds,
        expected.map(|kind| format!("better-auth.user.{kind}"))
    );
    for event in &events {
        assert_eq!(event["subject"], "usr_ada");
        assert_eq!(event["source"], "my-app");
        assert_eq!(
            event["data"],
            json!({ "userId": "usr_ada", "email": "ada@example.com" })
        );
    }

    let silent = World::new().await;
    let hooks = silent.client().await.bridge.hooks();
    hooks.signed_in(&ada()).await.unwrap();
    assert!(silent.sandbox.requests().is_empty());
}

#[tokio::test]
async fn verified_api_keys_are_usage_of_who_they_belong_to() {
    let world = World::new().await;
    let metering = ApiKeyMetering::new().should_ingest(|key| key.id != "key_internal");
    let options = world.openmeter_options().api_keys(metering);
    let hooks = world
        .serve(world.builder().openmeter(options))
        .await
        .bridge
        .hooks();
    let mut key = ApiKeyVerified::new("key_1", "usr_ada");
    key.remaining = Some(9);
    key.rate_limit_enabled = Some(true);
    hooks.api_key_verified(&key).await.unwrap();
    key.metadata
        .insert("openmeterSubject".to_owned(), "org_acme".into());
    hooks.api_key_verified(&key).await.unwrap();
    let internal = ApiKeyVerified::new("key_internal", "usr_ada");
    hooks.api_key_verified(&internal).await.unwrap();

    let events = events(&world);
    assert_eq!(events.len(), 2, "{events:#?}");
    assert_eq!(events[0]["type"], "better-auth.api-key.verified");
    assert_eq!(events[0]["subject"], "usr_ada");
    let data = json!({
        "apiKeyId": "key_1", "referenceId": "usr_ada", "remaining": 9, "rateLimitEnabled": true,
    });
    assert_eq!(events[0]["data"], data);
    assert_eq!(events[1]["subject"], "org_acme");

    let nobody = ApiKeyVerified {
        id: "key_2".to_owned(),
        ..ApiKeyVerified::default()
    };
    let report = hooks.api_key_verified(&nobody).await.unwrap();
    assert_eq!(report.failures[0].kind(), HookErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_customer_is_deleted_at_openmeter_only_when_that_is_wanted() {
    let world = World::new().await;
    let hooks = world.client().await.bridge.hooks();
    hooks.user_created(&ada()).await.unwrap();
    let kept = hooks.user_deleted(&ada()).await.unwrap();
    assert_eq!(kept.polar.unwrap().change, CustomerChange::Deleted);
    assert_eq!(kept.openmeter, None);
    world.openmeter.customers().get("usr_ada").await.unwrap();

    let options = world
        .openmeter_options()
        .delete_customer_on_user_delete(true);
    let hooks = world
        .serve(world.builder().openmeter(options))
        .await
        .bridge
        .hooks();
    let deleted = hooks.user_deleted(&ada()).await.unwrap();
    assert_eq!(
        deleted.openmeter.unwrap().change,
        CustomerChange::Deleted,
        "{:?}",
        deleted.failures
    );
    assert_eq!(link(&world, OwnerKind::User, "usr_ada").await, None);
    let requests = world.requests(Service::OpenMeter);
    assert!(
        requests
            .iter()
            .any(|request| request.method == Method::DELETE)
    );
}
