//! Refunds.

use super::body::{finish, metadata};
use super::error;
use super::model::Refund;
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::Check;
use crate::check::rules::{boolean, int, one_of, string, uuid};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

const REASONS: &[&str] = &[
    "duplicate",
    "fraudulent",
    "customer_request",
    "service_disruption",
    "satisfaction_guarantee",
    "dispute_prevention",
    "other",
];

impl Polar {
    fn refund_json(&self, refund: &Refund) -> Value {
        json!({
            "created_at": time_text(refund.created_at),
            "modified_at": null,
            "id": refund.id,
            "metadata": refund.metadata,
            "status": "succeeded",
            "reason": refund.reason,
            "amount": refund.amount,
            "tax_amount": 0,
            "currency": refund.currency,
            "organization_id": self.organization.id,
            "order_id": refund.order_id,
            "subscription_id": refund.subscription_id,
            "customer_id": refund.customer_id,
            "revoke_benefits": refund.revoke_benefits,
            "dispute": null,
        })
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let order_id: String = body.required("order_id", uuid);
    let reason = body.required("reason", one_of(REASONS));
    let amount = body.required("amount", |at| {
        let amount = int(i64::MIN, i64::MAX)(at)?;
        if amount <= 0 {
            at.fail(
                "greater_than",
                "Input should be greater than 0",
                Some(json!({"gt": 0})),
            );
            return None;
        }
        Some(amount)
    });
    body.nullable("comment", string);
    let revoke_benefits = body.optional("revoke_benefits", boolean).unwrap_or(false);
    finish(&check)?;
    let refused = |field: &str, msg: &str, input: Value| {
        Err(error::broken_rule(&["body", field], msg, input))
    };
    let Some(order) = polar
        .orders
        .iter()
        .find(|order| order.id == order_id)
        .cloned()
    else {
        return refused("order_id", "Order not found", json!(order_id));
    };
    let left = if order.is_paid() {
        order.net() - order.refunded
    } else {
        0
    };
    if order.status == "refunded" {
        return Err(error::domain(
            403,
            "RefundedAlready",
            format!("Order is already fully refunded: {order_id}"),
        ));
    }
    if amount > left {
        return refused(
            "amount",
            "Refund amount exceeds refundable amount",
            json!(amount),
        );
    }
    if revoke_benefits && order.subscription_id.is_some() {
        return refused(
            "revoke_benefits",
            "Benefits can only be revoked for one-time purchases; cancel the subscription instead.",
            json!(true),
        );
    }
    let refund = Refund {
        id: id::uuid(),
        created_at: polar.now,
        order_id: order_id.clone(),
        subscription_id: order.subscription_id.clone(),
        customer_id: order.customer_id.clone(),
        reason,
        amount,
        currency: order.currency.clone(),
        metadata,
        revoke_benefits,
    };
    let data = polar.refund_json(&refund);
    polar.refunds.push(refund);
    let now = polar.now;
    if let Some(order) = polar.orders.iter_mut().find(|order| order.id == order_id) {
        order.refunded += amount;
        order.status = if order.refunded >= order.net() {
            "refunded"
        } else {
            "partially_refunded"
        };
        order.modified_at = Some(now);
    }
    polar.emit("refund.created", &data);
    polar.emit_order("order.updated", &order_id);
    polar.emit_order("order.refunded", &order_id);
    if revoke_benefits {
        polar.revoke_grants(|grant| grant.order_id.as_deref() == Some(order_id.as_str()));
        polar.emit_state(&order.customer_id);
    }
    Ok(Reply::json(201, &data))
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at", "amount"], "-created_at");
    let ids = query.uuids("id");
    let organizations = query.uuids("organization_id");
    let orders = query.uuids("order_id");
    let subscriptions = query.uuids("subscription_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let succeeded = query.boolean("succeeded");
    query.finish()?;
    let found: Vec<&Refund> = polar
        .refunds
        .iter()
        .filter(|refund| {
            let external = polar
                .customer_by_id(&refund.customer_id)
                .and_then(|customer| customer.external_id.as_deref());
            Query::passes(&ids, &refund.id)
                && Query::passes(&organizations, &polar.organization.id)
                && Query::passes(&orders, &refund.order_id)
                && Query::passes_optional(&subscriptions, refund.subscription_id.as_deref())
                && Query::passes(&customers, &refund.customer_id)
                && Query::passes_optional(&externals, external)
                && succeeded != Some(false)
        })
        .collect();
    Ok(query.page(
        found,
        |refund, name| match name {
            "amount" => SortKey::Number(refund.amount),
            _ => SortKey::time(refund.created_at),
        },
        |refund| polar.refund_json(refund),
    ))
}
