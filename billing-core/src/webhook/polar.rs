//! Polar: `{type, timestamp, api_version, data}`, versions 2026-04 to 2027-01.

mod customer;
mod order;
mod subscription;

use std::cell::RefCell;

use client_core::webhook::Delivery;
use serde_json::Value;

use super::view::View;
use crate::event::{
    BillingEvent, EventKind, MoneySignal, PaymentSnapshot, PurchasedItem, SubscriptionSnapshot,
    SubscriptionStatus,
};
use crate::provider::Provider;

pub(super) fn normalize(delivery: Delivery, body: Value) -> Vec<BillingEvent> {
    let defects = RefCell::new(Vec::new());
    let root = View::root(&body, &defects);
    let provider_type = root.required_text("type").unwrap_or_default().to_owned();
    let timestamp = root.time("timestamp");
    if timestamp.is_none() && defects.borrow().is_empty() {
        root.note("timestamp", "an RFC 3339 time", "nothing");
    }
    let data = root.object("data");

    let mut subscription = None;
    let mut payment = None;
    let mut customer = None;
    if let Some(data) = &data {
        customer = Some(customer::read(&provider_type, data));
        match provider_type
            .split_once('.')
            .map_or("", |(object, _)| object)
        {
            "subscription" => subscription = subscription::read(data),
            "order" => {
                payment = order::read(&provider_type, data);
                subscription = order::subscription(data);
            }
            "refund" => payment = order::of_refund(data),
            _ => {}
        }
    } else if defects.borrow().is_empty() {
        root.note("data", "an object", "nothing");
    }
    // A snapshot whose time is unknown cannot be put in order with others.
    if timestamp.is_none() {
        subscription = None;
        payment = None;
    }

    if !is_about_billing(&provider_type) {
        defects.borrow_mut().clear();
    }

    let kind = kind(
        &provider_type,
        data.as_ref(),
        subscription.as_ref(),
        payment.as_ref(),
    );
    let mut event = BillingEvent::new(
        Provider::Polar,
        delivery.id,
        kind,
        timestamp.unwrap_or(delivery.timestamp),
    );
    event.provider_type = provider_type;
    event.customer = customer.unwrap_or_default();
    event.subscription = subscription;
    event.payment = payment;
    event.defects = defects.take();
    event.raw = body;
    vec![event]
}

fn is_about_billing(provider_type: &str) -> bool {
    ["subscription.", "order.", "refund."]
        .iter()
        .any(|prefix| provider_type.starts_with(prefix))
}

fn kind(
    provider_type: &str,
    data: Option<&View<'_>>,
    subscription: Option<&SubscriptionSnapshot>,
    payment: Option<&PaymentSnapshot>,
) -> EventKind {
    let status = || data.and_then(|data| data.free_text("status"));
    match provider_type {
        "subscription.cycled" => EventKind::SubscriptionRenewed,
        "subscription.migrated" => EventKind::SubscriptionUpdated,
        "subscription.revoked" => match subscription.map(|found| &found.status) {
            Some(SubscriptionStatus::Unpaid) => EventKind::SubscriptionUnpaid,
            _ => EventKind::SubscriptionRevoked,
        },
        "order.paid" => EventKind::InvoicePaid,
        "order.refunded" => EventKind::InvoiceRefunded,
        "order.created" | "order.updated" => {
            match payment.and_then(|found| found.status.as_deref()) {
                Some("pending") => EventKind::InvoiceProcessing,
                Some("void") => EventKind::InvoiceCanceled,
                _ => EventKind::from(provider_type),
            }
        }
        "refund.created" | "refund.updated" => {
            match (data.and_then(|data| data.object("dispute")), status()) {
                (Some(dispute), _) => dispute_kind(dispute.free_text("status")),
                (None, Some("failed" | "canceled")) => EventKind::InvoiceRefundFailed,
                _ => EventKind::from(provider_type),
            }
        }
        "checkout.updated" if status() == Some("succeeded") => EventKind::CheckoutCompleted,
        "customer.state_changed" => EventKind::CustomerStateChanged,
        _ => EventKind::from(provider_type),
    }
}

fn dispute_kind(status: Option<&str>) -> EventKind {
    match status {
        Some("needs_response") => EventKind::DisputeOpened,
        Some("under_review") => EventKind::DisputeChallenged,
        Some(status) => EventKind::from(format!("dispute.{status}")),
        None => EventKind::DisputeOpened,
    }
}

/// The product of an order or subscription, with the stamp of the product object if it is there.
fn item(data: &View<'_>, product: Option<&View<'_>>, price_ids: Vec<String>) -> PurchasedItem {
    let product_id = data.text("product_id");
    let product = product.filter(|product| match (product_id, product.text("id")) {
        (Some(wanted), Some(id)) => wanted == id,
        _ => true,
    });
    let named = product_id.or_else(|| product.and_then(|product| product.text("id")));
    let mut item = named.map(PurchasedItem::product).unwrap_or_default();
    item.price_ids = price_ids;
    item.quantity = data.count("seats").or_else(|| data.count("units"));
    if let Some(product) = product {
        item.name = product.free_text("name").map(str::to_owned);
        if let Some(metadata) = product.object("metadata") {
            item.stamp = metadata.stamp();
        }
    }
    item
}

/// Puts a snapshot together; it counts only if every field of it could be read.
fn whole<T>(data: &View<'_>, read: impl FnOnce(&View<'_>) -> Option<T>) -> Option<T> {
    let defects = RefCell::new(Vec::new());
    let snapshot = read(&data.noting_in(&defects));
    let defects = defects.into_inner();
    let complete = defects.is_empty();
    for defect in defects {
        data.keep(defect);
    }
    snapshot.filter(|_| complete)
}

fn money_signal(provider_type: &str, data: &View<'_>) -> MoneySignal {
    match (provider_type, data.free_text("status")) {
        ("order.paid", _) if data.flag("paid") == Some(true) => MoneySignal::Paid,
        ("order.paid", Some("paid")) => MoneySignal::Paid,
        ("order.paid", _) => {
            data.note("status", "a paid order", "another status");
            MoneySignal::None
        }
        ("order.refunded", Some("refunded")) => MoneySignal::RefundedInFull,
        ("order.refunded", Some("partially_refunded")) => MoneySignal::RefundedInPart,
        ("order.refunded", _) => {
            data.note("status", "refunded or partially_refunded", "another status");
            MoneySignal::None
        }
        _ => MoneySignal::None,
    }
}
