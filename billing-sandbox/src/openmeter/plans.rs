//! Plans and their versions.

use super::body::{description, duration, finish, key, metadata, name, render};
use super::model::{Plan, Stamps, Version};
use super::page::{self, Key, paged, sort};
use super::problem::{not_implemented, problem, problem_with};
use super::rate_cards::{Fault, currency_of, phase, text_of};
use super::{Call, OpenMeter};
use crate::calendar::{Interval, rfc3339};
use crate::check::rules::{any, boolean, list, one_of};
use crate::check::{At, Check, Obj};
use crate::http::{Outcome, Reply, Request};
use crate::id;
use serde_json::{Map, Value, json};

const MODES: &[&str] = &["credit_then_invoice", "credit_only"];

/// The fields that plans and add-ons share.
pub(crate) fn version_json(base: &Version, now: time::OffsetDateTime) -> Map<String, Value> {
    render(
        &base.stamps,
        json!({
            "id": base.id,
            "key": base.key,
            "version": base.version,
            "name": base.name,
            "description": base.description,
            "metadata": base.metadata,
            "currency": base.currency,
            "effectiveFrom": base.effective_from.map(rfc3339),
            "effectiveTo": base.effective_to.map(rfc3339),
            "status": base.status(now),
        }),
    )
}

pub(crate) fn faults_json(faults: &[Fault]) -> Value {
    if faults.is_empty() {
        return Value::Null;
    }
    faults.iter().map(Fault::json).collect()
}

/// A 400 with everything that keeps a draft from being published.
pub(crate) fn unpublishable(what: &str, faults: &[Fault]) -> Box<Reply> {
    let first = faults.first().map_or("", |fault| fault.message);
    problem_with(
        400,
        &format!("validation error: {what} cannot be published: {first}"),
        json!({"validationErrors": faults.iter().map(|fault| {
            json!({
                "code": fault.code, "message": fault.message, "field": fault.field,
                "severity": "critical",
            })
        }).collect::<Vec<_>>()}),
    )
}

/// Picks a version: by id, or by key the active one, or the newest when asked for.
pub(crate) fn pick<'v, T>(
    all: &'v [T],
    base: impl Fn(&T) -> &Version,
    wanted: &str,
    latest: bool,
    now: time::OffsetDateTime,
) -> Option<&'v T> {
    let live = || {
        all.iter()
            .filter(|item| base(item).stamps.deleted.is_none())
    };
    if let Some(found) = all.iter().find(|item| base(item).id == wanted) {
        return Some(found);
    }
    let versions = live().filter(|item| base(item).key == wanted);
    if latest {
        return versions.max_by_key(|item| base(item).version);
    }
    let mut versions = versions;
    versions.find(|item| base(item).status(now) == "active")
}

/// Filters and orders versions by the parameters that plans and add-ons share.
pub(crate) fn list_versions<'v, T>(
    request: &Request,
    all: &'v [T],
    base: impl Fn(&T) -> &Version,
    statuses: &[&str],
    now: time::OffsetDateTime,
) -> Result<Vec<&'v T>, Box<Reply>> {
    let deleted = page::boolean(request, "includeDeleted")?;
    let wanted = page::words(request, "status", statuses)?;
    let ids: Vec<&str> = request.all("id").collect();
    let keys: Vec<&str> = request.all("key").collect();
    let currencies: Vec<&str> = request.all("currency").collect();
    if request
        .query
        .iter()
        .any(|(name, _)| name.starts_with("keyVersion["))
    {
        return Err(not_implemented("the keyVersion filter"));
    }
    let mut found: Vec<&T> = all
        .iter()
        .filter(|item| {
            let base = base(item);
            (deleted || base.stamps.deleted.is_none())
                && (wanted.is_empty() || wanted.iter().any(|known| known == base.status(now)))
                && (ids.is_empty() || ids.contains(&base.id.as_str()))
                && (keys.is_empty() || keys.contains(&base.key.as_str()))
                && (currencies.is_empty() || currencies.contains(&base.currency.as_str()))
        })
        .collect();
    let fields = ["id", "key", "version", "created_at", "updated_at"];
    sort(request, &mut found, &fields, |item, field| {
        let base = base(item);
        match field {
            "id" => Key::Text(base.id.clone()),
            "key" => Key::Text(base.key.clone()),
            "version" => Key::Number(base.version),
            "updated_at" => Key::Time(base.stamps.updated),
            _ => Key::Time(base.stamps.created),
        }
    })?;
    Ok(found)
}

