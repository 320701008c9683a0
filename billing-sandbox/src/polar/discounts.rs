//! Discounts.

use super::body::{currency_code, finish, metadata, refuse_organization};
use super::error;
use super::model::{Discount, DiscountKind};
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::rules::{datetime, int, list, object, one_of, text, uuid};
use crate::check::{Check, Obj, Seg};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};

const MAX: i64 = 999_999_999_999;

impl Discount {
    /// What it takes off an amount.
    pub(crate) fn reduction(&self, amount: i64, currency: &str) -> i64 {
        match &self.kind {
            DiscountKind::Percentage(points) => (amount * points + 5000) / 10_000,
            DiscountKind::Fixed(amounts) => amounts
                .iter()
                .find(|(code, _)| code == currency)
                .map_or(0, |(_, value)| (*value).min(amount)),
        }
    }

    /// Whether it still counts for the n-th charge, counted from 0, of a monthly plan.
    pub(crate) fn applies_to(&self, charge: usize) -> bool {
        match self.duration.as_str() {
            "once" => charge == 0,
            "repeating" => self.months.is_none_or(|months| (charge as i64) < months),
            _ => true,
        }
    }
}

fn kind_fields(discount: &Discount) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("duration".into(), json!(discount.duration));
    if discount.duration == "repeating" {
        map.insert("duration_in_months".into(), json!(discount.months));
    }
    match &discount.kind {
        DiscountKind::Percentage(points) => {
            map.insert("type".into(), json!("percentage"));
            map.insert("basis_points".into(), json!(points));
        }
        DiscountKind::Fixed(amounts) => {
            let first = amounts
                .first()
                .cloned()
                .unwrap_or_else(|| ("usd".into(), 0));
            let all: Map<String, Value> = amounts
                .iter()
                .map(|(code, value)| (code.clone(), json!(value)))
                .collect();
            map.insert("type".into(), json!("fixed"));
            map.insert("amount".into(), json!(first.1));
            map.insert("currency".into(), json!(first.0));
            map.insert("amounts".into(), Value::Object(all));
        }
    }
    map
}

/// A discount inside a checkout.
pub(crate) fn checkout_json(discount: &Discount) -> Value {
    let mut map = kind_fields(discount);
    map.insert("id".into(), json!(discount.id));
    map.insert("name".into(), json!(discount.name));
    map.insert("code".into(), json!(discount.code));
    Value::Object(map)
}

impl Polar {
    pub(crate) fn discount(&self, id: &str) -> Option<&Discount> {
        self.discounts.iter().find(|discount| discount.id == id)
    }

    /// A discount inside a subscription or order: without its products.
    pub(crate) fn minimal_discount_json(&self, id: Option<&str>) -> Value {
        let Some(discount) = id.and_then(|id| self.discount(id)) else {
            return Value::Null;
        };
        let mut map = kind_fields(discount);
        let rest = json!({
            "created_at": time_text(discount.created_at),
            "modified_at": null,
            "id": discount.id,
            "metadata": discount.metadata,
            "name": discount.name,
            "code": discount.code,
            "starts_at": discount.starts_at.map(time_text),
            "ends_at": discount.ends_at.map(time_text),
            "max_redemptions": discount.max_redemptions,
            "max_redemptions_per_customer": discount.max_per_customer,
            "redemptions_count": discount.redemptions,
            "organization_id": self.organization.id,
        });
        if let Value::Object(rest) = rest {
            map.extend(rest);
        }
        Value::Object(map)
    }

    fn discount_json(&self, discount: &Discount) -> Value {
        let mut value = self.minimal_discount_json(Some(&discount.id));
        let products: Vec<Value> = discount
            .products
            .iter()
            .filter_map(|id| self.product(id))
            .map(|product| self.order_product_json(product))
            .collect();
        if let Some(map) = value.as_object_mut() {
            map.insert("products".into(), json!(products));
        }
        value
    }
}

