//! Subscriptions: create from a plan or a custom plan, cancel, delete.

use super::body::{description, duration, finish, metadata, name, time as time_rule, ulid};
use super::entitlements::issue_grant;
use super::model::{
    Entitlement, EntitlementKind, Issue, Metered, Recurrence, Stamps, Subscription,
    SubscriptionPhase,
};
use super::page::{self, Key, paged, sort};
use super::problem::{coded, problem};
use super::rate_cards::{currency_of, filled, phase, text_of};
use super::{Call, OpenMeter, plans};
use crate::calendar::{Interval, truncate_minute};
use crate::check::rules::{any, int, list, one_of, string};
use crate::check::{At, Check, Obj};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};
use time::OffsetDateTime;

#[derive(Clone, Copy, Default, PartialEq)]
enum Timing {
    #[default]
    Immediate,
    NextCycle,
    At(OffsetDateTime),
}

fn timing(at: &At<'_>) -> Option<Timing> {
    match at.value.as_str() {
        Some("immediate") => Some(Timing::Immediate),
        Some("next_billing_cycle") => Some(Timing::NextCycle),
        _ => time_rule(at).map(Timing::At),
    }
}

/// What a subscription is made of, from a plan or sent along.
struct Source {
    plan: Option<(String, String, i64)>,
    name: String,
    currency: String,
    billing_cadence: String,
    pro_rating: Value,
    settlement_mode: String,
    phases: Vec<Value>,
}

fn custom(body: &Obj<'_>) -> Source {
    let source = body.optional("customPlan", |at| {
        let plan = at.object();
        Some(Source {
            plan: None,
            name: plan.required("name", name),
            currency: currency_of(&plan),
            billing_cadence: plan.required("billingCadence", duration),
            pro_rating: plan
                .optional("proRatingConfig", any)
                .unwrap_or_else(|| json!({"enabled": true, "mode": "prorate_prices"})),
            settlement_mode: plan
                .optional(
                    "settlementMode",
                    one_of(&["credit_then_invoice", "credit_only"]),
                )
                .unwrap_or_else(|| "credit_then_invoice".to_owned()),
            phases: plan.required("phases", list(1, phase)),
        })
    });
    source.unwrap_or_else(|| Source {
        plan: None,
        name: String::new(),
        currency: "USD".to_owned(),
        billing_cadence: "P1M".to_owned(),
        pro_rating: Value::Null,
        settlement_mode: String::new(),
        phases: Vec::new(),
    })
}

impl OpenMeter {
    fn source_of(&self, key: &str, version: Option<i64>) -> Result<Source, Box<Reply>> {
        let plan = match version {
            Some(version) => self.plans.iter().find(|plan| {
                plan.base.key == key
                    && plan.base.version == version
                    && plan.base.stamps.deleted.is_none()
            }),
            None => self.plan(key, false),
        };
        let plan = plan.ok_or_else(|| plans::not_found(key))?;
        let status = plan.base.status(self.now);
        if status != "active" {
            return Err(problem(
                400,
                format!("validation error: plan {key} is not active: {status}"),
            ));
        }
        Ok(Source {
            plan: Some((
                plan.base.id.clone(),
                plan.base.key.clone(),
                plan.base.version,
            )),
            name: plan.base.name.clone(),
            currency: plan.base.currency.clone(),
            billing_cadence: plan.billing_cadence.clone(),
            pro_rating: plan.pro_rating.clone(),
            settlement_mode: plan.settlement_mode.clone(),
            phases: plan.phases.clone(),
        })
    }

    /// Refuses a second subscription of a customer at the same time.
    fn check_single(&self, customer_id: &str, from: OffsetDateTime) -> Result<(), Box<Reply>> {
        let taken = self.subscriptions.iter().any(|known| {
            known.customer_id == customer_id
                && known.stamps.deleted.is_none()
                && known.active_to.is_none_or(|to| to > from)
        });
        if !taken {
            return Ok(());
        }
        Err(coded(
            409,
            "only_single_subscription_allowed_per_customer_at_a_time",
            "only single subscription is allowed per customer at a time",
            None,
        ))
    }

