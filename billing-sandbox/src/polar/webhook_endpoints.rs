//! Webhook endpoints, deliveries and redelivery.

use super::body::{finish, refuse_organization};
use super::error;
use super::query::{Query, SortKey};
use super::{Call, Polar, VERSIONS};
use crate::calendar::polar as time_text;
use crate::check::rules::{boolean, list, one_of, string, url};
use crate::check::{At, Check};
use crate::http::{Outcome, Reply};
use crate::webhook::outbox::{Attempt, Endpoint, EndpointSettings, QueuedEvent};
use serde_json::{Value, json};

/// Every event type that an endpoint can ask for.
pub(crate) const EVENT_TYPES: &[&str] = &[
    "checkout.created",
    "checkout.updated",
    "checkout.expired",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.state_changed",
    "customer_seat.assigned",
    "customer_seat.claimed",
    "customer_seat.revoked",
    "member.created",
    "member.updated",
    "member.deleted",
    "order.created",
    "order.updated",
    "order.paid",
    "order.refunded",
    "subscription.created",
    "subscription.updated",
    "subscription.active",
    "subscription.canceled",
    "subscription.uncanceled",
    "subscription.cycled",
    "subscription.revoked",
    "subscription.past_due",
    "subscription.paused",
    "subscription.resumed",
    "subscription.migrated",
    "refund.created",
    "refund.updated",
    "product.created",
    "product.updated",
    "discount.created",
    "discount.updated",
    "discount.deleted",
    "benefit.created",
    "benefit.updated",
    "benefit_grant.created",
    "benefit_grant.cycled",
    "benefit_grant.updated",
    "benefit_grant.revoked",
    "organization.updated",
];
const FORMATS: &[&str] = &["raw", "discord", "slack"];

fn endpoint_json(endpoint: &Endpoint, organization_id: &str) -> Value {
    json!({
        "created_at": time_text(endpoint.created_at),
        "modified_at": endpoint.modified_at.map(time_text),
        "id": endpoint.id,
        "url": endpoint.url,
        "name": endpoint.name,
        "api_version": endpoint.api_version,
        "format": endpoint.format,
        "secret": endpoint.secret,
        "organization_id": organization_id,
        "events": endpoint.events,
        "enabled": endpoint.enabled,
        "uses_standard_webhook_signature": endpoint.standard,
    })
}

fn version(at: &At<'_>) -> Option<String> {
    one_of(VERSIONS)(at)
}

fn reply(polar: &Polar, id: &str, status: u16) -> Outcome {
    let endpoint = polar
        .outbox
        .endpoint(id)
        .ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(
        status,
        &endpoint_json(endpoint, &polar.organization.id),
    ))
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let url = body.required("url", url);
    let name = body.nullable("name", string);
    let api_version = body.optional("api_version", version);
    let format = body.required("format", one_of(FORMATS));
    let events: Vec<String> = body.required("events", list(0, one_of(EVENT_TYPES)));
    finish(&check)?;
    refuse_organization(&body)?;
    if format != "raw" {
        return Err(error::not_implemented(&format!(
            "webhook endpoints of format {format}"
        )));
    }
    let settings = EndpointSettings {
        url,
        name,
        events,
        api_version,
    };
    let now = polar.now;
    let id = polar.outbox.add_endpoint(now, settings);
    reply(polar, &id, 201)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    reply(polar, &call.uuid(0, "id")?, 200)
}

