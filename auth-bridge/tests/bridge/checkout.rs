use async_trait::async_trait;
use auth_bridge::{BoxError, BuildError, PolarOptions, ProductLookup, Theme, User};
use billing_core::Provider;
use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
use billing_sandbox::{Fault, Service};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, World, ada, send};

fn sent_checkouts(world: &World) -> Vec<Value> {
    let requests = world.polar_requests().into_iter();
    requests
        .filter(|request| request.path == "/v1/checkouts/")
        .filter_map(|request| request.body)
        .collect()
}

fn sent_checkout(world: &World) -> Value {
    sent_checkouts(world).pop().expect("a checkout was created")
}

async fn with_options(world: &World, options: PolarOptions) -> Client {
    let client = world.serve(world.builder().polar(options)).await;
    client.with_cookie(world.auth.sign_in(ada()))
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

#[tokio::test]
async fn products_are_named_by_slug_or_by_id() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let (pro, tokens) = (&world.pro, &world.tokens);
    let cases = [
        (json!({ "products": tokens }), json!([tokens])),
        (json!({ "products": [pro, tokens] }), json!([pro, tokens])),
        (json!({ "slug": "pro", "products": [tokens] }), json!([pro])),
        (json!({ "slug": "", "products": [tokens] }), json!([tokens])),
    ];
    for (body, products) in cases {
        let answer = client.post("/checkout", body.clone()).await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        assert_eq!(sent_checkout(&world)["products"], products, "{body}");
    }
    let unknown = client.post("/checkout", json!({ "slug": "nope" })).await;
    assert_eq!(
        (unknown.status, unknown.body),
        (400, json!({ "message": "Product not found" }))
    );
}

#[tokio::test]
async fn slugs_come_from_a_catalog_with_its_provider_ids() {
    let world = World::new().await;
    let price = || Price::monthly(2_000, Currency::USD);
    let catalog = Catalog::builder()
        .feature("api", Feature::boolean())
        .plan(
            "pro",
            Plan::new("Pro")
                .key("pro_plan")
                .provider_id(Provider::Polar, world.pro.as_str())
                .entitle("api", true)
                .price("monthly", price()),
        )
        .plan(
            "team",
            Plan::new("Team")
                .entitle("api", true)
                .price(
                    "monthly",
                    price().provider_id(Provider::Polar, world.tokens.as_str()),
                )
                .price("yearly", Price::yearly(20_000, Currency::USD)),
        )
        .build()
        .unwrap();
    let options = PolarOptions::new(world.polar.clone()).products_from(&catalog);
    let client = with_options(&world, options).await;
    let expected = [
        ("pro", &world.pro),
        ("pro_plan", &world.pro),
        ("pro:monthly", &world.pro),
        ("team", &world.tokens),
        ("team:monthly", &world.tokens),
    ];
    for (slug, product) in expected {
        let answer = client.post("/checkout", json!({ "slug": slug })).await;
        assert_eq!(answer.status, 200, "{slug}: {answer:?}");
        assert_eq!(
            sent_checkout(&world)["products"],
            json!([product]),
            "{slug}"
        );
    }
    let unsold = client
        .post("/checkout", json!({ "slug": "team:yearly" }))
        .await;
    assert_eq!(
        (unsold.status, unsold.message()),
        (400, "Product not found")
    );
}

struct Table(String);

#[async_trait]
impl ProductLookup for Table {
    async fn product_id(&self, slug: &str) -> Result<Option<String>, BoxError> {
        match slug {
            "stored" => Ok(Some(self.0.clone())),
            "broken" => Err("database password is hunter2".into()),
            _ => Ok(None),
        }
    }
}

#[tokio::test]
async fn slugs_that_are_not_listed_are_looked_up() {
    let world = World::new().await;
    let options = world
        .polar_options()
        .product_lookup(Table(world.tokens.clone()));
    let client = with_options(&world, options).await;

    let stored = client.post("/checkout", json!({ "slug": "stored" })).await;
    assert_eq!(stored.status, 200, "{stored:?}");
    assert_eq!(sent_checkout(&world)["products"], json!([world.tokens]));
    let unknown = client.post("/checkout", json!({ "slug": "nope" })).await;
    assert_eq!(
        (unknown.status, unknown.message()),
        (400, "Product not found")
    );
    let broken = client.post("/checkout", json!({ "slug": "broken" })).await;
    assert_eq!(broken.status, 500);
    assert!(!broken.body.to_string().contains("hunter2"), "{broken:?}");
}

