use polar_client::Polar;
use polar_client::models::{Benefit, Meter, Product};
use time::OffsetDateTime;

use super::view;
use crate::provision::error::ProvisionError;

/// What the organization has.
pub(super) struct Remote {
    pub(super) meters: Vec<Found<Meter>>,
    pub(super) benefits: Vec<Found<Benefit>>,
    pub(super) products: Vec<Found<Product>>,
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
