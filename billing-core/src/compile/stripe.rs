//! Stripe: products, prices and entitlement features.
//!
//! Every plan, add-on and top-up is a product with an id that follows from the catalog, so that
//! creating it twice fails at Stripe instead of making a second one. Its prices are recurring or
//! one-time as the catalog says, each with its lookup key. A trial is no property of a price at
//! Stripe: it is given when the checkout or subscription is made (`trial_period_days`), so it is
//! beside the price's body here.
//!
//! Requests go to `https://api.stripe.com`, form-encoded ([`form_fields`]).

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::{
    Catalog, CatalogRef, CurrencyCode, EntitlementValue, Interval, Issue, Price, lookup_key,
};
use crate::compile::item::{Item, items};
use crate::compile::limits::provider_amount;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that set a catalog up at Stripe, in the order in which they can be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StripeRequests {
    /// Features that a product can grant.
    pub features: Vec<ApiRequest<FeatureCreate>>,
    /// One product for each plan, add-on and top-up.
    pub products: Vec<ApiRequest<ProductCreate>>,
    /// Features of each product.
    pub product_features: Vec<ProductFeature>,
    /// Prices of the products.
    pub prices: Vec<PriceRequest>,
    /// What Stripe cannot do with the catalog; such prices are left out.
    pub issues: Vec<Issue>,
}

/// Body of `POST /v1/entitlements/features`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FeatureCreate {
    /// Name for the team's own use, 80 characters at most.
    pub name: String,
    /// The feature's key, unique among active features, 80 characters at most.
    pub lookup_key: SmolStr,
    /// Metadata as text.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub metadata: IndexMap<String, String>,
}

/// A feature that a product grants: `POST /v1/products/{product}/features`.
///
/// The body of that request is `entitlement_feature`, the id that creating the feature returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProductFeature {
    /// Id of the product.
    pub product: String,
    /// Lookup key of the feature.
    pub feature_lookup_key: SmolStr,
}

/// Body of `POST /v1/products`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProductCreate {
    /// The id that the product shall have; the catalog's own when it notes one.
    pub id: String,
    /// Name shown to people.
    pub name: SmolStr,
    /// Description shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<SmolStr>,
    /// Metadata as text, 50 entries at most.
    pub metadata: IndexMap<String, String>,
}

/// Body of `POST /v1/prices`, and the trial to give when the price is subscribed to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PriceRequest {
    /// The request.
    #[serde(flatten)]
    pub request: ApiRequest<PriceCreate>,
    /// `trial_period_days` of the checkout or subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_period_days: Option<u32>,
}

/// Body of `POST /v1/prices`. Amount, currency and interval cannot be changed later: a new price
/// takes over the lookup key with `transfer_lookup_key`, and the old one is archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PriceCreate {
    /// Id of the product.
    pub product: String,
    /// Currency in lower case.
    pub currency: CurrencyCode,
    /// Amount in Stripe's smallest unit of the currency.
    pub unit_amount: u64,
    /// How often it is charged; not there for a one-time price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// Name by which the price is found, 200 characters at most.
    pub lookup_key: SmolStr,
    /// Metadata as text, 50 entries at most.
    pub metadata: IndexMap<String, String>,
}

/// How often a price is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub interval: Interval,
    /// Intervals between two charges; three years at most.
    pub interval_count: u32,
}

impl Catalog {
    /// Compiles the request bodies for Stripe.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Stripe cannot do something with the catalog.
    pub fn compile_stripe(&self, strict: Strict) -> Result<StripeRequests, CompileError> {
        let mut requests = StripeRequests {
            features: features(self),
            products: Vec::new(),
            product_features: Vec::new(),
            prices: Vec::new(),
            issues: issues(self, Provider::Stripe, strict)?,
        };
        for item in items(self) {
            let product = product_id(&item);
            requests.products.push(ApiRequest::new(
                "POST /v1/products",
                item.reference(None),
                ProductCreate {
                    id: product.clone(),
                    name: item.name.clone(),
                    description: item.description.cloned(),
                    metadata: without_empty(item.text_metadata()),
                },
            ));
            for (feature, entitlement) in item.entitlements().into_iter().flatten() {
                if entitlement.value() != (EntitlementValue::Boolean { enabled: false }) {
                    requests.product_features.push(ProductFeature {
                        product: product.clone(),
                        feature_lookup_key: self.feature_key(feature).unwrap_or(feature).clone(),
                    });
                }
            }
            for (price_id, price) in item.prices {
                requests
                    .prices
                    .extend(price_request(&item, &product, price_id, price));
            }
        }
        Ok(requests)
    }
}

fn features(catalog: &Catalog) -> Vec<ApiRequest<FeatureCreate>> {
    let text = |value: &Value| crate::compile::metadata::value_text(value);
    catalog
        .list_features()
        .map(|view| {
            let metadata = view.item.metadata.iter();
            ApiRequest::without_source(
                "POST /v1/entitlements/features",
                FeatureCreate {
                    name: view.name.unwrap_or(view.key).chars().take(80).collect(),
                    lookup_key: view.key.clone(),
                    metadata: without_empty(
                        metadata
                            .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
                            .collect(),
                    ),
                },
            )
        })
        .collect()
}

fn price_request(
    item: &Item<'_>,
    product: &str,
    price_id: &SmolStr,
    price: &Price,
) -> Option<PriceRequest> {
    let recurring = match price.interval.as_ref()? {
        Interval::OneTime => None,
        Interval::Other(_) => return None,
        interval => Some(Recurring {
            interval: interval.clone(),
            interval_count: price.interval_count_or_one(),
        }),
    };
    let body = PriceCreate {
        product: product.to_owned(),
        currency: price.currency.lower(),
        unit_amount: provider_amount(Provider::Stripe, price)?,
        recurring,
        lookup_key: lookup_key(item.key, price_id, price),
        metadata: without_empty(item.price_text_metadata(price_id, price, Provider::Stripe)),
    };
    let source: CatalogRef = item.reference(Some(price_id));
    Some(PriceRequest {
        trial_period_days: price.trial().filter(|_| body.recurring.is_some()),
        request: ApiRequest::new("POST /v1/prices", source, body),
    })
}

/// The noted id, else one that follows from kind and key.
fn product_id(item: &Item<'_>) -> String {
    if let Some(noted) = item.provider_ids.get(Provider::Stripe.as_str()) {
        return noted.to_string();
    }
    let mut id = format!("{}_", item.kind);
    for character in item.key.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '_' | '-') {
            id.push(character);
        } else {
            id.push_str(&format!("_{:x}_", u32::from(character)));
        }
    }
    id
}

/// An empty text deletes an entry at Stripe, so it is not sent.
fn without_empty(mut metadata: IndexMap<String, String>) -> IndexMap<String, String> {
    metadata.retain(|_, value| !value.is_empty());
    metadata
}

/// The fields of a body as Stripe's form encoding takes them: `metadata[key]`, `recurring[interval]`.
///
/// Names and values are not percent-encoded yet.
#[must_use]
pub fn form_fields(body: &impl Serialize) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    if let Ok(Value::Object(members)) = serde_json::to_value(body) {
        for (name, value) in members {
            flatten(name, &value, &mut fields);
        }
    }
    fields
}

fn flatten(name: String, value: &Value, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                flatten(format!("{name}[{member}]"), value, fields);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(format!("{name}[{index}]"), value, fields);
            }
        }
        Value::String(text) => fields.push((name, text.clone())),
        other => fields.push((name, other.to_string())),
    }
}