#[tokio::test]
async fn checkouts_work_without_a_session_unless_users_are_wanted() {
    let world = World::new().await;
    let open = world.client().await;
    let answer = open.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(sent_checkout(&world).get("external_customer_id"), None);

    let options = world.polar_options().authenticated_users_only(true);
    let closed = world.serve(world.builder().polar(options)).await;
    let nobody = closed.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(
        (nobody.status, nobody.message()),
        (401, "You must be logged in to checkout")
    );
    let guest = closed.with_cookie(world.auth.sign_in(User::new("guest_1").anonymous()));
    let guest = guest.post("/checkout", json!({ "slug": "pro" })).await;
    assert_eq!(
        (guest.status, guest.message()),
        (401, "Anonymous users are not allowed to checkout")
    );
    assert_eq!(sent_checkouts(&world).len(), 1);
}

#[tokio::test]
async fn everything_a_client_may_choose_reaches_polar() {
    let world = World::new().await;
    let options = world.polar_options().client_trials(true).theme(Theme::Dark);
    let client = with_options(&world, options).await;
    let body = json!({
        "products": [world.pro],
        "referenceId": "usr_ada",
        "metadata": { "k": "v", "n": 1, "x": 1.5, "t": true },
        "allowDiscountCodes": "false",
        "allowTrial": 1,
        "trialInterval": "day",
        "trialIntervalCount": 7,
        "redirect": false,
        "embedOrigin": "https://app.example",
        "successUrl": "/ok/{CHECKOUT_ID}/x?y={CHECKOUT_ID}&z=é",
        "returnUrl": "/back",
    });
    let answer = client.post("/checkout", body).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["redirect"], false);
    assert!(
        answer.body["url"]
            .as_str()
            .unwrap()
            .ends_with("?theme=dark"),
        "{answer:?}"
    );
    let origin = &client.origin;
    let expected = json!({
        "products": [world.pro],
        "external_customer_id": "usr_ada",
        "metadata": { "k": "v", "n": 1, "x": 1.5, "t": true, "referenceId": "usr_ada" },
        "allow_discount_codes": false,
        "allow_trial": true,
        "trial_interval": "day",
        "trial_interval_count": 7,
        "embed_origin": "https://app.example",
        "success_url": format!("{origin}/ok/%7BCHECKOUT_ID%7D/x?y={{CHECKOUT_ID}}&z=%C3%A9"),
        "return_url": format!("{origin}/back"),
    });
    assert_eq!(sent_checkout(&world), expected);
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_sent() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), n.into())).collect();
    let cases = [
        (json!({}), "[body]"),
        (json!([1]), "[body]"),
        (json!({ "products": [] }), "[body]"),
        (json!({ "slug": 7 }), "[body.slug]"),
        (json!({ "products": ["a", 7] }), "[body.products.1]"),
        (
            json!({ "slug": "pro", "redirect": "maybe" }),
            "[body.redirect]",
        ),
        (
            json!({ "slug": "pro", "metadata": many }),
            "[body.metadata]",
        ),
        (
            json!({ "slug": "pro", "metadata": { "k": "" } }),
            "[body.metadata.k]",
        ),
        (
            json!({ "slug": "pro", "metadata": { "k": "x".repeat(501) } }),
            "[body.metadata.k]",
        ),
        (
            json!({ "slug": "pro", "metadata": { "k": null } }),
            "[body.metadata.k]",
        ),
        (
            json!({ "slug": "pro", "metadata": { "x".repeat(41): 1 } }),
            "[body.metadata]",
        ),
        (
            json!({ "slug": "pro", "embedOrigin": "app" }),
            "[body.embedOrigin]",
        ),
        (
            json!({ "slug": "pro", "trialIntervalCount": 1001 }),
            "[body.trialIntervalCount]",
        ),
        (
            json!({ "slug": "pro", "trialInterval": "aeon" }),
            "[body.trialInterval]",
        ),
        (
            json!({ "slug": "pro", "customFieldData": { "f": [] } }),
            "[body.customFieldData.f]",
        ),
    ];
    for (body, place) in cases {
        let answer = client.post("/checkout", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR", "{body}");
        assert!(answer.message().starts_with(place), "{body}: {answer:?}");
    }
    assert_eq!(sent_checkouts(&world).len(), 0);
}

