use std::fmt;

use client_core::{BuildError, Client, ClientBuilder, Secret};

use crate::v3::V3;

const CLOUD: &str = "https://openmeter.cloud";

/// A client of the OpenMeter API.
///
/// Cloning is cheap. Self-hosted servers need no credential; the cloud takes an API key
/// (`om_…`), Konnect a system account token (`spat_…`) or a personal access token (`kpat_…`), and
/// the metering portal a portal token ([`with_portal_token`](Self::with_portal_token)).
#[derive(Clone)]
pub struct OpenMeter {
    client: Client,
    v3: Client,
}

/// A region of Kong Konnect, which serves v3 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// United States.
    Us,
    /// Europe.
    Eu,
    /// Australia.
    Au,
    /// Middle East.
    Me,
    /// India.
    In,
    /// The global region.
    Global,
}

impl Region {
    fn host(self) -> &'static str {
        match self {
            Self::Us => "https://us.api.konghq.com",
            Self::Eu => "https://eu.api.konghq.com",
            Self::Au => "https://au.api.konghq.com",
            Self::Me => "https://me.api.konghq.com",
            Self::In => "https://in.api.konghq.com",
            Self::Global => "https://global.api.konghq.com",
        }
    }
}

impl OpenMeter {
    /// Creates a client for a server without credentials, such as `http://localhost:8888`.
    ///
    /// # Errors
    /// [`BuildError`] when the URL cannot be used.
    #[cfg(feature = "reqwest")]
    pub fn new(url: impl AsRef<str>) -> Result<Self, BuildError> {
        Self::builder().url(url).build()
    }

    /// Creates a client for OpenMeter Cloud, `https://openmeter.cloud`.
    ///
    /// # Errors
    /// [`BuildError`] when the default transport cannot be made.
    #[cfg(feature = "reqwest")]
    pub fn cloud(api_key: impl Into<Secret>) -> Result<Self, BuildError> {
        Self::builder().url(CLOUD).api_key(api_key).build()
    }

    /// Creates a client for Kong Konnect. It serves v3 alone: use [`v3`](Self::v3).
    ///
    /// # Errors
    /// [`BuildError`] when the default transport cannot be made.
    #[cfg(feature = "reqwest")]
    pub fn konnect(region: Region, api_key: impl Into<Secret>) -> Result<Self, BuildError> {
        Self::builder().konnect(region).api_key(api_key).build()
    }

    /// Starts a client with other settings. Without a URL it is OpenMeter Cloud's.
    pub fn builder() -> OpenMeterBuilder {
        OpenMeterBuilder {
            inner: Client::builder()
                .base_url(CLOUD)
                .operation_roots(&["/api/v1", "/api/v2", "/api/v3"])
                .user_agent(concat!("openmeter-client-rust/", env!("CARGO_PKG_VERSION"))),
            v3_root: "/api/v3",
        }
    }

    /// Returns the resources of v3, over the same connections.
    pub fn v3(&self) -> V3 {
        V3::new(self.v3.clone())
    }

    /// Returns a client with another API key that shares everything else, the connections
    /// included.
    #[must_use]
    pub fn with_api_key(&self, api_key: impl Into<Secret>) -> Self {
        let api_key = api_key.into();
        Self {
            client: self.client.with_credential(api_key.clone()),
            v3: self.v3.with_credential(api_key),
        }
    }

    /// Returns a client that acts with a portal token, which `portal().tokens().create(..)` makes:
    /// good for `portal()` alone, and for the token's subject.
    #[must_use]
    pub fn with_portal_token(&self, token: impl Into<Secret>) -> Self {
        self.with_api_key(token)
    }

    /// Returns the runtime below: for operations of one's own. Its root is the server's.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for OpenMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenMeter").field(&self.client).finish()
    }
}

/// Collects what an [`OpenMeter`] client needs; see [`ClientBuilder`] for the defaults.
#[must_use]
pub struct OpenMeterBuilder {
    inner: ClientBuilder,
    v3_root: &'static str,
}

impl OpenMeterBuilder {
    /// Sets the server's root, such as `https://openmeter.example.com`; the paths of the API begin
    /// with `/api`, which is not part of it.
    pub fn url(self, url: impl AsRef<str>) -> Self {
        self.map(|inner| inner.base_url(url))
    }

    /// Uses Kong Konnect, where v3 stands at another root.
    pub fn konnect(mut self, region: Region) -> Self {
        self.v3_root = "/v3";
        self.url(region.host())
    }

    /// Sets the API key.
    pub fn api_key(self, api_key: impl Into<Secret>) -> Self {
        self.map(|inner| inner.credential(api_key))
    }

    /// Changes settings of the runtime that this builder does not name.
    pub fn map(self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self {
            inner: change(self.inner),
            v3_root: self.v3_root,
        }
    }

    /// Creates the client.
    ///
    /// # Errors
    /// [`BuildError`] when the URL, a header or the key cannot be used, or there is no transport.
    pub fn build(self) -> Result<OpenMeter, BuildError> {
        let client = self.inner.build()?;
        let v3 = client.with_base_url(format!("{}{}", client.base_url(), self.v3_root))?;
        Ok(OpenMeter { client, v3 })
    }
}

client_core::client_settings!(OpenMeterBuilder);

impl fmt::Debug for OpenMeterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenMeterBuilder").finish_non_exhaustive()
    }
}
