//! Creem: products.
//!
//! A product has one price and no metadata, so every price of the catalog is a product, and the
//! application keeps the id that creating it returned (`providerIds` of the price). Creem has no
//! add-ons: an add-on is a product of its own. Creating twice with the same idempotency key returns
//! the first product.
//!
//! Requests go to `https://api.creem.io` as JSON, with the header `x-api-key`.

use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::{Catalog, CurrencyCode, Interval, Issue, Price, lookup_key};
use crate::compile::item::{Item, items};
use crate::compile::limits::provider_amount;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that set a catalog up at Creem.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CreemRequests {
    /// One product for each price, with its lookup key as the `Idempotency-Key`.
    pub products: Vec<ApiRequest<ProductCreate>>,
    /// What Creem cannot do with the catalog; such prices are left out.
    pub issues: Vec<Issue>,
}

/// Whether a product is charged once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BillingType {
    /// Again and again.
    Recurring,
    /// Once.
    Onetime,
}

/// How often a product is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BillingPeriod {
    /// Once.
    Once,
    /// Every day.
    EveryDay,
    /// Every month.
    EveryMonth,
    /// Every three months.
    EveryThreeMonths,
    /// Every six months.
    EverySixMonths,
    /// Every year.
    EveryYear,
    /// As `recurring_interval` and `recurring_interval_count` say.
    Custom,
}

/// Body of `POST /v1/products`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProductCreate {
    /// Name shown to people.
    pub name: String,
    /// Description shown to people; Creem requires one, so it is the name when there is none.
    pub description: String,
    /// Amount in cents: 0, or 100 and more.
    pub price: u64,
    /// `USD` or `EUR`.
    pub currency: CurrencyCode,
    /// Whether it is charged once.
    pub billing_type: BillingType,
    /// How often it is charged.
    pub billing_period: BillingPeriod,
    /// Unit of a custom period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring_interval: Option<Interval>,
    /// Units in a custom period: up to 365 days, 52 weeks, 24 months or 3 years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring_interval_count: Option<u32>,
    /// Days of trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_period_days: Option<u32>,
}

impl Catalog {
    /// Compiles the request bodies for Creem.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Creem cannot do something with the catalog.
    pub fn compile_creem(&self, strict: Strict) -> Result<CreemRequests, CompileError> {
        let issues = issues(self, Provider::Creem, strict)?;
        let mut products = Vec::new();
        for item in items(self) {
            for (price_id, price) in item.prices {
                products.extend(product(&item, price_id, price));
            }
        }
        Ok(CreemRequests { products, issues })
    }
}

fn product(
    item: &Item<'_>,
    price_id: &SmolStr,
    price: &Price,
) -> Option<ApiRequest<ProductCreate>> {
    let (billing_period, custom) = billing_period(price)?;
    let currency = price.currency.upper();
    if !matches!(currency.as_str(), "USD" | "EUR") {
        return None;
    }
    let one_time = price.is_one_time();
    let name = item.price_title(price_id);
    let body = ProductCreate {
        description: item
            .description
            .map_or_else(|| name.clone(), SmolStr::to_string),
        name,
        price: provider_amount(Provider::Creem, price)?,
        currency,
        billing_type: if one_time {
            BillingType::Onetime
        } else {
            BillingType::Recurring
        },
        billing_period,
        recurring_interval: custom.as_ref().map(|(interval, _)| interval.clone()),
        recurring_interval_count: custom.map(|(_, count)| count),
        trial_period_days: price.trial().filter(|_| !one_time),
    };
    let mut request = ApiRequest::new("POST /v1/products", item.reference(Some(price_id)), body);
    request.idempotency_key = Some(lookup_key(item.key, price_id, price).to_string());
    Some(request)
}

fn billing_period(price: &Price) -> Option<(BillingPeriod, Option<(Interval, u32)>)> {
    let count = price.interval_count_or_one();
    let preset = match (price.interval.as_ref()?, count) {
        (Interval::OneTime, _) => BillingPeriod::Once,
        (Interval::Day, 1) => BillingPeriod::EveryDay,
        (Interval::Month, 1) => BillingPeriod::EveryMonth,
        (Interval::Month, 3) => BillingPeriod::EveryThreeMonths,
        (Interval::Month, 6) => BillingPeriod::EverySixMonths,
        (Interval::Year, 1) => BillingPeriod::EveryYear,
        (Interval::Other(_), _) => return None,
        (interval, count) => return Some((BillingPeriod::Custom, Some((interval.clone(), count)))),
    };
    Some((preset, None))
}
