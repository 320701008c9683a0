//! From what a provider knows back to the catalog.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use foldhash::fast::RandomState;
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::entries::Entries;
use crate::catalog::index::lookup_key;
use crate::catalog::price::{Price, ProviderIds};
use crate::catalog::{Catalog, Document};
use crate::provider::Provider;

/// What kind of sellable item something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A plan.
    Plan,
    /// An add-on.
    Addon,
    /// A top-up.
    Topup,
}

impl ItemKind {
    /// `plan`, `addon` or `topup`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Addon => "addon",
            Self::Topup => "topup",
        }
    }

    /// Name of the item's id in stamped metadata.
    pub(crate) const fn id_stamp(self) -> &'static str {
        match self {
            Self::Plan => "catalogPlanId",
            Self::Addon => "catalogAddonId",
            Self::Topup => "catalogTopupId",
        }
    }

    /// Name of the item's key in stamped metadata.
    pub(crate) const fn key_stamp(self) -> &'static str {
        match self {
            Self::Plan => "catalogPlanKey",
            Self::Addon => "catalogAddonKey",
            Self::Topup => "catalogTopupKey",
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ItemKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An item of a catalog, or one of its prices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[non_exhaustive]
pub struct CatalogRef {
    /// What kind of item it is.
    pub kind: ItemKind,
    /// The item's id.
    pub id: SmolStr,
    /// The price's id, when one price is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<SmolStr>,
}

impl CatalogRef {
    pub(crate) fn new(kind: ItemKind, id: &SmolStr, price: Option<&SmolStr>) -> Self {
        Self {
            kind,
            id: id.clone(),
            price: price.cloned(),
        }
    }

    fn same_item(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id == other.id
    }
}

/// From an id to what it means; `None` when it could mean two items.
type References = HashMap<SmolStr, Option<CatalogRef>, RandomState>;

/// Look-ups for provider ids and lookup keys. An entry that could mean two items is `None`.
pub(crate) struct ReverseIndex {
    products: HashMap<Provider, References>,
    prices: HashMap<Provider, References>,
    lookup_keys: References,
}

impl ReverseIndex {
    pub(crate) fn new(document: &Document) -> Self {
        let mut index = Self {
            products: HashMap::new(),
            prices: HashMap::new(),
            lookup_keys: References::default(),
        };
        for (id, plan) in &document.plans {
            let key = plan.key.as_ref().unwrap_or(id);
            index.add(ItemKind::Plan, id, key, &plan.provider_ids, &plan.prices);
        }
        for (id, addon) in &document.addons {
            let key = addon.key.as_ref().unwrap_or(id);
            index.add(ItemKind::Addon, id, key, &addon.provider_ids, &addon.prices);
        }
        for (id, topup) in &document.topups {
            let key = topup.key.as_ref().unwrap_or(id);
            index.add(ItemKind::Topup, id, key, &topup.provider_ids, &topup.prices);
        }
        index
    }

    fn add(
        &mut self,
        kind: ItemKind,
        id: &SmolStr,
        key: &SmolStr,
        provider_ids: &ProviderIds,
        prices: &Entries<Price>,
    ) {
        for (provider, provider_id) in known(provider_ids) {
            let table = self.products.entry(provider).or_default();
            record(table, provider_id, CatalogRef::new(kind, id, None));
        }
        for (price_id, price) in prices {
            let target = CatalogRef::new(kind, id, Some(price_id));
            for (provider, provider_id) in known(&price.provider_ids) {
                record(
                    self.prices.entry(provider).or_default(),
                    provider_id,
                    target.clone(),
                );
            }
            record(
                &mut self.lookup_keys,
                &lookup_key(key, price_id, price),
                target,
            );
        }
    }
}

/// The provider ids whose provider is known, which needs its exact lower-case name.
pub(crate) fn known(ids: &ProviderIds) -> impl Iterator<Item = (Provider, &SmolStr)> {
    ids.iter().filter_map(|(name, id)| {
        Provider::ALL
            .into_iter()
            .find(|provider| provider.as_str() == name)
            .filter(|_| !id.is_empty())
            .map(|provider| (provider, id))
    })
}

fn record(table: &mut References, provider_id: &SmolStr, target: CatalogRef) {
    match table.entry(provider_id.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(Some(target));
        }
        Entry::Occupied(mut entry) => {
            let merged = match entry.get() {
                Some(earlier) if *earlier == target => return,
                Some(earlier) if earlier.same_item(&target) => Some(CatalogRef {
                    price: None,
                    ..target
                }),
                _ => None,
            };
            entry.insert(merged);
        }
    }
}

