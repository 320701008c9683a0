use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::{Authorization, Client, Config};
use crate::retry::{RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::timer::{SystemTimer, Timer};
use crate::transport::Transport;

/// Collects what a [`Client`] needs.
///
/// | setting | default |
/// |---|---|
/// | `timeout` (whole call, repetitions included) | 60 s |
/// | `attempt_timeout` | 20 s |
/// | `connect_timeout` | 5 s |
/// | `retry` | [`RetryPolicy::new`]: 3 tries |
/// | `retry_budget` | 500 tokens |
/// | `max_response_bytes` | 64 MiB |
/// | `transport` | reqwest (feature `reqwest`), without redirects |
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    operation_roots: &'static [&'static str],
    credential: Option<Secret>,
    transport: Option<Arc<dyn Transport>>,
    #[cfg(feature = "reqwest")]
    proxy: Option<reqwest::Proxy>,
    timer: Arc<dyn Timer>,
    headers: HeaderMap,
    invalid: Option<Reason>,
    user_agent: String,
    retry: RetryPolicy,
    budget: RetryBudget,
    timeout: Duration,
    attempt_timeout: Duration,
    connect_timeout: Duration,
    max_response_bytes: usize,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            operation_roots: &[],
            credential: None,
            transport: None,
            #[cfg(feature = "reqwest")]
            proxy: None,
            timer: Arc::new(SystemTimer),
            headers: HeaderMap::new(),
            invalid: None,
            user_agent: concat!("client-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::new(),
            budget: RetryBudget::default(),
            timeout: Duration::from_secs(60),
            attempt_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            max_response_bytes: 64 << 20,
        }
    }
}

impl ClientBuilder {
    /// Sets where the API is, such as `https://api.example.com` or
    /// `http://localhost:8888/prefix`; a trailing slash does not matter.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.base_url = url.as_ref().to_owned();
        self
    }

    /// Names what the paths of the operations begin with, such as `/v1`. A base URL that ends with
    /// one of them is refused: it would be sent twice.
    pub fn operation_roots(mut self, paths: &'static [&'static str]) -> Self {
        self.operation_roots = paths;
        self
    }

    /// Sets the credential, sent as `Authorization: Bearer …`.
    pub fn credential(mut self, credential: impl Into<Secret>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// Sets the transport.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Uses the application's own [`reqwest::Client`]; its settings for proxies and connecting
    /// stand. See [`ReqwestTransport::new`](crate::ReqwestTransport::new).
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(self, client: reqwest::Client) -> Self {
        self.transport(Arc::new(crate::transport::ReqwestTransport::new(client)))
    }

    /// Sends everything through a proxy, with the default transport; another transport has proxies
    /// of its own, and building with both fails. Without it, the proxies of the environment
    /// (`HTTPS_PROXY` and its kind) are used.
    #[cfg(feature = "reqwest")]
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Adds a header to every request.
    pub fn default_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        match (
            HeaderName::try_from(name),
            HeaderValue::from_bytes(value.as_ref()),
        ) {
            (Ok(header), Ok(mut value)) => {
                value.set_sensitive(header == http::header::AUTHORIZATION);
                self.headers.insert(header, value);
            }
            _ => self.invalid = Some(Reason::Header(name.to_owned())),
        }
        self
    }

    /// Sets the product in `User-Agent`, such as `polar-client/0.1.0`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = product.into();
        self
    }

    /// Adds the application's name to `User-Agent`, such as `my-shop/2.1`.
    pub fn user_agent_suffix(mut self, product: impl AsRef<str>) -> Self {
        self.user_agent.push(' ');
        self.user_agent.push_str(product.as_ref());
        self
    }

    /// Limits each call as a whole, repetitions and waiting included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits each attempt, from connecting to the last byte of the answer.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Limits connecting, with the default transport.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how requests are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the budget that all repetitions of the client share.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets the clock.
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// Sets the largest answer to accept, in bytes.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`BuildError`] when the base URL, a header or the credential is malformed, or when there
    /// is no transport.
    pub fn build(mut self) -> Result<Client, BuildError> {
        if let Some(reason) = self.invalid.take() {
            return Err(BuildError(reason));
        }
        check_base_url(&self.base_url)?;
        let base_url = self.base_url.trim_end_matches('/');
        let mut roots = self.operation_roots.iter();
        if let Some(root) = roots.find(|root| base_url.ends_with(**root)) {
            return Err(BuildError(Reason::OperationRoot(root)));
        }
        let authorization = Authorization::of(self.credential.as_ref());
        if matches!(authorization, Authorization::Malformed) {
            return Err(BuildError(Reason::Credential));
        }
        if !self.headers.contains_key(USER_AGENT) {
            let user_agent = HeaderValue::try_from(&self.user_agent)
                .map_err(|_| BuildError(Reason::Header("user-agent".to_owned())))?;
            self.headers.insert(USER_AGENT, user_agent);
        }
        let transport = self.take_transport()?;
        Ok(Client(Arc::new(Config {
            base_url: self.base_url.trim_end_matches('/').to_owned(),
            headers: self.headers,
            authorization,
            transport,
            timer: self.timer,
            retry: self.retry,
            budget: Arc::new(self.budget),
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            max_response_bytes: self.max_response_bytes,
        })))
    }

    #[cfg(feature = "reqwest")]
    fn take_transport(&mut self) -> Result<Arc<dyn Transport>, BuildError> {
        if let Some(transport) = self.transport.take() {
            return match self.proxy {
                None => Ok(transport),
                Some(_) => Err(BuildError(Reason::Proxy)),
            };
        }
        crate::transport::ReqwestTransport::with_defaults(self.connect_timeout, self.proxy.take())
            .map(|transport| Arc::new(transport) as Arc<dyn Transport>)
            .map_err(|error| BuildError(Reason::Transport(error.into())))
    }

    #[cfg(not(feature = "reqwest"))]
    fn take_transport(&mut self) -> Result<Arc<dyn Transport>, BuildError> {
        self.transport.take().ok_or(BuildError(Reason::NoTransport))
    }
}

