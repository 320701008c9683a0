//! Catalogs in the making.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::catalog::account::ProviderAccount;
use crate::catalog::entries::Entries;
use crate::catalog::feature::Feature;
use crate::catalog::index::Index;
use crate::catalog::issue::{InvalidCatalog, Issue, IssueCode, Report};
use crate::catalog::meter::Meter;
use crate::catalog::plan::{Addon, Plan};
use crate::catalog::topup::Topup;
use crate::catalog::{Catalog, Document, Metadata, validate};
use crate::provider::Provider;

/// A catalog that may still have errors.
///
/// It is what the builder methods fill in and what files are read into;
/// [`build`](Self::build) checks it and makes it a [`Catalog`].
#[derive(Debug, Clone)]
pub struct CatalogBuilder {
    document: Document,
    duplicates: Vec<Issue>,
}

impl Default for CatalogBuilder {
    fn default() -> Self {
        Self::from(Document {
            meters: Entries::new(),
            features: Entries::new(),
            plans: Entries::new(),
            addons: Entries::new(),
            topups: Entries::new(),
            providers: Entries::new(),
            extra: Metadata::default(),
        })
    }
}

impl From<Document> for CatalogBuilder {
    fn from(document: Document) -> Self {
        Self {
            document,
            duplicates: Vec::new(),
        }
    }
}

impl CatalogBuilder {
    /// Adds a meter under its id.
    #[must_use]
    pub fn meter(mut self, id: impl Into<SmolStr>, meter: Meter) -> Self {
        add(
            &mut self.duplicates,
            "meters",
            &mut self.document.meters,
            id.into(),
            meter,
        );
        self
    }

    /// Adds a feature under its id.
    #[must_use]
    pub fn feature(mut self, id: impl Into<SmolStr>, feature: Feature) -> Self {
        add(
            &mut self.duplicates,
            "features",
            &mut self.document.features,
            id.into(),
            feature,
        );
        self
    }

    /// Adds a plan under its id.
    #[must_use]
    pub fn plan(mut self, id: impl Into<SmolStr>, plan: Plan) -> Self {
        add(
            &mut self.duplicates,
            "plans",
            &mut self.document.plans,
            id.into(),
            plan,
        );
        self
    }

    /// Adds an add-on under its id.
    #[must_use]
    pub fn addon(mut self, id: impl Into<SmolStr>, addon: Addon) -> Self {
        add(
            &mut self.duplicates,
            "addons",
            &mut self.document.addons,
            id.into(),
            addon,
        );
        self
    }

    /// Adds a top-up under its id.
    #[must_use]
    pub fn topup(mut self, id: impl Into<SmolStr>, topup: Topup) -> Self {
        add(
            &mut self.duplicates,
            "topups",
            &mut self.document.topups,
            id.into(),
            topup,
        );
        self
    }

    /// Says something about a provider as a whole.
    #[must_use]
    pub fn provider(mut self, provider: Provider, account: ProviderAccount) -> Self {
        let id = provider.as_str().into();
        add(
            &mut self.duplicates,
            "providers",
            &mut self.document.providers,
            id,
            account,
        );
        self
    }

    /// The catalog as it stands.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Finds every error and warning, without looking at one provider's limits.
    #[must_use]
    pub fn validate(&self) -> Report {
        let mut issues = self.duplicates.clone();
        issues.extend(validate::check(&self.document));
        Report { issues }
    }

    /// Checks the catalog and makes it usable.
    ///
    /// # Errors
    /// All errors and warnings, when there is at least one error.
    pub fn build(self) -> Result<Catalog, InvalidCatalog> {
        let report = self.validate();
        if report.has_errors() {
            return Err(InvalidCatalog::new(report));
        }
        let index = Index::new(&self.document);
        Ok(Catalog::assemble(self.document, index, report.issues))
    }
}

fn add<T>(
    duplicates: &mut Vec<Issue>,
    section: &str,
    entries: &mut Entries<T>,
    id: SmolStr,
    item: T,
) {
    if entries.contains_key(&id) {
        duplicates.push(Issue::new(
            IssueCode::DuplicateId,
            format!("{section}.{id}"),
            format!("`{id}` is defined twice"),
        ));
    }
    entries.insert(id, item);
}

impl PartialEq for CatalogBuilder {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl Serialize for CatalogBuilder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CatalogBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Document::deserialize(deserializer).map(Self::from)
    }
}