/// Resolving what a provider reports. An id that two items share resolves to nothing: whose access
/// it is must not be guessed.
impl Catalog {
    /// The item whose product has this id at the provider.
    #[must_use]
    pub fn find_product(&self, provider: Provider, product_id: &str) -> Option<&CatalogRef> {
        self.reverse()
            .products
            .get(&provider)?
            .get(product_id)?
            .as_ref()
    }

    /// The item and price whose price has this id at the provider.
    ///
    /// When several prices of one item share the id, the item is found without a price.
    #[must_use]
    pub fn find_price(&self, provider: Provider, price_id: &str) -> Option<&CatalogRef> {
        self.reverse()
            .prices
            .get(&provider)?
            .get(price_id)?
            .as_ref()
    }

    /// The item with this id at the provider, be it the id of a price or of a product.
    ///
    /// For providers that sell a price as a product or plan of its own (Polar, Razorpay, Creem,
    /// Dodo, Autumn), where catalogs note that id on the price.
    #[must_use]
    pub fn find_provider_id<'a>(&'a self, provider: Provider, id: &str) -> Option<&'a CatalogRef> {
        let tables = self.reverse();
        let entry = |table: &'a HashMap<Provider, References>| {
            table.get(&provider).and_then(|ids| ids.get(id))
        };
        match (entry(&tables.prices), entry(&tables.products)) {
            (Some(Some(price)), Some(Some(product))) if !price.same_item(product) => None,
            (Some(None), _) | (_, Some(None)) => None,
            (Some(found), _) | (None, Some(found)) => found.as_ref(),
            (None, None) => None,
        }
    }

    /// The item and price with this lookup key.
    #[must_use]
    pub fn find_lookup_key(&self, lookup_key: &str) -> Option<&CatalogRef> {
        self.reverse().lookup_keys.get(lookup_key)?.as_ref()
    }

    /// The item that metadata stamped by a compiler names, if the catalog still has it.
    ///
    /// The id is looked at before the key. Metadata that names items of different kinds resolves
    /// to nothing.
    #[must_use]
    pub fn find_stamped(&self, metadata: &serde_json::Map<String, Value>) -> Option<CatalogRef> {
        let text = |name: &str| {
            metadata
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let mut found = None;
        for kind in [ItemKind::Plan, ItemKind::Addon, ItemKind::Topup] {
            let Some(name) = text(kind.id_stamp()).or_else(|| text(kind.key_stamp())) else {
                continue;
            };
            if found.is_some() {
                return None;
            }
            let (id, prices) = match kind {
                ItemKind::Plan => self.plan_entry(name).map(|(id, plan)| (id, &plan.prices)),
                ItemKind::Addon => self
                    .addon_entry(name)
                    .map(|(id, addon)| (id, &addon.prices)),
                ItemKind::Topup => self
                    .topup_entry(name)
                    .map(|(id, topup)| (id, &topup.prices)),
            }?;
            let price = text("catalogPriceId")
                .and_then(|price| prices.get_key_value(price))
                .map(|(price_id, _)| price_id.clone());
            found = Some(CatalogRef {
                kind,
                id: id.clone(),
                price,
            });
        }
        found
    }
}
