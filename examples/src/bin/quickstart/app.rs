//! The application: an axum server with its users, and billing plugged in.

use std::sync::Arc;

use auth_bridge::memory::MemoryAuth;
use auth_bridge::{AuthBridge, FailurePolicy, OpenMeterOptions, PolarOptions, User};
use billing_core::billing::Billing;
use billing_core::catalog::Catalog;
use billing_core::effects::OpenMeterBackend;
use billing_core::ledger::MemoryLedger;
use billing_core::webhook::Webhooks;
use serde_json::{Value, json};

use crate::services::Services;
use crate::step::Result;

/// The running application, and a browser that talks to it.
pub(crate) struct App {
    pub(crate) url: String,
    pub(crate) auth: MemoryAuth,
    pub(crate) bridge: AuthBridge,
    pub(crate) billing: Billing,
    browser: reqwest::Client,
}

impl App {
    /// Starts the application on a free port; `secret` is that of its webhook endpoint.
    pub(crate) async fn start(
        services: &Services,
        catalog: Catalog,
        listener: tokio::net::TcpListener,
        secret: &str,
    ) -> Result<Self> {
        let url = format!("http://{}", listener.local_addr()?);
        let clock = services.sandbox.clock();
        let now = move || clock.now();
        let backend = OpenMeterBackend::new(services.om.clone()).clock(now.clone());
        let billing = Billing::new(
            catalog.clone(),
            Arc::new(MemoryLedger::new()),
            Arc::new(backend),
        )
        .clock(now.clone());
        let auth = MemoryAuth::new();
        let bridge = AuthBridge::builder(auth.clone())
            .base_url(&url)
            .polar(
                PolarOptions::new(services.polar.clone())
                    .products_from(&catalog)
                    .success_url("/success?checkout_id={CHECKOUT_ID}")
                    .authenticated_users_only(true),
            )
            .openmeter(OpenMeterOptions::new(services.om.clone()))
            .customer_links(auth.clone())
            .webhooks(Webhooks::polar(secret).clock(now))
            .billing(billing.clone())
            .failure_policy(FailurePolicy::Propagate)
            .build()?;
        let router = axum::Router::new().nest("/api/auth", bridge.axum_router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            url,
            auth,
            bridge,
            billing,
            browser: reqwest::Client::new(),
        })
    }

    /// Signs a user up, as the application's own handler would.
    pub(crate) async fn sign_up(&self, user: User) -> Result<(String, auth_bridge::HookReport)> {
        let cookie = self.auth.sign_in(user.clone());
        let report = self.bridge.hooks().user_created(&user).await?;
        Ok((cookie, report))
    }

    /// Checks out by slug, as `authClient.checkout({ slug })` does in a browser.
    pub(crate) async fn checkout(&self, cookie: &str, slug: &str) -> Result<String> {
        let answer: Value = self
            .browser
            .post(format!("{}/api/auth/checkout", self.url))
            .header("cookie", cookie)
            .header("origin", &self.url)
            .json(&json!({ "slug": slug, "redirect": false }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        answer["url"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("no url in {answer}").into())
    }
}