fn amounts(body: &Obj<'_>) -> Vec<(String, i64)> {
    if let Some(at) = body.get("amounts").filter(|at| !at.value.is_null()) {
        let map = object(&at).unwrap_or_default();
        return map
            .iter()
            .filter_map(|(code, value)| {
                let field = at.under(Seg::Key(code.clone()), value);
                let key = Value::from(code.as_str());
                currency_code(&crate::check::At {
                    check: at.check,
                    value: &key,
                    loc: field.loc.clone(),
                })?;
                int(0, MAX)(&field).map(|value| (code.clone(), value))
            })
            .collect();
    }
    let code = body
        .nullable("currency", currency_code)
        .unwrap_or_else(|| "usd".to_owned());
    match body.nullable("amount", int(0, MAX)) {
        Some(amount) => vec![(code, amount)],
        None => {
            body.missing("amounts");
            Vec::new()
        }
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let at = check.at(&value, &["body"]);
    let tag = value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let tag = if matches!(tag, "fixed" | "percentage") {
        tag
    } else {
        at.object()
            .required("type", one_of(&["fixed", "percentage"]));
        finish(&check)?;
        ""
    };
    let body = at.branch(tag).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let name = body.required("name", text(1, usize::MAX));
    let code = body.nullable("code", text(3, 256));
    let starts_at = body.nullable("starts_at", datetime);
    let ends_at = body.nullable("ends_at", datetime);
    let max_redemptions = body.nullable("max_redemptions", int(1, i64::from(i32::MAX)));
    let max_per_customer =
        body.nullable("max_redemptions_per_customer", int(1, i64::from(i32::MAX)));
    let products = body.nullable("products", list(0, uuid)).unwrap_or_default();
    let duration = body.required("duration", one_of(&["once", "forever", "repeating"]));
    let months = body.nullable("duration_in_months", int(1, 999));
    let kind = if tag == "fixed" {
        DiscountKind::Fixed(amounts(&body))
    } else {
        DiscountKind::Percentage(body.required("basis_points", int(1, 10_000)))
    };
    if duration == "repeating" && months.is_none() && check.is_clean() {
        body.at.fail(
            "value_error",
            "Value error, `duration_in_months` is required when `duration` is `repeating`.",
            Some(json!({"error": {}})),
        );
    }
    finish(&check)?;
    refuse_organization(&body)?;
    if let Some(code) = &code
        && polar
            .discounts
            .iter()
            .any(|known| known.code.as_ref() == Some(code))
    {
        return Err(error::broken_rule(
            &["body", "code"],
            "Discount with this code already exists.",
            json!(code),
        ));
    }
    for (index, product) in products.iter().enumerate() {
        if polar.product(product).is_none() {
            let place = index.to_string();
            let loc = ["body", "products", &place];
            return Err(error::broken_rule(
                &loc,
                "Product not found.",
                json!(product),
            ));
        }
    }
    let discount = Discount {
        id: id::uuid(),
        created_at: polar.now,
        name,
        code,
        duration,
        months,
        kind,
        starts_at,
        ends_at,
        max_redemptions,
        max_per_customer,
        redemptions: 0,
        products,
        metadata,
    };
    polar.discounts.push(discount.clone());
    let data = polar.discount_json(&discount);
    polar.emit("discount.created", &data);
    Ok(Reply::json(201, &data))
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let discount = polar.discount(&id).ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.discount_json(discount)))
}

pub(crate) fn list_all(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &["created_at", "name", "code", "redemptions_count"],
        "-created_at",
    );
    let organizations = query.uuids("organization_id");
    let search = query.text("query").map(str::to_lowercase);
    query.finish()?;
    let found: Vec<&Discount> = polar
        .discounts
        .iter()
        .filter(|discount| {
            Query::passes(&organizations, &polar.organization.id)
                && search
                    .as_ref()
                    .is_none_or(|text| discount.name.to_lowercase().contains(text))
        })
        .collect();
    Ok(query.page(
        found,
        |discount, name| match name {
            "name" => SortKey::text(&discount.name),
            "code" => discount
                .code
                .as_deref()
                .map_or(SortKey::Nothing, SortKey::text),
            "redemptions_count" => SortKey::Number(discount.redemptions),
            _ => SortKey::time(discount.created_at),
        },
        |discount| polar.discount_json(discount),
    ))
}

pub(crate) fn delete(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let discount = polar
        .discount(&id)
        .cloned()
        .ok_or_else(error::resource_not_found)?;
    let data = polar.discount_json(&discount);
    polar.discounts.retain(|known| known.id != id);
    polar.emit("discount.deleted", &data);
    Ok(Reply::empty(204).with("content-type", "application/json"))
}
