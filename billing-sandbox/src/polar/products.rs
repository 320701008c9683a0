//! Products.

use super::benefits::{benefit_json, public_json};
use super::body::{finish, metadata, refuse_organization};
use super::error;
use super::model::{Cadence, Price, Product};
use super::prices::{NewPrice, price};
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::rules::{any, boolean, int, list, one_of, product_name, string, uuid};
use crate::check::{At, Check, Obj};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};

const INTERVALS: &[&str] = &["day", "week", "month", "year"];
const VISIBILITIES: &[&str] = &["draft", "private", "public"];

impl Polar {
    pub(crate) fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    fn product_base(&self, product: &Product) -> Map<String, Value> {
        let value = json!({
            "id": product.id,
            "created_at": time_text(product.created_at),
            "modified_at": product.modified_at.map(time_text),
            "trial_interval": product.trial.as_ref().map(|trial| &trial.unit),
            "trial_interval_count": product.trial.as_ref().map(|trial| trial.count),
            "name": product.name,
            "description": product.description,
            "visibility": product.visibility,
            "recurring_interval": product.recurring.as_ref().map(|cadence| &cadence.unit),
            "recurring_interval_count": product.recurring.as_ref().map(|cadence| cadence.count),
            "meter_interval": product.meter_cadence.as_ref().map(|cadence| &cadence.unit),
            "meter_interval_count": product.meter_cadence.as_ref().map(|cadence| cadence.count),
            "is_recurring": product.recurring.is_some(),
            "is_archived": product.is_archived,
            "organization_id": self.organization.id,
        });
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// A product as the organization sees it.
    pub(crate) fn product_json(&self, product: &Product) -> Value {
        let mut map = self.product_base(product);
        let benefits: Vec<Value> = product
            .benefits
            .iter()
            .filter_map(|id| self.benefit(id))
            .map(|benefit| benefit_json(benefit, &self.organization.id))
            .collect();
        let used = self
            .subscriptions
            .iter()
            .any(|found| found.product_id == product.id)
            || self
                .orders
                .iter()
                .any(|found| found.product_id == product.id)
            || self
                .checkouts
                .iter()
                .any(|found| found.products.contains(&product.id));
        map.insert("metadata".into(), json!(product.metadata));
        map.insert("is_deletable".into(), json!(!used));
        map.insert("prices".into(), self.prices_json(&product.prices));
        map.insert("benefits".into(), json!(benefits));
        map.insert("medias".into(), json!([]));
        map.insert("attached_custom_fields".into(), json!([]));
        Value::Object(map)
    }

    /// A product as customers see it.
    pub(crate) fn public_product_json(&self, product: &Product) -> Value {
        let mut map = self.product_base(product);
        let benefits: Vec<Value> = product
            .benefits
            .iter()
            .filter_map(|id| self.benefit(id))
            .filter(|benefit| benefit.visibility == "public")
            .map(|benefit| public_json(benefit, &self.organization.id))
            .collect();
        map.insert("prices".into(), self.prices_json(&product.prices));
        map.insert("benefits".into(), json!(benefits));
        map.insert("medias".into(), json!([]));
        Value::Object(map)
    }

    /// A product inside an order: without prices and benefits.
    pub(crate) fn order_product_json(&self, product: &Product) -> Value {
        let mut map = self.product_base(product);
        map.insert("metadata".into(), json!(product.metadata));
        Value::Object(map)
    }

    pub(crate) fn prices_json(&self, prices: &[Price]) -> Value {
        prices.iter().map(|price| self.price_json(price)).collect()
    }

    fn product_reply(&self, id: &str, status: u16) -> Outcome {
        let product = self.product(id).ok_or_else(error::resource_not_found)?;
        Ok(Reply::json(status, &self.product_json(product)))
    }

    fn emit_product(&mut self, kind: &'static str, id: &str) {
        let Some(data) = self.product(id).map(|product| self.product_json(product)) else {
            return;
        };
        self.emit(kind, &data);
    }
}

fn cadence(body: &Obj<'_>, unit: &str, count: &str, max: i64) -> Option<Cadence> {
    let unit = body.nullable(unit, one_of(INTERVALS));
    let count = body.nullable(count, int(1, max));
    unit.map(|unit| Cadence {
        unit,
        count: count.unwrap_or(1),
    })
}

fn no_custom_fields(body: &Obj<'_>) -> Result<(), Box<Reply>> {
    for name in ["medias", "attached_custom_fields"] {
        let filled = body
            .get(name)
            .is_some_and(|at| at.value.as_array().is_some_and(|items| !items.is_empty()));
        if filled {
            return Err(error::not_implemented(&format!("products with {name}")));
        }
    }
    Ok(())
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let recurring = value
        .get("recurring_interval")
        .is_some_and(|unit| !unit.is_null());
    let at = check.at(&value, &["body"]);
    let body = at
        .branch(if recurring { "recurring" } else { "one_time" })
        .object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let name = body.required("name", product_name);
    let description = body.nullable("description", string);
    let visibility = body.optional("visibility", one_of(VISIBILITIES));
    let prices: Vec<NewPrice> = body.required("prices", list(1, price));
    let cadence_of = cadence(&body, "recurring_interval", "recurring_interval_count", 999);
    let meter_cadence = cadence(&body, "meter_interval", "meter_interval_count", 999);
    let trial = cadence(&body, "trial_interval", "trial_interval_count", 1000);
    let count = body
        .get("recurring_interval_count")
        .filter(|at| !at.value.is_null());
    if let Some(count) = count.filter(|_| !recurring) {
        count.fail("none_required", "Input should be None", None);
    }
    finish(&check)?;
    refuse_organization(&body)?;
    no_custom_fields(&body)?;
    let issues = polar.price_rules(&prices, recurring);
    if !issues.is_empty() {
        return Err(error::broken_rules(&issues));
    }
    let mut product = Product {
        id: id::uuid(),
        created_at: polar.now,
        modified_at: None,
        name,
        description,
        visibility: visibility.unwrap_or_else(|| "public".to_owned()),
        recurring: cadence_of,
        meter_cadence,
        trial: trial.filter(|_| recurring),
        is_archived: false,
        metadata,
        prices: Vec::new(),
        benefits: Vec::new(),
    };
    product.prices = prices
        .into_iter()
        .map(|price| price.into_price(&product, "catalog", polar.now))
        .collect();
    let id = product.id.clone();
    polar.products.push(product);
    polar.emit_product("product.created", &id);
    polar.product_reply(&id, 201)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    polar.product_reply(&call.uuid(0, "id")?, 200)
}

pub(crate) fn list_all(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &["created_at", "name", "price_amount_type", "price_amount"],
        "-created_at",
    );
    let ids = query.uuids("id");
    let organizations = query.uuids("organization_id");
    let search = query.text("query").map(str::to_lowercase);
    let archived = query.boolean("is_archived");
    let recurring = query.boolean("is_recurring");
    let benefits = query.uuids("benefit_id");
    let visibilities = query.words("visibility", VISIBILITIES);
    query.finish()?;
    let organization = polar.organization.id.clone();
    let found: Vec<&Product> = polar
        .products
        .iter()
        .filter(|product| {
            Query::passes(&ids, &product.id)
                && Query::passes(&organizations, &organization)
                && search
                    .as_ref()
                    .is_none_or(|text| product.name.to_lowercase().contains(text))
                && archived.is_none_or(|wanted| product.is_archived == wanted)
                && recurring.is_none_or(|wanted| product.recurring.is_some() == wanted)
                && (benefits.is_empty() || product.benefits.iter().any(|id| benefits.contains(id)))
                && Query::passes(&visibilities, &product.visibility)
                && query.metadata_matches(&product.metadata)
        })
        .collect();
    Ok(query.page(
        found,
        |product, name| match name {
            "name" => SortKey::text(&product.name),
            "price_amount" | "price_amount_type" => SortKey::Number(
                product
                    .prices
                    .first()
                    .map_or(0, |price| price.charge(1, 1, None)),
            ),
            _ => SortKey::time(product.created_at),
        },
        |product| polar.product_json(product),
    ))
}

