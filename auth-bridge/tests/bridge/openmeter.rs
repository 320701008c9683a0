use auth_bridge::{Organization, User};
use billing_sandbox::Service;
use openmeter_client::models::{EntitlementBooleanCreateInputs, FeatureCreateInputs};
use serde_json::{Value, json};

use crate::support::{Client, World, ada};

const EVENT: &str = "ai-tokens";

async fn client(world: &World) -> Client {
    let options = world
        .openmeter_options()
        .client_events([EVENT, "api-request"]);
    let client = world.serve(world.builder().openmeter(options)).await;
    client.with_cookie(world.auth.sign_in(ada()))
}

fn acme(world: &World, role: &str) {
    world
        .auth
        .add_organization(Organization::new("org_acme").name("Acme").slug("acme"));
    world.auth.add_member("org_acme", "usr_ada", role);
}

fn ingested(world: &World) -> Vec<Value> {
    let requests = world.requests(Service::OpenMeter).into_iter();
    let bodies = requests.filter(|request| request.path == "/api/v1/events");
    bodies
        .filter_map(|request| request.body)
        .flat_map(|body| match body {
            Value::Array(events) => events,
            one => vec![one],
        })
        .collect()
}

async fn grant_api_access(world: &World, customer: &str) {
    let feature = FeatureCreateInputs::new("api_access", "API access");
    world.openmeter.features().create(feature).await.unwrap();
    let entitlement = EntitlementBooleanCreateInputs::new().feature_key("api_access");
    world
        .openmeter
        .customers()
        .entitlements(customer)
        .create(entitlement)
        .await
        .unwrap();
}

#[tokio::test]
async fn sync_creates_the_customer_and_brings_it_up_to_date() {
    let world = World::new().await;
    let client = client(&world).await;
    assert_eq!(client.get("/openmeter/customer").await.body, Value::Null);

    let metadata = json!({ "plan": "pro", "n": 1, "betterAuthUserId": "usr_bob" });
    let synced = client
        .post("/openmeter/customer/sync", json!({ "metadata": metadata }))
        .await;
    assert_eq!(synced.status, 200, "{synced:?}");
    assert_eq!(synced.body["key"], "usr_ada");
    let expected = json!({
        "betterAuthUserId": "usr_ada", "betterAuthEmail": "ada@example.com", "plan": "pro", "n": "1",
    });
    assert_eq!(synced.body["metadata"], expected);
    assert_eq!(
        synced.body["usageAttribution"],
        json!({ "subjectKeys": ["usr_ada"] })
    );
    let again = client.post("/openmeter/customer/sync", json!({})).await;
    assert_eq!(again.body["id"], synced.body["id"]);
    assert_eq!(
        client.get("/openmeter/customer").await.body["id"],
        synced.body["id"]
    );
}

#[tokio::test]
async fn access_and_entitlements_are_those_of_the_signed_in_user() {
    let world = World::new().await;
    let ada = client(&world).await;
    ada.post("/openmeter/customer/sync", json!({})).await;
    grant_api_access(&world, "usr_ada").await;

    let value = ada
        .get("/openmeter/entitlement/value?featureKey=api_access")
        .await;
    assert_eq!(
        (value.status, &value.body["hasAccess"]),
        (200, &json!(true)),
        "{value:?}"
    );
    let access = ada.get("/openmeter/customer/access").await;
    assert_eq!(
        access.body["entitlements"]["api_access"]["hasAccess"], true,
        "{access:?}"
    );
    let list = ada.get("/openmeter/entitlements").await;
    assert_eq!(
        list.body["items"][0]["featureKey"], "api_access",
        "{list:?}"
    );

    let bob = User::new("usr_bob").verified_email("bob@example.com");
    let bob = ada.with_cookie(world.auth.sign_in(bob));
    let unknown = bob
        .get("/openmeter/entitlement/value?featureKey=api_access")
        .await;
    let code = json!("OPENMETER_CUSTOMER_NOT_FOUND");
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &code),
        "{unknown:?}"
    );
    let missing = ada.get("/openmeter/entitlement/value").await;
    assert_eq!(missing.status, 400);
    assert!(
        missing.message().starts_with("[query.featureKey]"),
        "{missing:?}"
    );
}

#[tokio::test]
async fn the_subject_of_an_event_is_never_taken_from_the_body() {
    let world = World::new().await;
    let client = client(&world).await;
    let event = json!({
        "type": EVENT, "subject": "usr_bob", "source": "billing", "id": "e1",
        "time": "2026-01-01T00:00:00Z", "data": { "tokens": 850 }, "extra": "dropped",
    });
    let answer = client.post("/openmeter/events/ingest", event).await;
    assert_eq!((answer.status, answer.body), (200, json!({ "ok": true })));
    let sent = &ingested(&world)[0];
    assert_eq!(sent["subject"], "usr_ada");
    assert_eq!(sent["source"], "better-auth");
    assert_eq!(
        sent["id"], "client:usr_ada:e1",
        "it cannot make another event a duplicate"
    );
    assert_eq!(sent["data"], json!({ "tokens": 850 }));
    assert_eq!(sent["specversion"], "1.0");
    assert_eq!(sent.get("extra"), None);
}

