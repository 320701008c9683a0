//! Benefit grants: what purchases give, and take away again.

use super::benefits::{benefit_json, public_json};
use super::model::BenefitGrant;
use super::query::{Query, SortKey};
use super::{Call, Polar, error};
use crate::calendar::polar as time_text;
use crate::http::Outcome;
use crate::id;
use serde_json::{Value, json};

/// What gives a benefit: a subscription or a one-time order.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Subscription(String),
    Order(String),
}

impl Polar {
    fn grant_base(&self, grant: &BenefitGrant) -> Value {
        json!({
            "id": grant.id,
            "created_at": time_text(grant.created_at),
            "modified_at": grant.modified_at.map(time_text),
            "granted_at": grant.granted_at.map(time_text),
            "is_granted": grant.granted_at.is_some(),
            "revoked_at": grant.revoked_at.map(time_text),
            "is_revoked": grant.revoked_at.is_some(),
            "subscription_id": grant.subscription_id,
            "order_id": grant.order_id,
            "customer_id": grant.customer_id,
            "member_id": null,
            "benefit_id": grant.benefit_id,
            "error": null,
            "properties": {},
        })
    }

    fn with_details(&self, grant: &BenefitGrant, extra: Value) -> Value {
        let mut value = self.grant_base(grant);
        if let (Value::Object(map), Value::Object(extra)) = (&mut value, extra) {
            map.extend(extra);
        }
        value
    }

    /// A grant as the organization sees it.
    pub(crate) fn grant_json(&self, grant: &BenefitGrant) -> Value {
        let benefit = self
            .benefit(&grant.benefit_id)
            .map(|benefit| benefit_json(benefit, &self.organization.id));
        self.with_details(
            grant,
            json!({
                "customer": self.any_customer_json(&grant.customer_id),
                "member": null,
                "benefit": benefit,
                "user_id": grant.customer_id,
            }),
        )
    }

    /// A grant as its customer sees it.
    pub(crate) fn portal_grant_json(&self, grant: &BenefitGrant) -> Value {
        let benefit = self.benefit(&grant.benefit_id).map(|benefit| {
            let mut value = public_json(benefit, &self.organization.id);
            if let Some(map) = value.as_object_mut() {
                map.insert("organization".into(), self.organization.portal_json());
                map.entry("properties")
                    .or_insert_with(|| json!({"note": null}));
                if benefit.kind == "custom" {
                    map.insert("properties".into(), benefit.properties.clone());
                }
            }
            value
        });
        self.with_details(
            grant,
            json!({
                "customer": self.portal_customer_json(&grant.customer_id),
                "benefit": benefit,
            }),
        )
    }

    fn emit_grant(&mut self, kind: &'static str, id: &str, previous: &Value) {
        let Some(grant) = self.grants.iter().find(|grant| grant.id == id) else {
            return;
        };
        let mut data = self.grant_json(grant);
        if let Some(map) = data.as_object_mut() {
            map.insert("properties".into(), grant.properties.clone());
            map.insert("previous_properties".into(), previous.clone());
        }
        self.emit(kind, &data);
    }

    /// Gives every benefit of a product to a customer; what is already granted stays.
    pub(crate) fn grant_benefits(&mut self, product_id: &str, customer_id: &str, source: &Source) {
        let benefits = self
            .product(product_id)
            .map(|product| product.benefits.clone());
        for benefit_id in benefits.unwrap_or_default() {
            self.grant(&benefit_id, customer_id, source);
        }
    }

    fn grant(&mut self, benefit_id: &str, customer_id: &str, source: &Source) {
        let (subscription_id, order_id) = match source {
            Source::Subscription(id) => (Some(id.clone()), None),
            Source::Order(id) => (None, Some(id.clone())),
        };
        let existing = self.grants.iter().position(|grant| {
            grant.benefit_id == benefit_id
                && grant.customer_id == customer_id
                && grant.subscription_id == subscription_id
                && grant.order_id == order_id
        });
        let now = self.now;
        let index = match existing {
            Some(index) => {
                let grant = &mut self.grants[index];
                if grant.granted_at.is_some() {
                    return;
                }
                grant.granted_at = Some(now);
                grant.revoked_at = None;
                grant.modified_at = Some(now);
                index
            }
            None => {
                self.grants.push(BenefitGrant {
                    id: id::uuid(),
                    created_at: now,
                    modified_at: None,
                    granted_at: Some(now),
                    revoked_at: None,
                    subscription_id,
                    order_id,
                    customer_id: customer_id.to_owned(),
                    benefit_id: benefit_id.to_owned(),
                    properties: json!({}),
                    credited: 0,
                });
                self.grants.len() - 1
            }
        };
        let previous = self.grants[index].properties.clone();
        let id = self.grants[index].id.clone();
        self.credit(index, 1);
        self.emit_grant("benefit_grant.created", &id, &previous);
    }

    /// Credits, or with `-1` takes back, the units of a meter credit benefit.
    fn credit(&mut self, index: usize, sign: i64) {
        let (benefit_id, customer_id, held) = {
            let grant = &self.grants[index];
            (
                grant.benefit_id.clone(),
                grant.customer_id.clone(),
                grant.credited,
            )
        };
        let Some((units, meter_id, _)) = self.meter_credit(&benefit_id) else {
            return;
        };
        let change = if sign > 0 { units } else { -held };
        let now = self.now;
        let entry = self.customer_meter_mut(&customer_id, &meter_id);
        entry.credited += change;
        entry.modified_at = Some(now);
        let grant = &mut self.grants[index];
        grant.credited += change;
        grant.properties = json!({
            "last_credited_meter_id": meter_id,
            "last_credited_units": change,
            "last_credited_at": time_text(now).replace('Z', "+00:00"),
        });
    }