    /// The entitlement that a rate card's template gives.
    fn template_entitlement(
        &self,
        subscription: &Subscription,
        phase: &SubscriptionPhase,
        card: &Value,
    ) -> Option<Entitlement> {
        let template = card.get("entitlementTemplate")?;
        let feature = self.live_feature(text_of(card, "featureKey")?)?;
        let from = phase.active_from;
        let kind = match text_of(template, "type")? {
            "boolean" => EntitlementKind::Boolean,
            "static" => EntitlementKind::Static {
                config: text_of(template, "config").unwrap_or_default().to_owned(),
            },
            _ => {
                let text = text_of(template, "usagePeriod")
                    .or_else(|| text_of(card, "billingCadence"))
                    .unwrap_or(&subscription.billing_cadence)
                    .to_owned();
                let interval = Interval::parse_iso(&text)?;
                let flag = |field: &str| {
                    template
                        .get(field)
                        .and_then(Value::as_bool)
                        .unwrap_or(false)
                };
                let issue = template
                    .get("issueAfterReset")
                    .and_then(Value::as_f64)
                    .map(|amount| {
                        let priority = template
                            .get("issueAfterResetPriority")
                            .and_then(Value::as_i64);
                        Issue {
                            amount,
                            priority: priority.unwrap_or(1),
                        }
                    });
                let anchor = truncate_minute(subscription.billing_anchor);
                let measure_from = truncate_minute(from);
                let grants = issue
                    .as_ref()
                    .map(|issue| issue_grant(issue, measure_from, self.now))
                    .into_iter()
                    .collect();
                EntitlementKind::Metered(Box::new(Metered {
                    usage_period: Recurrence {
                        text: word_of(&text),
                        interval,
                        anchor,
                    },
                    measure_from,
                    is_soft_limit: flag("isSoftLimit"),
                    preserve_overage: flag("preserveOverageAtReset"),
                    issue,
                    resets: Vec::new(),
                    grants,
                }))
            }
        };
        Some(Entitlement {
            id: id::ulid(self.now),
            stamps: Stamps::new(self.now),
            customer_id: subscription.customer_id.clone(),
            feature_id: feature.id.clone(),
            feature_key: feature.key.clone(),
            metadata: template.get("metadata").cloned().unwrap_or_default(),
            active_from: from,
            active_to: phase.active_to,
            subscription_id: Some(subscription.id.clone()),
            kind,
        })
    }

    /// Ends a subscription and its entitlements at a moment, or takes the end back.
    fn set_end(&mut self, id: &str, at: Option<OffsetDateTime>) {
        let now = self.now;
        let mut natural_ends = Vec::new();
        for known in self.subscriptions.iter_mut().filter(|known| known.id == id) {
            known.active_to = at;
            known.stamps.updated = now;
            natural_ends.extend(
                known
                    .phases
                    .iter()
                    .map(|phase| (phase.active_from, phase.active_to)),
            );
        }
        for found in &mut self.entitlements {
            if found.subscription_id.as_deref() != Some(id) {
                continue;
            }
            let natural = natural_ends
                .iter()
                .find(|(from, _)| *from == found.active_from)
                .and_then(|(_, to)| *to);
            found.active_to = match (natural, at) {
                (Some(natural), Some(at)) => Some(natural.min(at)),
                (natural, at) => natural.or(at),
            };
            found.stamps.updated = now;
        }
    }
}

/// The word for an interval that has one: `MONTH` for `P1M`.
fn word_of(iso: &str) -> String {
    match iso {
        "P1D" => "DAY",
        "P1W" | "P7D" => "WEEK",
        "P1M" => "MONTH",
        "P1Y" => "YEAR",
        other => other,
    }
    .to_owned()
}

