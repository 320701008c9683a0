//! An application with its own sign-up, sessions and billing, on the embedded sandbox.
//!
//! `cargo run -p auth-bridge --features axum --example axum` starts it on a free port, plays the
//! part of a browser, and prints what comes back. With `-- --serve` it stays up afterwards.

use std::error::Error;
use std::sync::Arc;

use auth_bridge::memory::MemoryAuth;
use auth_bridge::{AuthBridge, AuthUser, PolarOptions, User};
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::post;
use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
use billing_core::effects::MemoryBackend;
use billing_core::ledger::MemoryLedger;
use billing_core::webhook::Webhooks;
use billing_sandbox::Sandbox;
use polar_client::Polar;
use polar_client::models::{ProductCreateRecurring, ProductPriceFixedCreate, RecurringInterval};
use serde_json::{Value, json};

const WEBHOOK_SECRET: &str = "polar_whs_only_for_the_sandbox_0000000";

#[derive(Clone)]
struct App {
    auth: MemoryAuth,
    bridge: AuthBridge,
}

/// Stores the user, then tells the bridge: a customer without a user would be worse than the
/// reverse.
async fn sign_up(State(app): State<App>, Json(form): Json<Value>) -> impl IntoResponse {
    let Some(email) = form.get("email").and_then(Value::as_str) else {
        return Err((StatusCode::BAD_REQUEST, "an e-mail address is needed"));
    };
    let user = User::new(format!("usr_{}", uuid::Uuid::new_v4().simple())).email(email);
    let cookie = app.auth.sign_in(user.clone());
    match app.bridge.hooks().user_created(&user).await {
        Ok(_) => Ok(([(SET_COOKIE, cookie)], user.id().to_owned())),
        Err(_) => Err((StatusCode::BAD_GATEWAY, "billing is not available")),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let builder = Sandbox::builder().webhook_secret(WEBHOOK_SECRET);
    let sandbox = builder.wall_clock_signatures(true).start().await?;
    let polar = Polar::builder()
        .base_url(sandbox.polar_url())
        .access_token(sandbox.polar_token())
        .build()?;
    let price = ProductPriceFixedCreate::new(2_000);
    let product = ProductCreateRecurring::new("Pro", [price], RecurringInterval::Month);
    let product = polar.products().create(product).await?;

    let catalog = Catalog::builder()
        .feature("apiAccess", Feature::boolean().key("api_access"))
        .plan(
            "pro",
            Plan::new("Pro")
                .provider_id(Provider::Polar, product.id.as_str())
                .entitle("apiAccess", true)
                .price("monthly", Price::monthly(2_000, Currency::USD)),
        )
        .build()?;
    let entitlements = Arc::new(MemoryBackend::new());
    let ledger = Arc::new(MemoryLedger::new());
    let options = PolarOptions::new(polar.clone())
        .products_from(&catalog)
        .authenticated_users_only(true)
        .success_url("/success?checkout_id={CHECKOUT_ID}");
    let auth = MemoryAuth::new();
    let bridge = AuthBridge::builder(auth.clone())
        .polar(options)
        .webhooks(Webhooks::polar(WEBHOOK_SECRET))
        .billing(Billing::new(
            catalog,
            ledger,
            Arc::clone(&entitlements) as _,
        ))
        .build()?;

    let app = axum::Router::new()
        .route("/api/auth/sign-up", post(sign_up))
        .nest("/api/auth", bridge.axum_router())
        .with_state(App { auth, bridge });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    sandbox.register_webhook(format!("{origin}/api/auth/polar/webhooks"), &[]);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let browser = reqwest::Client::new();
    let url = |path: &str| format!("{origin}/api/auth{path}");
    let form = json!({ "email": "ada@example.com" });
    let signed_up = browser.post(url("/sign-up")).json(&form).send().await?;
    let cookie = signed_up.headers().get("set-cookie").cloned();
    let cookie = cookie.ok_or("no cookie")?;
    let user = signed_up.error_for_status()?.text().await?;
    println!("signed up            {user}");

    let ask = browser
        .post(url("/checkout"))
        .json(&json!({ "slug": "pro" }));
    let checkout = ask
        .header("cookie", &cookie)
        .header("origin", &origin)
        .send()
        .await?;
    let checkout: Value = checkout.error_for_status()?.json().await?;
    println!("checkout             {}", checkout["url"]);

    let open = polar
        .checkouts()
        .list()
        .external_customer_id(&*user)
        .await?;
    let open = open.items.first().ok_or("no checkout")?;
    sandbox.complete_checkout(open.id.as_str())?;
    while !sandbox.pending_webhooks().is_empty() {
        for delivery in sandbox.deliver_webhooks().await {
            println!("webhook {:<28} {:?}", delivery.kind, delivery.status);
        }
        sandbox.clock().advance(std::time::Duration::from_secs(61));
    }

    let state = browser
        .get(url("/customer/state"))
        .header("cookie", &cookie);
    let state: Value = state.send().await?.error_for_status()?.json().await?;
    println!(
        "active subscriptions {}",
        state["activeSubscriptions"][0]["status"]
    );
    let access = entitlements.has_access(&user, "api_access");
    println!("api_access           {access}");
    if !access {
        return Err("the user paid and has no access".into());
    }
    if std::env::args().any(|argument| argument == "--serve") {
        println!("serving on           {origin}");
        server.await??;
    }
    Ok(())
}
