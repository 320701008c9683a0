use serde::{Deserialize, Serialize};

use super::PurchasedItem;
use crate::catalog::{Catalog, CatalogRef, Entries, ItemKind, Price, ProviderIds};
use crate::provider::Provider;

/// What a purchased item is in the catalog. Names are catalog ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Reference {
    /// A plan.
    Plan {
        /// The plan's id.
        plan: String,
        /// The id of the price within the plan, when it is known.
        price: Option<String>,
    },
    /// An add-on.
    Addon {
        /// The add-on's id.
        addon: String,
        /// The id of the price within the add-on, when it is known.
        price: Option<String>,
    },
    /// A top-up.
    Topup {
        /// The top-up's id.
        topup: String,
        /// The id of the price within the top-up, when it is known.
        price: Option<String>,
    },
    /// Nothing in the catalog, for sure. It grants nothing.
    Unresolved {
        /// The item.
        item: PurchasedItem,
        /// The reason.
        reason: UnresolvedReason,
    },
}

/// Why an item was not found in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum UnresolvedReason {
    /// No catalog item has its product id or price id, and no stamp names one.
    NotInCatalog,
    /// Several catalog items claim it.
    Ambiguous {
        /// Their paths, such as `plans.pro`.
        candidates: Vec<String>,
    },
}

/// How far a product may be searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Matching {
    /// By the provider's product and price ids, then by the catalog ids stamped on the product.
    #[default]
    Ids,
    /// The same, then by the display name, if exactly one catalog item has it.
    IdsThenNames,
}

impl PurchasedItem {
    /// Looks the item up in the catalog.
    ///
    /// Tried in this order: the product id (as the id of an item or of one of its prices), the
    /// price ids, the stamp, and the display name if `matching` says so. The first that the catalog
    /// knows decides; if several catalog items claim it, none is taken.
    pub fn resolve(&self, provider: Provider, catalog: &Catalog, matching: Matching) -> Reference {
        let unresolved = |reason| Reference::Unresolved {
            item: self.clone(),
            reason,
        };
        if let Some(product_id) = self.product_id.as_deref() {
            if let Some(found) = catalog.find_provider_id(provider, product_id) {
                return reference(found, self.price_of(found, provider, catalog));
            }
            let candidates = claimants(catalog, |item| item.has_id(provider, product_id));
            if !candidates.is_empty() {
                return unresolved(ambiguous(&candidates));
            }
        }
        let by_price = claimants(catalog, |item| {
            self.price_ids
                .iter()
                .any(|id| item.has_price_id(provider, id))
        });
        match by_price.as_slice() {
            [] => {}
            [only] => return reference(&only.found, self.price_of(&only.found, provider, catalog)),
            several => return unresolved(ambiguous(several)),
        }
        if let Some(found) = catalog.find_stamped(&self.stamp) {
            return reference(&found, None);
        }
        if matching == Matching::IdsThenNames
            && let Some(name) = self.name.as_deref()
        {
            let by_name = claimants(catalog, |item| item.name == Some(name));
            match by_name.as_slice() {
                [] => {}
                [only] => return reference(&only.found, None),
                several => return unresolved(ambiguous(several)),
            }
        }
        unresolved(UnresolvedReason::NotInCatalog)
    }

    /// Finds the price within an item: by the price ids first, then by the stamp.
    fn price_of(
        &self,
        found: &CatalogRef,
        provider: Provider,
        catalog: &Catalog,
    ) -> Option<String> {
        let same_item = |other: &CatalogRef| other.kind == found.kind && other.id == found.id;
        let by_id = self
            .price_ids
            .iter()
            .filter_map(|id| catalog.find_price(provider, id))
            .find(|other| same_item(other))
            .and_then(|other| other.price.clone());
        let stamped = || {
            catalog
                .find_stamped(&self.stamp)
                .filter(|other| same_item(other))?
                .price
        };
        by_id.or_else(stamped).map(|price| price.to_string())
    }
}

fn reference(found: &CatalogRef, price: Option<String>) -> Reference {
    let id = found.id.to_string();
    let price = price.or_else(|| found.price.as_ref().map(ToString::to_string));
    match found.kind {
        ItemKind::Plan => Reference::Plan { plan: id, price },
        ItemKind::Addon => Reference::Addon { addon: id, price },
        ItemKind::Topup => Reference::Topup { topup: id, price },
    }
}

fn ambiguous(candidates: &[Sellable<'_>]) -> UnresolvedReason {
    UnresolvedReason::Ambiguous {
        candidates: candidates
            .iter()
            .map(|item| format!("{}s.{}", item.found.kind, item.found.id))
            .collect(),
    }
}

/// A catalog item that can be sold.
struct Sellable<'a> {
    found: CatalogRef,
    name: Option<&'a str>,
    provider_ids: &'a ProviderIds,
    prices: &'a Entries<Price>,
}

impl Sellable<'_> {
    fn has_id(&self, provider: Provider, wanted: &str) -> bool {
        let own = self.provider_ids.get(provider.as_str());
        own.is_some_and(|id| id == wanted) || self.has_price_id(provider, wanted)
    }

    fn has_price_id(&self, provider: Provider, wanted: &str) -> bool {
        let mut ids = self
            .prices
            .values()
            .map(|price| price.provider_ids.get(provider.as_str()));
        ids.any(|id| id.is_some_and(|id| id == wanted))
    }
}

fn claimants<'a>(
    catalog: &'a Catalog,
    claims: impl Fn(&Sellable<'a>) -> bool,
) -> Vec<Sellable<'a>> {
    let found = |kind, id: &smol_str::SmolStr| CatalogRef {
        kind,
        id: id.clone(),
        price: None,
    };
    let plans = catalog.plans().iter().map(|(id, plan)| Sellable {
        found: found(ItemKind::Plan, id),
        name: plan.name.as_deref(),
        provider_ids: &plan.provider_ids,
        prices: &plan.prices,
    });
    let addons = catalog.addons().iter().map(|(id, addon)| Sellable {
        found: found(ItemKind::Addon, id),
        name: addon.name.as_deref(),
        provider_ids: &addon.provider_ids,
        prices: &addon.prices,
    });
    let topups = catalog.topups().iter().map(|(id, topup)| Sellable {
        found: found(ItemKind::Topup, id),
        name: topup.name.as_deref(),
        provider_ids: &topup.provider_ids,
        prices: &topup.prices,
    });
    plans.chain(addons).chain(topups).filter(claims).collect()
}
