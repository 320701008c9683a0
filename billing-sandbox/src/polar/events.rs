//! Usage events.

use super::body::{finish, metadata_value};
use super::error;
use super::meter_usage::matches;
use super::meters::filter;
use super::model::UserEvent;
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::rules::{datetime, decimal, int, object, string, text, uuid};
use crate::check::{At, Check, Seg};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use time::OffsetDateTime;

impl Polar {
    fn event_json(&self, event: &UserEvent) -> Value {
        let customer = event
            .customer_id
            .as_deref()
            .and_then(|id| self.customer_by_id(id))
            .or_else(|| {
                event
                    .external_customer_id
                    .as_deref()
                    .and_then(|id| self.customer_by_external(id))
            })
            .map(|customer| self.customer_json(customer));
        json!({
            "id": event.id,
            "timestamp": time_text(event.timestamp),
            "organization_id": self.organization.id,
            "customer_id": event.customer_id,
            "customer": customer,
            "external_customer_id": event.external_customer_id,
            "member_id": null,
            "external_member_id": null,
            "child_count": 0,
            "parent_id": event.parent_id,
            "label": event.name,
            "name": event.name,
            "source": "user",
            "metadata": event.metadata,
        })
    }
}

fn cost(at: &At<'_>) -> Option<()> {
    let body = at.object();
    body.required("amount", decimal);
    body.required("currency", crate::check::rules::one_of(&["usd"]));
    Some(())
}

fn llm(at: &At<'_>) -> Option<()> {
    let body = at.object();
    for name in ["vendor", "model"] {
        body.required(name, string);
    }
    for name in ["prompt", "response"] {
        body.nullable(name, string);
    }
    for name in ["input_tokens", "output_tokens", "total_tokens"] {
        body.required(name, int(i64::MIN, i64::MAX));
    }
    body.nullable("cached_input_tokens", int(i64::MIN, i64::MAX));
    Some(())
}

fn event_metadata(at: &At<'_>) -> Option<Map<String, Value>> {
    let map = object(at)?;
    for (key, value) in at.value.as_object().into_iter().flatten() {
        let field = at.under(Seg::Key(key.clone()), value);
        match key.as_str() {
            "_cost" => {
                cost(&field);
            }
            "_llm" => {
                llm(&field);
            }
            _ => metadata_value(&field),
        }
    }
    Some(map)
}

fn read(at: &At<'_>, external: bool, now: OffsetDateTime) -> UserEvent {
    let body = at.object();
    let timestamp = body.optional("timestamp", |at| {
        let time = datetime(at)?;
        if time > now {
            at.fail(
                "value_error",
                "Value error, Timestamp must be in the past.",
                Some(json!({"error": {}})),
            );
            return None;
        }
        Some(time)
    });
    let name = body.required("name", text(0, 128));
    let external_id = body.nullable("external_id", string);
    let parent_id = body.nullable("parent_id", string);
    let metadata = body
        .optional("metadata", event_metadata)
        .unwrap_or_default();
    let (customer_id, external_customer_id) = if external {
        body.nullable("external_member_id", string);
        (None, Some(body.required("external_customer_id", string)))
    } else {
        body.nullable("member_id", uuid);
        (Some(body.required("customer_id", uuid)), None)
    };
    UserEvent {
        id: id::uuid(),
        timestamp: timestamp.unwrap_or(now),
        name,
        customer_id,
        external_customer_id,
        external_id,
        parent_id,
        metadata,
    }
}

/// Reads an event as either branch of its union; the faults of both are reported.
fn event(at: &At<'_>, now: OffsetDateTime) -> Option<UserEvent> {
    let scratch = Check::new();
    let mut issues = Vec::new();
    for (branch, external) in [
        ("EventCreateCustomer", false),
        ("EventCreateExternalCustomer", true),
    ] {
        let at = At {
            check: &scratch,
            value: at.value,
            loc: at.loc.clone(),
        }
        .branch(branch);
        let event = read(&at, external, now);
        if scratch.is_clean() {
            return Some(event);
        }
        issues.extend(scratch.take());
    }
    for issue in issues {
        at.check.push(issue);
    }
    None
}

