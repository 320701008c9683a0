//! What an entitlement is worth: access, balance, history, resets.

use super::balance::{Segment, Standing, Usage, total};
use super::body::{finish, time as time_rule};
use super::entitlements::not_found;
use super::event_store::Worth;
use super::model::{Entitlement, EntitlementKind, ManualReset, Metered};
use super::page;
use super::problem::{not_implemented, problem};
use super::{Call, OpenMeter};
use crate::calendar::{rfc3339, truncate_minute};
use crate::check::Check;
use crate::check::rules::boolean;
use crate::http::{Outcome, Reply};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

fn by_id(balances: &[(String, f64)]) -> Value {
    let map: Map<String, Value> = balances
        .iter()
        .map(|(id, amount)| (id.clone(), json!(amount)))
        .collect();
    Value::Object(map)
}

impl OpenMeter {
    /// The usage that counts for an entitlement: events of its customer's subjects.
    fn usage_of(&self, found: &Entitlement) -> Vec<Usage> {
        let feature = self
            .features
            .iter()
            .find(|feature| feature.id == found.feature_id);
        let customer = self
            .customers
            .iter()
            .find(|customer| customer.id == found.customer_id);
        let (Some(feature), Some(customer)) = (feature, customer) else {
            return Vec::new();
        };
        let Some(meter) = feature
            .meter_slug
            .as_deref()
            .and_then(|slug| self.meter(slug))
        else {
            return Vec::new();
        };
        let mut events: Vec<_> = self
            .events
            .iter()
            .filter(|event| customer.owns(&event.subject) && meter.passes(event, &feature.filters))
            .collect();
        events.sort_by_key(|event| event.time);
        let mut period = None;
        let mut seen: HashSet<String> = HashSet::new();
        let mut usage = Vec::new();
        for event in events {
            let amount = match meter.worth(event) {
                Some(Ok(Worth::Number(amount))) => amount,
                Some(Ok(Worth::Text(text))) => {
                    // A value counts once in every usage period.
                    let current = match &found.kind {
                        EntitlementKind::Metered(metered) => Some(metered.period_at(event.time).0),
                        _ => None,
                    };
                    if current != period {
                        period = current;
                        seen.clear();
                    }
                    if !seen.insert(text) {
                        continue;
                    }
                    1.0
                }
                _ => continue,
            };
            usage.push(Usage {
                at: event.time,
                amount,
            });
        }
        usage
    }

    fn standing_of(&self, found: &Entitlement, metered: &Metered, at: OffsetDateTime) -> Standing {
        metered.standing(&self.usage_of(found), at)
    }

    /// The value of an entitlement at a moment.
    pub(crate) fn value_json(
        &self,
        found: &Entitlement,
        at: OffsetDateTime,
        with_grants: bool,
    ) -> Value {
        if !found.is_active(at) {
            return json!({"hasAccess": false});
        }
        match &found.kind {
            EntitlementKind::Boolean => json!({"hasAccess": true}),
            EntitlementKind::Static { config } => json!({"hasAccess": true, "config": config}),
            EntitlementKind::Metered(metered) => {
                let standing = self.standing_of(found, metered, at);
                let balance = standing.balance();
                let mut value = json!({
                    "hasAccess": metered.is_soft_limit || balance > 0.0,
                    "balance": balance,
                    "usage": standing.usage,
                    "overage": standing.overage,
                    "totalAvailableGrantAmount": balance + standing.burned,
                });
                if with_grants && let Some(map) = value.as_object_mut() {
                    map.insert("grantBalances".into(), by_id(&standing.balances));
                }
                value
            }
        }
    }
}

fn value_at(om: &OpenMeter, call: &Call<'_>, with_grants: bool) -> Outcome {
    let at = page::time(call.request, "time")?.unwrap_or(om.now);
    let customer = om.owner_of(call.argument(0))?;
    // What the customer has no entitlement for is answered, not refused.
    let value = om
        .entitlement_of(&customer.id, call.argument(1))
        .map_or_else(
            || json!({"hasAccess": false}),
            |found| om.value_json(found, at, with_grants),
        );
    Ok(Reply::json(200, &value))
}

pub(crate) fn value(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    value_at(om, call, true)
}

pub(crate) fn value_v1(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    value_at(om, call, false)
}

pub(crate) fn access(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let customer = om.owner_of(call.argument(0))?;
    let values: Map<String, Value> = om
        .entitlements
        .iter()
        .filter(|found| found.customer_id == customer.id && found.is_active(om.now))
        .map(|found| {
            (
                found.feature_key.clone(),
                om.value_json(found, om.now, true),
            )
        })
        .collect();
    Ok(Reply::json(200, &json!({"entitlements": values})))
}

