//! The provider-neutral form of products and prices.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use smol_str::SmolStr;

use crate::catalog::{
    Catalog, CurrencyCode, Interval, Issue, ItemKind, Number, Price, QuantityLimits, lookup_key,
};
use crate::compile::item::{Item, Source, items};
use crate::compile::metadata::CompiledMetadata;
use crate::provider::Provider;

/// How a provider sells an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// A product that is subscribed to.
    SubscriptionProduct,
    /// A plan that is subscribed to (Razorpay).
    SubscriptionPlan,
    /// A further item of a subscription.
    SubscriptionItem,
    /// An add-on object of a subscription.
    SubscriptionAddon,
    /// A one-time item on the subscription's next invoice.
    InvoiceItem,
    /// A checkout that is paid once.
    OneTimeCheckout,
    /// A payment that the application takes itself.
    ManualCharge,
}

impl Strategy {
    /// The text of the compiled JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubscriptionProduct => "subscription_product",
            Self::SubscriptionPlan => "subscription_plan",
            Self::SubscriptionItem => "subscription_item",
            Self::SubscriptionAddon => "subscription_addon",
            Self::InvoiceItem => "invoice_item",
            Self::OneTimeCheckout => "one_time_checkout",
            Self::ManualCharge => "manual_charge",
        }
    }

    fn of(provider: Provider, kind: ItemKind, one_time: bool) -> Self {
        match (kind, provider) {
            (ItemKind::Plan, Provider::Razorpay) => Self::SubscriptionPlan,
            (ItemKind::Plan, _) => Self::SubscriptionProduct,
            (ItemKind::Addon, Provider::Razorpay | Provider::Dodo) => Self::SubscriptionAddon,
            (ItemKind::Addon, _) if one_time => Self::InvoiceItem,
            (ItemKind::Addon, _) => Self::SubscriptionItem,
            (ItemKind::Topup, Provider::Razorpay) => Self::ManualCharge,
            (ItemKind::Topup, _) => Self::OneTimeCheckout,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Strategy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A catalog compiled for one provider, in a form that is the same for all of them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct CompiledCatalog {
    /// The provider.
    pub provider: Provider,
    /// One product for each plan, add-on and top-up.
    pub products: Vec<CompiledProduct>,
    /// One price for each price of those.
    pub prices: Vec<CompiledPrice>,
    /// Combinations that the provider does not have, as `path: message`.
    pub warnings: Vec<String>,
    /// Everything that does not fit the provider: the warnings, and values beyond its limits.
    #[serde(skip)]
    pub issues: Vec<Issue>,
}

/// A plan, add-on or top-up as something to sell.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompiledProduct {
    /// The provider.
    pub provider: Provider,
    /// What kind of item it is.
    pub kind: ItemKind,
    /// How the provider sells it.
    pub strategy: Strategy,
    /// The item's id in the catalog.
    pub catalog_id: SmolStr,
    /// The item's key: its own, else the id.
    pub key: SmolStr,
    /// Name shown to people: its own, else the key.
    pub name: SmolStr,
    /// Description shown to people.
    pub description: Option<SmolStr>,
    /// Id of the product at the provider, when the catalog notes one.
    pub product_id: Option<SmolStr>,
    /// What only this kind of item has.
    pub detail: ProductDetail,
    /// Own metadata with the item's id and key.
    pub metadata: CompiledMetadata,
}

/// What only one kind of item has.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ProductDetail {
    /// Nothing more.
    Plan,
    /// Where and how often an add-on fits.
    Addon {
        /// Ids of the plans it can be added to, without repetition.
        compatible_plan_ids: Arc<[SmolStr]>,
        /// Whether one subscription can hold several.
        multiple: bool,
        /// How many one subscription may hold.
        quantity: Option<QuantityLimits>,
    },
    /// What a top-up grants.
    Topup {
        /// Id of the metered feature.
        feature_id: SmolStr,
        /// Amount granted, in units of the feature's meter.
        amount: Number,
        /// Ids of the plans whose holders can buy it, without repetition.
        compatible_plan_ids: Arc<[SmolStr]>,
    },
}

/// A price of a plan, add-on or top-up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompiledPrice {
    /// The provider.
    pub provider: Provider,
    /// What kind of item it is a price of.
    pub kind: ItemKind,
    /// How the provider sells it.
    pub strategy: Strategy,
    /// The item's id in the catalog.
    pub catalog_id: SmolStr,
    /// The price's id in the catalog.
    pub price_id: SmolStr,
    /// Id of the metered feature that a top-up is of.
    pub feature_id: Option<SmolStr>,
    /// Ids of the plans that an add-on or top-up fits, without repetition.
    pub compatible_plan_ids: Option<Arc<[SmolStr]>>,
    /// Name by which a provider finds the price.
    pub lookup_key: SmolStr,
    /// Amount in the currency's smallest unit.
    pub amount: u64,
    /// Currency in lower case.
    pub currency: CurrencyCode,
    /// How often it is charged.
    pub interval: Option<Interval>,
    /// Intervals between two charges, when the catalog says.
    pub interval_count: Option<u64>,
    /// Days of trial, when the catalog says.
    pub trial_days: Option<u64>,
    /// Id of the price at the provider, when the catalog notes one.
    pub provider_price_id: Option<SmolStr>,
    /// Own metadata with the ids of item and price, and the provider.
    pub metadata: CompiledMetadata,
}

