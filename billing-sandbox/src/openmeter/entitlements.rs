//! Customer entitlements, version 2.

use super::body::{finish, metadata, render, time as time_rule};
use super::customers::not_found as customer_not_found;
use super::grants::{NewGrant, read_grant};
use super::model::{
    Entitlement, EntitlementKind, Feature, Grant, Issue, Metered, Recurrence, Stamps,
};
use super::page::{self, Key, paged, sort};
use super::problem::{coded, not_implemented, problem, problem_with};
use super::{Call, OpenMeter, features};
use crate::calendar::{Interval, rfc3339, truncate_minute};
use crate::check::rules::{boolean, int, list, number, one_of, string};
use crate::check::{At, Check, Obj};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

const TYPES: &[&str] = &["metered", "boolean", "static"];

/// Reads `{interval, anchor?}`; the interval is a word or an ISO 8601 duration.
pub(crate) fn recurrence(at: &At<'_>) -> Option<(String, Interval, Option<OffsetDateTime>)> {
    let body = at.object();
    let anchor = body.optional("anchor", time_rule);
    let interval = body.required("interval", |at| {
        let text = string(at)?;
        let words = ["DAY", "WEEK", "MONTH", "YEAR"];
        let parsed = if words.contains(&text.to_uppercase().as_str()) {
            Interval::of(&text, 1).map(|interval| (text.to_uppercase(), interval))
        } else {
            Interval::parse_iso(&text).map(|interval| (text.clone(), interval))
        };
        let parsed = parsed.filter(|(_, interval)| interval.is_positive());
        if parsed.is_none() {
            at.fail(
                "interval",
                "value must be DAY, WEEK, MONTH, YEAR or a positive duration",
                None,
            );
        }
        parsed.map(Some)
    });
    let (text, interval) = interval?;
    Some((text, interval, anchor))
}

pub(crate) fn recurrence_json(recurrence: &Recurrence) -> Value {
    json!({
        "interval": recurrence.text,
        "intervalISO": recurrence.interval.to_iso(),
        "anchor": rfc3339(recurrence.anchor),
    })
}

#[derive(Default)]
enum From {
    #[default]
    Period,
    Now,
    At(OffsetDateTime),
}

#[derive(Default)]
enum NewKind {
    Metered {
        period: (String, Interval, Option<OffsetDateTime>),
        soft: bool,
        preserve: bool,
        from: From,
        issue: Option<Issue>,
        grants: Vec<NewGrant>,
    },
    Static(String),
    #[default]
    Boolean,
}

struct New {
    feature: Option<String>,
    metadata: Value,
    kind: NewKind,
}

fn issue_of(body: &Obj<'_>) -> (Option<Issue>, bool) {
    let issue = body.optional("issue", |at| {
        let fields = at.object();
        Some(Issue {
            amount: fields.required("amount", number),
            priority: fields.optional("priority", int(1, 255)).unwrap_or(1),
        })
    });
    let amount = body.optional("issueAfterReset", number);
    let priority = body.optional("issueAfterResetPriority", int(1, 255));
    let orphan = priority.is_some() && amount.is_none() && issue.is_none();
    let old = amount.map(|amount| Issue {
        amount,
        priority: priority.unwrap_or(1),
    });
    (issue.or(old), orphan)
}