fn find_metered<'o>(
    om: &'o OpenMeter,
    call: &Call<'_>,
) -> Result<(&'o Entitlement, &'o Metered), Box<Reply>> {
    let customer = om.owner_of(call.argument(0))?;
    let wanted = call.argument(1);
    let found = om
        .entitlement_of(&customer.id, wanted)
        .ok_or_else(|| not_found(wanted))?;
    match &found.kind {
        EntitlementKind::Metered(metered) => Ok((found, metered)),
        _ => Err(problem(
            400,
            format!("entitlement {} is not metered", found.id),
        )),
    }
}

pub(crate) fn reset(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let effective_at = body.optional("effectiveAt", time_rule);
    let retain_anchor = body.optional("retainAnchor", boolean).unwrap_or(false);
    let preserve = body.optional("preserveOverage", boolean);
    finish(&check, "ResetEntitlementUsageInput")?;
    let at = truncate_minute(effective_at.unwrap_or(om.now));
    let (found, metered) = find_metered(om, call)?;
    if at > om.now {
        return Err(problem(
            400,
            "validation error: reset cannot be in the future",
        ));
    }
    let last = metered.standing(&[], om.now).last_reset;
    if at < last {
        return Err(problem(
            400,
            "validation error: reset cannot be before the last reset",
        ));
    }
    let id = found.id.clone();
    let reset = ManualReset {
        at,
        preserve_overage: preserve.unwrap_or(metered.preserve_overage),
        moves_anchor: !retain_anchor,
    };
    let now = om.now;
    for found in om.entitlements.iter_mut().filter(|found| found.id == id) {
        if let EntitlementKind::Metered(metered) = &mut found.kind {
            metered.resets.push(reset);
        }
        found.stamps.updated = now;
    }
    Ok(Reply::empty(204))
}

fn segment_json(segment: &Segment) -> Value {
    let used: Vec<Value> = segment
        .used
        .iter()
        .map(|(id, amount)| json!({"grantId": id, "usage": amount}))
        .collect();
    json!({
        "period": {"from": rfc3339(segment.from), "to": rfc3339(segment.to)},
        "usage": segment.usage,
        "overage": segment.overage,
        "balanceAtStart": total(&segment.at_start),
        "grantBalancesAtStart": by_id(&segment.at_start),
        "balanceAtEnd": total(&segment.at_end),
        "grantBalancesAtEnd": by_id(&segment.at_end),
        "grantUsages": used,
    })
}

pub(crate) fn history(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let (found, metered) = find_metered(om, call)?;
    let window = page::word(request, "windowSize", &["MINUTE", "HOUR", "DAY", "MONTH"])?;
    let step = match window {
        Some("MINUTE") => Duration::MINUTE,
        Some("HOUR") => Duration::HOUR,
        Some("DAY") => Duration::DAY,
        Some(_) => return Err(not_implemented("balance history by month")),
        None => {
            return Err(problem(
                400,
                "parameter \"windowSize\" in query has an error: value is required but missing",
            ));
        }
    };
    if request
        .first("windowTimeZone")
        .is_some_and(|zone| zone != "UTC")
    {
        return Err(not_implemented(
            "balance history in another time zone than UTC",
        ));
    }
    let from = page::time(request, "from")?.unwrap_or(metered.standing(&[], om.now).last_reset);
    let to = page::time(request, "to")?.unwrap_or(om.now).min(om.now);
    if from >= to {
        return Err(problem(400, "validation error: from must be before to"));
    }
    let usage = om.usage_of(found);
    let standing = metered.standing(&usage, to);
    let mut windows = Vec::new();
    for used in usage.iter().filter(|used| used.at >= from && used.at <= to) {
        let offset = (used.at.unix_timestamp()).rem_euclid(step.whole_seconds());
        let start = (used.at - Duration::seconds(offset)).max(from);
        if windows
            .last()
            .is_none_or(|(known, _, _): &(OffsetDateTime, OffsetDateTime, f64)| *known != start)
        {
            let end = (used.at - Duration::seconds(offset) + step).min(to);
            windows.push((start, end, 0.0));
        }
        if let Some(last) = windows.last_mut() {
            last.2 += used.amount;
        }
    }
    let windowed: Vec<Value> = windows
        .iter()
        .map(|(start, end, amount)| {
            let before: Vec<Usage> = usage
                .iter()
                .filter(|used| used.at < *start)
                .copied()
                .collect();
            json!({
                "period": {"from": rfc3339(*start), "to": rfc3339(*end)},
                "usage": amount,
                "balanceAtStart": metered.standing(&before, *start).balance(),
            })
        })
        .collect();
    let burndown: Vec<Value> = standing
        .segments
        .iter()
        .filter(|segment| segment.to > from)
        .map(segment_json)
        .collect();
    Ok(Reply::json(
        200,
        &json!({"windowedHistory": windowed, "burndownHistory": burndown}),
    ))
}
