//! One application-owned definition of meters, features, plans, add-ons, top-ups and prices.
//!
//! A [`Catalog`] is always valid: it comes from [`Catalog::builder`], from JSON, YAML or TOML
//! ([`Catalog::from_json`], [`Catalog::load`], …), and each of them reports every error at once,
//! with its path. What is probably a mistake but can be worked with is a warning
//! ([`Catalog::warnings`]).
//!
//! ```
//! use billing_core::catalog::{
//!     Catalog, Currency, Entitlement, Expiration, Feature, Meter, Plan, Price, Reset, Topup,
//! };
//!
//! let catalog = Catalog::builder()
//!     .meter("tokens", Meter::sum("ai.tokens", "tokens"))
//!     .feature("aiTokens", Feature::metered("tokens").key("ai_tokens"))
//!     .feature("apiAccess", Feature::boolean().key("api_access"))
//!     .plan("pro", Plan::new("Pro")
//!         .entitle("aiTokens", Entitlement::metered(100_000).reset(Reset::Month))
//!         .entitle("apiAccess", true)
//!         .price("monthly", Price::monthly(2_000, Currency::USD)))
//!     .topup("tokenPack1m", Topup::of("aiTokens", 1_000_000)
//!         .expires(Expiration::years(1))
//!         .price("oneTime", Price::one_time(1_000, Currency::USD)))
//!     .build()?;
//!
//! assert_eq!(catalog.plan("pro").and_then(|plan| plan.name.as_deref()), Some("Pro"));
//! # Ok::<(), billing_core::catalog::InvalidCatalog>(())
//! ```
//!
//! The JSON form is the camelCase catalog of the `better-auth-openmeter-plugin` package, so that a
//! TypeScript and a Rust application can share one file; YAML and TOML have the same members.

mod account;
mod builder;
mod currency;
mod document;
mod entitlement;
mod entries;
mod feature;
mod index;
mod issue;
mod load;
mod metadata;
mod meter;
mod number;
mod plan;
mod price;
mod resolve;
mod setters;
mod text;
mod topup;
mod validate;
mod view;

pub use account::ProviderAccount;
pub use builder::CatalogBuilder;
pub use currency::{Currency, CurrencyCode};
pub use entitlement::{Entitlement, EntitlementObject, EntitlementValue, Reset};
pub use entries::Entries;
pub use feature::{Feature, FeatureType};
pub use issue::{InvalidCatalog, Issue, IssueCode, Report, Severity};
pub use load::{CatalogFormat, LoadError};
pub use metadata::Metadata;
pub use meter::{Aggregation, Meter};
pub use number::Number;
pub use plan::{Addon, Plan, QuantityLimits};
pub use price::{Interval, Price, ProviderIds};
pub use resolve::{CatalogRef, ItemKind};
pub use topup::{Expiration, ExpirationUnit, Grant, Topup};
pub use view::ItemView;

pub(crate) use index::lookup_key;
pub(crate) use validate::{closest, is_iso8601_duration};

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

use index::Index;
use resolve::ReverseIndex;

document::document! {
    /// The members of a catalog as they stand in a file, valid or not.
    pub struct Document: "a catalog" {
        /// Meters by id.
        pub meters: Entries<Meter> = "meters",
        /// Features by id.
        pub features: Entries<Feature> = "features",
        /// Plans by id.
        pub plans: Entries<Plan> = "plans",
        /// Add-ons by id.
        pub addons: Entries<Addon> = "addons",
        /// Top-ups by id.
        pub topups: Entries<Topup> = "topups",
        /// Provider accounts by the provider's name.
        pub providers: Entries<ProviderAccount> = "providers",
    }
}

/// A valid billing catalog.
///
/// Cloning is cheap: clones share the data. Look-ups by id or key take constant time.
#[derive(Clone)]
pub struct Catalog(Arc<Inner>);

struct Inner {
    document: Document,
    index: Index,
    warnings: Vec<Issue>,
}

impl Catalog {
    /// Starts a catalog in code.
    #[must_use]
    pub fn builder() -> CatalogBuilder {
        CatalogBuilder::default()
    }

    /// Meters by id, in the order of the catalog.
    #[must_use]
    pub fn meters(&self) -> &Entries<Meter> {
        &self.0.document.meters
    }

    /// Features by id, in the order of the catalog.
    #[must_use]
    pub fn features(&self) -> &Entries<Feature> {
        &self.0.document.features
    }

    /// Plans by id, in the order of the catalog.
    #[must_use]
    pub fn plans(&self) -> &Entries<Plan> {
        &self.0.document.plans
    }