fn read(value: &Value, now: OffsetDateTime) -> Result<New, Box<Reply>> {
    let check = Check::new();
    let body = check.at(value, &[]).object();
    let kind = body.required("type", one_of(TYPES));
    let schema = match kind.as_str() {
        "metered" => "EntitlementMeteredV2CreateInputs",
        "static" => "EntitlementStaticCreateInputs",
        "boolean" => "EntitlementBooleanCreateInputs",
        _ => "EntitlementV2CreateInputs",
    };
    finish(&check, schema)?;
    let feature = body
        .optional("featureKey", string)
        .or_else(|| body.optional("featureId", string));
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let has_grants = body.has("grants");
    let mut orphan = false;
    let new = match kind.as_str() {
        "metered" => {
            let (issue, lonely) = issue_of(&body);
            orphan = lonely;
            let period = body.required("usagePeriod", |at| recurrence(at).map(Some));
            NewKind::Metered {
                period: period.unwrap_or_else(|| (String::new(), Interval::default(), None)),
                soft: body.optional("isSoftLimit", boolean).unwrap_or(false),
                preserve: body
                    .optional("preserveOverageAtReset", boolean)
                    .unwrap_or(false),
                from: body
                    .optional("measureUsageFrom", measure_from)
                    .unwrap_or_default(),
                issue,
                grants: body
                    .optional("grants", list(0, |at| read_grant(at, now)))
                    .unwrap_or_default(),
            }
        }
        "static" => NewKind::Static(body.required("config", string)),
        _ => NewKind::Boolean,
    };
    finish(&check, schema)?;
    if orphan {
        return Err(problem(
            400,
            "validation error: issueAfterResetPriority needs issueAfterReset",
        ));
    }
    if has_grants && kind != "metered" {
        return Err(coded(
            400,
            "entitlement_grants_only_supported_for_metered_entitlements",
            "grants are only supported for metered entitlements",
            Some("$.grants"),
        ));
    }
    if let NewKind::Metered { issue: Some(_), .. } = &new
        && has_grants
    {
        return Err(problem(
            400,
            "validation error: issueAfterReset and grants cannot be used together",
        ));
    }
    if let NewKind::Static(config) = &new
        && serde_json::from_str::<Value>(config).is_err()
    {
        return Err(problem(400, "validation error: config is not valid JSON"));
    }
    Ok(New {
        feature,
        metadata,
        kind: new,
    })
}

fn measure_from(at: &At<'_>) -> Option<From> {
    match at.value.as_str() {
        Some("CURRENT_PERIOD_START") => Some(From::Period),
        Some("NOW") => Some(From::Now),
        _ => time_rule(at).map(From::At),
    }
}

impl OpenMeter {
    /// An entitlement of a customer by its id, or by feature key where it is active now.
    pub(crate) fn entitlement_of(
        &self,
        customer_id: &str,
        id_or_key: &str,
    ) -> Option<&Entitlement> {
        let own = || {
            self.entitlements
                .iter()
                .filter(|found| found.customer_id == customer_id)
        };
        own()
            .find(|found| found.feature_key == id_or_key && found.is_active(self.now))
            .or_else(|| own().find(|found| found.id == id_or_key))
    }

    pub(crate) fn entitlement_json(&self, found: &Entitlement) -> Value {
        let key = self
            .customers
            .iter()
            .find(|customer| customer.id == found.customer_id)
            .and_then(|customer| customer.key.clone());
        let mut map = render(
            &found.stamps,
            json!({
                "id": found.id,
                "type": found.type_name(),
                "featureId": found.feature_id,
                "featureKey": found.feature_key,
                "customerId": found.customer_id,
                "customerKey": key,
                "activeFrom": rfc3339(found.active_from),
                "activeTo": found.active_to.map(rfc3339),
                // The server leaves the metadata of boolean entitlements out.
                "metadata": if found.type_name() == "boolean" {
                    Value::Null
                } else {
                    found.metadata.clone()
                },
            }),
        );
        match &found.kind {
            EntitlementKind::Metered(metered) => self.add_metered(metered, &mut map),
            EntitlementKind::Static { config } => {
                map.insert("config".into(), json!(config));
            }
            EntitlementKind::Boolean => {}
        }
        Value::Object(map)
    }

    fn add_metered(&self, metered: &Metered, map: &mut Map<String, Value>) {
        let now = self.now.max(metered.measure_from);
        let (from, to) = metered.period_at(now);
        let last_reset = metered.standing(&[], now).last_reset;
        let mut usage_period = metered.usage_period.clone();
        usage_period.anchor = metered.anchor_at(now);
        map.insert("isSoftLimit".into(), json!(metered.is_soft_limit));
        map.insert(
            "preserveOverageAtReset".into(),
            json!(metered.preserve_overage),
        );
        map.insert("lastReset".into(), json!(rfc3339(last_reset)));
        map.insert(
            "measureUsageFrom".into(),
            json!(rfc3339(metered.measure_from)),
        );
        map.insert("usagePeriod".into(), recurrence_json(&usage_period));
        map.insert(
            "currentUsagePeriod".into(),
            json!({"from": rfc3339(from), "to": rfc3339(to)}),
        );
        if let Some(issue) = &metered.issue {
            map.insert(
                "issue".into(),
                json!({"amount": issue.amount, "priority": issue.priority}),
            );
            map.insert("issueAfterReset".into(), json!(issue.amount));
            map.insert("issueAfterResetPriority".into(), json!(issue.priority));
        }
    }