pub(super) fn check_base_url(url: &str) -> Result<(), BuildError> {
    let fault = |what| Err(BuildError(Reason::BaseUrl(what)));
    if url.is_empty() {
        return fault("is missing");
    }
    if url.contains(['?', '#']) {
        return fault("must not have a query or fragment");
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return fault("is not a URL");
    };
    match uri.scheme_str() {
        Some("http" | "https") => {}
        _ => return fault("must begin with http:// or https://"),
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            fault("must not hold a user name or password; set the credential instead")
        }
        Some(authority) if !authority.host().is_empty() => Ok(()),
        _ => fault("has no host"),
    }
}

/// Shows no credential and no header value.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// A client that cannot be built as configured.
#[derive(Debug)]
pub struct BuildError(Reason);

#[derive(Debug)]
enum Reason {
    BaseUrl(&'static str),
    OperationRoot(&'static str),
    Header(String),
    Credential,
    #[cfg(feature = "reqwest")]
    Proxy,
    #[cfg(not(feature = "reqwest"))]
    NoTransport,
    #[cfg(feature = "reqwest")]
    Transport(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::BaseUrl(fault) => write!(f, "the base URL {fault}"),
            Reason::OperationRoot(path) => write!(
                f,
                "the base URL must not end with `{path}`: the paths of the operations begin with it"
            ),
            Reason::Header(name) => {
                write!(
                    f,
                    "header `{name}` has a name or value that a header cannot hold"
                )
            }
            Reason::Credential => f.write_str(super::execute::BAD_CREDENTIAL),
            #[cfg(feature = "reqwest")]
            Reason::Proxy => f.write_str(
                "a proxy is for the default transport: set it in the client or transport given",
            ),
            #[cfg(not(feature = "reqwest"))]
            Reason::NoTransport => {
                f.write_str("no transport: set one, or enable the feature `reqwest`")
            }
            #[cfg(feature = "reqwest")]
            Reason::Transport(error) => write!(f, "the HTTP client cannot be set up: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            #[cfg(feature = "reqwest")]
            Reason::Transport(error) => Some(&**error),
            _ => None,
        }
    }
}
