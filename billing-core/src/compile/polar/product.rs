//! Products.

use std::collections::HashSet;

use polar_client::client_core::wire::Patch;
use polar_client::models::{
    MeterId, ProductCreate, ProductCreateOneTime, ProductCreateRecurring, ProductPriceCreate,
    RecurringInterval, TrialInterval,
};
use serde::Serialize;
use smol_str::SmolStr;

use super::benefit::{Cycle, Granted};
use super::price::Prices;
use super::{Refused, stored};
use crate::catalog::{Catalog, CatalogRef, Interval, Issue, IssueCode, Price};
use crate::compile::Pricing;
use crate::compile::item::{Item, items};
use crate::compile::pricing::unsupported;
use crate::compile::request::ApiRequest;
use crate::compile::stamps;
use crate::provider::Provider;

/// One price of a plan, add-on or top-up: `POST /v1/products/`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolarProduct {
    /// Its name in plans and lock files, such as `products.plans.pro.monthly`.
    pub address: String,
    /// The addresses of the benefits that it grants, for `POST /v1/products/{id}/benefits`.
    pub benefits: Vec<String>,
    /// The request; its metadata has the stamps of item and price.
    #[serde(flatten)]
    pub request: ApiRequest<ProductCreate>,
}

impl PolarProduct {
    /// The request body, with the ids that Polar gave the meters of its prices.
    ///
    /// `None` when it needs one that `meter_id` does not know.
    #[must_use]
    pub fn body(&self, meter_id: impl Fn(&str) -> Option<MeterId>) -> Option<ProductCreate> {
        let mut body = self.request.body.clone();
        let prices = match &mut body {
            ProductCreate::Recurring(product) => &mut product.prices,
            ProductCreate::OneTime(product) => &mut product.prices,
            _ => return None,
        };
        for price in prices.iter_mut() {
            let id = match price {
                ProductPriceCreate::MeteredUnit(price) => &mut price.meter_id,
                ProductPriceCreate::MeteredTiers(price) => &mut price.meter_id,
                _ => continue,
            };
            let name = id.as_str().strip_prefix("{meters.")?.strip_suffix('}')?;
            *id = meter_id(name)?;
        }
        Some(body)
    }
}

pub(super) fn products(
    catalog: &Catalog,
    meters: &HashSet<&SmolStr>,
    refused: &Refused<'_>,
    granted: &mut Granted,
    issues: &mut Vec<Issue>,
) -> Vec<PolarProduct> {
    let mut products = Vec::new();
    for item in items(catalog) {
        if refused.has(&item.path()) {
            continue;
        }
        for (price_id, price) in item.prices {
            let place = format!("{}.prices.{price_id}", item.path());
            if refused.has(&place) {
                continue;
            }
            let pricing = match Pricing::of(price) {
                Ok(pricing) => pricing,
                Err(invalid) => {
                    issues.push(invalid.issue(&place));
                    continue;
                }
            };
            let prices = Prices {
                catalog,
                meters,
                item: &item,
                price,
                pricing: &pricing,
            };
            match prices.compile() {
                Ok(prices) => products.extend(product(&item, price_id, price, prices, granted)),
                Err(message) => issues.push(unsupported(Provider::Polar, &place, &message)),
            }
        }
    }
    products
}

