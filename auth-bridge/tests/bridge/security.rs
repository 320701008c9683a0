//! Faults of the plugins that the bridge stands in for; each has a test of its name.

use auth_bridge::hooks::{CustomerChange, HookErrorKind};
use auth_bridge::{Organization, User};
use billing_sandbox::{Fault, Service};
use polar_client::models::{
    CheckoutCreate, Customer, CustomerIndividualCreate, CustomerSessionCustomerIDCreate,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, World, ada, send};

fn owner_of_acme(world: &World) -> String {
    world
        .auth
        .add_organization(Organization::new("org_acme").name("Acme").slug("acme"));
    world.auth.add_member("org_acme", "usr_ada", "member,owner");
    world.auth.add_member("org_acme", "usr_bob", "member");
    world.auth.sign_in(ada())
}

fn bob(world: &World) -> String {
    world
        .auth
        .sign_in(User::new("usr_bob").verified_email("bob@example.com"))
}

fn eve(world: &World) -> String {
    world
        .auth
        .sign_in(User::new("usr_eve").verified_email("eve@example.com"))
}

fn last_body(world: &World, path: &str) -> Value {
    let requests = world.polar_requests();
    let last = requests.iter().rev().find(|request| request.path == path);
    last.unwrap_or_else(|| panic!("no {path}"))
        .body
        .clone()
        .unwrap()
}

async fn polar_customer(world: &World, body: CustomerIndividualCreate) -> String {
    let customer = world.polar.customers().create(body).await.unwrap();
    customer.id().unwrap().to_string()
}

async fn the_customer(world: &World, id: &str) -> Customer {
    world.polar.customers().get(id).await.unwrap()
}

#[tokio::test]
async fn metadata_cannot_override_the_reference() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(owner_of_acme(&world));
    let metadata = json!({
        "referenceId": "org_victim", "reference_id": "org_victim", "catalogPlanId": "enterprise",
        "betterAuthUserId": "usr_bob", "_cost": 0, "color": "blue",
    });
    let body = json!({ "slug": "pro", "referenceId": "org_acme", "metadata": metadata });
    assert_eq!(client.post("/checkout", body).await.status, 200);
    let sent = last_body(&world, "/v1/checkouts/");
    assert_eq!(
        sent["metadata"],
        json!({ "referenceId": "org_acme", "color": "blue" })
    );

    let without = json!({ "slug": "pro", "metadata": { "referenceId": "org_victim" } });
    assert_eq!(client.post("/checkout", without).await.status, 200);
    assert_eq!(last_body(&world, "/v1/checkouts/").get("metadata"), None);
}

#[tokio::test]
async fn a_purchase_for_an_organization_needs_membership_and_role() {
    let world = World::new().await;
    let owner = owner_of_acme(&world);
    let nobody = world.client().await;
    let body = json!({ "slug": "pro", "referenceId": "org_acme" });
    let buy = |client: Client| {
        let body = body.clone();
        async move { client.post("/checkout", body).await.status }
    };
    assert_eq!(buy(nobody.with_cookie(owner)).await, 200);
    assert_eq!(buy(nobody.with_cookie(bob(&world))).await, 403);
    assert_eq!(buy(nobody.with_cookie(eve(&world))).await, 403);
    assert_eq!(buy(nobody).await, 401);
    let created = world.polar_requests();
    assert_eq!(
        created
            .iter()
            .filter(|request| request.path == "/v1/checkouts/")
            .count(),
        1
    );
}

#[tokio::test]
async fn without_organizations_a_reference_to_somebody_else_is_refused() {
    let world = World::new().await;
    let builder = auth_bridge::AuthBridge::builder(world.auth.clone());
    let client = world.serve(builder.polar(world.polar_options())).await;
    let client = client.with_cookie(owner_of_acme(&world));
    let body = json!({ "slug": "pro", "referenceId": "org_acme" });
    assert_eq!(client.post("/checkout", body).await.status, 403);
    assert_eq!(
        client
            .get("/customer/subscriptions/list?referenceId=org_acme")
            .await
            .status,
        403
    );
    assert_eq!(world.polar_requests().len(), 0);
}

