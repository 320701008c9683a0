use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use client_core::{BuildError, Client, ClientBuilder, RetryPolicy, Secret, Timer, Transport};

/// The version of the API that this crate speaks, sent as `Polar-Version` with every request.
///
/// Polar keeps each version for about nine months. A version that is gone answers 404 to
/// everything, which is [`ErrorKind::UnknownRoute`](client_core::ErrorKind::UnknownRoute) and not
/// a missing resource.
pub const API_VERSION: &str = "2026-10";

const PRODUCTION: &str = "https://api.polar.sh";
const SANDBOX: &str = "https://sandbox-api.polar.sh";

/// A client of the Polar API.
///
/// Cloning is cheap. The credential is one of: an organization access token (`polar_oat_…`), a
/// personal access token (`polar_pat_…`) or an OAuth token (`polar_at_…`). What customers do with
/// their own token is below [`customer_portal`](Self::customer_portal).
#[derive(Clone)]
pub struct Polar {
    client: Client,
}

impl Polar {
    /// Creates a client for production, `https://api.polar.sh`.
    ///
    /// # Errors
    /// [`BuildError`] when the default transport cannot be made.
    #[cfg(feature = "reqwest")]
    pub fn new(access_token: impl Into<Secret>) -> Result<Self, BuildError> {
        Self::builder().access_token(access_token).build()
    }

    /// Creates a client for Polar's sandbox, `https://sandbox-api.polar.sh`, whose tokens and data
    /// are separate from production's.
    ///
    /// # Errors
    /// [`BuildError`] when the default transport cannot be made.
    #[cfg(feature = "reqwest")]
    pub fn sandbox(access_token: impl Into<Secret>) -> Result<Self, BuildError> {
        Self::builder().sandbox().access_token(access_token).build()
    }

    /// Starts a client with other settings.
    pub fn builder() -> PolarBuilder {
        PolarBuilder {
            inner: Client::builder()
                .base_url(PRODUCTION)
                .default_header("polar-version", API_VERSION)
                .user_agent(concat!("polar-client-rust/", env!("CARGO_PKG_VERSION"))),
        }
    }

    /// Returns a client with another access token that shares everything else, the connections
    /// included.
    #[must_use]
    pub fn with_access_token(&self, access_token: impl Into<Secret>) -> Self {
        Self {
            client: self.client.with_credential(access_token),
        }
    }

    /// Returns the runtime below: for operations of one's own.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for Polar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Polar").field(&self.client).finish()
    }
}

/// Collects what a [`Polar`] client needs; see [`ClientBuilder`] for the defaults.
#[must_use]
pub struct PolarBuilder {
    inner: ClientBuilder,
}

impl PolarBuilder {
    /// Uses Polar's sandbox.
    pub fn sandbox(self) -> Self {
        self.base_url(SANDBOX)
    }

    /// Uses another server, such as one of `billing-sandbox`. The paths of the API begin with
    /// `/v1`, which is not part of the URL.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.map(|inner| inner.base_url(url))
    }

    /// Sets the access token.
    pub fn access_token(self, access_token: impl Into<Secret>) -> Self {
        self.map(|inner| inner.credential(access_token))
    }

    /// Names the organization for tokens that reach several (`Polar-Organization`). Organization
    /// access tokens do not need it.
    pub fn organization(self, organization_id: impl AsRef<str>) -> Self {
        let id = organization_id.as_ref().to_owned();
        self.map(|inner| inner.default_header("polar-organization", id))
    }

    /// Limits a whole call, repetitions and waiting included.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|inner| inner.timeout(timeout))
    }

    /// Limits each attempt.
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        self.map(|inner| inner.attempt_timeout(timeout))
    }

    /// Sets the retry policy.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.map(|inner| inner.retry(policy))
    }

    /// Adds a header to every request.
    pub fn default_header(self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.map(|inner| inner.default_header(name, value))
    }

    /// Adds the application to the user agent, such as `my-app/1.2`.
    pub fn user_agent_suffix(self, product: impl AsRef<str>) -> Self {
        self.map(|inner| inner.user_agent_suffix(product))
    }

    /// Sends requests through the application's own `reqwest` client.
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(self, client: client_core::reqwest::Client) -> Self {
        self.map(|inner| inner.reqwest_client(client))
    }

    /// Sends requests through a proxy, with the default transport. Without it, the proxies of the
    /// environment (`HTTPS_PROXY` and its kind) are used.
    #[cfg(feature = "reqwest")]
    pub fn proxy(self, proxy: client_core::reqwest::Proxy) -> Self {
        self.map(|inner| inner.proxy(proxy))
    }

    /// Sends requests through a transport of one's own.
    pub fn transport(self, transport: Arc<dyn Transport>) -> Self {
        self.map(|inner| inner.transport(transport))
    }

    /// Takes the time from somewhere else, for tests.
    pub fn timer(self, timer: Arc<dyn Timer>) -> Self {
        self.map(|inner| inner.timer(timer))
    }

    /// Changes settings of the runtime that this builder does not name.
    pub fn map(self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self {
            inner: change(self.inner),
        }
    }

    /// Creates the client.
    ///
    /// # Errors
    /// [`BuildError`] when the URL, a header or the token cannot be used, or there is no transport.
    pub fn build(self) -> Result<Polar, BuildError> {
        Ok(Polar {
            client: self.inner.build()?,
        })
    }
}

impl fmt::Debug for PolarBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolarBuilder").finish_non_exhaustive()
    }
}
