use std::fmt;
use std::sync::Arc;

use billing_core::billing::Billing;
use billing_core::webhook::Webhooks;
use url::Url;

use crate::bridge::{EventObserver, Parts};
use crate::hooks::FailurePolicy;
use crate::http::{Routes, Scope, Site};
use crate::openmeter::OpenMeterOptions;
use crate::polar::PolarOptions;
use crate::{AuthBridge, CustomerLinks, Organizations, Sessions};

const BODY_LIMIT: usize = 64 * 1024;
const WEBHOOK_LIMIT: usize = 1024 * 1024;

/// Collects what an [`AuthBridge`] needs.
#[must_use]
pub struct AuthBridgeBuilder {
    sessions: Arc<dyn Sessions>,
    organizations: Option<Arc<dyn Organizations>>,
    links: Option<Arc<dyn CustomerLinks>>,
    polar: Option<PolarOptions>,
    openmeter: Option<OpenMeterOptions>,
    billing: Option<Billing>,
    webhooks: Vec<Webhooks>,
    observer: Option<Arc<dyn EventObserver>>,
    failures: FailurePolicy,
    base_url: Option<String>,
    base_path: String,
    trusted: Vec<String>,
    roles: Vec<String>,
    members_may_view: bool,
    body_limit: usize,
    webhook_limit: usize,
}

impl AuthBridgeBuilder {
    pub(crate) fn new(sessions: Arc<dyn Sessions>) -> Self {
        Self {
            sessions,
            organizations: None,
            links: None,
            polar: None,
            openmeter: None,
            billing: None,
            webhooks: Vec::new(),
            observer: None,
            failures: FailurePolicy::default(),
            base_url: None,
            base_path: String::new(),
            trusted: Vec::new(),
            roles: vec!["owner".to_owned(), "admin".to_owned()],
            members_may_view: false,
            body_limit: BODY_LIMIT,
            webhook_limit: WEBHOOK_LIMIT,
        }
    }

    /// Adds checkout, customer portal, lists and usage of Polar, and Polar customers to the hooks.
    pub fn polar(mut self, options: PolarOptions) -> Self {
        self.polar = Some(options);
        self
    }

    /// Adds the endpoints of OpenMeter, and OpenMeter customers and events to the hooks.
    pub fn openmeter(mut self, options: OpenMeterOptions) -> Self {
        self.openmeter = Some(options);
        self
    }

    /// Receives a provider's webhooks, at `/polar/webhooks` for Polar. What they say is handled by
    /// [`billing`](Self::billing) and shown to the [`observer`](Self::event_observer).
    pub fn webhooks(mut self, webhooks: Webhooks) -> Self {
        self.webhooks.push(webhooks);
        self
    }

    /// Sets what takes billing events in and keeps entitlements in line with them.
    pub fn billing(mut self, billing: Billing) -> Self {
        self.billing = Some(billing);
        self
    }

    /// Shows every verified event to the application.
    pub fn event_observer(mut self, observer: impl EventObserver + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sets where organizations and memberships are looked up. Without it, purchases and data are
    /// the signed-in user's alone.
    pub fn organizations(mut self, organizations: impl Organizations + 'static) -> Self {
        self.organizations = Some(Arc::new(organizations));
        self
    }

    /// Sets the roles that may buy for an organization, report its usage and see its data. Default:
    /// `owner` and `admin`.
    pub fn organization_roles(
        mut self,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether every member of an organization, whatever the role, may see its subscriptions,
    /// access and entitlements. Default: no.
    pub fn members_may_view(mut self, allow: bool) -> Self {
        self.members_may_view = allow;
        self
    }

    /// Sets where OpenMeter's ids of customers are kept.
    pub fn customer_links(mut self, links: impl CustomerLinks + 'static) -> Self {
        self.links = Some(Arc::new(links));
        self
    }

    /// Sets what happens when a hook fails. Default: it is logged, and the hook succeeds.
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.failures = policy;
        self
    }

    /// Sets the application's own origin as browsers see it, such as `https://app.example.com`.
    ///
    /// Paths such as `/success` are resolved against it, and requests with a cookie have to come
    /// from it. Without it the `Host` header decides, with `https` except on this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the path below which [`AuthBridge::handle`] and the tower service find the endpoints,
    /// such as `/api/auth`. Default: none. The axum router does not need it.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Trusts a further origin, such as `https://shop.example.com`: its pages may call the
    /// endpoints, and clients may name it as where to go after a checkout.
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted.push(origin.into());
        self
    }