#[tokio::test]
async fn without_a_base_url_the_host_decides_and_https_is_assumed_elsewhere() {
    let world = World::new().await;
    let bridge = world
        .builder()
        .polar(world.polar_options())
        .build()
        .unwrap();
    let request = http::Request::post("/checkout")
        .header("host", "shop.example")
        .header("content-type", "application/json")
        .body(r#"{"slug":"pro"}"#.into())
        .unwrap();
    assert_eq!(bridge.handle(request).await.status(), 200);
    let success = "https://shop.example/success?checkout_id={CHECKOUT_ID}";
    assert_eq!(sent_checkout(&world)["success_url"], success);
}

#[tokio::test]
async fn an_outage_of_polar_is_a_plain_500() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    world
        .sandbox
        .inject(Fault::on(Service::Polar).path("/v1/checkouts/"));
    let answer = client.post("/checkout", json!({ "slug": "pro" })).await;
    let body = json!({ "message": "Checkout creation failed" });
    assert_eq!((answer.status, answer.body), (500, body));
    let retired = client
        .post("/checkout", json!({ "products": ["not-a-product"] }))
        .await;
    assert_eq!(
        (retired.status, retired.message()),
        (500, "Checkout creation failed")
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_when_the_bridge_is_built() {
    let world = World::new().await;
    let build = |options: PolarOptions| world.builder().polar(options).build().map(|_| ());
    let ambiguous = world.polar_options().product("pro", &world.tokens);
    assert!(matches!(build(ambiguous), Err(BuildError::AmbiguousSlug(slug)) if slug == "pro"));
    for place in ["//evil.example", "success", "mailto:a@b.c"] {
        let result = build(world.polar_options().success_url(place));
        assert!(matches!(result, Err(BuildError::Place { .. })), "{place}");
    }
    assert!(matches!(
        world.builder().build(),
        Err(BuildError::NothingToDo)
    ));
    let base = world
        .builder()
        .polar(world.polar_options())
        .base_url("app.example");
    assert!(matches!(base.build(), Err(BuildError::Origin(_))));
}

#[tokio::test]
async fn other_methods_and_paths_are_an_empty_404() {
    let world = World::new().await;
    let client = world.client().await.with_cookie(world.auth.sign_in(ada()));
    let cases = [
        (Method::GET, "/checkout"),
        (Method::POST, "/customer/state"),
        (Method::GET, "/usage/ingest"),
        (Method::POST, "/usage/ingestion"),
        (Method::DELETE, "/customer/portal"),
        (Method::OPTIONS, "/customer/state"),
        (Method::GET, "/customer/state/"),
        (Method::GET, "/nope"),
        (Method::POST, "/polar/webhooks"),
    ];
    for (method, path) in cases {
        let answer = send(client.request(method.clone(), path)).await;
        assert_eq!(
            (answer.status, answer.body),
            (404, Value::Null),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn the_tower_service_finds_the_endpoints_below_the_base_path() {
    let world = World::new().await;
    let builder = world
        .builder()
        .polar(world.polar_options())
        .base_path("/api/auth/");
    let mut service = builder.build().unwrap();
    for (path, status) in [
        ("/api/auth/checkout", 200),
        ("/checkout", 404),
        ("/api/authcheckout", 404),
    ] {
        let request = http::Request::post(path)
            .header("host", "app.example")
            .header("content-type", "application/json")
            .body(r#"{"slug":"pro"}"#.into())
            .unwrap();
        let answer = tower_service::Service::call(&mut service, request)
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}