/// The number of the next version of a key; a second draft is refused.
pub(crate) fn next_version<'v>(
    versions: impl Iterator<Item = &'v Version> + Clone,
    key: &str,
    what: &str,
    now: time::OffsetDateTime,
) -> Result<i64, Box<Reply>> {
    let own = versions.filter(|known| known.key == key);
    let draft = own
        .clone()
        .any(|known| known.stamps.deleted.is_none() && known.status(now) == "draft");
    if draft {
        return Err(problem(
            400,
            format!("validation error: only a single draft version is allowed for {what} {key}"),
        ));
    }
    Ok(own.map(|known| known.version).max().unwrap_or(0) + 1)
}

fn pro_rating(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let enabled = body.required("enabled", boolean);
    let mode = body.required("mode", one_of(&["prorate_prices"]));
    Some(json!({"enabled": enabled, "mode": mode}))
}

struct Fields {
    name: String,
    description: Option<String>,
    metadata: Value,
    billing_cadence: String,
    pro_rating: Value,
    settlement_mode: String,
    alignment: Value,
    phases: Vec<Value>,
}

fn fields(body: &Obj<'_>) -> Fields {
    Fields {
        name: body.required("name", name),
        description: body.optional("description", description),
        metadata: body.optional("metadata", metadata).unwrap_or_default(),
        billing_cadence: body.required("billingCadence", duration),
        pro_rating: body
            .optional("proRatingConfig", pro_rating)
            .unwrap_or_else(|| json!({"enabled": true, "mode": "prorate_prices"})),
        settlement_mode: body
            .optional("settlementMode", one_of(MODES))
            .unwrap_or_else(|| "credit_then_invoice".to_owned()),
        alignment: body.optional("alignment", any).unwrap_or_default(),
        phases: body.required("phases", list(1, phase)),
    }
}

impl OpenMeter {
    pub(crate) fn plan(&self, id_or_key: &str, latest: bool) -> Option<&Plan> {
        pick(&self.plans, |plan| &plan.base, id_or_key, latest, self.now)
    }

    /// Everything that keeps a plan from being published.
    pub(crate) fn plan_faults(&self, plan: &Plan) -> Vec<Fault> {
        let mut faults = Vec::new();
        let last = plan.phases.len().saturating_sub(1);
        for (index, phase) in plan.phases.iter().enumerate() {
            let key = text_of(phase, "key").unwrap_or_default();
            let field = format!("$.phases[?(@.key=='{key}')]");
            let mut add = |code, message| {
                faults.push(Fault {
                    code,
                    message,
                    field: field.clone(),
                });
            };
            let length = text_of(phase, "duration");
            if plan
                .phases
                .iter()
                .take(index)
                .any(|known| text_of(known, "key") == Some(key))
            {
                add("plan_phase_duplicated_key", "duplicated phase key");
            }
            match (index == last, length) {
                (true, Some(_)) => add(
                    "plan_has_last_phase_with_duration",
                    "the duration must not be set for the last phase",
                ),
                (false, None) => add(
                    "plan_has_non_last_phase_with_no_duration",
                    "the duration must be set for all but the last phase",
                ),
                _ => {}
            }
            let short = length.and_then(Interval::parse_iso).is_some_and(|length| {
                length.months == 0 && length.days == 0 && length.seconds < 3600
            });
            if short {
                add(
                    "plan_phase_duration_less_then_an_hour",
                    "the duration of a phase must be at least 1 hour",
                );
            }
            let empty = Vec::new();
            let cards = phase
                .get("rateCards")
                .and_then(Value::as_array)
                .unwrap_or(&empty);
            if cards.is_empty() {
                add(
                    "plan_phase_has_no_rate_cards",
                    "a phase must have at least one rate card",
                );
            }
            self.card_faults(cards, &field, &mut faults);
        }
        faults
    }

    pub(crate) fn plan_json(&self, plan: &Plan) -> Value {
        let mut map = version_json(&plan.base, self.now);
        let faults = match plan.base.status(self.now) {
            "draft" => faults_json(&self.plan_faults(plan)),
            _ => Value::Null,
        };
        map.insert("billingCadence".into(), json!(plan.billing_cadence));
        map.insert("proRatingConfig".into(), plan.pro_rating.clone());
        map.insert("settlementMode".into(), json!(plan.settlement_mode));
        map.insert("phases".into(), json!(plan.phases));
        map.insert("validationErrors".into(), faults);
        if !plan.alignment.is_null() {
            map.insert("alignment".into(), plan.alignment.clone());
        }
        Value::Object(map)
    }

    fn plan_reply(&self, id: &str, status: u16) -> Outcome {
        let plan = self.plan(id, true).ok_or_else(|| not_found(id))?;
        Ok(Reply::json(status, &self.plan_json(plan)))
    }

