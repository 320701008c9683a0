//! The client: where requests go, with what, and how patiently.

mod builder;
mod execute;
mod macros;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::BoxFuture;
use crate::error::Failure;
use crate::request::Call;
use crate::response::RawResponse;
use crate::retry::{RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::timer::Timer;
use crate::transport::Transport;

pub use builder::{BuildError, ClientBuilder};

/// A connection to one API: base URL, credential, transport and policies.
///
/// Cloning is cheap and shares the connections and the retry budget. The clients of the APIs wrap
/// it; it knows nothing of any API.
#[derive(Clone)]
pub struct Client(Arc<Config>);

#[derive(Clone)]
struct Config {
    base_url: String,
    headers: HeaderMap,
    authorization: Authorization,
    transport: Arc<dyn Transport>,
    timer: Arc<dyn Timer>,
    retry: RetryPolicy,
    budget: Arc<RetryBudget>,
    timeout: Duration,
    attempt_timeout: Duration,
    max_response_bytes: usize,
}

#[derive(Clone)]
enum Authorization {
    None,
    Bearer(HeaderValue),
    /// A credential that cannot stand in a header: found when a request is sent with it.
    Malformed,
}

impl Authorization {
    fn of(credential: Option<&Secret>) -> Self {
        match credential.map(Secret::bearer) {
            None => Self::None,
            Some(Some(header)) => Self::Bearer(header),
            Some(None) => Self::Malformed,
        }
    }
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns a client with another credential that shares everything else.
    #[must_use]
    pub fn with_credential(&self, credential: impl Into<Secret>) -> Self {
        let mut config = Config::clone(&self.0);
        config.authorization = Authorization::of(Some(&credential.into()));
        Self(Arc::new(config))
    }

    /// Returns a client without credential that shares everything else; a default header
    /// `Authorization` is left out as well.
    #[must_use]
    pub fn without_credential(&self) -> Self {
        let mut config = Config::clone(&self.0);
        config.authorization = Authorization::None;
        config.headers.remove(http::header::AUTHORIZATION);
        Self(Arc::new(config))
    }

    /// Returns a client for another root of the same deployment that shares everything else, the
    /// credential included.
    ///
    /// # Errors
    /// [`BuildError`] when the URL cannot be the root of requests; see
    /// [`ClientBuilder::base_url`].
    pub fn with_base_url(&self, url: impl AsRef<str>) -> Result<Self, BuildError> {
        let url = url.as_ref().trim_end_matches('/');
        builder::check_base_url(url)?;
        let mut config = Config::clone(&self.0);
        config.base_url = url.to_owned();
        Ok(Self(Arc::new(config)))
    }

    /// Returns the base URL, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Returns the retry budget.
    pub fn retry_budget(&self) -> &RetryBudget {
        &self.0.budget
    }

    /// Sends a call: the one path that every request of every type takes.
    ///
    /// The future does nothing until it is polled, and dropping it abandons the request.
    pub fn execute(&self, call: Call) -> BoxFuture<'static, Result<RawResponse, Failure>> {
        Box::pin(execute::execute(self.clone(), call))
    }
}

/// Shows the base URL and the limits, never the credential.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credential = match self.0.authorization {
            Authorization::None => "none",
            Authorization::Bearer(_) => "set",
            Authorization::Malformed => "malformed",
        };
        f.debug_struct("Client")
            .field("base_url", &self.0.base_url)
            .field("credential", &format_args!("{credential}"))
            .field("retry", &self.0.retry)
            .field("budget", &self.0.budget)
            .field("timeout", &self.0.timeout)
            .field("attempt_timeout", &self.0.attempt_timeout)
            .finish_non_exhaustive()
    }
}
