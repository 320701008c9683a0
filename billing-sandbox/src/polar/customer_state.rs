//! The customer state: what is active, granted and metered.

use super::Polar;
use super::model::Subscription;
use crate::calendar::polar as time_text;
use serde_json::{Value, json};

impl Polar {
    pub(crate) fn state_json(&self, customer_id: &str) -> Value {
        let subscriptions: Vec<Value> = self
            .subscriptions
            .iter()
            .filter(|found| found.customer_id == customer_id && found.is_active())
            .map(|found| self.state_subscription(found))
            .collect();
        let grants: Vec<Value> = self
            .grants
            .iter()
            .filter(|grant| grant.customer_id == customer_id)
            .filter_map(|grant| {
                let granted_at = grant.granted_at?;
                let benefit = self.benefit(&grant.benefit_id)?;
                Some(json!({
                    "id": grant.id,
                    "created_at": time_text(grant.created_at),
                    "modified_at": grant.modified_at.map(time_text),
                    "granted_at": time_text(granted_at),
                    "benefit_id": grant.benefit_id,
                    "benefit_type": benefit.kind,
                    "benefit_metadata": benefit.metadata,
                    "properties": {},
                }))
            })
            .collect();
        let meters: Vec<Value> = self
            .customer_meters
            .iter()
            .filter(|entry| entry.customer_id == customer_id)
            .map(|entry| {
                let mut value = self.customer_meter_json(entry);
                if let Some(map) = value.as_object_mut() {
                    map.remove("customer_id");
                }
                value
            })
            .collect();
        let mut state = self.any_customer_json(customer_id);
        if let Some(map) = state.as_object_mut() {
            map.insert("active_subscriptions".into(), json!(subscriptions));
            map.insert("granted_benefits".into(), json!(grants));
            map.insert("active_meters".into(), json!(meters));
        }
        state
    }

    fn state_subscription(&self, found: &Subscription) -> Value {
        let mut meters = self.subscription_meters(found);
        for meter in &mut meters {
            if let Some(map) = meter.as_object_mut() {
                map.remove("meter");
            }
        }
        json!({
            "id": found.id,
            "created_at": time_text(found.created_at),
            "modified_at": found.modified_at.map(time_text),
            "custom_field_data": found.custom_field_data,
            "metadata": found.metadata,
            "status": found.status,
            "amount": found.amount,
            "currency": found.currency,
            "recurring_interval": found.cadence.unit,
            "current_period_start": time_text(found.period_start),
            "current_period_end": time_text(found.period_end),
            "trial_start": found.trial.map(|trial| time_text(trial.0)),
            "trial_end": found.trial.map(|trial| time_text(trial.1)),
            "cancel_at_period_end": found.cancel_at_period_end,
            "canceled_at": found.canceled_at.map(time_text),
            "started_at": time_text(found.started_at),
            "ends_at": found.ends_at.map(time_text),
            "product_id": found.product_id,
            "discount_id": found.discount_id,
            "seats": found.seats,
            "units": found.units,
            "price_id": found.prices.first().map(|price| &price.id),
            "meters": meters,
        })
    }

    /// Tells the webhooks that something of a customer's state changed.
    pub(crate) fn emit_state(&mut self, customer_id: &str) {
        if self.customer_by_id(customer_id).is_none() {
            return;
        }
        let data = self.state_json(customer_id);
        self.emit("customer.state_changed", &data);
    }
}