    fn change_plan(&mut self, id: &str, change: impl FnOnce(&mut Plan)) {
        let now = self.now;
        if let Some(plan) = self.plans.iter_mut().find(|plan| plan.base.id == id) {
            change(plan);
            plan.base.stamps.updated = now;
        }
    }
}

/// A 404 for a plan.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("plan not found: {id}"))
}

/// A 400 for an action that the status does not allow.
pub(crate) fn wrong_status(what: &str, action: &str, status: &str) -> Box<Reply> {
    problem(
        400,
        format!("validation error: {what} in status {status} cannot be {action}"),
    )
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let key = body.required("key", key);
    let currency = currency_of(&body);
    let fields = fields(&body);
    finish(&check, "PlanCreate")?;
    let version = next_version(om.plans.iter().map(|plan| &plan.base), &key, "plan", om.now)?;
    let plan = Plan {
        base: Version {
            id: id::ulid(om.now),
            stamps: Stamps::new(om.now),
            key,
            version,
            name: fields.name,
            description: fields.description,
            metadata: fields.metadata,
            currency,
            effective_from: None,
            effective_to: None,
        },
        billing_cadence: fields.billing_cadence,
        pro_rating: fields.pro_rating,
        settlement_mode: fields.settlement_mode,
        alignment: fields.alignment,
        phases: fields.phases,
    };
    let id = plan.base.id.clone();
    om.plans.push(plan);
    om.plan_reply(&id, 201)
}

fn find(om: &OpenMeter, call: &Call<'_>) -> Result<Plan, Box<Reply>> {
    let id = call.argument(0);
    om.plan(id, true)
        .filter(|plan| plan.base.stamps.deleted.is_none())
        .cloned()
        .ok_or_else(|| not_found(id))
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let latest = page::boolean(call.request, "includeLatest")?;
    let id = call.argument(0);
    let plan = om.plan(id, latest).ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &om.plan_json(plan)))
}

pub(crate) fn list_all(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let statuses = ["draft", "active", "archived", "scheduled"];
    let found = list_versions(
        call.request,
        &om.plans,
        |plan| &plan.base,
        &statuses,
        om.now,
    )?;
    paged(call.request, &found, |plan| om.plan_json(plan))
}

pub(crate) fn update(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let fields = fields(&check.at(&value, &[]).object());
    finish(&check, "PlanReplaceUpdate")?;
    let plan = find(om, call)?;
    let status = plan.base.status(om.now);
    if !matches!(status, "draft" | "scheduled") {
        return Err(wrong_status("plan", "updated", status));
    }
    om.change_plan(&plan.base.id, |plan| {
        plan.base.name = fields.name;
        plan.base.description = fields.description;
        plan.base.metadata = fields.metadata;
        plan.billing_cadence = fields.billing_cadence;
        plan.pro_rating = fields.pro_rating;
        plan.settlement_mode = fields.settlement_mode;
        plan.alignment = fields.alignment;
        plan.phases = fields.phases;
    });
    om.plan_reply(&plan.base.id, 200)
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let plan = find(om, call)?;
    let status = plan.base.status(om.now);
    if status == "active" {
        return Err(wrong_status("plan", "deleted", status));
    }
    let now = om.now;
    om.change_plan(&plan.base.id, |plan| plan.base.stamps.delete(now));
    Ok(Reply::empty(204))
}

pub(crate) fn publish(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let plan = find(om, call)?;
    let status = plan.base.status(om.now);
    if !matches!(status, "draft" | "scheduled") {
        return Err(wrong_status("plan", "published", status));
    }
    let faults = om.plan_faults(&plan);
    if !faults.is_empty() {
        return Err(unpublishable("plan", &faults));
    }
    let now = om.now;
    let previous: Vec<String> = om
        .plans
        .iter()
        .filter(|known| known.base.key == plan.base.key && known.base.status(now) == "active")
        .map(|known| known.base.id.clone())
        .collect();
    for id in previous {
        om.change_plan(&id, |plan| plan.base.effective_to = Some(now));
    }
    om.change_plan(&plan.base.id, |plan| {
        plan.base.effective_from = Some(now);
        plan.base.effective_to = None;
    });
    om.plan_reply(&plan.base.id, 200)
}

pub(crate) fn archive(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let plan = find(om, call)?;
    let status = plan.base.status(om.now);
    if status != "active" {
        return Err(wrong_status("plan", "archived", status));
    }
    let now = om.now;
    om.change_plan(&plan.base.id, |plan| plan.base.effective_to = Some(now));
    om.plan_reply(&plan.base.id, 200)
}
