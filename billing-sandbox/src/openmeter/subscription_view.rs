//! How a subscription reads on the wire.

use super::OpenMeter;
use super::body::{put, render};
use super::features::feature_json;
use super::model::{Subscription, SubscriptionPhase};
use super::rate_cards::text_of;
use crate::calendar::{Interval, rfc3339};
use serde_json::{Map, Value, json};

impl OpenMeter {
    fn subscription_base(&self, found: &Subscription) -> Map<String, Value> {
        let plan = found
            .plan
            .as_ref()
            .map(|(id, key, version)| json!({"id": id, "key": key, "version": version}));
        let mut map = render(
            &found.stamps,
            json!({
                "id": found.id,
                "name": found.name,
                "description": found.description,
                "metadata": found.metadata,
                "customerId": found.customer_id,
                "plan": plan,
                "currency": found.currency,
                "status": found.status(self.now),
                "activeFrom": rfc3339(found.active_from),
                "activeTo": found.active_to.map(rfc3339),
                "billingCadence": found.billing_cadence,
                "billingAnchor": rfc3339(found.billing_anchor),
                "proRatingConfig": found.pro_rating,
                "settlementMode": found.settlement_mode,
                "costBasisMode": "dynamic",
            }),
        );
        map.insert("costBasisPins".into(), json!([]));
        map
    }

    pub(crate) fn subscription_json(&self, found: &Subscription) -> Value {
        let mut map = self.subscription_base(found);
        map.insert("alignment".into(), json!({"billablesMustAlign": true}));
        Value::Object(map)
    }

    /// With its phases and items.
    pub(crate) fn subscription_expanded(&self, found: &Subscription) -> Value {
        let mut map = self.subscription_base(found);
        let mut alignment = json!({"billablesMustAlign": true});
        if let Some(cadence) = Interval::parse_iso(&found.billing_cadence)
            && found.status(self.now) != "inactive"
            && cadence.is_positive()
        {
            let turn = cadence.index_at(found.billing_anchor, self.now.max(found.active_from));
            if let Some(alignment) = alignment.as_object_mut() {
                alignment.insert(
                    "currentAlignedBillingPeriod".into(),
                    json!({
                        "from": rfc3339(cadence.after(found.billing_anchor, turn)),
                        "to": rfc3339(cadence.after(found.billing_anchor, turn + 1)),
                    }),
                );
            }
        }
        let phases: Vec<Value> = found
            .phases
            .iter()
            .map(|phase| self.phase_json(found, phase))
            .collect();
        map.insert("alignment".into(), alignment);
        map.insert("phases".into(), json!(phases));
        Value::Object(map)
    }

    fn phase_json(&self, found: &Subscription, phase: &SubscriptionPhase) -> Value {
        let end = match (phase.active_to, found.active_to) {
            (Some(own), Some(all)) => Some(own.min(all)),
            (own, all) => own.or(all),
        };
        let items: Vec<Value> = phase
            .items
            .iter()
            .map(|(id, card)| {
                let mut map = render(
                    &found.stamps,
                    json!({
                        "id": id,
                        "key": text_of(card, "key"),
                        "name": text_of(card, "name"),
                        "description": card.get("description"),
                        "metadata": card.get("metadata"),
                        "featureKey": text_of(card, "featureKey"),
                        "activeFrom": rfc3339(phase.active_from),
                        "activeTo": end.map(rfc3339),
                        "discounts": card.get("discounts"),
                        "taxConfig": card.get("taxConfig"),
                        "currency": found.currency,
                    }),
                );
                for field in ["billingCadence", "price"] {
                    map.insert(field.into(), card.get(field).cloned().unwrap_or_default());
                }
                let feature = text_of(card, "featureKey").and_then(|key| self.live_feature(key));
                if let Some(feature) = feature {
                    map.insert("included".into(), json!({"feature": feature_json(feature)}));
                }
                Value::Object(map)
            })
            .collect();
        let timelines: Map<String, Value> = items
            .iter()
            .filter_map(|item| Some((text_of(item, "key")?.to_owned(), json!([item]))))
            .collect();
        let mut map = render(
            &found.stamps,
            json!({
                "id": phase.id,
                "key": phase.key,
                "name": phase.name,
                "activeFrom": rfc3339(phase.active_from),
                "activeTo": end.map(rfc3339),
            }),
        );
        put(
            &mut map,
            json!({"description": phase.description, "metadata": phase.metadata}),
        );
        map.insert("items".into(), json!(items));
        map.insert("itemTimelines".into(), Value::Object(timelines));
        Value::Object(map)
    }
}
