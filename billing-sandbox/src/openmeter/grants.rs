//! Grants of metered entitlements.

use super::body::{finish, metadata, render, time as time_rule};
use super::entitlements::{not_found, recurrence, recurrence_json};
use super::model::{Entitlement, EntitlementKind, Grant, Recurrence, Stamps};
use super::page::{self, Key, paged, sort};
use super::problem::{coded, problem};
use super::{Call, OpenMeter};
use crate::calendar::{Interval, rfc3339, truncate_minute};
use crate::check::rules::{any, int, number, one_of};
use crate::check::{At, Check};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};
use time::OffsetDateTime;

const UNITS: &[&str] = &["HOUR", "DAY", "WEEK", "MONTH", "YEAR"];

/// A grant as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct NewGrant {
    amount: f64,
    priority: i64,
    effective_at: OffsetDateTime,
    min_rollover: f64,
    max_rollover: f64,
    expiration: Option<(String, i64)>,
    recurrence: Option<(String, Interval, Option<OffsetDateTime>)>,
    metadata: Value,
    annotations: Value,
}

impl NewGrant {
    pub(crate) fn into_grant(self, now: OffsetDateTime) -> Grant {
        let effective_at = truncate_minute(self.effective_at);
        Grant {
            id: id::ulid(now),
            stamps: Stamps::new(now),
            amount: self.amount,
            priority: self.priority,
            effective_at,
            expiration: self.expiration,
            min_rollover: self.min_rollover,
            max_rollover: self.max_rollover,
            recurrence: self.recurrence.map(|(text, interval, anchor)| Recurrence {
                text,
                interval,
                anchor: truncate_minute(anchor.unwrap_or(effective_at)),
            }),
            voided_at: None,
            metadata: self.metadata,
            annotations: self.annotations,
        }
    }
}

fn not_negative(at: &At<'_>) -> Option<f64> {
    let value = number(at)?;
    if value < 0.0 {
        at.fail("minimum", "number must be at least 0", None);
        return None;
    }
    Some(value)
}

/// Reads a grant of version 2.
pub(crate) fn read_grant(at: &At<'_>, now: OffsetDateTime) -> Option<NewGrant> {
    let body = at.object();
    let amount = body.required("amount", not_negative);
    let effective_at = body.required("effectiveAt", |at| time_rule(at).map(Some));
    let expiration = body.optional("expiration", |at| {
        let fields = at.object();
        Some((
            fields.required("duration", one_of(UNITS)),
            fields.required("count", int(1, 1000)),
        ))
    });
    Some(NewGrant {
        amount,
        priority: body.optional("priority", int(1, 255)).unwrap_or(0),
        effective_at: effective_at.unwrap_or(now),
        min_rollover: body.optional("minRolloverAmount", number).unwrap_or(0.0),
        max_rollover: body.optional("maxRolloverAmount", number).unwrap_or(amount),
        expiration,
        recurrence: body.optional("recurrence", recurrence),
        metadata: body.optional("metadata", metadata).unwrap_or_default(),
        annotations: body.optional("annotations", any).unwrap_or_default(),
    })
}

fn grant_json(grant: &Grant, entitlement_id: &str, now: OffsetDateTime) -> Value {
    let next = grant.recurrence.as_ref().map(|recurrence| {
        let turn = recurrence
            .interval
            .index_at(recurrence.anchor, now.max(grant.effective_at));
        rfc3339(recurrence.interval.after(recurrence.anchor, turn + 1))
    });
    let mut map = render(
        &grant.stamps,
        json!({
            "id": grant.id,
            "entitlementId": entitlement_id,
            "amount": grant.amount,
            "priority": grant.priority,
            "effectiveAt": rfc3339(grant.effective_at),
            "minRolloverAmount": grant.min_rollover,
            "maxRolloverAmount": grant.max_rollover,
            "metadata": grant.metadata,
            "annotations": grant.annotations,
            "expiresAt": grant.expires_at().map(rfc3339),
            "voidedAt": grant.voided_at.map(rfc3339),
            "nextRecurrence": next,
            "recurrence": grant.recurrence.as_ref().map(recurrence_json),
        }),
    );
    if let Some((unit, count)) = &grant.expiration {
        map.insert(
            "expiration".into(),
            json!({"duration": unit, "count": count}),
        );
    }
    Value::Object(map)
}

fn owner<'o>(om: &'o OpenMeter, call: &Call<'_>) -> Result<&'o Entitlement, Box<Reply>> {
    let customer = om.owner_of(call.argument(0))?;
    let wanted = call.argument(1);
    let found = om
        .entitlement_of(&customer.id, wanted)
        .ok_or_else(|| not_found(wanted))?;
    if matches!(found.kind, EntitlementKind::Metered(_)) {
        return Ok(found);
    }
    Err(problem(
        400,
        format!("entitlement {} is not metered", found.id),
    ))
}