enum PriceChange {
    Keep(String),
    New(Box<NewPrice>),
}

fn price_change(at: &At<'_>) -> Option<PriceChange> {
    if at.value.get("id").is_some() && at.value.get("amount_type").is_none() {
        return Some(PriceChange::Keep(at.object().required("id", uuid)));
    }
    price(at).map(|price| PriceChange::New(Box::new(price)))
}

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let metadata = body.optional("metadata", metadata);
    let name = body.nullable("name", product_name);
    let description = body.patch("description", string);
    let is_archived = body.nullable("is_archived", boolean);
    let visibility = body.nullable("visibility", one_of(VISIBILITIES));
    let changes = body.nullable("prices", list(1, price_change));
    let trial_given = body.has("trial_interval");
    let trial = cadence(&body, "trial_interval", "trial_interval_count", 1000);
    let new_cadence = cadence(&body, "recurring_interval", "recurring_interval_count", 999);
    finish(&check)?;
    no_custom_fields(&body)?;
    let Some(product) = polar.product(&id).cloned() else {
        return Err(error::resource_not_found());
    };
    if let Some(wanted) = &new_cadence
        && product.recurring.as_ref() != Some(wanted)
    {
        let msg = if product.recurring.is_some() {
            "Recurring interval cannot be changed on recurring products."
        } else {
            "Recurring interval cannot be set on one-time products."
        };
        return Err(error::broken_rule(
            &["body", "recurring_interval"],
            msg,
            body.optional("recurring_interval", any).unwrap_or_default(),
        ));
    }
    let prices = match changes {
        Some(changes) => Some(apply_prices(polar, &product, changes)?),
        None => None,
    };
    let changed = name.is_some()
        || description.is_some()
        || metadata.is_some()
        || is_archived.is_some()
        || visibility.is_some()
        || trial_given;
    let now = polar.now;
    let Some(product) = polar.products.iter_mut().find(|product| product.id == id) else {
        return Err(error::resource_not_found());
    };
    if let Some(metadata) = metadata {
        product.metadata = metadata;
    }
    if let Some(name) = name {
        product.name = name;
    }
    if let Some(description) = description {
        product.description = description;
    }
    if let Some(archived) = is_archived {
        product.is_archived = archived;
    }
    if let Some(visibility) = visibility {
        product.visibility = visibility;
    }
    if trial_given {
        product.trial = trial;
    }
    if let Some(prices) = prices {
        product.prices = prices;
    }
    if changed {
        product.modified_at = Some(now);
    }
    polar.emit_product("product.updated", &id);
    polar.product_reply(&id, 200)
}