pub(crate) fn list_all(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at"], "-created_at");
    let organizations = query.uuids("organization_id");
    query.finish()?;
    let organization = polar.organization.id.clone();
    let found: Vec<&Endpoint> = polar
        .outbox
        .endpoints
        .iter()
        .filter(|_| Query::passes(&organizations, &organization))
        .collect();
    Ok(query.page(
        found,
        |endpoint, _| SortKey::time(endpoint.created_at),
        |endpoint| endpoint_json(endpoint, &organization),
    ))
}

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let url = body.nullable("url", url);
    let name = body.patch("name", string);
    let api_version = body.nullable("api_version", version);
    let format = body.nullable("format", one_of(FORMATS));
    let events = body.nullable("events", list(0, one_of(EVENT_TYPES)));
    let enabled = body.nullable("enabled", boolean);
    finish(&check)?;
    if let Some(format) = format.filter(|format| format != "raw") {
        return Err(error::not_implemented(&format!(
            "webhook endpoints of format {format}"
        )));
    }
    let now = polar.now;
    let found = polar
        .outbox
        .endpoints
        .iter_mut()
        .find(|endpoint| endpoint.id == id);
    let Some(endpoint) = found else {
        return Err(error::resource_not_found());
    };
    if let Some(url) = url {
        endpoint.url = url;
    }
    if let Some(name) = name {
        endpoint.name = name;
    }
    if let Some(version) = api_version {
        endpoint.api_version = version;
    }
    if let Some(events) = events {
        endpoint.events = events;
    }
    if let Some(enabled) = enabled {
        endpoint.enabled = enabled;
        endpoint.failures_in_a_row = 0;
    }
    endpoint.modified_at = Some(now);
    reply(polar, &id, 200)
}

pub(crate) fn reset_secret(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let now = polar.now;
    let found = polar
        .outbox
        .endpoints
        .iter_mut()
        .find(|endpoint| endpoint.id == id);
    let Some(endpoint) = found else {
        return Err(error::resource_not_found());
    };
    endpoint.renew_secret(now);
    endpoint.modified_at = Some(now);
    reply(polar, &id, 200)
}

pub(crate) fn delete(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    polar
        .outbox
        .endpoint(&id)
        .ok_or_else(error::resource_not_found)?;
    polar.outbox.remove_endpoint(&id);
    Ok(Reply::empty(204).with("content-type", "application/json"))
}

fn delivery_json(attempt: &Attempt, event: &QueuedEvent) -> Value {
    json!({
        "created_at": time_text(attempt.at),
        "modified_at": null,
        "id": attempt.id,
        "succeeded": attempt.succeeded,
        "http_code": attempt.status,
        "response": attempt.response,
        "webhook_event": {
            "created_at": time_text(event.created_at),
            "modified_at": event.modified_at.map(time_text),
            "id": event.id,
            "last_http_code": event.attempts.last().and_then(|attempt| attempt.status),
            "succeeded": event.succeeded,
            "skipped": event.skipped,
            "api_version": event.api_version,
            "payload": event.body,
            "type": event.kind,
            "is_archived": false,
        },
    })
}

pub(crate) fn deliveries(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at"], "-created_at");
    let endpoints = query.uuids("endpoint_id");
    let succeeded = query.boolean("succeeded");
    let kinds = query.words("event_type", EVENT_TYPES);
    let (after, before) = (query.time("start_timestamp"), query.time("end_timestamp"));
    let classes = query.words("http_code_class", &["2xx", "3xx", "4xx", "5xx"]);
    query.finish()?;
    let found: Vec<(&QueuedEvent, &Attempt)> = polar
        .outbox
        .events
        .iter()
        .flat_map(|event| event.attempts.iter().map(move |attempt| (event, attempt)))
        .filter(|(event, attempt)| {
            let class = attempt.status.map(|status| format!("{}xx", status / 100));
            Query::passes(&endpoints, &event.endpoint_id)
                && succeeded.is_none_or(|wanted| attempt.succeeded == wanted)
                && Query::passes(&kinds, event.kind)
                && after.is_none_or(|after| attempt.at >= after)
                && before.is_none_or(|before| attempt.at < before)
                && Query::passes_optional(&classes, class.as_deref())
        })
        .collect();
    Ok(query.page(
        found,
        |(_, attempt), _| SortKey::time(attempt.at),
        |(event, attempt)| delivery_json(attempt, event),
    ))
}

pub(crate) fn redeliver(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let now = polar.now;
    if !polar.outbox.requeue(now, &id) {
        return Err(error::resource_not_found());
    }
    Ok(Reply::json(202, &Value::Null))
}