    /// Add-ons by id, in the order of the catalog.
    #[must_use]
    pub fn addons(&self) -> &Entries<Addon> {
        &self.0.document.addons
    }

    /// Top-ups by id, in the order of the catalog.
    #[must_use]
    pub fn topups(&self) -> &Entries<Topup> {
        &self.0.document.topups
    }

    /// Provider accounts by the provider's name, in the order of the catalog.
    #[must_use]
    pub fn providers(&self) -> &Entries<ProviderAccount> {
        &self.0.document.providers
    }

    /// Members of the file that no catalog has, kept as they were read.
    #[must_use]
    pub fn extra(&self) -> &Metadata {
        &self.0.document.extra
    }

    /// What is probably a mistake in the catalog, whatever provider it is for.
    #[must_use]
    pub fn warnings(&self) -> &[Issue] {
        &self.0.warnings
    }

    /// The meter with this id or key.
    #[must_use]
    pub fn meter(&self, id_or_key: &str) -> Option<&Meter> {
        let slot = self.index().meters.find(self.meters(), id_or_key)?;
        self.meters().get_index(slot).map(|(_, meter)| meter)
    }

    /// The feature with this id or key.
    #[must_use]
    pub fn feature(&self, id_or_key: &str) -> Option<&Feature> {
        self.feature_entry(id_or_key).map(|(_, feature)| feature)
    }

    /// The plan with this id or key.
    #[must_use]
    pub fn plan(&self, id_or_key: &str) -> Option<&Plan> {
        self.plan_entry(id_or_key).map(|(_, plan)| plan)
    }

    /// The add-on with this id or key.
    #[must_use]
    pub fn addon(&self, id_or_key: &str) -> Option<&Addon> {
        self.addon_entry(id_or_key).map(|(_, addon)| addon)
    }

    /// The top-up with this id or key.
    #[must_use]
    pub fn topup(&self, id_or_key: &str) -> Option<&Topup> {
        self.topup_entry(id_or_key).map(|(_, topup)| topup)
    }

    /// The feature with this id or key, and its id.
    #[must_use]
    pub fn feature_entry(&self, id_or_key: &str) -> Option<(&SmolStr, &Feature)> {
        self.features()
            .get_index(self.index().features.find(self.features(), id_or_key)?)
    }

    /// The plan with this id or key, and its id.
    #[must_use]
    pub fn plan_entry(&self, id_or_key: &str) -> Option<(&SmolStr, &Plan)> {
        self.plans()
            .get_index(self.index().plans.find(self.plans(), id_or_key)?)
    }

    /// The add-on with this id or key, and its id.
    #[must_use]
    pub fn addon_entry(&self, id_or_key: &str) -> Option<(&SmolStr, &Addon)> {
        self.addons()
            .get_index(self.index().addons.find(self.addons(), id_or_key)?)
    }

    /// The top-up with this id or key, and its id.
    #[must_use]
    pub fn topup_entry(&self, id_or_key: &str) -> Option<(&SmolStr, &Topup)> {
        self.topups()
            .get_index(self.index().topups.find(self.topups(), id_or_key)?)
    }

    /// Key of the feature with this id or key: its own, else its id.
    #[must_use]
    pub fn feature_key(&self, id_or_key: &str) -> Option<&SmolStr> {
        self.feature_entry(id_or_key)
            .map(|(id, feature)| feature.key.as_ref().unwrap_or(id))
    }

    pub(crate) fn index(&self) -> &Index {
        &self.0.index
    }

    /// The place of the plan with this id or key among the plans.
    pub(crate) fn plan_slot(&self, id_or_key: &str) -> Option<usize> {
        self.index().plans.find(self.plans(), id_or_key)
    }

    fn reverse(&self) -> &ReverseIndex {
        self.index()
            .reverse
            .get_or_init(|| ReverseIndex::new(self.document()))
    }

    pub(crate) fn document(&self) -> &Document {
        &self.0.document
    }

    pub(crate) fn assemble(document: Document, index: Index, warnings: Vec<Issue>) -> Self {
        Self(Arc::new(Inner {
            document,
            index,
            warnings,
        }))
    }
}

impl PartialEq for Catalog {
    fn eq(&self, other: &Self) -> bool {
        self.0.document == other.0.document
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Catalog").field(self.document()).finish()
    }
}

impl Serialize for Catalog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Catalog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CatalogBuilder::deserialize(deserializer)?
            .build()
            .map_err(D::Error::custom)
    }
}
