//! Orders.

use super::model::Order;
use super::query::{Query, SortKey};
use super::subscription_view::user_json;
use super::{Call, Polar, error};
use crate::calendar::polar as time_text;
use crate::http::{Outcome, Reply};
use serde_json::{Map, Value, json};

const STATUSES: &[&str] = &[
    "draft",
    "pending",
    "paid",
    "refunded",
    "partially_refunded",
    "void",
];

impl Polar {
    fn order_base(&self, order: &Order) -> Map<String, Value> {
        let net = order.net();
        let address = self
            .customers
            .iter()
            .find(|customer| customer.id == order.customer_id)
            .map(|customer| (customer.name.clone(), customer.billing_address.clone()));
        let (name, address) = address.unwrap_or_default();
        let first = json!({
            "id": order.id,
            "created_at": time_text(order.created_at),
            "modified_at": order.modified_at.map(time_text),
            "status": order.status,
            "paid": order.is_paid(),
            "subtotal_amount": order.subtotal,
            "discount_amount": order.discount_amount,
            "net_amount": net,
            "tax_amount": 0,
            "total_amount": net,
            "applied_balance_amount": 0,
            "due_amount": net,
            "refunded_amount": order.refunded,
            "refunded_tax_amount": 0,
            "refundable_amount": if order.is_paid() { net - order.refunded } else { 0 },
            "refundable_tax_amount": 0,
            "currency": order.currency,
            "billing_reason": order.billing_reason,
            "billing_name": name,
            "billing_address": address,
            "invoice_number": order.invoice_number,
            "is_invoice_generated": false,
            "receipt_number": order.receipt_number,
            "seats": order.seats,
            "units": order.units,
        });
        let second = json!({
            "customer_id": order.customer_id,
            "product_id": order.product_id,
            "product_price_id": order.items.first().and_then(|item| item.price_id.as_ref()),
            "discount_id": order.discount_id,
            "subscription_id": order.subscription_id,
            "checkout_id": order.checkout_id,
            "next_payment_attempt_at": order.next_payment_attempt_at.map(time_text),
            "user_id": order.customer_id,
            "amount": net,
            "from_balance_amount": 0,
            "description": self.product(&order.product_id)
                .map_or_else(String::new, |product| product.name.clone()),
            "items": order.items.iter().map(|item| json!({
                "created_at": time_text(order.created_at),
                "modified_at": null,
                "id": item.id,
                "label": item.label,
                "amount": item.amount,
                "tax_amount": 0,
                "proration": item.proration,
                "product_price_id": item.price_id,
                "start_timestamp": item.period.map(|period| time_text(period.0)),
                "end_timestamp": item.period.map(|period| time_text(period.1)),
            })).collect::<Vec<_>>(),
        });
        let mut map = Map::new();
        for part in [first, second] {
            if let Value::Object(part) = part {
                map.extend(part);
            }
        }
        map
    }

    /// An order as the organization sees it.
    pub(crate) fn order_json(&self, order: &Order) -> Value {
        let mut map = self.order_base(order);
        let customer = self.any_customer_json(&order.customer_id);
        let product = self
            .product(&order.product_id)
            .map(|product| self.order_product_json(product));
        let subscription = order
            .subscription_id
            .as_deref()
            .and_then(|id| self.subscription(id))
            .map(|found| self.order_subscription_json(found));
        map.insert("metadata".into(), json!(order.metadata));
        map.insert("custom_field_data".into(), order.custom_field_data.clone());
        map.insert("product_price".into(), self.item_price_json(order));
        map.insert("platform_fee_amount".into(), json!(0));
        map.insert("platform_fee_currency".into(), Value::Null);
        map.insert("user".into(), user_json(&customer));
        map.insert("customer".into(), customer);
        map.insert("product".into(), product.unwrap_or_default());
        map.insert(
            "discount".into(),
            self.minimal_discount_json(order.discount_id.as_deref()),
        );
        map.insert("subscription".into(), subscription.unwrap_or_default());
        Value::Object(map)
    }