fn grants_of(found: &Entitlement) -> &[Grant] {
    match &found.kind {
        EntitlementKind::Metered(metered) => &metered.grants,
        _ => &[],
    }
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let now = om.now;
    let grant = read_grant(&check.at(&value, &[]), now);
    finish(&check, "EntitlementGrantCreateInputV2")?;
    let Some(grant) = grant else {
        return Err(problem(400, "invalid grant"));
    };
    let found = owner(om, call)?;
    let EntitlementKind::Metered(metered) = &found.kind else {
        return Err(problem(400, "entitlement is not metered"));
    };
    let grant = grant.into_grant(now);
    if grant.amount <= 0.0 {
        return Err(coded(
            400,
            "grant_amount_must_be_positive",
            "grant amount must be positive",
            Some("$.amount"),
        ));
    }
    let (period_start, _) = metered.period_at(now.max(metered.measure_from));
    if grant.effective_at < period_start {
        return Err(problem(
            400,
            format!(
                "validation error: grant effective date {} is before the current usage period {}",
                rfc3339(grant.effective_at),
                rfc3339(period_start),
            ),
        ));
    }
    let id = found.id.clone();
    let reply = Reply::json(201, &grant_json(&grant, &id, now));
    for found in om.entitlements.iter_mut().filter(|found| found.id == id) {
        if let EntitlementKind::Metered(metered) = &mut found.kind {
            metered.grants.push(grant.clone());
        }
    }
    Ok(reply)
}

const ORDERS: &[&str] = &["id", "createdAt", "updatedAt"];

fn order_key(grant: &Grant, field: &str) -> Key {
    match field {
        "id" => Key::Text(grant.id.clone()),
        "updatedAt" => Key::Time(grant.stamps.updated),
        _ => Key::Time(grant.stamps.created),
    }
}

pub(crate) fn list_of_entitlement(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let deleted = page::boolean(request, "includeDeleted")?;
    let found = owner(om, call)?;
    let mut grants: Vec<&Grant> = grants_of(found)
        .iter()
        .filter(|grant| deleted || grant.stamps.deleted.is_none())
        .collect();
    sort(request, &mut grants, ORDERS, |grant, field| {
        order_key(grant, field)
    })?;
    paged(request, &grants, |grant| {
        grant_json(grant, &found.id, om.now)
    })
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let deleted = page::boolean(request, "includeDeleted")?;
    let features: Vec<&str> = request.all("feature").collect();
    let customers: Vec<&str> = request.all("customer").collect();
    let mut found: Vec<(&Entitlement, &Grant)> = om
        .entitlements
        .iter()
        .filter(|found| {
            let key = om
                .customers
                .iter()
                .find(|customer| customer.id == found.customer_id)
                .and_then(|customer| customer.key.as_deref());
            (features.is_empty()
                || features.contains(&found.feature_key.as_str())
                || features.contains(&found.feature_id.as_str()))
                && (customers.is_empty()
                    || customers.contains(&found.customer_id.as_str())
                    || key.is_some_and(|key| customers.contains(&key)))
        })
        .flat_map(|found| grants_of(found).iter().map(move |grant| (found, grant)))
        .filter(|(_, grant)| deleted || grant.stamps.deleted.is_none())
        .collect();
    sort(request, &mut found, ORDERS, |(_, grant), field| {
        order_key(grant, field)
    })?;
    paged(request, &found, |(found, grant)| {
        grant_json(grant, &found.id, om.now)
    })
}

pub(crate) fn void(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let at = page::time(call.request, "at")?.unwrap_or(om.now);
    let id = call.argument(0);
    let now = om.now;
    for found in &mut om.entitlements {
        let EntitlementKind::Metered(metered) = &mut found.kind else {
            continue;
        };
        let (period_start, _) = metered.period_at(now.max(metered.measure_from));
        let Some(grant) = metered.grants.iter_mut().find(|grant| grant.id == id) else {
            continue;
        };
        if grant.voided_at.is_some() {
            return Err(problem(400, format!("grant already voided: {id}")));
        }
        if at > now {
            return Err(problem(
                400,
                "validation error: a grant cannot be voided in the future",
            ));
        }
        if at < period_start {
            return Err(problem(
                400,
                "validation error: a grant cannot be voided before the current usage period",
            ));
        }
        grant.voided_at = Some(at);
        grant.stamps.updated = now;
        return Ok(Reply::empty(204));
    }
    Err(problem(404, format!("grant not found: {id}")))
}
