//! The provider accounts that a catalog is meant for.

use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::metadata::Metadata;

document! {
    /// What a catalog says about one provider as a whole.
    pub struct ProviderAccount: "a provider account" {
        /// Id of the account at the provider.
        pub id: Option<SmolStr> = "id",
        /// Whether the provider is in use.
        pub enabled: Option<bool> = "enabled",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl ProviderAccount {
    /// An account that is in use.
    #[must_use]
    pub fn enabled() -> Self {
        Self {
            id: None,
            enabled: Some(true),
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// Sets the id of the account at the provider.
    #[must_use]
    pub fn id(mut self, id: impl Into<SmolStr>) -> Self {
        self.id = Some(id.into());
        self
    }
}

crate::catalog::setters::setters!(ProviderAccount: metadata);
