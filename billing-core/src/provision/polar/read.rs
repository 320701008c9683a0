use std::collections::HashMap;

use polar_client::Polar;
use polar_client::models::{Benefit, Meter, Product};
use time::OffsetDateTime;

use super::view;
use crate::provision::error::ProvisionError;

/// What the organization has.
pub(super) struct Remote {
    pub(super) meters: Objects<Meter>,
    pub(super) benefits: Objects<Benefit>,
    pub(super) products: Objects<Product>,
}

/// Objects of one kind.
pub(super) struct Objects<T> {
    all: Vec<Found<T>>,
    by_id: HashMap<String, usize>,
    by_address: HashMap<String, Vec<usize>>,
}

impl<T> FromIterator<Found<T>> for Objects<T> {
    fn from_iter<I: IntoIterator<Item = Found<T>>>(found: I) -> Self {
        let all: Vec<Found<T>> = found.into_iter().collect();
        let mut objects = Self {
            by_id: HashMap::with_capacity(all.len()),
            by_address: HashMap::with_capacity(all.len()),
            all: Vec::new(),
        };
        for (place, found) in all.iter().enumerate() {
            objects.by_id.insert(found.id.clone(), place);
            if let Some(address) = &found.address {
                let places = objects.by_address.entry(address.clone());
                places.or_default().push(place);
            }
        }
        objects.all = all;
        objects
    }
}

impl<T> Objects<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Found<T>> {
        self.all.iter()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Found<T>> {
        self.all.get(*self.by_id.get(id)?)
    }

    /// The objects with the stamps of an address.
    pub(super) fn at(&self, address: &str) -> impl Iterator<Item = &Found<T>> {
        let places = self.by_address.get(address).into_iter().flatten();
        places.filter_map(|place| self.all.get(*place))
    }
}

/// An object with the address that its stamps say.
pub(super) struct Found<T> {
    pub(super) id: String,
    pub(super) address: Option<String>,
    pub(super) created_at: OffsetDateTime,
    pub(super) archived: bool,
    pub(super) object: T,
}

impl Remote {
    pub(super) async fn read(polar: &Polar) -> Result<Self, ProvisionError> {
        let meters = polar.meters().list().stream().try_collect().await?;
        let benefits = polar.benefits().list().stream().try_collect().await?;
        let products = polar.products().list().stream().try_collect().await?;
        Ok(Self {
            meters: meters
                .into_iter()
                .map(|meter| Found {
                    id: meter.id.to_string(),
                    address: view::meter_address(&meter.metadata),
                    created_at: meter.created_at,
                    archived: meter.archived_at.is_some(),
                    object: meter,
                })
                .collect(),
            benefits: benefits
                .into_iter()
                .filter_map(view::found_benefit)
                .collect(),
            products: products
                .into_iter()
                .map(|product| Found {
                    id: product.id.to_string(),
                    address: view::product_address(&product.metadata),
                    created_at: product.created_at,
                    archived: product.is_archived,
                    object: product,
                })
                .collect(),
        })
    }
}