#[tokio::test]
async fn subscriptions_of_a_reference_need_authorization() {
    let world = World::new().await;
    let owner = owner_of_acme(&world);
    let client = world.client().await;
    let path = "/customer/subscriptions/list?referenceId=org_acme";

    let seen = client.with_cookie(owner.clone()).get(path).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(seen.body["result"]["items"], json!([]));
    for cookie in [bob(&world), eve(&world)] {
        let refused = client.with_cookie(cookie).get(path).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    assert_eq!(client.get(path).await.status, 401);
    assert_eq!(
        world.polar_requests().len(),
        1,
        "refused requests reach nobody"
    );

    let builder = world
        .builder()
        .polar(world.polar_options())
        .members_may_view(true);
    let open = world.serve(builder).await;
    assert_eq!(open.with_cookie(bob(&world)).get(path).await.status, 200);
    assert_eq!(open.with_cookie(eve(&world)).get(path).await.status, 403);
    let buy = json!({ "slug": "pro", "referenceId": "org_acme" });
    assert_eq!(
        open.with_cookie(bob(&world))
            .post("/checkout", buy)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn active_false_is_false() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    client.bridge.hooks().user_created(&ada()).await.unwrap();
    for (query, sent) in [
        ("active=false", Some("false")),
        ("active=0", Some("false")),
        ("active=true", Some("true")),
        ("active=", None),
    ] {
        world.sandbox.clear_requests();
        let path = format!("/customer/subscriptions/list?{query}");
        assert_eq!(client.get(&path).await.status, 200, "{query}");
        let requests = world.polar_requests();
        let query_sent = &requests.last().unwrap().query;
        let active = query_sent.iter().find(|(name, _)| name == "active");
        assert_eq!(active.map(|(_, value)| value.as_str()), sent, "{query}");
    }
    assert_eq!(
        client
            .get("/customer/subscriptions/list?active=nope")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn usage_from_the_browser_is_off_unless_enabled_by_name() {
    let world = World::new().await;
    let cookie = world.auth.sign_in(ada());
    let body =
        json!({ "event": "file-uploads", "metadata": { "n": 12, "_cost": { "amount": 0 } } });

    let closed = world.client().await.with_cookie(cookie.clone());
    let refused = closed.post("/usage/ingest", body.clone()).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("EVENT_NOT_ALLOWED"))
    );
    assert_eq!(world.polar_requests().len(), 0);

    let options = world.polar_options().client_events(["file-uploads"]);
    let open = world
        .serve(world.builder().polar(options))
        .await
        .with_cookie(cookie);
    let taken = open.post("/usage/ingest", body).await;
    assert_eq!(
        (taken.status, taken.body),
        (200, json!({ "inserted": 1, "duplicates": 0 }))
    );
    let sent = last_body(&world, "/v1/events/ingest");
    let event = &sent["events"][0];
    assert_eq!(event["external_customer_id"], "usr_ada");
    assert_eq!(event["metadata"], json!({ "n": 12 }));
    assert!(
        event["external_id"].is_string(),
        "a repetition would count twice: {event}"
    );
    let other = open
        .post(
            "/usage/ingest",
            json!({ "event": "credits", "metadata": {} }),
        )
        .await;
    assert_eq!(other.status, 403);
}

#[tokio::test]
async fn the_customer_of_an_ingested_event_is_never_taken_from_the_body() {
    let world = World::new().await;
    let options = world.polar_options().client_events(["file-uploads"]);
    let client = world.serve(world.builder().polar(options)).await;
    let client = client.with_cookie(world.auth.sign_in(ada()));
    let body = json!({
        "event": "file-uploads", "metadata": {},
        "externalCustomerId": "usr_bob", "external_customer_id": "usr_bob", "subject": "usr_bob",
    });
    assert_eq!(client.post("/usage/ingest", body).await.status, 200);
    let sent = last_body(&world, "/v1/events/ingest");
    assert_eq!(sent["events"][0]["external_customer_id"], "usr_ada");
    assert!(!sent.to_string().contains("usr_bob"), "{sent}");
}

#[tokio::test]
async fn a_checkout_does_not_lead_to_foreign_sites() {
    let world = World::new().await;
    let builder = world.builder().polar(world.polar_options());
    let client = world
        .serve(builder.trusted_origin("https://shop.example"))
        .await;
    for url in [
        "//evil.example/x",
        "/\\evil.example/x",
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "http://shop.example/",
        "mailto:a@b.c",
        "javascript:alert(1)",
    ] {
        for name in ["successUrl", "returnUrl"] {
            let answer = client
                .post("/checkout", json!({ "slug": "pro", name: url }))
                .await;
            assert_eq!(answer.status, 400, "{name} {url}: {answer:?}");
        }
    }
    let trusted =
        json!({ "slug": "pro", "successUrl": "https://shop.example/ok?id={CHECKOUT_ID}" });
    assert_eq!(client.post("/checkout", trusted).await.status, 200);
    let sent = last_body(&world, "/v1/checkouts/");
    assert_eq!(
        sent["success_url"],
        "https://shop.example/ok?id={CHECKOUT_ID}"
    );
}

#[tokio::test]
async fn clients_do_not_choose_the_length_of_their_trial() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let body = json!({ "slug": "pro", "trialInterval": "year", "trialIntervalCount": 1000 });
    let answer = client.post("/checkout", body).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(world.polar_requests().len(), 0);
}

#[tokio::test]
async fn an_unverified_address_does_not_take_over_an_existing_customer() {
    let world = World::new().await;
    let client = world.client().await;
    let id = polar_customer(&world, CustomerIndividualCreate::new("ada@example.com")).await;

    let claimed = User::new("usr_eve").email("ada@example.com");
    let report = client.bridge.hooks().user_created(&claimed).await.unwrap();
    assert_eq!(report.polar, None);
    assert_eq!(report.failures[0].kind(), HookErrorKind::UnverifiedEmail);
    assert_eq!(the_customer(&world, &id).await.external_id(), None);

    let verified = User::new("usr_eve").verified_email("ada@example.com");
    let report = client.bridge.hooks().user_updated(&verified).await.unwrap();
    let linked = report.polar.unwrap();
    assert_eq!(
        (linked.change, linked.customer_id),
        (CustomerChange::Linked, Some(id.clone()))
    );
    let external = the_customer(&world, &id).await;
    assert_eq!(external.external_id(), Some("usr_eve"));
}

#[tokio::test]
async fn a_customer_of_another_user_is_a_reported_conflict() {
    let world = World::new().await;
    let client = world.client().await;
    let body = CustomerIndividualCreate::new("ada@example.com").external_id("usr_old");
    let id = polar_customer(&world, body).await;

    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();
    assert_eq!(report.polar, None);
    let failure = &report.failures[0];
    assert_eq!(failure.kind(), HookErrorKind::Conflict);
    assert!(failure.to_string().contains("usr_old"), "{failure}");
    let external = the_customer(&world, &id).await;
    assert_eq!(external.external_id(), Some("usr_old"));
}

#[tokio::test]
async fn customers_are_never_deleted_by_address() {
    let world = World::new().await;
    let client = world.client().await;
    let body = CustomerIndividualCreate::new("ada@example.com").external_id("usr_other");
    let other = polar_customer(&world, body).await;
    world.sandbox.clear_requests();

    let report = client.bridge.hooks().user_deleted(&ada()).await.unwrap();
    assert_eq!(report.polar.unwrap().change, CustomerChange::Unchanged);
    the_customer(&world, &other).await;
    let requests = world.polar_requests();
    let deletions: Vec<_> = requests
        .iter()
        .filter(|r| r.method == Method::DELETE)
        .collect();
    assert_eq!(deletions.len(), 1);
    assert_eq!(deletions[0].path, "/v1/customers/external/usr_ada");
}

#[tokio::test]
async fn a_customer_has_its_external_id_from_the_first_request_on() {
    let world = World::new().await;
    let client = world
        .serve(world.builder().polar(world.polar_options()))
        .await;
    let report = client.bridge.hooks().user_created(&ada()).await.unwrap();
    assert_eq!(report.polar.unwrap().change, CustomerChange::Created);
    let requests = world.polar_requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert_eq!(requests[0].body.as_ref().unwrap()["external_id"], "usr_ada");
}

#[tokio::test]
async fn errors_of_providers_do_not_reach_the_browser() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    client.bridge.hooks().user_created(&ada()).await.unwrap();
    let paths = [
        ("/customer/state", "Subscriptions list failed"),
        ("/customer/portal", "Customer portal creation failed"),
        ("/customer/benefits/list", "Benefits list failed"),
        ("/customer/orders/list", "Orders list failed"),
        (
            "/customer/subscriptions/list",
            "Polar subscriptions list failed",
        ),
        ("/usage/meters/list", "Meters list failed"),
        ("/openmeter/customer", "OpenMeter request failed"),
        ("/openmeter/customer/access", "OpenMeter request failed"),
    ];
    for (path, message) in paths {
        for service in [Service::Polar, Service::OpenMeter] {
            world
                .sandbox
                .inject(Fault::on(service).status(500).times(9));
        }
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status, answer.body),
            (500, json!({ "message": message })),
            "{path}"
        );
        world.sandbox.clear_faults();
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_act_with_the_users_cookie() {
    let world = World::new().await;
    let builder = world.builder().polar(world.polar_options());
    let client = world
        .serve(builder.trusted_origin("https://shop.example"))
        .await;
    let client = client.with_cookie(world.auth.sign_in(ada()));
    let post = |origin: Option<&str>| {
        let request = client
            .bare(Method::POST, "/checkout")
            .json(&json!({ "slug": "pro" }));
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    let missing = |body: &Value| body["code"] == "MISSING_OR_NULL_ORIGIN";
    let invalid = |body: &Value| body["code"] == "INVALID_ORIGIN";
    let answer = send(post(None)).await;
    assert!(answer.status == 403 && missing(&answer.body), "{answer:?}");
    let answer = send(post(Some("null"))).await;
    assert!(answer.status == 403 && missing(&answer.body), "{answer:?}");
    for origin in [
        "https://evil.example",
        "http://127.0.0.1",
        "garbage",
        "http://shop.example",
    ] {
        let answer = send(post(Some(origin))).await;
        assert!(
            answer.status == 403 && invalid(&answer.body),
            "{origin}: {answer:?}"
        );
    }
    assert_eq!(send(post(Some("https://shop.example"))).await.status, 200);
    assert_eq!(send(post(Some(&client.origin))).await.status, 200);
    let referred = post(None).header("referer", format!("{}/pricing", client.origin));
    assert_eq!(send(referred).await.status, 200);
    let without_cookie = world
        .serve(world.builder().polar(world.polar_options()))
        .await;
    let request = without_cookie
        .bare(Method::POST, "/checkout")
        .json(&json!({ "slug": "pro" }));
    assert_eq!(send(request).await.status, 200);
}

#[tokio::test]
async fn bodies_are_json_and_bounded() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let post = |kind: &str, body: String| {
        let request = client.request(Method::POST, "/checkout");
        send(request.header("content-type", kind).body(body))
    };
    let text = post("text/plain", "{}".to_owned()).await;
    assert_eq!(text.status, 415);
    assert_eq!(text.body["code"], "UNSUPPORTED_MEDIA_TYPE");
    let form = post("application/x-www-form-urlencoded", "slug=pro".to_owned()).await;
    assert_eq!(form.status, 415);
    let broken = post("application/json", "{\"slug\":".to_owned()).await;
    let body = json!({ "message": "Invalid JSON in request body", "code": "BAD_REQUEST" });
    assert_eq!((broken.status, broken.body), (400, body));
    let padding = " ".repeat(64 * 1024);
    let long = post("application/json", format!("{{\"slug\":\"pro\"}}{padding}")).await;
    assert_eq!(
        (long.status, &long.body["code"]),
        (413, &json!("PAYLOAD_TOO_LARGE"))
    );
    let huge = post("application/json", " ".repeat(2 * 1024 * 1024)).await;
    assert_eq!(huge.status, 413);
    let charset = post(
        "application/json; charset=utf-8",
        "{\"slug\":\"pro\"}".to_owned(),
    )
    .await;
    assert_eq!(charset.status, 200, "{charset:?}");
}