fn product(
    item: &Item<'_>,
    price_id: &SmolStr,
    price: &Price,
    prices: Vec<ProductPriceCreate>,
    granted: &mut Granted,
) -> Option<PolarProduct> {
    let title = item.price_title(price_id);
    let name = if title.chars().count() <= 64 {
        title
    } else {
        item.name.to_string()
    };
    let description = Patch::or_absent(item.description.map(ToString::to_string));
    let mut metadata = item.joint_text_metadata(price_id, price, Provider::Polar);
    stamps::keep_only(&mut metadata, &stamps::of_price(item.kind));
    let metadata = stored(metadata);
    let interval = match price.interval.as_ref()? {
        Interval::Day => Some(RecurringInterval::Day),
        Interval::Week => Some(RecurringInterval::Week),
        Interval::Month => Some(RecurringInterval::Month),
        Interval::Year => Some(RecurringInterval::Year),
        Interval::OneTime => None,
        Interval::Other(_) => return None,
    };
    let count = price.interval_count_or_one();
    let billing = interval.as_ref().map(|unit| (unit, count));
    let (benefits, cycle) = held(item, price_id, billing, granted);
    let body: ProductCreate = match interval {
        Some(interval) => {
            let mut body = ProductCreateRecurring::new(name, prices, interval)
                .metadata(metadata)
                .recurring_interval_count(count.into());
            body.description = description;
            if let Some(days) = price.trial() {
                body = body
                    .trial_interval(TrialInterval::Day)
                    .trial_interval_count(days.into());
            }
            if let Some(cycle) = cycle {
                body = body
                    .meter_interval(cycle.unit)
                    .meter_interval_count(cycle.count.into());
            }
            body.into()
        }
        None => {
            let mut body = ProductCreateOneTime::new(name, prices).metadata(metadata);
            body.description = description;
            body.into()
        }
    };
    let source: CatalogRef = item.reference(Some(price_id));
    Some(PolarProduct {
        address: format!("products.{}.{price_id}", item.path()),
        benefits,
        request: ApiRequest::new("POST /v1/products/", source, body),
    })
}

/// The addresses of the benefits that fit this price, and the cycle of the credits among them when
/// it is not that of the price.
fn held(
    item: &Item<'_>,
    price_id: &SmolStr,
    interval: Option<(&RecurringInterval, u32)>,
    granted: &mut Granted,
) -> (Vec<String>, Option<Cycle>) {
    let Granted {
        benefits,
        left_out,
        of_item,
    } = granted;
    let mut addresses = Vec::new();
    let mut own: Option<(Months, Option<Cycle>)> = None;
    let of_item = of_item.get(&(item.kind, item.id.clone()));
    for (slot, cycle) in of_item.into_iter().flatten() {
        let Some(benefit) = benefits.get(*slot) else {
            continue;
        };
        if let Some(cycle) = cycle {
            let length = Months::of(&cycle.unit, cycle.count);
            let fits = match (interval, &own) {
                (None, _) => false,
                (Some(_), Some((first, _))) => *first == length,
                (Some((unit, count)), None) => length.divides(&Months::of(unit, count)),
            };
            if !fits {
                left_out.push(Issue::new(
                    IssueCode::IntervalUnsupported,
                    format!("{}.entitlements.{}.reset", item.path(), benefit.feature),
                    format!(
                        "Polar: with the price \"{price_id}\", credits cannot be given in this interval"
                    ),
                ));
                continue;
            }
            if own.is_none() {
                let billing = interval.map(|(unit, count)| Months::of(unit, count));
                let other = (billing.as_ref() != Some(&length)).then(|| Cycle {
                    unit: cycle.unit.clone(),
                    count: cycle.count,
                });
                own = Some((length, other));
            }
        }
        addresses.push(benefit.address.clone());
    }
    (addresses, own.and_then(|(_, cycle)| cycle))
}

/// The length of an interval, in months or in days.
#[derive(Debug, PartialEq, Eq)]
enum Months {
    Months(u32),
    Days(u32),
}

impl Months {
    fn of(unit: &RecurringInterval, count: u32) -> Self {
        match unit {
            RecurringInterval::Year => Self::Months(count.saturating_mul(12)),
            RecurringInterval::Month => Self::Months(count),
            RecurringInterval::Week => Self::Days(count.saturating_mul(7)),
            _ => Self::Days(count),
        }
    }

    fn divides(&self, longer: &Self) -> bool {
        match (self, longer) {
            (Self::Months(one), Self::Months(other)) | (Self::Days(one), Self::Days(other)) => {
                other.is_multiple_of(*one)
            }
            _ => false,
        }
    }
}