fn apply_prices(
    polar: &Polar,
    product: &Product,
    changes: Vec<PriceChange>,
) -> Result<Vec<Price>, Box<Reply>> {
    let mut prices = Vec::new();
    let mut issues = Vec::new();
    let mut fresh = Vec::new();
    for (index, change) in changes.into_iter().enumerate() {
        match change {
            PriceChange::Keep(id) => match product.prices.iter().find(|price| price.id == id) {
                Some(price) => prices.push(price.clone()),
                None => issues.push(error::rule(
                    &["body", "prices", &index.to_string()],
                    "Price does not exist.",
                    json!(id),
                )),
            },
            PriceChange::New(price) => {
                fresh.push((*price).clone());
                prices.push(price.into_price(product, "catalog", polar.now));
            }
        }
    }
    issues.extend(polar.price_rules(&fresh, product.recurring.is_some()));
    if issues.is_empty() {
        Ok(prices)
    } else {
        Err(error::broken_rules(&issues))
    }
}

pub(crate) fn update_benefits(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let benefits: Vec<String> = body.required("benefits", list(0, uuid));
    finish(&check)?;
    if polar.product(&id).is_none() {
        return Err(error::resource_not_found());
    }
    for (index, wanted) in benefits.iter().enumerate() {
        if polar
            .benefit(wanted)
            .is_none_or(|benefit| benefit.is_deleted)
        {
            return Err(error::broken_rule(
                &["body", "benefits", &index.to_string()],
                "Benefit does not exist.",
                json!(wanted),
            ));
        }
    }
    if let Some(product) = polar.products.iter_mut().find(|product| product.id == id) {
        product.benefits = benefits;
    }
    polar.regrant_product(&id);
    polar.emit_product("product.updated", &id);
    polar.product_reply(&id, 200)
}

pub(crate) fn delete(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let product = polar.product(&id).ok_or_else(error::resource_not_found)?;
    let deletable = polar
        .product_json(product)
        .get("is_deletable")
        .and_then(Value::as_bool);
    if deletable != Some(true) {
        return Err(error::domain(
            409,
            "ProductNotDeletable",
            "This product was used and cannot be deleted; archive it instead.",
        ));
    }
    polar.products.retain(|product| product.id != id);
    Ok(Reply::empty(204).with("content-type", "application/json"))
}