    /// An order as its customer sees it.
    pub(crate) fn portal_order_json(&self, order: &Order) -> Value {
        let mut map = self.order_base(order);
        let subscription = order
            .subscription_id
            .as_deref()
            .and_then(|id| self.subscription(id))
            .map(|found| Value::Object(self.subscription_base(found)));
        map.insert(
            "product".into(),
            self.portal_product_json(&order.product_id),
        );
        map.insert("subscription".into(), subscription.unwrap_or_default());
        Value::Object(map)
    }

    /// The price of an order's first item, wherever it is kept.
    fn item_price_json(&self, order: &Order) -> Value {
        let id = order.items.first().and_then(|item| item.price_id.as_ref());
        let sold = self
            .checkouts
            .iter()
            .flat_map(|checkout| checkout.prices.iter().flat_map(|(_, prices)| prices));
        let charged = self.subscriptions.iter().flat_map(|found| &found.prices);
        self.products
            .iter()
            .flat_map(|product| &product.prices)
            .chain(sold)
            .chain(charged)
            .find(|price| Some(&price.id) == id)
            .map_or(Value::Null, |price| self.price_json(price))
    }

    pub(crate) fn emit_order(&mut self, kind: &'static str, id: &str) {
        let found = self.orders.iter().find(|order| order.id == id);
        let Some(data) = found.map(|order| self.order_json(order)) else {
            return;
        };
        self.emit(kind, &data);
    }
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let order = polar.orders.iter().find(|order| order.id == id);
    let order = order.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.order_json(order)))
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    let sorts = [
        "created_at",
        "status",
        "invoice_number",
        "amount",
        "net_amount",
        "customer",
        "product",
        "discount",
        "subscription",
    ];
    query.sorting(&sorts, "-created_at");
    let organizations = query.uuids("organization_id");
    let products = query.uuids("product_id");
    let billing = query.words("product_billing_type", &["one_time", "recurring"]);
    let discounts = query.uuids("discount_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let checkouts = query.uuids("checkout_id");
    let subscriptions = query.uuids("subscription_id");
    let statuses = query.words("status", STATUSES);
    let (after, before) = (query.time("created_after"), query.time("created_before"));
    query.finish()?;
    let found: Vec<&Order> = polar
        .orders
        .iter()
        .filter(|order| {
            let external = polar
                .customer_by_id(&order.customer_id)
                .and_then(|customer| customer.external_id.as_deref());
            let recurring = polar
                .product(&order.product_id)
                .is_some_and(|product| product.recurring.is_some());
            Query::passes(&organizations, &polar.organization.id)
                && Query::passes(&products, &order.product_id)
                && Query::passes(&billing, if recurring { "recurring" } else { "one_time" })
                && Query::passes_optional(&discounts, order.discount_id.as_deref())
                && Query::passes(&customers, &order.customer_id)
                && Query::passes_optional(&externals, external)
                && Query::passes_optional(&checkouts, order.checkout_id.as_deref())
                && Query::passes_optional(&subscriptions, order.subscription_id.as_deref())
                && Query::passes(&statuses, order.status)
                && after.is_none_or(|after| order.created_at > after)
                && before.is_none_or(|before| order.created_at < before)
                && query.metadata_matches(&order.metadata)
        })
        .collect();
    Ok(query.page(found, order_key, |order| polar.order_json(order)))
}

pub(crate) fn order_key(order: &&Order, name: &str) -> SortKey {
    match name {
        "status" => SortKey::text(order.status),
        "invoice_number" => SortKey::text(&order.invoice_number),
        "amount" | "net_amount" => SortKey::Number(order.net()),
        "customer" => SortKey::text(&order.customer_id),
        "product" => SortKey::text(&order.product_id),
        "discount" => order
            .discount_id
            .as_deref()
            .map_or(SortKey::Nothing, SortKey::text),
        "subscription" => order
            .subscription_id
            .as_deref()
            .map_or(SortKey::Nothing, SortKey::text),
        _ => SortKey::time(order.created_at),
    }
}