impl Serialize for CompiledProduct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("strategy", &self.strategy)?;
        map.serialize_entry(self.kind.id_stamp(), &self.catalog_id)?;
        map.serialize_entry("name", &self.name)?;
        if let Some(description) = &self.description {
            map.serialize_entry("description", description)?;
        }
        if let Some(product_id) = &self.product_id {
            map.serialize_entry("productId", product_id)?;
        }
        match &self.detail {
            ProductDetail::Plan => {}
            ProductDetail::Addon {
                compatible_plan_ids,
                multiple,
                quantity,
            } => {
                map.serialize_entry("compatiblePlanIds", &**compatible_plan_ids)?;
                map.serialize_entry("multiple", multiple)?;
                if let Some(quantity) = quantity {
                    map.serialize_entry("quantity", quantity)?;
                }
            }
            ProductDetail::Topup {
                feature_id,
                amount,
                compatible_plan_ids,
            } => {
                map.serialize_entry("featureId", feature_id)?;
                map.serialize_entry("amount", amount)?;
                map.serialize_entry("compatiblePlanIds", &**compatible_plan_ids)?;
            }
        }
        map.serialize_entry("metadata", &self.metadata)?;
        map.end()
    }
}

impl Serialize for CompiledPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("strategy", &self.strategy)?;
        map.serialize_entry(self.kind.id_stamp(), &self.catalog_id)?;
        map.serialize_entry("catalogPriceId", &self.price_id)?;
        if let Some(feature_id) = &self.feature_id {
            map.serialize_entry("featureId", feature_id)?;
        }
        if let Some(plans) = &self.compatible_plan_ids {
            map.serialize_entry("compatiblePlanIds", &**plans)?;
        }
        map.serialize_entry("lookupKey", &self.lookup_key)?;
        map.serialize_entry("amount", &self.amount)?;
        map.serialize_entry("currency", &self.currency)?;
        if let Some(interval) = &self.interval {
            map.serialize_entry("interval", interval)?;
        }
        if let Some(count) = self.interval_count {
            map.serialize_entry("intervalCount", &count)?;
        }
        if let Some(days) = self.trial_days {
            map.serialize_entry("trialDays", &days)?;
        }
        if let Some(price_id) = &self.provider_price_id {
            map.serialize_entry("priceId", price_id)?;
        }
        map.serialize_entry("metadata", &self.metadata)?;
        map.end()
    }
}

pub(super) fn compile(
    catalog: &Catalog,
    provider: Provider,
) -> (Vec<CompiledProduct>, Vec<CompiledPrice>) {
    let count = catalog.plans().len() + catalog.addons().len() + catalog.topups().len();
    let mut products = Vec::with_capacity(count);
    let mut prices = Vec::with_capacity(count * 2);
    for item in items(catalog) {
        let plans = match item.kind {
            ItemKind::Plan => None,
            _ => Some(compatible_plan_ids(catalog, item.compatible_plans())),
        };
        for (price_id, price) in item.prices {
            prices.push(compile_price(
                provider,
                &item,
                plans.as_ref(),
                price_id,
                price,
            ));
        }
        products.push(compile_product(provider, &item, plans));
    }
    (products, prices)
}

fn compile_product(
    provider: Provider,
    item: &Item<'_>,
    plans: Option<Arc<[SmolStr]>>,
) -> CompiledProduct {
    let compatible_plan_ids = plans.unwrap_or_default();
    let detail = match item.source {
        Source::Plan(_) => ProductDetail::Plan,
        Source::Addon(addon) => ProductDetail::Addon {
            compatible_plan_ids,
            multiple: addon.multiple.unwrap_or(false),
            quantity: addon.quantity.clone(),
        },
        Source::Topup(topup) => ProductDetail::Topup {
            feature_id: topup.feature.clone(),
            amount: topup.amount,
            compatible_plan_ids,
        },
    };
    CompiledProduct {
        provider,
        kind: item.kind,
        strategy: Strategy::of(provider, item.kind, false),
        catalog_id: item.id.clone(),
        key: item.key.clone(),
        name: item.name.clone(),
        description: item.description.cloned(),
        product_id: item.provider_ids.get(provider.as_str()).cloned(),
        detail,
        metadata: CompiledMetadata::new(item.metadata, item.stamps()),
    }
}

fn compile_price(
    provider: Provider,
    item: &Item<'_>,
    plans: Option<&Arc<[SmolStr]>>,
    price_id: &SmolStr,
    price: &Price,
) -> CompiledPrice {
    CompiledPrice {
        provider,
        kind: item.kind,
        strategy: Strategy::of(provider, item.kind, price.is_one_time()),
        catalog_id: item.id.clone(),
        price_id: price_id.clone(),
        feature_id: item.feature().cloned(),
        compatible_plan_ids: plans.cloned(),
        lookup_key: lookup_key(item.key, price_id, price),
        // A catalog is valid, so the numbers are whole.
        amount: price.amount.as_u64().unwrap_or_default(),
        currency: price.currency.lower(),
        interval: price.interval.clone(),
        interval_count: price.interval_count.and_then(Number::as_u64),
        trial_days: price.trial_days.and_then(Number::as_u64),
        provider_price_id: price.provider_ids.get(provider.as_str()).cloned(),
        metadata: CompiledMetadata::new(&price.metadata, item.price_stamps(price_id, provider)),
    }
}

/// Ids of the plans that a list of ids and keys names, each once; every plan for an empty list.
pub(super) fn compatible_plan_ids(
    catalog: &Catalog,
    written: Option<&[SmolStr]>,
) -> Arc<[SmolStr]> {
    let written = written.unwrap_or_default();
    if written.is_empty() {
        return Arc::clone(&catalog.index().all_plans);
    }
    let mut seen = HashSet::with_capacity(written.len());
    written
        .iter()
        .filter_map(|name| catalog.plan_slot(name))
        .filter(|slot| seen.insert(*slot))
        .filter_map(|slot| catalog.plans().get_index(slot).map(|(id, _)| id.clone()))
        .collect()
}
