use std::fmt;

use client_core::{BuildError, Client, ClientBuilder, Secret};

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
                .operation_roots(&["/v1"])
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

client_core::client_settings!(PolarBuilder);

impl fmt::Debug for PolarBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolarBuilder").finish_non_exhaustive()
    }
}