/// Lays the phases out in time, from the starting one on.
fn lay_out(
    phases: &[Value],
    starting: Option<&str>,
    start: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<SubscriptionPhase>, Box<Reply>> {
    let first = match starting {
        None => 0,
        Some(key) => phases
            .iter()
            .position(|phase| text_of(phase, "key") == Some(key))
            .ok_or_else(|| problem(400, format!("validation error: plan has no phase {key}")))?,
    };
    let mut from = start;
    let mut out = Vec::new();
    for phase in phases.iter().skip(first) {
        let length = text_of(phase, "duration").and_then(Interval::parse_iso);
        let to = length.map(|length| length.after(from, 1));
        let cards = phase
            .get("rateCards")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        out.push(SubscriptionPhase {
            id: id::ulid(now),
            key: text_of(phase, "key").unwrap_or_default().to_owned(),
            name: text_of(phase, "name").unwrap_or_default().to_owned(),
            description: phase.get("description").cloned().unwrap_or_default(),
            metadata: phase.get("metadata").cloned().unwrap_or_default(),
            active_from: from,
            active_to: to,
            items: cards
                .into_iter()
                .map(|card| (id::ulid(now), card))
                .collect(),
        });
        from = to.unwrap_or(from);
    }
    Ok(out)
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let is_custom = body.has("customPlan");
    let customer_id = body.optional("customerId", ulid);
    let customer_key = body.optional("customerKey", filled);
    let timing = body.optional("timing", timing).unwrap_or_default();
    let anchor = body.optional("billingAnchor", time_rule);
    let custom_source = custom(&body);
    let (plan_key, version, starting, own_name, own_description, own_metadata) = if is_custom {
        (String::new(), None, None, None, None, Value::Null)
    } else {
        let plan = body.required("plan", |at| {
            let plan = at.object();
            Some((
                plan.required("key", filled),
                plan.optional("version", int(1, i64::MAX)),
            ))
        });
        (
            plan.0,
            plan.1,
            body.optional("startingPhase", filled),
            body.optional("name", string),
            body.optional("description", description),
            body.optional("metadata", metadata).unwrap_or_default(),
        )
    };
    finish(
        &check,
        if is_custom {
            "CustomSubscriptionCreate"
        } else {
            "PlanSubscriptionCreate"
        },
    )?;
    let Some(wanted) = customer_id.or(customer_key) else {
        return Err(problem(
            400,
            "validation error: either customerId or customerKey is required",
        ));
    };
    let customer_id = om.owner_of(&wanted)?.id.clone();
    let start = match timing {
        Timing::Immediate => om.now,
        Timing::At(at) if at < truncate_minute(om.now) => {
            return Err(problem(
                400,
                "validation error: timing must not be in the past",
            ));
        }
        Timing::At(at) => at,
        Timing::NextCycle => {
            return Err(problem(
                400,
                "validation error: timing is not supported on create",
            ));
        }
    };
    let source = if is_custom {
        custom_source
    } else {
        om.source_of(&plan_key, version)?
    };
    om.check_single(&customer_id, start)?;
    let phases = lay_out(&source.phases, starting.as_deref(), start, om.now)?;
    let subscription = Subscription {
        id: id::ulid(om.now),
        stamps: Stamps::new(om.now),
        name: own_name.unwrap_or(source.name),
        description: own_description,
        metadata: own_metadata,
        customer_id,
        plan: source.plan,
        currency: source.currency,
        billing_cadence: source.billing_cadence,
        pro_rating: source.pro_rating,
        settlement_mode: source.settlement_mode,
        billing_anchor: anchor.unwrap_or(start),
        active_from: start,
        active_to: None,
        phases,
    };
    let entitlements: Vec<Entitlement> = subscription
        .phases
        .iter()
        .flat_map(|phase| phase.items.iter().map(move |(_, card)| (phase, card)))
        .filter_map(|(phase, card)| om.template_entitlement(&subscription, phase, card))
        .collect();
    let before = om.entitlements.len();
    for entitlement in entitlements {
        if let Err(conflict) = om.add_entitlement(entitlement) {
            om.entitlements.truncate(before);
            return Err(conflict);
        }
    }
    let reply = Reply::json(201, &om.subscription_json(&subscription));
    om.subscriptions.push(subscription);
    Ok(reply)
}

fn find(om: &OpenMeter, call: &Call<'_>) -> Result<Subscription, Box<Reply>> {
    let id = call.argument(0);
    om.subscriptions
        .iter()
        .find(|known| known.id == id && known.stamps.deleted.is_none())
        .cloned()
        .ok_or_else(|| problem(404, format!("subscription not found: {id}")))
}

fn reply(om: &OpenMeter, id: &str) -> Outcome {
    let found = om.subscriptions.iter().find(|known| known.id == id);
    let found = found.ok_or_else(|| problem(404, format!("subscription not found: {id}")))?;
    Ok(Reply::json(200, &om.subscription_json(found)))
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    page::time(call.request, "at")?;
    let found = find(om, call)?;
    Ok(Reply::json(200, &om.subscription_expanded(&found)))
}

pub(crate) fn list_of_customer(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let statuses = page::words(
        request,
        "status",
        &["active", "inactive", "canceled", "scheduled"],
    )?;
    let customer = om.owner_of(call.argument(0))?;
    let mut found: Vec<&Subscription> = om
        .subscriptions
        .iter()
        .filter(|known| {
            known.customer_id == customer.id
                && known.stamps.deleted.is_none()
                && (statuses.is_empty()
                    || statuses.iter().any(|status| status == known.status(om.now)))
        })
        .collect();
    sort(
        request,
        &mut found,
        &["activeFrom", "activeTo"],
        |known, field| match field {
            "activeTo" => Key::Time(known.active_to.unwrap_or(known.active_from)),
            _ => Key::Time(known.active_from),
        },
    )?;
    paged(request, &found, |known| om.subscription_json(known))
}

pub(crate) fn cancel(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = if call.request.body.is_empty() {
        json!({})
    } else {
        call.body()?
    };
    let check = Check::new();
    let timing = check
        .at(&value, &[])
        .object()
        .optional("timing", timing)
        .unwrap_or_default();
    finish(&check, "CancelSubscriptionRequest")?;
    let found = find(om, call)?;
    let status = found.status(om.now);
    if status != "active" {
        return Err(problem(
            400,
            format!("validation error: subscription in status {status} cannot be canceled"),
        ));
    }
    let at = match timing {
        Timing::Immediate => om.now,
        Timing::At(at) if at < om.now => {
            return Err(problem(
                400,
                "validation error: timing must not be in the past",
            ));
        }
        Timing::At(at) => at,
        Timing::NextCycle => {
            let cadence = Interval::parse_iso(&found.billing_cadence).unwrap_or_default();
            let turn = cadence.index_at(found.billing_anchor, om.now);
            cadence.after(found.billing_anchor, turn + 1)
        }
    };
    om.set_end(&found.id, Some(at));
    reply(om, &found.id)
}

pub(crate) fn unschedule(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let found = find(om, call)?;
    let status = found.status(om.now);
    if status != "canceled" {
        return Err(problem(
            400,
            format!(
                "validation error: subscription in status {status} has no scheduled cancelation"
            ),
        ));
    }
    om.set_end(&found.id, None);
    reply(om, &found.id)
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let found = find(om, call)?;
    let status = found.status(om.now);
    if status != "scheduled" {
        return Err(problem(
            400,
            format!("validation error: subscription in status {status} cannot be deleted"),
        ));
    }
    let now = om.now;
    for known in om
        .subscriptions
        .iter_mut()
        .filter(|known| known.id == found.id)
    {
        known.stamps.delete(now);
    }
    for entitlement in &mut om.entitlements {
        if entitlement.subscription_id.as_deref() == Some(found.id.as_str()) {
            entitlement.stamps.delete(now);
        }
    }
    Ok(Reply::empty(204))
}