pub(crate) fn ingest(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let now = polar.now;
    let body = check.at(&value, &["body"]).object();
    let events: Vec<UserEvent> = body.required("events", |at| {
        let Some(items) = at.value.as_array() else {
            at.fail("list_type", "Input should be a valid list", None);
            return None;
        };
        let read = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| event(&at.under(Seg::Index(index), item), now))
            .collect();
        Some(read)
    });
    finish(&check)?;
    let mut issues = Vec::new();
    let sent = value.get("events").and_then(Value::as_array);
    for (index, item) in sent.into_iter().flatten().enumerate() {
        let place = index.to_string();
        if let Some(organization) = item.get("organization_id").filter(|id| !id.is_null()) {
            issues.push(error::rule_of(
                "organization_token",
                &["body", "events", &place, "organization_id"],
                "Setting organization_id is disallowed when using an organization token.",
                organization.clone(),
            ));
        }
    }
    for (index, event) in events.iter().enumerate() {
        if let Some(id) = &event.customer_id
            && polar.customer_by_id(id).is_none()
        {
            let place = index.to_string();
            let loc = ["body", "events", &place, "customer_id"];
            issues.push(error::rule_of(
                "customer_id",
                &loc,
                "Customer not found.",
                json!(id),
            ));
        }
    }
    if !issues.is_empty() {
        return Err(error::broken_rules(&issues));
    }
    let mut known: HashSet<String> = polar
        .events
        .iter()
        .filter_map(|event| event.external_id.clone())
        .collect();
    let total = events.len();
    let fresh: Vec<UserEvent> = events
        .into_iter()
        .filter(|event| {
            event
                .external_id
                .as_ref()
                .is_none_or(|id| known.insert(id.clone()))
        })
        .collect();
    let inserted = fresh.len();
    for event in fresh {
        store(polar, event);
    }
    Ok(Reply::json(
        200,
        &json!({"inserted": inserted, "duplicates": total - inserted}),
    ))
}

/// Keeps an event and opens an entry for every meter that counts it.
fn store(polar: &mut Polar, event: UserEvent) {
    let customer = event.customer_id.clone().or_else(|| {
        let external = event.external_customer_id.as_deref()?;
        polar
            .customer_by_external(external)
            .map(|customer| customer.id.clone())
    });
    let meters: Vec<String> = polar
        .meters
        .iter()
        .filter(|meter| meter.archived_at.is_none() && matches(&meter.filter, &event))
        .map(|meter| meter.id.clone())
        .collect();
    polar.events.push(event);
    let now = polar.now;
    if let Some(customer) = customer {
        for meter in meters {
            polar.customer_meter_mut(&customer, &meter).modified_at = Some(now);
        }
    }
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["timestamp"], "-timestamp");
    let organizations = query.uuids("organization_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let meters = query.uuids("meter_id");
    let names = query.texts("name");
    let sources = query.words("source", &["system", "user"]);
    let (after, before) = (query.time("start_timestamp"), query.time("end_timestamp"));
    let cursor = query.boolean("cursor_pagination").unwrap_or(false);
    query.finish()?;
    if cursor || query.text("query").is_some() || query.text("depth").is_some() {
        return Err(error::not_implemented(
            "listing events with cursor_pagination, query or depth",
        ));
    }
    let wanted = match query.text("filter") {
        Some(text) => Some(read_filter(text)?),
        None => None,
    };
    let meter = match meters.first() {
        Some(id) => Some(
            polar
                .meter(id)
                .ok_or_else(error::resource_not_found)?
                .filter
                .clone(),
        ),
        None => None,
    };
    let found: Vec<&UserEvent> = polar
        .events
        .iter()
        .filter(|event| {
            let external = event.external_customer_id.as_deref();
            let resolved = event.customer_id.clone().or_else(|| {
                polar
                    .customer_by_external(external?)
                    .map(|customer| customer.id.clone())
            });
            let own_external = external.map(str::to_owned).or_else(|| {
                polar
                    .customer_by_id(event.customer_id.as_deref()?)?
                    .external_id
                    .clone()
            });
            Query::passes(&organizations, &polar.organization.id)
                && Query::passes_optional(&customers, resolved.as_deref())
                && Query::passes_optional(&externals, own_external.as_deref())
                && Query::passes(&names, &event.name)
                && Query::passes(&sources, "user")
                && after.is_none_or(|after| event.timestamp > after)
                && before.is_none_or(|before| event.timestamp < before)
                && wanted.as_ref().is_none_or(|filter| matches(filter, event))
                && meter.as_ref().is_none_or(|filter| matches(filter, event))
                && query.metadata_matches(&event.metadata)
        })
        .collect();
    Ok(query.page(
        found,
        |event, _| SortKey::time(event.timestamp),
        |event| polar.event_json(event),
    ))
}

fn read_filter(text: &str) -> Result<Value, Box<Reply>> {
    let value: Value = serde_json::from_str(text).map_err(|fault| {
        let mut issue = error::rule_of(
            "json_invalid",
            &[],
            &format!("Invalid JSON: {fault}"),
            json!(text),
        );
        issue.ctx = Some(json!({"error": fault.to_string()}));
        error::unprocessable("RequestValidationError", &[issue])
    })?;
    let check = Check::new();
    let read = filter(&check.at(&value, &[]));
    finish(&check)?;
    Ok(read.unwrap_or_default())
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let event = polar.events.iter().find(|event| event.id == id);
    let event = event.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.event_json(event)))
}
