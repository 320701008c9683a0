//! The customer portal: what a customer sees with a session.

use super::model::{BenefitGrant, CustomerMeter, Order, Subscription};
use super::orders::order_key;
use super::query::{Query, SortKey};
use super::subscription_view::short_meter;
use super::{Call, Polar, error};
use crate::calendar::polar as time_text;
use crate::http::{Outcome, Reply};
use serde_json::{Value, json};

impl Polar {
    /// A customer as that customer sees themself.
    pub(crate) fn portal_customer_json(&self, id: &str) -> Value {
        let Some(customer) = self.customers.iter().find(|customer| customer.id == id) else {
            return Value::Null;
        };
        json!({
            "created_at": time_text(customer.created_at),
            "modified_at": customer.modified_at.map(time_text),
            "id": customer.id,
            "email": customer.email,
            "email_verified": false,
            "name": customer.name,
            "billing_name": customer.name,
            "billing_address": customer.billing_address,
            "tax_id": customer.tax_id,
            "oauth_accounts": {},
            "default_payment_method_id": null,
            "type": customer.kind,
            "locale": customer.locale,
        })
    }

    fn portal_meter_json(&self, entry: &CustomerMeter) -> Value {
        let mut value = self.customer_meter_json(entry);
        let meter = self
            .meter(&entry.meter_id)
            .map(|meter| short_meter(&super::meters::meter_json(meter, &self.organization.id)));
        if let Some(map) = value.as_object_mut() {
            map.insert("meter".into(), meter.unwrap_or_default());
        }
        value
    }
}

pub(crate) fn me(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    Ok(Reply::json(
        200,
        &polar.portal_customer_json(call.customer()),
    ))
}

pub(crate) fn session(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let customer = polar.customer_by_id(call.customer());
    let customer = customer.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(
        200,
        &json!({
            "type": "customer",
            "name": customer.name,
            "email": customer.email,
            "customer_id": customer.id,
            "member_id": null,
            "role": null,
        }),
    ))
}

pub(crate) fn subscriptions(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    let sorts = ["started_at", "amount", "status", "organization", "product"];
    query.sorting(&sorts, "-started_at");
    let products = query.uuids("product_id");
    let active = query.boolean("active");
    let search = query.text("query").map(str::to_lowercase);
    query.finish()?;
    let found: Vec<&Subscription> = polar
        .subscriptions
        .iter()
        .filter(|found| {
            found.customer_id == call.customer()
                && Query::passes(&products, &found.product_id)
                && active.is_none_or(|wanted| found.is_active() == wanted)
                && search.as_ref().is_none_or(|text| {
                    polar
                        .product(&found.product_id)
                        .is_some_and(|product| product.name.to_lowercase().contains(text))
                })
        })
        .collect();
    Ok(query.page(
        found,
        |found, name| match name {
            "amount" => SortKey::Number(found.amount),
            "status" => SortKey::text(found.status),
            "product" => SortKey::text(&found.product_id),
            _ => SortKey::time(found.started_at),
        },
        |found| polar.portal_subscription_json(found),
    ))
}

pub(crate) fn subscription(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let found = polar
        .subscription(&id)
        .filter(|found| found.customer_id == call.customer());
    let found = found.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.portal_subscription_json(found)))
}

pub(crate) fn orders(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &[
            "created_at",
            "amount",
            "net_amount",
            "product",
            "subscription",
        ],
        "-created_at",
    );
    let products = query.uuids("product_id");
    let billing = query.words("product_billing_type", &["one_time", "recurring"]);
    let subscriptions = query.uuids("subscription_id");
    query.finish()?;
    let found: Vec<&Order> = polar
        .orders
        .iter()
        .filter(|order| {
            let recurring = polar
                .product(&order.product_id)
                .is_some_and(|product| product.recurring.is_some());
            order.customer_id == call.customer()
                && Query::passes(&products, &order.product_id)
                && Query::passes(&billing, if recurring { "recurring" } else { "one_time" })
                && Query::passes_optional(&subscriptions, order.subscription_id.as_deref())
        })
        .collect();
    Ok(query.page(found, order_key, |order| polar.portal_order_json(order)))
}

pub(crate) fn order(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let order = polar
        .orders
        .iter()
        .find(|order| order.id == id && order.customer_id == call.customer());
    let order = order.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.portal_order_json(order)))
}

pub(crate) fn meters(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &[
            "created_at",
            "modified_at",
            "meter_id",
            "meter_name",
            "balance",
        ],
        "-modified_at",
    );
    let meters = query.uuids("meter_id");
    query.finish()?;
    let found: Vec<&CustomerMeter> = polar
        .customer_meters
        .iter()
        .filter(|entry| {
            entry.customer_id == call.customer() && Query::passes(&meters, &entry.meter_id)
        })
        .collect();
    Ok(query.page(
        found,
        |entry, name| match name {
            "created_at" => SortKey::time(entry.created_at),
            "meter_id" => SortKey::text(&entry.meter_id),
            "meter_name" => polar
                .meter(&entry.meter_id)
                .map_or(SortKey::Nothing, |meter| SortKey::text(&meter.name)),
            "balance" => {
                SortKey::Number((entry.credited as f64 - polar.consumed(entry)).round() as i64)
            }
            _ => entry.modified_at.map_or(SortKey::Nothing, SortKey::time),
        },
        |entry| polar.portal_meter_json(entry),
    ))
}

pub(crate) fn meter(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let entry = polar
        .customer_meters
        .iter()
        .find(|entry| entry.id == id && entry.customer_id == call.customer());
    let entry = entry.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.portal_meter_json(entry)))
}

pub(crate) fn grants(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["granted_at", "type", "organization"], "-granted_at");
    let kinds = query.texts("type");
    let benefits = query.uuids("benefit_id");
    let checkouts = query.uuids("checkout_id");
    let orders = query.uuids("order_id");
    let subscriptions = query.uuids("subscription_id");
    query.finish()?;
    let found: Vec<&BenefitGrant> = polar
        .grants
        .iter()
        .filter(|grant| {
            let kind = polar
                .benefit(&grant.benefit_id)
                .map(|benefit| benefit.kind.as_str());
            let checkout = polar
                .orders
                .iter()
                .find(|order| {
                    grant.order_id.as_ref() == Some(&order.id)
                        || (order.subscription_id.is_some()
                            && order.subscription_id == grant.subscription_id)
                })
                .and_then(|order| order.checkout_id.as_deref());
            grant.customer_id == call.customer()
                && grant.granted_at.is_some()
                && Query::passes_optional(&kinds, kind)
                && Query::passes(&benefits, &grant.benefit_id)
                && Query::passes_optional(&checkouts, checkout)
                && Query::passes_optional(&orders, grant.order_id.as_deref())
                && Query::passes_optional(&subscriptions, grant.subscription_id.as_deref())
        })
        .collect();
    Ok(query.page(
        found,
        |grant, name| match name {
            "type" => polar
                .benefit(&grant.benefit_id)
                .map_or(SortKey::Nothing, |benefit| SortKey::text(&benefit.kind)),
            _ => grant.granted_at.map_or(SortKey::Nothing, SortKey::time),
        },
        |grant| polar.portal_grant_json(grant),
    ))
}

pub(crate) fn grant(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let grant = polar
        .grants
        .iter()
        .find(|grant| grant.id == id && grant.customer_id == call.customer());
    let grant = grant.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.portal_grant_json(grant)))
}