    fn feature_for(&self, new: &New) -> Result<Feature, Box<Reply>> {
        let Some(wanted) = &new.feature else {
            return Err(problem(
                400,
                "validation error: feature id or key is required",
            ));
        };
        let feature = self
            .feature(wanted)
            .ok_or_else(|| features::not_found(wanted))?;
        if feature.archived_at.is_some() {
            return Err(problem(
                400,
                format!("invalid feature {wanted}: feature is archived"),
            ));
        }
        if !matches!(new.kind, NewKind::Metered { .. }) {
            return Ok(feature.clone());
        }
        let Some(slug) = &feature.meter_slug else {
            return Err(problem(
                400,
                format!("invalid feature {}: Feature has no meter", feature.key),
            ));
        };
        let latest = self
            .meter(slug)
            .is_some_and(|meter| meter.aggregation == "LATEST");
        if latest {
            return Err(not_implemented("metered entitlements on LATEST meters"));
        }
        Ok(feature.clone())
    }

    fn build(&self, customer_id: &str, new: New) -> Result<Entitlement, Box<Reply>> {
        let feature = self.feature_for(&new)?;
        let now = self.now;
        let kind = match new.kind {
            NewKind::Boolean => EntitlementKind::Boolean,
            NewKind::Static(config) => EntitlementKind::Static { config },
            NewKind::Metered {
                period,
                soft,
                preserve,
                from,
                issue,
                grants,
            } => {
                let (text, interval, anchor) = period;
                let anchor = truncate_minute(anchor.unwrap_or(now));
                let usage_period = Recurrence {
                    text,
                    interval,
                    anchor,
                };
                let index = interval.index_at(anchor, now);
                let measure_from = match from {
                    From::Period => interval.after(anchor, index),
                    From::Now => truncate_minute(now),
                    From::At(at) => truncate_minute(at),
                };
                let issued = issue
                    .as_ref()
                    .map(|issue| issue_grant(issue, measure_from, now));
                let grants: Vec<Grant> = grants
                    .into_iter()
                    .map(|grant| grant.into_grant(now))
                    .chain(issued)
                    .collect();
                EntitlementKind::Metered(Box::new(Metered {
                    usage_period,
                    measure_from,
                    is_soft_limit: soft,
                    preserve_overage: preserve,
                    issue,
                    resets: Vec::new(),
                    grants,
                }))
            }
        };
        Ok(Entitlement {
            id: id::ulid(now),
            stamps: Stamps::new(now),
            customer_id: customer_id.to_owned(),
            feature_id: feature.id,
            feature_key: feature.key,
            metadata: new.metadata,
            active_from: now,
            active_to: None,
            subscription_id: None,
            kind,
        })
    }

    fn check_conflict(&self, entitlement: &Entitlement) -> Result<(), Box<Reply>> {
        let taken = self.entitlements.iter().find(|known| {
            known.customer_id == entitlement.customer_id
                && known.feature_key == entitlement.feature_key
                && known.stamps.deleted.is_none()
                && known
                    .active_to
                    .is_none_or(|to| to > entitlement.active_from)
                && entitlement
                    .active_to
                    .is_none_or(|to| to > known.active_from)
        });
        let Some(taken) = taken else { return Ok(()) };
        Err(problem_with(
            409,
            &format!(
                "entitlement with id {} already exists for feature {} and customer {}",
                taken.id, taken.feature_key, taken.customer_id,
            ),
            json!({"conflictingEntityId": taken.id}),
        ))
    }

    /// Keeps an entitlement unless the customer has one for the feature at that time.
    pub(crate) fn add_entitlement(&mut self, entitlement: Entitlement) -> Result<(), Box<Reply>> {
        self.check_conflict(&entitlement)?;
        self.entitlements.push(entitlement);
        Ok(())
    }
}

/// The grant that gives an amount anew at every reset.
pub(crate) fn issue_grant(issue: &Issue, from: OffsetDateTime, now: OffsetDateTime) -> Grant {
    Grant {
        id: id::ulid(now),
        stamps: Stamps::new(now),
        amount: issue.amount,
        priority: issue.priority,
        effective_at: from,
        expiration: None,
        min_rollover: issue.amount,
        max_rollover: issue.amount,
        recurrence: None,
        voided_at: None,
        metadata: Value::Null,
        annotations: json!({"issueAfterReset": true}),
    }
}

