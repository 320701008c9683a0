use std::sync::Arc;

use auth_bridge::memory::MemoryAuth;
use auth_bridge::{AuthBridge, AuthBridgeBuilder, OpenMeterOptions, PolarOptions, User};
use billing_sandbox::{RecordedRequest, Sandbox, Service};
use openmeter_client::OpenMeter;
use polar_client::models::{
    ProductCreateOneTime, ProductCreateRecurring, ProductPriceFixedCreate, RecurringInterval,
};
use polar_client::{Polar, RetryPolicy};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

/// The sandbox with two products, and an auth system with one user.
pub(crate) struct World {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) polar: Polar,
    pub(crate) openmeter: OpenMeter,
    pub(crate) auth: MemoryAuth,
    pub(crate) pro: String,
    pub(crate) tokens: String,
}

pub(crate) fn ada() -> User {
    User::new("usr_ada")
        .verified_email("ada@example.com")
        .name("Ada")
}

impl World {
    pub(crate) async fn new() -> Self {
        let builder = Sandbox::builder().wall_clock_signatures(true);
        Self::of(builder.start().await.unwrap()).await
    }

    pub(crate) async fn of(sandbox: Sandbox) -> Self {
        let polar = Polar::builder()
            .base_url(sandbox.polar_url())
            .access_token(sandbox.polar_token())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let openmeter = OpenMeter::builder()
            .url(sandbox.openmeter_url())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let price = || [ProductPriceFixedCreate::new(2_000)];
        let pro = ProductCreateRecurring::new("Pro", price(), RecurringInterval::Month);
        let pro = polar.products().create(pro).await.unwrap().id.to_string();
        let tokens = ProductCreateOneTime::new("Tokens", price());
        let tokens = polar
            .products()
            .create(tokens)
            .await
            .unwrap()
            .id
            .to_string();
        sandbox.clear_requests();
        Self {
            sandbox: Arc::new(sandbox),
            polar,
            openmeter,
            auth: MemoryAuth::new(),
            pro,
            tokens,
        }
    }

    pub(crate) fn polar_options(&self) -> PolarOptions {
        PolarOptions::new(self.polar.clone())
            .product("pro", &self.pro)
            .product("tokens", &self.tokens)
            .success_url("/success?checkout_id={CHECKOUT_ID}")
    }

    pub(crate) fn openmeter_options(&self) -> OpenMeterOptions {
        OpenMeterOptions::new(self.openmeter.clone())
    }

    pub(crate) fn builder(&self) -> AuthBridgeBuilder {
        AuthBridge::builder(self.auth.clone())
            .organizations(self.auth.clone())
            .customer_links(self.auth.clone())
    }

    pub(crate) async fn serve(&self, builder: AuthBridgeBuilder) -> Client {
        Client::of(builder.build().unwrap()).await
    }

    /// A server with Polar and OpenMeter as they are by default.
    pub(crate) async fn client(&self) -> Client {
        let builder = self.builder().polar(self.polar_options());
        self.serve(builder.openmeter(self.openmeter_options()))
            .await
    }

    /// The requests that the Polar server received.
    pub(crate) fn polar_requests(&self) -> Vec<RecordedRequest> {
        self.requests(Service::Polar)
    }

    pub(crate) fn requests(&self, service: Service) -> Vec<RecordedRequest> {
        let all = self.sandbox.requests().into_iter();
        all.filter(|request| request.service == service).collect()
    }
}

/// What a browser with the JavaScript client is.
pub(crate) struct Client {
    pub(crate) bridge: AuthBridge,
    pub(crate) origin: String,
    http: reqwest::Client,
    cookie: Option<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Client {
    pub(crate) async fn of(bridge: AuthBridge) -> Self {
        let router = axum::Router::new().nest("/api/auth", bridge.axum_router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            bridge,
            origin,
            http: reqwest::Client::new(),
            cookie: None,
        }
    }

    /// The same server, for somebody with a cookie.
    pub(crate) fn with_cookie(&self, cookie: String) -> Self {
        Self {
            bridge: self.bridge.clone(),
            origin: self.origin.clone(),
            http: self.http.clone(),
            cookie: Some(cookie),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/auth{path}", self.origin)
    }

    /// A request as the browser sends it: with cookie and origin.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        let request = request.header("origin", &self.origin);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// A request without origin.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    Answer { status, body }
}