    /// Units, meter and rollover of a meter credit benefit.
    fn meter_credit(&self, benefit_id: &str) -> Option<(i64, String, bool)> {
        let benefit = self
            .benefit(benefit_id)
            .filter(|benefit| benefit.kind == "meter_credit")?;
        let units = benefit.properties.get("units")?.as_i64()?;
        let meter = benefit.properties.get("meter_id")?.as_str()?.to_owned();
        let rollover = benefit.properties.get("rollover")?.as_bool()?;
        Some((units, meter, rollover))
    }

    /// Takes granted benefits away.
    pub(crate) fn revoke_grants(&mut self, wanted: impl Fn(&BenefitGrant) -> bool) {
        let ids: Vec<String> = self
            .grants
            .iter()
            .filter(|grant| grant.granted_at.is_some() && wanted(grant))
            .map(|grant| grant.id.clone())
            .collect();
        for id in ids {
            let Some(index) = self.grants.iter().position(|grant| grant.id == id) else {
                continue;
            };
            let previous = self.grants[index].properties.clone();
            self.credit(index, -1);
            let now = self.now;
            let grant = &mut self.grants[index];
            grant.granted_at = None;
            grant.revoked_at = Some(now);
            grant.modified_at = Some(now);
            self.emit_grant("benefit_grant.revoked", &id, &previous);
        }
    }

    /// Starts a new period of a subscription's meter credits: usage counts anew, units are credited
    /// again, and what was left stays only with rollover.
    pub(crate) fn cycle_grants(&mut self, subscription_id: &str) {
        let ids: Vec<String> = self
            .grants
            .iter()
            .filter(|grant| {
                grant.granted_at.is_some()
                    && grant.subscription_id.as_deref() == Some(subscription_id)
            })
            .map(|grant| grant.id.clone())
            .collect();
        for id in ids {
            let Some(index) = self.grants.iter().position(|grant| grant.id == id) else {
                continue;
            };
            let grant = &self.grants[index];
            let (customer_id, previous) = (grant.customer_id.clone(), grant.properties.clone());
            let Some((units, meter_id, rollover)) = self.meter_credit(&grant.benefit_id) else {
                continue;
            };
            let (now, event_count) = (self.now, self.events.len());
            let entry = self.customer_meter_mut(&customer_id, &meter_id).clone();
            let left = (entry.credited as f64 - self.consumed(&entry))
                .floor()
                .max(0.0) as i64;
            let kept = if rollover { left } else { 0 };
            let entry = self.customer_meter_mut(&customer_id, &meter_id);
            entry.credited = kept + units;
            entry.from_event = event_count;
            entry.modified_at = Some(now);
            let grant = &mut self.grants[index];
            grant.credited = kept + units;
            grant.modified_at = Some(now);
            grant.properties = json!({
                "last_credited_meter_id": meter_id,
                "last_credited_units": units,
                "last_credited_at": time_text(now).replace('Z', "+00:00"),
            });
            self.emit_grant("benefit_grant.cycled", &id, &previous);
        }
    }

    /// Brings the grants of everybody who holds a product in line with its benefits.
    pub(crate) fn regrant_product(&mut self, product_id: &str) {
        let holders: Vec<(String, Source)> = self
            .subscriptions
            .iter()
            .filter(|found| found.product_id == product_id && found.is_active())
            .map(|found| {
                (
                    found.customer_id.clone(),
                    Source::Subscription(found.id.clone()),
                )
            })
            .chain(
                self.orders
                    .iter()
                    .filter(|order| {
                        order.product_id == product_id
                            && order.subscription_id.is_none()
                            && order.status == "paid"
                    })
                    .map(|order| (order.customer_id.clone(), Source::Order(order.id.clone()))),
            )
            .collect();
        let benefits = self
            .product(product_id)
            .map(|product| product.benefits.clone());
        let benefits = benefits.unwrap_or_default();
        for (customer_id, source) in holders {
            self.grant_benefits(product_id, &customer_id, &source);
            self.revoke_grants(|grant| {
                let held = match &source {
                    Source::Subscription(id) => grant.subscription_id.as_ref() == Some(id),
                    Source::Order(id) => grant.order_id.as_ref() == Some(id),
                };
                held && !benefits.contains(&grant.benefit_id)
            });
            self.emit_state(&customer_id);
        }
    }
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    list_of(polar, call, None)
}

pub(crate) fn list_of_benefit(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    if polar.benefit(&id).is_none_or(|benefit| benefit.is_deleted) {
        return Err(error::resource_not_found());
    }
    list_of(polar, call, Some(id))
}

fn list_of(polar: &Polar, call: &Call<'_>, benefit_id: Option<String>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at", "granted_at", "revoked_at"], "-created_at");
    let organizations = query.uuids("organization_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let granted = query.boolean("is_granted");
    query.finish()?;
    let found: Vec<&BenefitGrant> = polar
        .grants
        .iter()
        .filter(|grant| {
            let external = polar
                .customer_by_id(&grant.customer_id)
                .and_then(|customer| customer.external_id.as_deref());
            Query::passes(&organizations, &polar.organization.id)
                && benefit_id.as_ref().is_none_or(|id| grant.benefit_id == *id)
                && Query::passes(&customers, &grant.customer_id)
                && Query::passes_optional(&externals, external)
                && granted.is_none_or(|wanted| grant.granted_at.is_some() == wanted)
        })
        .collect();
    Ok(query.page(
        found,
        |grant, name| match name {
            "granted_at" => grant.granted_at.map_or(SortKey::Nothing, SortKey::time),
            "revoked_at" => grant.revoked_at.map_or(SortKey::Nothing, SortKey::time),
            _ => SortKey::time(grant.created_at),
        },
        |grant| polar.grant_json(grant),
    ))
}
