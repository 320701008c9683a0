//! Dodo Payments: products and add-ons.
//!
//! A product has one price, so every price of a plan or top-up is a product. A recurring price of an
//! add-on is an add-on object, which has no interval: it is charged with its plan, so only products
//! with the same interval offer it. A one-time price of an add-on is a product. A subscription ends after its whole term, so the term is long unless
//! [`DodoOptions`] says otherwise.
//!
//! Requests go to `https://live.dodopayments.com` as JSON. Nothing deduplicates creating: look for
//! the stamped metadata first.

use indexmap::IndexMap;
use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::{Catalog, CatalogRef, CurrencyCode, Interval, Issue, ItemKind, Price};
use crate::compile::item::{Item, items};
use crate::compile::limits::provider_amount;
use crate::compile::payment::compatible_plan_ids;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// What a catalog does not say and Dodo Payments needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DodoOptions {
    /// Tax category of every product and add-on.
    pub tax_category: TaxCategory,
    /// Years after which a subscription ends for good.
    pub term_years: u32,
}

impl Default for DodoOptions {
    /// Software as a service, with subscriptions of ten years.
    fn default() -> Self {
        Self {
            tax_category: TaxCategory::Saas,
            term_years: 10,
        }
    }
}

impl DodoOptions {
    /// Sets the tax category.
    #[must_use]
    pub fn tax_category(mut self, tax_category: TaxCategory) -> Self {
        self.tax_category = tax_category;
        self
    }

    /// Sets the years after which a subscription ends for good.
    #[must_use]
    pub fn term_years(mut self, years: u32) -> Self {
        self.term_years = years;
        self
    }
}

/// What kind of good is sold, for taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxCategory {
    /// Digital products.
    DigitalProducts,
    /// Software as a service.
    Saas,
    /// Electronic books.
    EBook,
    /// Recorded courses.
    Edtech,
    /// Live tutoring.
    LiveTutoring,
}

/// The requests that set a catalog up at Dodo Payments, in the order in which they can be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DodoRequests {
    /// One add-on for each recurring price of an add-on.
    pub addons: Vec<ApiRequest<AddonCreate>>,
    /// One product for each price of a plan or top-up, and each one-time price of an add-on.
    pub products: Vec<ProductRequest>,
    /// What Dodo Payments cannot do with the catalog; such prices are left out.
    pub issues: Vec<Issue>,
}

/// A product, and the add-ons that it is to offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProductRequest {
    /// The request.
    #[serde(flatten)]
    pub request: ApiRequest<ProductCreate>,
    /// Add-ons whose ids, once they are created, go into the body's `addons`; three at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offered_addons: Vec<CatalogRef>,
}

/// Body of `POST /addons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddonCreate {
    /// Name shown to people.
    pub name: String,
    /// Amount in the smallest unit of the currency.
    pub price: u64,
    /// Currency in upper case.
    pub currency: CurrencyCode,
    /// What kind of good it is, for taxes.
    pub tax_category: TaxCategory,
    /// Description shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<SmolStr>,
}

/// Body of `POST /products`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProductCreate {
    /// Name shown to people.
    pub name: String,
    /// Description shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<SmolStr>,
    /// What is charged; its type cannot be changed later.
    pub price: ProductPrice,
    /// What kind of good it is, for taxes.
    pub tax_category: TaxCategory,
    /// Ids of the add-ons that it offers, as far as the catalog notes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addons: Vec<SmolStr>,
    /// Metadata as text, 50 entries at most.
    pub metadata: IndexMap<String, String>,
}

