//! Which add-ons go with which plans.

use super::body::{finish, key, metadata, render, ulid};
use super::model::{Plan, PlanAddon, Stamps};
use super::page::{self, Key, paged, sort};
use super::problem::{coded, problem};
use super::rate_cards::text_of;
use super::{Call, OpenMeter, addons, plans};
use crate::check::Check;
use crate::check::rules::int;
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

impl OpenMeter {
    fn plan_addon_json(&self, found: &PlanAddon) -> Value {
        let addon = self
            .addons
            .iter()
            .find(|addon| addon.base.id == found.addon_id)
            .map(|addon| self.addon_json(addon));
        let mut map = render(
            &found.stamps,
            json!({
                "metadata": found.metadata,
                "addon": addon,
                "fromPlanPhase": found.from_phase,
                "maxQuantity": found.max_quantity,
            }),
        );
        map.insert("validationErrors".into(), Value::Null);
        Value::Object(map)
    }

    fn plan_of(&self, call: &Call<'_>) -> Result<&Plan, Box<Reply>> {
        let id = call.argument(0);
        self.plan(id, true)
            .filter(|plan| plan.base.stamps.deleted.is_none())
            .ok_or_else(|| plans::not_found(id))
    }

    /// The connection of a plan to an add-on, by its id or the add-on's id or key.
    fn plan_addon(&self, plan_id: &str, wanted: &str) -> Option<&PlanAddon> {
        self.plan_addons.iter().find(|found| {
            let addon = self
                .addons
                .iter()
                .find(|addon| addon.base.id == found.addon_id);
            found.stamps.deleted.is_none()
                && found.plan_id == plan_id
                && (found.id == wanted
                    || found.addon_id == wanted
                    || addon.is_some_and(|addon| addon.base.key == wanted))
        })
    }

    fn check_plan_addon(
        &self,
        plan: &Plan,
        addon_id: &str,
        phase: &str,
        max_quantity: Option<i64>,
    ) -> Result<(), Box<Reply>> {
        let addon = self
            .addon(addon_id, true)
            .filter(|addon| addon.base.stamps.deleted.is_none());
        let addon = addon.ok_or_else(|| addons::not_found(addon_id))?;
        let refuse = |code, message, field| Err(coded(400, code, message, Some(field)));
        if !matches!(plan.base.status(self.now), "draft" | "scheduled") {
            return refuse("plan_invalid_status", "plan must be a draft", "$.status");
        }
        if addon.base.status(self.now) != "active" {
            let message = "add-on must be published";
            return refuse("plan_addon_incompatible_status", message, "$.addon.status");
        }
        if addon.base.currency != plan.base.currency {
            let message = "currency of the plan and the add-on must match";
            return refuse("plan_addon_currency_mismatch", message, "$.currency");
        }
        match (addon.instance_type.as_str(), max_quantity) {
            ("single", Some(_)) => {
                return refuse(
                    "plan_addon_max_quantity_must_not_be_set",
                    "maxQuantity must not be set for single instance add-ons",
                    "$.maxQuantity",
                );
            }
            ("multiple", Some(0)) => {
                return refuse(
                    "plan_addon_max_quantity_must_be_set",
                    "maxQuantity must be positive for multi-instance add-ons",
                    "$.maxQuantity",
                );
            }
            _ => {}
        }
        if plan
            .phases
            .iter()
            .all(|known| text_of(known, "key") != Some(phase))
        {
            return Err(problem(
                400,
                format!("validation error: plan has no phase {phase}"),
            ));
        }
        Ok(())
    }
}

fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("plan add-on not found: {id}"))
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let from_phase = body.required("fromPlanPhase", key);
    let max_quantity = body.optional("maxQuantity", int(0, i64::MAX));
    let addon_id = body.required("addonId", ulid);
    finish(&check, "PlanAddonCreate")?;
    let plan = om.plan_of(call)?;
    let plan_id = plan.base.id.clone();
    om.check_plan_addon(plan, &addon_id, &from_phase, max_quantity)?;
    if om.plan_addon(&plan_id, &addon_id).is_some() {
        return Err(problem(
            409,
            format!("add-on {addon_id} is already assigned to the plan"),
        ));
    }
    let found = PlanAddon {
        id: id::ulid(om.now),
        stamps: Stamps::new(om.now),
        plan_id,
        addon_id,
        from_phase,
        max_quantity,
        metadata,
    };
    let reply = Reply::json(201, &om.plan_addon_json(&found));
    om.plan_addons.push(found);
    Ok(reply)
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let plan = om.plan_of(call)?;
    let wanted = call.argument(1);
    let found = om
        .plan_addon(&plan.base.id, wanted)
        .ok_or_else(|| not_found(wanted))?;
    Ok(Reply::json(200, &om.plan_addon_json(found)))
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let deleted = page::boolean(request, "includeDeleted")?;
    let plan = om.plan_of(call)?;
    let ids: Vec<&str> = request.all("id").collect();
    let keys: Vec<&str> = request.all("key").collect();
    let mut found: Vec<&PlanAddon> = om
        .plan_addons
        .iter()
        .filter(|found| {
            let addon = om
                .addons
                .iter()
                .find(|addon| addon.base.id == found.addon_id);
            found.plan_id == plan.base.id
                && (deleted || found.stamps.deleted.is_none())
                && (ids.is_empty() || ids.contains(&found.addon_id.as_str()))
                && (keys.is_empty()
                    || addon.is_some_and(|addon| keys.contains(&addon.base.key.as_str())))
        })
        .collect();
    let fields = ["id", "key", "version", "created_at", "updated_at"];
    sort(request, &mut found, &fields, |found, field| match field {
        "id" => Key::Text(found.addon_id.clone()),
        "updated_at" => Key::Time(found.stamps.updated),
        _ => Key::Time(found.stamps.created),
    })?;
    paged(request, &found, |found| om.plan_addon_json(found))
}

pub(crate) fn update(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let from_phase = body.required("fromPlanPhase", key);
    let max_quantity = body.optional("maxQuantity", int(0, i64::MAX));
    finish(&check, "PlanAddonReplaceUpdate")?;
    let plan = om.plan_of(call)?;
    let wanted = call.argument(1);
    let found = om
        .plan_addon(&plan.base.id, wanted)
        .cloned()
        .ok_or_else(|| not_found(wanted))?;
    om.check_plan_addon(plan, &found.addon_id, &from_phase, max_quantity)?;
    let now = om.now;
    for known in om
        .plan_addons
        .iter_mut()
        .filter(|known| known.id == found.id)
    {
        known.metadata = metadata.clone();
        known.from_phase = from_phase.clone();
        known.max_quantity = max_quantity;
        known.stamps.updated = now;
    }
    let found = om.plan_addons.iter().find(|known| known.id == found.id);
    let found = found.ok_or_else(|| not_found(wanted))?;
    Ok(Reply::json(200, &om.plan_addon_json(found)))
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let plan = om.plan_of(call)?;
    let wanted = call.argument(1);
    let found = om
        .plan_addon(&plan.base.id, wanted)
        .ok_or_else(|| not_found(wanted))?;
    let (id, now) = (found.id.clone(), om.now);
    for known in om.plan_addons.iter_mut().filter(|known| known.id == id) {
        known.stamps.delete(now);
    }
    Ok(Reply::empty(204))
}
