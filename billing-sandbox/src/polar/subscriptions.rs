//! Subscriptions: create, read, list, revoke.

use super::body::{finish, metadata};
use super::completion::{NewOrder, item, new_subscription};
use super::error;
use super::grants::Source;
use super::model::{PriceKind, Subscription};
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::check::Check;
use crate::check::rules::{string, uuid};
use crate::http::{Outcome, Reply};
use serde_json::json;

pub(crate) const STATUSES: &[&str] = &[
    "incomplete",
    "incomplete_expired",
    "trialing",
    "active",
    "past_due",
    "canceled",
    "unpaid",
    "paused",
];
pub(crate) const REASONS: &[&str] = &[
    "customer_service",
    "low_quality",
    "missing_features",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
    "other",
];

pub(crate) fn already_canceled() -> Box<Reply> {
    error::domain(
        403,
        "AlreadyCanceledSubscription",
        "This subscription is already canceled or will be at the end of the period.",
    )
}

pub(crate) fn reply(polar: &Polar, id: &str, status: u16) -> Outcome {
    let found = polar
        .subscription(id)
        .ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(status, &polar.subscription_json(found)))
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let at = check.at(&value, &["body"]);
    let by_external =
        value.get("customer_id").is_none() && value.get("external_customer_id").is_some();
    let (branch, field) = if by_external {
        ("SubscriptionCreateExternalCustomer", "external_customer_id")
    } else {
        ("SubscriptionCreateCustomer", "customer_id")
    };
    let body = at.branch(branch).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let product_id: String = body.required("product_id", uuid);
    let wanted: String = if by_external {
        body.required(field, string)
    } else {
        body.required(field, uuid)
    };
    finish(&check)?;
    let refused = |field: &str, msg: &str, input: &str| {
        Err(error::broken_rule(&["body", field], msg, json!(input)))
    };
    let Some(product) = polar.product(&product_id).cloned() else {
        return refused("product_id", "Product does not exist.", &product_id);
    };
    let Some(cadence) = product.recurring.clone().filter(|_| !product.is_archived) else {
        let msg = if product.is_archived {
            "Product is archived."
        } else {
            "Product is not a recurring product."
        };
        return refused("product_id", msg, &product_id);
    };
    let free = product.prices.iter().all(|price| match &price.kind {
        PriceKind::Fixed { amount } => *amount == 0,
        PriceKind::SeatBased { tiers, .. } => tiers.iter().all(|tier| tier.amount == 0),
        _ => price.is_metered(),
    });
    if !free {
        return refused(
            "product_id",
            "Product is not free. The customer should go through a checkout to create a paid \
             subscription.",
            &product_id,
        );
    }
    let customer = if by_external {
        polar.customer_by_external(&wanted)
    } else {
        polar.customer_by_id(&wanted)
    };
    let Some(customer_id) = customer.map(|customer| customer.id.clone()) else {
        return refused(field, "Customer does not exist.", &wanted);
    };
    let mut subscription = new_subscription(
        polar.now,
        cadence,
        None,
        &customer_id,
        &product_id,
        product.prices.clone(),
    );
    subscription.metadata = metadata.clone();
    let period = Some((subscription.period_start, subscription.period_end));
    let id = polar.start_subscription(subscription);
    let order = polar.new_order(NewOrder {
        reason: "subscription_create",
        customer_id: customer_id.clone(),
        product_id: product_id.clone(),
        subscription_id: Some(id.clone()),
        checkout_id: None,
        discount_id: None,
        discount_amount: 0,
        currency: "usd".to_owned(),
        seats: None,
        units: None,
        metadata,
        custom_field_data: json!({}),
        items: vec![item(
            &product.name,
            0,
            product.prices.first(),
            period,
            false,
        )],
    });
    polar.set_paid(&order);
    for kind in ["order.created", "order.updated", "order.paid"] {
        polar.emit_order(kind, &order);
    }
    polar.grant_benefits(&product_id, &customer_id, &Source::Subscription(id.clone()));
    polar.emit_state(&customer_id);
    reply(polar, &id, 201)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    reply(polar, &call.uuid(0, "id")?, 200)
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    let sorts = [
        "customer",
        "status",
        "started_at",
        "current_period_end",
        "ended_at",
        "ends_at",
        "amount",
        "product",
        "discount",
    ];
    query.sorting(&sorts, "-started_at");
    let organizations = query.uuids("organization_id");
    let products = query.uuids("product_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let discounts = query.uuids("discount_id");
    let active = query.boolean("active");
    let statuses = query.words("status", STATUSES);
    let canceling = query.boolean("cancel_at_period_end");
    let reasons = query.words("customer_cancellation_reason", REASONS);
    let (canceled_after, canceled_before) = (
        query.time("canceled_at_after"),
        query.time("canceled_at_before"),
    );
    let (started_after, started_before) =
        (query.time("started_after"), query.time("started_before"));
    query.finish()?;
    let found: Vec<&Subscription> = polar
        .subscriptions
        .iter()
        .filter(|found| {
            let external = polar
                .customer_by_id(&found.customer_id)
                .and_then(|customer| customer.external_id.as_deref());
            Query::passes(&organizations, &polar.organization.id)
                && Query::passes(&products, &found.product_id)
                && Query::passes(&customers, &found.customer_id)
                && Query::passes_optional(&externals, external)
                && Query::passes_optional(&discounts, found.discount_id.as_deref())
                && active.is_none_or(|wanted| found.is_active() == wanted)
                && Query::passes(&statuses, found.status)
                && canceling.is_none_or(|wanted| found.cancel_at_period_end == wanted)
                && Query::passes_optional(&reasons, found.reason.as_deref())
                && canceled_after.is_none_or(|after| found.canceled_at.is_some_and(|at| at > after))
                && canceled_before
                    .is_none_or(|before| found.canceled_at.is_some_and(|at| at < before))
                && started_after.is_none_or(|after| found.started_at > after)
                && started_before.is_none_or(|before| found.started_at < before)
                && query.metadata_matches(&found.metadata)
        })
        .collect();
    let maybe = |time: Option<time::OffsetDateTime>| time.map_or(SortKey::Nothing, SortKey::time);
    Ok(query.page(
        found,
        |found, name| match name {
            "customer" => SortKey::text(&found.customer_id),
            "status" => SortKey::text(found.status),
            "current_period_end" => SortKey::time(found.period_end),
            "ended_at" => maybe(found.ended_at),
            "ends_at" => maybe(found.ends_at),
            "amount" => SortKey::Number(found.amount),
            "product" => polar
                .product(&found.product_id)
                .map_or(SortKey::Nothing, |product| SortKey::text(&product.name)),
            "discount" => found
                .discount_id
                .as_deref()
                .map_or(SortKey::Nothing, SortKey::text),
            _ => SortKey::time(found.started_at),
        },
        |found| polar.subscription_json(found),
    ))
}

pub(crate) fn revoke(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let found = polar
        .subscription(&id)
        .ok_or_else(error::resource_not_found)?;
    if found.has_ended() {
        return Err(already_canceled());
    }
    polar.revoke_subscription(&id);
    reply(polar, &id, 200)
}
