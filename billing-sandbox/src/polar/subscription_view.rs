//! How a subscription reads on the wire.

use super::Polar;
use super::model::{Price, Subscription};
use crate::calendar::polar as time_text;
use serde_json::{Map, Value, json};

impl Polar {
    /// The part that all views of a subscription share.
    pub(crate) fn subscription_base(&self, found: &Subscription) -> Map<String, Value> {
        let first = json!({
            "created_at": time_text(found.created_at),
            "modified_at": found.modified_at.map(time_text),
            "id": found.id,
            "amount": found.amount,
            "currency": found.currency,
            "recurring_interval": found.cadence.unit,
            "recurring_interval_count": found.cadence.count,
            "status": found.status,
            "current_period_start": time_text(found.period_start),
            "current_period_end": time_text(found.period_end),
            "current_meter_period_start": null,
            "current_meter_period_end": null,
            "trial_start": found.trial.map(|trial| time_text(trial.0)),
            "trial_end": found.trial.map(|trial| time_text(trial.1)),
            "cancel_at_period_end": found.cancel_at_period_end,
            "canceled_at": found.canceled_at.map(time_text),
            "started_at": time_text(found.started_at),
            "ends_at": found.ends_at.map(time_text),
            "ended_at": found.ended_at.map(time_text),
            "past_due_at": found.past_due_at.map(time_text),
            "pause_at_period_end": found.pause_at_period_end,
            "paused_at": found.paused_at.map(time_text),
            "resumes_at": found.resumes_at.map(time_text),
        });
        let second = json!({
            "customer_id": found.customer_id,
            "product_id": found.product_id,
            "discount_id": found.discount_id,
            "checkout_id": found.checkout_id,
            "seats": found.seats,
            "units": found.units,
            "customer_cancellation_reason": found.reason,
            "customer_cancellation_comment": found.comment,
            "price_id": found.prices.first().map(|price| &price.id),
            "user_id": found.customer_id,
        });
        let mut map = Map::new();
        for part in [first, second] {
            if let Value::Object(part) = part {
                map.extend(part);
            }
        }
        map
    }

    /// The meters that a subscription's prices charge.
    pub(crate) fn subscription_meters(&self, found: &Subscription) -> Vec<Value> {
        found
            .prices
            .iter()
            .filter_map(|price| {
                let meter = self.meter(price.meter_id()?)?;
                let entry = self.customer_meters.iter().find(|entry| {
                    entry.customer_id == found.customer_id && entry.meter_id == meter.id
                });
                let consumed = entry.map_or(0.0, |entry| self.consumed(entry));
                let credited = entry.map_or(0, |entry| entry.credited);
                Some(json!({
                    "created_at": time_text(found.created_at),
                    "modified_at": null,
                    "id": price.id,
                    "consumed_units": consumed,
                    "credited_units": credited,
                    "amount": self.metered_charge(found, price),
                    "meter_id": meter.id,
                    "meter": super::meters::meter_json(meter, &self.organization.id),
                }))
            })
            .collect()
    }

    fn pending_json(found: &Subscription) -> Value {
        found.pending.as_ref().map_or(Value::Null, |pending| {
            json!({
                "created_at": time_text(pending.created_at),
                "modified_at": null,
                "id": pending.id,
                "applies_at": time_text(found.period_end),
                "product_id": pending.product_id,
                "seats": pending.seats,
                "units": null,
            })
        })
    }

    /// A subscription as the organization sees it.
    pub(crate) fn subscription_json(&self, found: &Subscription) -> Value {
        let customer = self.any_customer_json(&found.customer_id);
        let mut map = self.subscription_base(found);
        map.insert("metadata".into(), json!(found.metadata));
        map.insert("custom_field_data".into(), found.custom_field_data.clone());
        map.insert("user".into(), user_json(&customer));
        map.insert("customer".into(), customer);
        map.insert(
            "discount".into(),
            self.minimal_discount_json(found.discount_id.as_deref()),
        );
        let product = self
            .product(&found.product_id)
            .map(|product| self.product_json(product));
        map.insert("product".into(), product.unwrap_or_default());
        self.finish_subscription(found, &mut map);
        Value::Object(map)
    }

    fn finish_subscription(&self, found: &Subscription, map: &mut Map<String, Value>) {
        let price = found.prices.first().map(|price| self.price_json(price));
        map.insert("price".into(), price.unwrap_or_default());
        map.insert("prices".into(), self.prices_json(&found.prices));
        map.insert("meters".into(), json!(self.subscription_meters(found)));
        map.insert("pending_update".into(), Self::pending_json(found));
    }

    /// A subscription inside an order.
    pub(crate) fn order_subscription_json(&self, found: &Subscription) -> Value {
        let mut map = self.subscription_base(found);
        map.insert("metadata".into(), json!(found.metadata));
        Value::Object(map)
    }

    /// A subscription as its customer sees it.
    pub(crate) fn portal_subscription_json(&self, found: &Subscription) -> Value {
        let mut map = self.subscription_base(found);
        map.insert(
            "product".into(),
            self.portal_product_json(&found.product_id),
        );
        self.finish_subscription(found, &mut map);
        if let Some(Value::Array(meters)) = map.get_mut("meters") {
            for entry in meters {
                if let Some(meter) = entry.get_mut("meter") {
                    *meter = short_meter(meter);
                }
            }
        }
        Value::Object(map)
    }

    /// A product with its organization, as the portal shows it.
    pub(crate) fn portal_product_json(&self, id: &str) -> Value {
        let Some(product) = self.product(id) else {
            return Value::Null;
        };
        let mut value = self.public_product_json(product);
        if let Some(map) = value.as_object_mut() {
            map.insert("organization".into(), self.organization.portal_json());
        }
        value
    }

    pub(crate) fn emit_subscription(&mut self, kind: &'static str, id: &str) {
        let found = self.subscriptions.iter().find(|found| found.id == id);
        let Some(data) = found.map(|found| self.subscription_json(found)) else {
            return;
        };
        self.emit(kind, &data);
    }

    /// What the current usage of a metered price will cost, in minor units.
    pub(crate) fn metered_charge(&self, found: &Subscription, price: &Price) -> i64 {
        let Some(meter_id) = price.meter_id() else {
            return 0;
        };
        let entry = self
            .customer_meters
            .iter()
            .find(|entry| entry.customer_id == found.customer_id && entry.meter_id == *meter_id);
        let Some(entry) = entry else { return 0 };
        let billable = (self.consumed(entry) - entry.credited as f64).max(0.0);
        price.metered(billable)
    }
}

/// A meter with its name alone, as the portal shows it.
pub(crate) fn short_meter(meter: &Value) -> Value {
    let pick = |name: &str| meter.get(name).cloned().unwrap_or_default();
    json!({
        "created_at": pick("created_at"),
        "modified_at": pick("modified_at"),
        "id": pick("id"),
        "name": pick("name"),
    })
}

/// The `user` object that older versions had in place of the customer.
pub(crate) fn user_json(customer: &Value) -> Value {
    let pick = |name: &str| customer.get(name).cloned().unwrap_or_default();
    let email = pick("email");
    let initial = email.as_str().and_then(|email| email.chars().next());
    json!({
        "id": pick("id"),
        "email": email,
        "public_name": initial.map(String::from).unwrap_or_default(),
        "avatar_url": pick("avatar_url"),
        "github_username": null,
    })
}