/// What a product charges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProductPrice {
    /// Charged once.
    OneTimePrice {
        /// Amount in the smallest unit of the currency.
        price: u64,
        /// Currency in upper case.
        currency: CurrencyCode,
    },
    /// Charged again and again until the term ends.
    RecurringPrice {
        /// Amount in the smallest unit of the currency.
        price: u64,
        /// Currency in upper case.
        currency: CurrencyCode,
        /// Intervals between two charges.
        payment_frequency_count: u32,
        /// Unit of the interval.
        payment_frequency_interval: TimeInterval,
        /// Intervals of the whole term.
        subscription_period_count: u32,
        /// Unit of the whole term.
        subscription_period_interval: TimeInterval,
        /// Days of trial; 0 is none.
        trial_period_days: u32,
    },
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum TimeInterval {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

impl Catalog {
    /// Compiles the request bodies for Dodo Payments.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Dodo Payments cannot do something with the catalog.
    pub fn compile_dodo(
        &self,
        options: DodoOptions,
        strict: Strict,
    ) -> Result<DodoRequests, CompileError> {
        let offers = Offers::new(self);
        let mut requests = DodoRequests {
            addons: Vec::new(),
            products: Vec::new(),
            issues: issues(self, Provider::Dodo, strict)?,
        };
        for item in items(self) {
            for (price_id, price) in item.prices {
                let Some(amount) = provider_amount(Provider::Dodo, price) else {
                    continue;
                };
                let source = item.reference(Some(price_id));
                if item.kind == ItemKind::Addon && !price.is_one_time() {
                    let body = AddonCreate {
                        name: item.price_title(price_id),
                        price: amount,
                        currency: price.currency.upper(),
                        tax_category: options.tax_category,
                        description: item.description.cloned(),
                    };
                    requests
                        .addons
                        .push(ApiRequest::new("POST /addons", source, body));
                    continue;
                }
                let Some(charged) = product_price(price, amount, options) else {
                    continue;
                };
                let (ids, offered_addons) = offers.of(&item, price);
                let body = ProductCreate {
                    name: item.price_title(price_id),
                    description: item.description.cloned(),
                    price: charged,
                    tax_category: options.tax_category,
                    addons: ids,
                    metadata: item.joint_text_metadata(price_id, price, Provider::Dodo),
                };
                requests.products.push(ProductRequest {
                    request: ApiRequest::new("POST /products", source, body),
                    offered_addons,
                });
            }
        }
        Ok(requests)
    }
}

fn product_price(price: &Price, amount: u64, options: DodoOptions) -> Option<ProductPrice> {
    let currency = price.currency.upper();
    let interval = match price.interval.as_ref()? {
        Interval::OneTime => {
            return Some(ProductPrice::OneTimePrice {
                price: amount,
                currency,
            });
        }
        Interval::Day => TimeInterval::Day,
        Interval::Week => TimeInterval::Week,
        Interval::Month => TimeInterval::Month,
        Interval::Year => TimeInterval::Year,
        Interval::Other(_) => return None,
    };
    Some(ProductPrice::RecurringPrice {
        price: amount,
        currency,
        payment_frequency_count: price.interval_count_or_one(),
        payment_frequency_interval: interval,
        subscription_period_count: options.term_years,
        subscription_period_interval: TimeInterval::Year,
        trial_period_days: price.trial().unwrap_or(0),
    })
}

/// An add-on object: its place in the catalog, and its id when the catalog notes one.
#[derive(Clone)]
struct Offer<'a> {
    reference: CatalogRef,
    id: Option<SmolStr>,
    price: &'a Price,
}

impl Offer<'_> {
    /// Whether charging it with a product means charging it as often as the catalog says.
    fn fits(&self, price: &Price) -> bool {
        self.price.interval == price.interval
            && self.price.interval_count_or_one() == price.interval_count_or_one()
            && self.price.currency == price.currency
    }
}

/// Which add-ons each plan offers.
struct Offers<'a> {
    catalog: &'a Catalog,
    for_every_plan: Vec<Offer<'a>>,
    for_plan: Vec<Vec<Offer<'a>>>,
}

impl<'a> Offers<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let mut offers = Self {
            catalog,
            for_every_plan: Vec::new(),
            for_plan: vec![Vec::new(); catalog.plans().len()],
        };
        for item in items(catalog).filter(|item| item.kind == ItemKind::Addon) {
            let objects = item.prices.iter().filter(|(_, price)| !price.is_one_time());
            let objects: Vec<Offer<'a>> = objects
                .map(|(price_id, price)| Offer {
                    reference: item.reference(Some(price_id)),
                    id: price.provider_ids.get(Provider::Dodo.as_str()).cloned(),
                    price,
                })
                .collect();
            if item.compatible_plans().unwrap_or_default().is_empty() {
                offers.for_every_plan.extend(objects);
                continue;
            }
            for plan in compatible_plan_ids(catalog, item.compatible_plans()).iter() {
                let slot = catalog.plans().get_index_of(plan);
                if let Some(list) = slot.and_then(|slot| offers.for_plan.get_mut(slot)) {
                    list.extend(objects.iter().cloned());
                }
            }
        }
        offers
    }

    /// Noted ids of the add-ons that a price's product offers, and the add-ons that have none yet.
    fn of(&self, item: &Item<'_>, price: &Price) -> (Vec<SmolStr>, Vec<CatalogRef>) {
        if item.kind != ItemKind::Plan {
            return (Vec::new(), Vec::new());
        }
        let slot = self.catalog.plans().get_index_of(item.id);
        let own = slot
            .and_then(|slot| self.for_plan.get(slot))
            .map(Vec::as_slice);
        let offers = || {
            let all = self.for_every_plan.iter().chain(own.unwrap_or_default());
            all.filter(|offer| offer.fits(price))
        };
        (
            offers().filter_map(|offer| offer.id.clone()).collect(),
            offers()
                .filter(|offer| offer.id.is_none())
                .map(|offer| offer.reference.clone())
                .collect(),
        )
    }
}
