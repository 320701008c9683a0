//! Razorpay: plans, subscription add-ons, items and orders.
//!
//! Each price of a plan is a plan of its own, which can be neither changed nor deleted. A one-time
//! price of an add-on is charged with a subscription's next invoice; a recurring one has no
//! counterpart and is left out. A top-up has none either: it is an item for display, and an order to
//! take the payment with, after which the application grants it. A trial is a later `start_at` of
//! the subscription.
//!
//! Requests go to `https://api.razorpay.com` as JSON.

use indexmap::IndexMap;
use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::{Catalog, CurrencyCode, Interval, Issue, ItemKind, Price};
use crate::compile::item::{Item, items};
use crate::compile::limits::provider_amount;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that a catalog comes to at Razorpay.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RazorpayRequests {
    /// One plan for each price of a plan.
    pub plans: Vec<PlanRequest>,
    /// Charges for each one-time price of an add-on, to send for a subscription.
    pub addons: Vec<ApiRequest<AddonCreate>>,
    /// One item for each price of a top-up.
    pub items: Vec<ApiRequest<ItemCreate>>,
    /// Orders that take the payment of a top-up, to send when it is bought.
    pub orders: Vec<ApiRequest<OrderCreate>>,
    /// What Razorpay cannot do with the catalog.
    pub issues: Vec<Issue>,
}

/// A plan, and the trial to give when it is subscribed to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanRequest {
    /// The request.
    #[serde(flatten)]
    pub request: ApiRequest<PlanCreate>,
    /// Days from now to the subscription's `start_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_days: Option<u32>,
}

/// How often a plan is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Period {
    /// Every `interval` days, 7 or more.
    Daily,
    /// Every `interval` weeks.
    Weekly,
    /// Every `interval` months.
    Monthly,
    /// Every `interval` years.
    Yearly,
}

/// Body of `POST /v1/plans`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanCreate {
    /// Unit of the interval.
    pub period: Period,
    /// Units between two charges.
    pub interval: u32,
    /// What is charged.
    pub item: ItemCreate,
    /// Notes as text, 15 entries of 256 characters at most.
    pub notes: IndexMap<String, String>,
}

/// Body of `POST /v1/items`, and what a plan or add-on charges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ItemCreate {
    /// Name shown to people.
    pub name: String,
    /// Amount in Razorpay's smallest unit of the currency, 100 or more.
    pub amount: u64,
    /// Currency in upper case.
    pub currency: CurrencyCode,
    /// Description shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<SmolStr>,
}

/// Body of `POST /v1/subscriptions/{id}/addons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddonCreate {
    /// What is charged.
    pub item: ItemCreate,
    /// How many.
    pub quantity: u32,
}

/// Body of `POST /v1/orders`, without the application's own `receipt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OrderCreate {
    /// Amount in Razorpay's smallest unit of the currency, 100 or more.
    pub amount: u64,
    /// Currency in upper case.
    pub currency: CurrencyCode,
    /// Notes as text, which lead back to the top-up.
    pub notes: IndexMap<String, String>,
}

impl Catalog {
    /// Compiles the request bodies for Razorpay.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Razorpay cannot do something with the catalog.
    pub fn compile_razorpay(&self, strict: Strict) -> Result<RazorpayRequests, CompileError> {
        let mut requests = RazorpayRequests {
            plans: Vec::new(),
            addons: Vec::new(),
            items: Vec::new(),
            orders: Vec::new(),
            issues: issues(self, Provider::Razorpay, strict)?,
        };
        for item in items(self) {
            for (price_id, price) in item.prices {
                requests.add(&item, price_id, price);
            }
        }
        Ok(requests)
    }
}

impl RazorpayRequests {
    fn add(&mut self, item: &Item<'_>, price_id: &SmolStr, price: &Price) {
        let Some(amount) = provider_amount(Provider::Razorpay, price) else {
            return;
        };
        let charged = ItemCreate {
            name: item.price_title(price_id),
            amount,
            currency: price.currency.upper(),
            description: item.description.cloned(),
        };
        let source = item.reference(Some(price_id));
        let notes = item.joint_text_metadata(price_id, price, Provider::Razorpay);
        match (item.kind, period(price)) {
            (ItemKind::Plan, Some(period)) => self.plans.push(PlanRequest {
                request: ApiRequest::new(
                    "POST /v1/plans",
                    source,
                    PlanCreate {
                        period,
                        interval: price.interval_count_or_one(),
                        item: charged,
                        notes,
                    },
                ),
                trial_days: price.trial(),
            }),
            (ItemKind::Addon, None) if price.is_one_time() => self.addons.push(ApiRequest::new(
                "POST /v1/subscriptions/{id}/addons",
                source,
                AddonCreate {
                    item: charged,
                    quantity: 1,
                },
            )),
            (ItemKind::Topup, _) => {
                self.orders.push(ApiRequest::new(
                    "POST /v1/orders",
                    source.clone(),
                    OrderCreate {
                        amount,
                        currency: charged.currency,
                        notes,
                    },
                ));
                self.items
                    .push(ApiRequest::new("POST /v1/items", source, charged));
            }
            _ => {}
        }
    }
}

fn period(price: &Price) -> Option<Period> {
    match price.interval.as_ref()? {
        Interval::Day => Some(Period::Daily),
        Interval::Week => Some(Period::Weekly),
        Interval::Month => Some(Period::Monthly),
        Interval::Year => Some(Period::Yearly),
        Interval::OneTime | Interval::Other(_) => None,
    }
}