#[tokio::test]
async fn several_events_come_in_one_request() {
    let world = World::new().await;
    let client = client(&world).await;
    let events = json!([{ "type": EVENT, "data": { "n": 1 } }, { "type": "api-request" }]);
    let batch = client
        .post("/openmeter/events/ingest", json!({ "events": events }))
        .await;
    assert_eq!(batch.status, 200, "{batch:?}");
    let one = json!({ "events": { "type": EVENT } });
    assert_eq!(
        client.post("/openmeter/events/ingest", one).await.status,
        200
    );
    assert_eq!(ingested(&world).len(), 3);
    let mixed = json!({ "events": [{ "type": EVENT }, { "type": "credits" }] });
    let refused = client.post("/openmeter/events/ingest", mixed).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("EVENT_NOT_ALLOWED"))
    );
    assert_eq!(ingested(&world).len(), 3, "all or nothing");
}

#[tokio::test]
async fn events_that_are_none_are_refused_with_their_place() {
    let world = World::new().await;
    let client = client(&world).await;
    let cases = [
        (json!({}), "[body.type]"),
        (json!({ "type": "" }), "[body.type]"),
        (
            json!({ "type": EVENT, "specversion": "2.0" }),
            "[body.specversion]",
        ),
        (json!({ "type": EVENT, "data": "x" }), "[body.data]"),
        (json!({ "type": EVENT, "time": "yesterday" }), "[body.time]"),
        (json!({ "events": [] }), "[body.events]"),
        (json!({ "events": "x" }), "[body.events]"),
        (
            json!({ "events": [{ "type": EVENT }, {}] }),
            "[body.events.1.type]",
        ),
        (
            json!({ "events": vec![json!({ "type": EVENT }); 101] }),
            "[body.events]",
        ),
    ];
    for (body, place) in cases {
        let answer = client.post("/openmeter/events/ingest", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR");
        assert!(answer.message().starts_with(place), "{body}: {answer:?}");
    }
    assert!(ingested(&world).is_empty());
}

#[tokio::test]
async fn events_from_the_browser_are_off_by_default() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let answer = client
        .post("/openmeter/events/ingest", json!({ "type": EVENT }))
        .await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("EVENT_NOT_ALLOWED"))
    );
    assert!(world.sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_organization_is_served_to_those_with_a_role_in_it() {
    let world = World::new().await;
    let client = client(&world).await;
    let reads = [
        "/openmeter/organization/customer?organizationId=org_acme",
        "/openmeter/organization/customer/access?organizationId=org_acme",
        "/openmeter/organization/entitlements?organizationId=org_acme",
        "/openmeter/organization/entitlement/value?organizationId=org_acme&featureKey=api_access",
    ];
    let sync = json!({ "organizationId": "org_acme" });
    let event = json!({ "organizationId": "org_acme", "type": EVENT, "data": { "t": 1 } });

    for (role, status) in [(None, 403), (Some("member"), 403), (Some("admin"), 200)] {
        if let Some(role) = role {
            acme(&world, role);
        }
        let synced = client
            .post("/openmeter/organization/customer/sync", sync.clone())
            .await;
        assert_eq!(synced.status, status, "{role:?}: {synced:?}");
        if status == 200 {
            grant_api_access(&world, "org_acme").await;
        }
        for path in reads {
            let answer = client.get(path).await;
            assert_eq!(answer.status, status, "{role:?} {path}: {answer:?}");
        }
        let sent = client
            .post("/openmeter/organization/events/ingest", event.clone())
            .await;
        assert_eq!(sent.status, status, "{role:?}: {sent:?}");
    }

    let not_a_member = client
        .get("/openmeter/organization/customer?organizationId=nope")
        .await;
    let body = json!({ "message": "Not a member of this organization" });
    assert_eq!((not_a_member.status, not_a_member.body), (403, body));
    let missing = client.get("/openmeter/organization/customer").await;
    assert_eq!(missing.status, 400);
    assert!(
        missing.message().starts_with("[query.organizationId]"),
        "{missing:?}"
    );
    let events = ingested(&world);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["subject"], "org_acme");
    assert_eq!(
        events[0].get("organizationId"),
        None,
        "it belongs to the request: {events:?}"
    );
}

#[tokio::test]
async fn organization_endpoints_exist_only_where_organizations_are_known() {
    let world = World::new().await;
    let builder = auth_bridge::AuthBridge::builder(world.auth.clone());
    let client = world
        .serve(builder.openmeter(world.openmeter_options()))
        .await;
    let client = client.with_cookie(world.auth.sign_in(ada()));
    let path = "/openmeter/organization/customer?organizationId=org_acme";
    assert_eq!(client.get(path).await.status, 404);
    assert_eq!(client.get("/openmeter/customer").await.status, 200);
}
