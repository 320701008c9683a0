use async_trait::async_trait;

use super::{AuditEntry, CustomerProfile};
use crate::entitlement::{EntitlementSpec, GrantSpec};

/// A store of entitlements, such as OpenMeter.
///
/// Every operation is idempotent: repeated after a lost answer or a crash, it changes nothing more
/// and succeeds. Operations for one customer come one after another, never at the same time.
#[async_trait]
pub trait EntitlementBackend: Send + Sync {
    /// Makes sure that the customer exists. An existing customer is left as it is.
    async fn ensure_customer(&self, profile: &CustomerProfile) -> Result<(), BackendError>;

    /// Makes the customer's entitlement for the feature be this one.
    ///
    /// If it already allows the same ([`EntitlementSpec::allows_same`]), nothing happens and its
    /// usage goes on. Otherwise it replaces whatever there is. Top-up grants on a replaced
    /// entitlement may be lost: their balances were captured before, and are granted again after.
    async fn put_entitlement(
        &self,
        customer: &str,
        entitlement: &EntitlementSpec,
    ) -> Result<(), BackendError>;

    /// Removes the customer's entitlement for the feature; without one, or without the customer,
    /// nothing happens.
    async fn delete_entitlement(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<(), BackendError>;

    /// Grants balance on the customer's entitlement for the feature, unless a grant of this key was
    /// ever made there. A search for the key has to read every page.
    async fn create_grant(&self, customer: &str, grant: &GrantSpec) -> Result<(), BackendError>;

    /// Takes the grant of this key back; without one nothing happens.
    async fn revoke_grant(
        &self,
        customer: &str,
        feature_key: &str,
        key: &str,
    ) -> Result<(), BackendError>;

    /// Returns what is left of each grant made by [`create_grant`](Self::create_grant) on the
    /// customer's present entitlement for the feature; without an entitlement, nothing.
    async fn grant_balances(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<Vec<GrantBalance>, BackendError>;

    /// Writes an audit entry; one with the same id is written once.
    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), BackendError>;
}

/// What is left of a grant.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantBalance {
    /// The idempotency key that the grant was made with.
    pub key: String,
    /// What is left, in units of the feature's meter.
    pub remaining: f64,
}

/// Why an effect could not be done.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    message: String,
    retryable: bool,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl BackendError {
    /// An outage or a limit: the same again may succeed later.
    pub fn transient(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retryable: true,
            source: None,
        }
    }

    /// A refusal: somebody has to change something first, such as provision a feature.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retryable: false,
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns whether the same again may succeed without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}
