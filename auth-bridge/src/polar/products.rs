use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use billing_core::Provider;
use billing_core::catalog::{Catalog, Entries, Price, ProviderIds};

use crate::BoxError;

/// Finds the Polar product of a slug.
#[async_trait]
pub trait ProductLookup: Send + Sync {
    /// Returns the id of the product; `None` when the slug is unknown.
    ///
    /// # Errors
    /// Whatever keeps it from being looked up.
    async fn product_id(&self, slug: &str) -> Result<Option<String>, BoxError>;
}

/// The products that can be checked out by slug.
#[derive(Clone, Default)]
pub(crate) struct Products {
    listed: BTreeMap<String, String>,
    contradictions: Vec<String>,
    pub(crate) lookup: Option<Arc<dyn ProductLookup>>,
}

impl Products {
    pub(crate) fn add(&mut self, slug: String, product_id: String) {
        match self.listed.get(&slug) {
            Some(other) if *other != product_id => self.contradictions.push(slug),
            _ => {
                self.listed.insert(slug, product_id);
            }
        }
    }

    pub(crate) fn add_catalog(&mut self, catalog: &Catalog) {
        for plan in catalog.list_plans() {
            self.add_item(
                plan.id,
                plan.key,
                &plan.item.provider_ids,
                &plan.item.prices,
            );
        }
        for addon in catalog.list_addons() {
            let item = addon.item;
            self.add_item(addon.id, addon.key, &item.provider_ids, &item.prices);
        }
        for topup in catalog.list_topups() {
            let item = topup.item;
            self.add_item(topup.id, topup.key, &item.provider_ids, &item.prices);
        }
    }

    fn add_item(&mut self, id: &str, key: &str, own: &ProviderIds, prices: &Entries<Price>) {
        let polar = Provider::Polar.as_str();
        let names = if id == key { vec![id] } else { vec![id, key] };
        let own = own.get(polar);
        let mut products = Vec::new();
        for (price_id, price) in prices {
            let lone = own.filter(|_| prices.len() == 1);
            let product = price.provider_ids.get(polar).or(lone);
            if let Some(product) = product {
                for name in &names {
                    self.add(format!("{name}:{price_id}"), product.to_string());
                }
                products.push(product);
            }
        }
        let only = match products.as_slice() {
            [product] if prices.len() == 1 => Some(*product),
            [product] => own.or(Some(*product)),
            _ => own,
        };
        if let Some(product) = only {
            for name in names {
                self.add(name.to_owned(), product.to_string());
            }
        }
    }

    /// Returns the slugs that stand for more than one product.
    pub(crate) fn contradictions(&self) -> &[String] {
        &self.contradictions
    }

    pub(crate) async fn find(&self, slug: &str) -> Result<Option<String>, BoxError> {
        match (self.listed.get(slug), &self.lookup) {
            (Some(product), _) => Ok(Some(product.clone())),
            (None, Some(lookup)) => lookup.product_id(slug).await,
            (None, None) => Ok(None),
        }
    }
}

impl fmt::Debug for Products {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.listed).finish()
    }
}
