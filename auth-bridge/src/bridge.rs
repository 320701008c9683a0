use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use billing_core::billing::Billing;
use billing_core::event::BillingEvent;
use billing_core::webhook::Webhooks;
use bytes::Bytes;
use http::{Request, Response};

use crate::builder::AuthBridgeBuilder;
use crate::hooks::{FailurePolicy, Hooks};
use crate::http::{Endpoint, Routes, Site, answer, not_found};
use crate::openmeter::OpenMeterOptions;
use crate::polar::PolarOptions;
use crate::{BoxError, CustomerLinks, Organizations, Sessions};

/// Sees every verified event of a payment provider.
#[async_trait]
pub trait EventObserver: Send + Sync {
    /// Takes an event, after billing has handled it. A delivery that comes again is seen again.
    ///
    /// # Errors
    /// Whatever keeps the event from being taken in: the provider is asked to deliver it again.
    async fn observe(&self, event: &BillingEvent) -> Result<(), BoxError>;
}

/// Billing, plugged into the application's auth: endpoints for its clients and the payment
/// provider, and [`Hooks`] for what happens to its users.
///
/// Cheap to clone. It is a [`tower_service::Service`] of `http` requests with the whole body in
/// [`Bytes`].
#[derive(Clone)]
pub struct AuthBridge {
    pub(crate) parts: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) sessions: Arc<dyn Sessions>,
    pub(crate) organizations: Option<Arc<dyn Organizations>>,
    pub(crate) links: Option<Arc<dyn CustomerLinks>>,
    pub(crate) polar: Option<PolarOptions>,
    pub(crate) openmeter: Option<OpenMeterOptions>,
    pub(crate) billing: Option<Billing>,
    pub(crate) webhooks: Vec<Webhooks>,
    pub(crate) observer: Option<Arc<dyn EventObserver>>,
    pub(crate) failures: FailurePolicy,
    pub(crate) site: Site,
    pub(crate) base_path: String,
    pub(crate) roles: Vec<String>,
    pub(crate) members_may_view: bool,
    pub(crate) body_limit: usize,
    pub(crate) webhook_limit: usize,
    pub(crate) routes: Routes,
}

impl Parts {
    pub(crate) fn limit_of(&self, endpoint: Endpoint) -> usize {
        match endpoint {
            Endpoint::Webhooks(_) => self.webhook_limit,
            _ => self.body_limit,
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("polar", &self.polar)
            .field("openmeter", &self.openmeter)
            .field("webhooks", &self.webhooks)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

impl AuthBridge {
    /// Starts a bridge from the application's sessions.
    pub fn builder(sessions: impl Sessions + 'static) -> AuthBridgeBuilder {
        AuthBridgeBuilder::new(Arc::new(sessions))
    }

    /// Returns the hooks, for the application's sign-up and other handlers.
    pub fn hooks(&self) -> Hooks {
        Hooks::new(Arc::clone(&self.parts))
    }

    /// Answers a request. Its path begins with the
    /// [base path](AuthBridgeBuilder::base_path); other paths are answered with an empty 404.
    ///
    /// Extensions of the request reach [`Sessions::session`]. Read no more than
    /// [`body_limit`](Self::body_limit) bytes of a body; longer ones are answered with 413 here,
    /// but are in memory by then.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        match path.strip_prefix(self.parts.base_path.as_str()) {
            Some(path) => answer(&self.parts, path, request).await,
            None => not_found(),
        }
    }

    /// Returns the greatest number of bytes that a body of any endpoint may have.
    pub fn body_limit(&self) -> usize {
        self.parts.body_limit.max(self.parts.webhook_limit)
    }
}

impl fmt::Debug for AuthBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthBridge").field(&self.parts).finish()
    }
}

impl tower_service::Service<Request<Bytes>> for AuthBridge {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let bridge = self.clone();
        Box::pin(async move { Ok(bridge.handle(request).await) })
    }
}