    /// Sets the greatest number of bytes of a request body. Default: 64 KiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the greatest number of bytes of a webhook's body. Default: 1 MiB.
    pub fn webhook_body_limit(mut self, bytes: usize) -> Self {
        self.webhook_limit = bytes;
        self
    }

    /// Makes the bridge.
    ///
    /// # Errors
    /// [`BuildError`] when settings contradict each other or cannot be used. Nothing is sent.
    pub fn build(self) -> Result<AuthBridge, BuildError> {
        let mut routes = Routes::default();
        if let Some(polar) = &self.polar {
            check_polar(polar)?;
            routes.add_polar();
        }
        if self.openmeter.is_some() {
            routes.add_openmeter(Scope::User);
            if self.organizations.is_some() {
                routes.add_openmeter(Scope::Organization);
            }
        }
        for (index, webhooks) in self.webhooks.iter().enumerate() {
            let provider = webhooks.provider();
            let before = self.webhooks.iter().take(index);
            if before.clone().any(|other| other.provider() == provider) {
                return Err(BuildError::RepeatedWebhooks(provider.as_str()));
            }
            routes.add_webhooks(provider);
        }
        if self.webhooks.is_empty() && (self.billing.is_some() || self.observer.is_some()) {
            return Err(BuildError::NoWebhooks);
        }
        if routes.is_empty() {
            return Err(BuildError::NothingToDo);
        }
        let base_path = self.base_path.trim_end_matches('/').to_owned();
        if !base_path.is_empty() && !base_path.starts_with('/') {
            return Err(BuildError::BasePath(self.base_path));
        }
        let site = Site {
            base: self.base_url.as_deref().map(origin).transpose()?,
            trusted: self
                .trusted
                .iter()
                .map(|text| origin(text))
                .collect::<Result<_, _>>()?,
        };
        Ok(AuthBridge {
            parts: Arc::new(Parts {
                sessions: self.sessions,
                organizations: self.organizations,
                links: self.links,
                polar: self.polar,
                openmeter: self.openmeter,
                billing: self.billing,
                webhooks: self.webhooks,
                observer: self.observer,
                failures: self.failures,
                site,
                base_path,
                roles: self.roles,
                members_may_view: self.members_may_view,
                body_limit: self.body_limit,
                webhook_limit: self.webhook_limit,
                routes,
            }),
        })
    }
}

impl fmt::Debug for AuthBridgeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBridgeBuilder")
            .field("polar", &self.polar)
            .field("openmeter", &self.openmeter)
            .finish_non_exhaustive()
    }
}

fn check_polar(options: &PolarOptions) -> Result<(), BuildError> {
    if let Some(slug) = options.products.contradictions().first() {
        return Err(BuildError::AmbiguousSlug(slug.clone()));
    }
    let places = [
        ("success_url", &options.success_url),
        ("return_url", &options.return_url),
        ("portal_return_url", &options.portal_return_url),
    ];
    for (setting, place) in places {
        if let Some(place) = place
            && !is_place(place)
        {
            return Err(BuildError::Place {
                setting,
                value: place.clone(),
            });
        }
    }
    Ok(())
}

fn is_place(place: &str) -> bool {
    if place.starts_with('/') {
        return !place.starts_with("//") && !place.starts_with("/\\");
    }
    Url::parse(place).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn origin(text: &str) -> Result<Url, BuildError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.path() == "/" => Ok(url),
        _ => Err(BuildError::Origin(text.to_owned())),
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no endpoint at all.
    #[error("the bridge has nothing to do: configure polar, openmeter or webhooks")]
    NothingToDo,
    /// Something waits for webhook events, which nothing receives.
    #[error("billing and event observers need webhooks: add `.webhooks(Webhooks::polar(secret))`")]
    NoWebhooks,
    /// A provider's webhooks are configured twice.
    #[error(
        "webhooks of {0} are configured twice; give one of them both secrets with `and_secret`"
    )]
    RepeatedWebhooks(&'static str),
    /// A slug stands for several products.
    #[error("the slug `{0}` stands for several products")]
    AmbiguousSlug(String),
    /// Not an origin.
    #[error("`{0}` is not an origin: expected scheme and host, such as https://app.example.com")]
    Origin(String),
    /// Not a path.
    #[error("the base path `{0}` does not begin with `/`")]
    BasePath(String),
    /// Neither a path nor a URL.
    #[error("{setting} `{value}` is neither a path such as /success nor an http or https URL")]
    Place {
        /// The setting.
        setting: &'static str,
        /// What it was set to.
        value: String,
    },
}
