//! What plans, add-ons and top-ups have in common.

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::catalog::{
    Addon, Catalog, CatalogRef, Entitlement, Entries, ItemKind, Metadata, Plan, Price, ProviderIds,
    Topup,
};
use crate::compile::metadata::{CompiledMetadata, Stamps, value_text};
use crate::provider::Provider;

/// A plan, add-on or top-up with its key and name filled in.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) kind: ItemKind,
    pub(crate) id: &'a SmolStr,
    pub(crate) key: &'a SmolStr,
    pub(crate) name: &'a SmolStr,
    pub(crate) description: Option<&'a SmolStr>,
    pub(crate) prices: &'a Entries<Price>,
    pub(crate) provider_ids: &'a ProviderIds,
    pub(crate) metadata: &'a Metadata,
    pub(crate) source: Source<'a>,
}

/// The item itself.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Plan(&'a Plan),
    Addon(&'a Addon),
    Topup(&'a Topup),
}

/// Every item: plans, then add-ons, then top-ups, each in the order of the catalog.
pub(crate) fn items(catalog: &Catalog) -> impl Iterator<Item = Item<'_>> {
    let plans = catalog.plans().iter().map(|(id, plan)| {
        let key = plan.key.as_ref().unwrap_or(id);
        Item {
            kind: ItemKind::Plan,
            id,
            key,
            name: plan.name.as_ref().unwrap_or(key),
            description: plan.description.as_ref(),
            prices: &plan.prices,
            provider_ids: &plan.provider_ids,
            metadata: &plan.metadata,
            source: Source::Plan(plan),
        }
    });
    let addons = catalog.addons().iter().map(|(id, addon)| {
        let key = addon.key.as_ref().unwrap_or(id);
        Item {
            kind: ItemKind::Addon,
            id,
            key,
            name: addon.name.as_ref().unwrap_or(key),
            description: addon.description.as_ref(),
            prices: &addon.prices,
            provider_ids: &addon.provider_ids,
            metadata: &addon.metadata,
            source: Source::Addon(addon),
        }
    });
    let topups = catalog.topups().iter().map(|(id, topup)| {
        let key = topup.key.as_ref().unwrap_or(id);
        Item {
            kind: ItemKind::Topup,
            id,
            key,
            name: topup.name.as_ref().unwrap_or(key),
            description: topup.description.as_ref(),
            prices: &topup.prices,
            provider_ids: &topup.provider_ids,
            metadata: &topup.metadata,
            source: Source::Topup(topup),
        }
    });
    plans.chain(addons).chain(topups)
}

impl<'a> Item<'a> {
    /// Where the item stands in the catalog, such as `plans.pro`.
    pub(crate) fn path(&self) -> String {
        let section = match self.kind {
            ItemKind::Plan => "plans",
            ItemKind::Addon => "addons",
            ItemKind::Topup => "topups",
        };
        format!("{section}.{}", self.id)
    }

    /// The metered feature of a top-up.
    pub(crate) fn feature(&self) -> Option<&'a SmolStr> {
        match self.source {
            Source::Topup(topup) => Some(&topup.feature),
            _ => None,
        }
    }

    /// What a plan or add-on grants.
    pub(crate) fn entitlements(&self) -> Option<&'a Entries<Entitlement>> {
        match self.source {
            Source::Plan(plan) => Some(&plan.entitlements),
            Source::Addon(addon) => Some(&addon.entitlements),
            Source::Topup(_) => None,
        }
    }

    /// The plans that an add-on or top-up is restricted to, as written.
    pub(crate) fn compatible_plans(&self) -> Option<&'a [SmolStr]> {
        match self.source {
            Source::Plan(_) => None,
            Source::Addon(addon) => addon.compatible_plans.as_deref(),
            Source::Topup(topup) => topup.compatible_plans.as_deref(),
        }
    }

    pub(crate) fn reference(&self, price: Option<&SmolStr>) -> CatalogRef {
        CatalogRef::new(self.kind, self.id, price)
    }

    /// Name of one price's product, for providers with one price in a product.
    pub(crate) fn price_title(&self, price_id: &str) -> String {
        if self.prices.len() > 1 {
            format!("{} ({price_id})", self.name)
        } else {
            self.name.to_string()
        }
    }

    pub(crate) fn stamps(&self) -> Stamps {
        Stamps {
            key: Some(self.key.clone()),
            feature: self.feature().cloned(),
            ..Stamps::item(self.kind, self.id)
        }
    }

    pub(crate) fn price_stamps(&self, price_id: &SmolStr, provider: Provider) -> Stamps {
        Stamps {
            price: Some(price_id.clone()),
            provider: Some(provider),
            ..self.stamps()
        }
    }

    /// The item's metadata as text values.
    pub(crate) fn text_metadata(&self) -> IndexMap<String, String> {
        as_text(&CompiledMetadata::new(self.metadata, self.stamps()))
    }

    /// A price's metadata as text values.
    pub(crate) fn price_text_metadata(
        &self,
        price_id: &SmolStr,
        price: &Price,
        provider: Provider,
    ) -> IndexMap<String, String> {
        let stamps = self.price_stamps(price_id, provider);
        as_text(&CompiledMetadata::new(&price.metadata, stamps))
    }

    /// The metadata of item and price as text values, for providers that make them one object.
    pub(crate) fn joint_text_metadata(
        &self,
        price_id: &SmolStr,
        price: &Price,
        provider: Provider,
    ) -> IndexMap<String, String> {
        let stamps = self.price_stamps(price_id, provider);
        as_text(&CompiledMetadata::new(
            &self.metadata.merged(&price.metadata),
            stamps,
        ))
    }
}

fn as_text(metadata: &CompiledMetadata) -> IndexMap<String, String> {
    metadata
        .iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value_text(&value)?)))
        .collect()
}