#[tokio::test]
async fn nobody_sees_anything_without_a_session() {
    let world = World::new().await;
    let options = world.polar_options().client_events(["e"]);
    let builder = world
        .builder()
        .polar(options)
        .openmeter(world.openmeter_options());
    let client = world.serve(builder).await;
    let body = json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" });
    let reads = [
        "/customer/portal",
        "/customer/state",
        "/customer/benefits/list",
        "/customer/orders/list",
        "/customer/subscriptions/list",
        "/usage/meters/list",
        "/openmeter/customer",
        "/openmeter/customer/access",
        "/openmeter/entitlements",
        "/openmeter/entitlement/value",
        "/openmeter/organization/customer?organizationId=org_acme",
    ];
    for path in reads {
        let answer = client.get(path).await;
        assert_eq!((answer.status, &answer.body), (401, &body), "{path}");
    }
    for path in [
        "/usage/ingest",
        "/openmeter/events/ingest",
        "/openmeter/customer/sync",
    ] {
        let answer = client
            .post(path, json!({ "event": "e", "type": "e" }))
            .await;
        assert_eq!((answer.status, &answer.body), (401, &body), "{path}");
    }
    assert!(world.sandbox.requests().is_empty());
}

#[tokio::test]
async fn links_that_let_in_whoever_has_them_do_not_show_themselves() {
    let world = World::new().await;
    let id = polar_customer(&world, CustomerIndividualCreate::new("ada@example.com")).await;
    let session = CustomerSessionCustomerIDCreate::new(id);
    let session = world.polar.customer_sessions().create(session).await;
    let session = session.unwrap();
    let checkout = CheckoutCreate::new([world.tokens.as_str()]);
    let checkout = world.polar.checkouts().create(checkout).await.unwrap();
    let shown = format!("{session:?} {checkout:?}");
    for (link, credential) in [
        (&session.customer_portal_url, &session.token),
        (&checkout.url, &checkout.client_secret),
        (&checkout.success_url, &checkout.client_secret),
    ] {
        assert!(link.expose().contains(credential.expose()), "a credential");
        assert!(!shown.contains(link.expose()) && !shown.contains(credential.expose()));
    }
}