/// A 404 for an entitlement.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("entitlement not found: {id}"))
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let new = read(&call.body()?, om.now)?;
    let customer_id = om.owner_of(call.argument(0))?.id.clone();
    let entitlement = om.build(&customer_id, new)?;
    let reply = Reply::json(201, &om.entitlement_json(&entitlement));
    om.add_entitlement(entitlement)?;
    Ok(reply)
}

fn find<'o>(om: &'o OpenMeter, call: &Call<'_>) -> Result<&'o Entitlement, Box<Reply>> {
    let customer = om.owner_of(call.argument(0))?;
    let wanted = call.argument(1);
    om.entitlement_of(&customer.id, wanted)
        .ok_or_else(|| not_found(wanted))
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let found = find(om, call)?;
    Ok(Reply::json(200, &om.entitlement_json(found)))
}

pub(crate) fn get_by_id(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let id = call.argument(0);
    let found = om
        .entitlements
        .iter()
        .find(|found| found.id == id)
        .ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &om.entitlement_json(found)))
}

const ORDERS: &[&str] = &["createdAt", "updatedAt"];

fn order_key(found: &Entitlement, field: &str) -> Key {
    if field == "updatedAt" {
        Key::Time(found.stamps.updated)
    } else {
        Key::Time(found.stamps.created)
    }
}

/// The customer's entitlements that are active now; `includeDeleted` has no effect on the server.
pub(crate) fn list_of_customer(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    page::boolean(call.request, "includeDeleted")?;
    let customer = om.owner_of(call.argument(0))?;
    let mut found: Vec<&Entitlement> = om
        .entitlements
        .iter()
        .filter(|found| found.customer_id == customer.id && found.is_active(om.now))
        .collect();
    sort(call.request, &mut found, ORDERS, |found, field| {
        order_key(found, field)
    })?;
    paged(call.request, &found, |found| om.entitlement_json(found))
}

pub(crate) fn list_all(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let active = page::boolean(request, "excludeInactive")?;
    let kinds = page::words(request, "entitlementType", TYPES)?;
    let features: Vec<&str> = request.all("feature").collect();
    let keys: Vec<&str> = request.all("customerKeys").collect();
    let ids: Vec<&str> = request.all("customerIds").collect();
    let mut found: Vec<&Entitlement> = om
        .entitlements
        .iter()
        .filter(|found| {
            let key = om
                .customers
                .iter()
                .find(|customer| customer.id == found.customer_id)
                .and_then(|customer| customer.key.as_deref());
            found.stamps.deleted.is_none()
                && (!active || found.is_active(om.now))
                && (kinds.is_empty() || kinds.iter().any(|kind| kind == found.type_name()))
                && (features.is_empty()
                    || features.contains(&found.feature_key.as_str())
                    || features.contains(&found.feature_id.as_str()))
                && (keys.is_empty() || key.is_some_and(|key| keys.contains(&key)))
                && (ids.is_empty() || ids.contains(&found.customer_id.as_str()))
        })
        .collect();
    sort(request, &mut found, ORDERS, |found, field| {
        order_key(found, field)
    })?;
    paged(request, &found, |found| om.entitlement_json(found))
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let found = find(om, call)?;
    if found.stamps.deleted.is_some() {
        return Err(not_found(call.argument(1)));
    }
    let (id, now) = (found.id.clone(), om.now);
    for found in om.entitlements.iter_mut().filter(|found| found.id == id) {
        found.stamps.delete(now);
    }
    Ok(Reply::empty(204))
}

/// Replaces an active entitlement: the old one is deleted, the new one starts now.
pub(crate) fn override_existing(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let new = read(&call.body()?, om.now)?;
    let customer_id = om
        .customer(call.argument(0))
        .map(|customer| customer.id.clone())
        .ok_or_else(|| customer_not_found(call.argument(0)))?;
    let wanted = call.argument(1);
    let old = om
        .entitlement_of(&customer_id, wanted)
        .filter(|found| found.is_active(om.now))
        .ok_or_else(|| not_found(wanted))?;
    let old_id = old.id.clone();
    let old_key = old.feature_key.clone();
    let entitlement = om.build(&customer_id, new)?;
    if entitlement.feature_key != old_key {
        return Err(problem(
            400,
            "validation error: the feature cannot change in an override",
        ));
    }
    let now = om.now;
    for found in om
        .entitlements
        .iter_mut()
        .filter(|found| found.id == old_id)
    {
        found.stamps.delete(now);
    }
    let reply = Reply::json(201, &om.entitlement_json(&entitlement));
    om.add_entitlement(entitlement)?;
    Ok(reply)
}
