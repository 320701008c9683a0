use serde::{Deserialize, Serialize};

/// The customer of an event.
///
/// The application's id and the provider's id are kept apart: one never stands in for the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventCustomer {
    /// The application's own id, as the application gave it to the provider.
    ///
    /// Polar: `customer.external_id`. Empty texts count as absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The provider's id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The `referenceId` found in the metadata of the checkout, subscription or order.
    ///
    /// Whoever opens a checkout may be able to choose it, so it says nothing about who pays or
    /// whom access belongs to unless the [`Policy`](crate::entitlement::Policy) trusts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address; never used to find a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl EventCustomer {
    /// Makes a customer known by the application's id.
    pub fn external(id: impl Into<String>) -> Self {
        Self {
            external_id: Some(id.into()),
            ..Self::default()
        }
    }

    /// Makes a customer known only by the provider's id.
    pub fn provider(id: impl Into<String>) -> Self {
        Self {
            provider_id: Some(id.into()),
            ..Self::default()
        }
    }

    /// Sets the provider's id.
    #[must_use]
    pub fn provider_id(mut self, id: impl Into<String>) -> Self {
        self.provider_id = Some(id.into());
        self
    }

    /// Sets the reference id found in metadata.
    #[must_use]
    pub fn reference_id(mut self, id: impl Into<String>) -> Self {
        self.reference_id = Some(id.into());
        self
    }
}
