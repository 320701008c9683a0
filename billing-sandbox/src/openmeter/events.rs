//! Event ingestion and listing.

use super::body::put;
use super::model::StoredEvent;
use super::page;
use super::problem::{not_implemented, problem, schema};
use super::{Call, OpenMeter, filter};
use crate::calendar::{self, rfc3339, truncate_second};
use crate::check::rules::{one_of, text};
use crate::check::{At, Check, Seg};
use crate::http::{Outcome, Reply};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

const MAX_LISTED: usize = 100;
/// How far back listings reach.
const HORIZON: Duration = Duration::days(32);

fn read(at: &At<'_>, now: OffsetDateTime) -> StoredEvent {
    let body = at.object();
    let some = text(1, usize::MAX);
    let id = body.required("id", &some);
    let source = body.required("source", &some);
    let specversion = body.required("specversion", &some);
    let kind = body.required("type", &some);
    let subject = body.required("subject", &some);
    body.nullable("datacontenttype", one_of(&["application/json"]));
    let dataschema = body.nullable("dataschema", &some);
    let time = body.nullable("time", super::body::time);
    let data = body.nullable("data", crate::check::rules::object);
    let time = truncate_second(time.unwrap_or(now));
    let data = data.map_or(Value::Null, Value::Object);
    let mut listed = Map::new();
    put(
        &mut listed,
        json!({
            "id": id,
            "source": source,
            "specversion": specversion,
            "type": kind,
            "subject": subject,
            "dataschema": dataschema,
            "time": rfc3339(time),
            "data": data,
        }),
    );
    if !data.is_null() {
        listed.insert("datacontenttype".into(), json!("application/json"));
    }
    StoredEvent {
        id,
        source,
        kind,
        subject,
        time,
        ingested_at: now,
        body: Value::Object(listed),
        data,
    }
}

pub(crate) fn ingest(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    // The server compares the whole header, so that parameters such as a charset are refused.
    let media = call
        .request
        .header("content-type")
        .unwrap_or_default()
        .to_owned();
    let value = match media.as_str() {
        "application/json"
        | "application/cloudevents+json"
        | "application/cloudevents-batch+json" => call.body()?,
        _ => return Err(problem(400, format!("invalid content type: {media}"))),
    };
    let fits = match media.as_str() {
        "application/cloudevents+json" => value.is_object(),
        "application/cloudevents-batch+json" => value.is_array(),
        _ => value.is_object() || value.is_array(),
    };
    if !fits {
        return Err(problem(
            400,
            format!("invalid event: unexpected body for {media}"),
        ));
    }
    let check = Check::new();
    let now = om.now;
    let events: Vec<StoredEvent> = match &value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| read(&check.at(item, &[]).under(Seg::Index(index), item), now))
            .collect(),
        single => vec![read(&check.at(single, &[]), now)],
    };
    super::body::finish(&check, "Event")?;
    let mut seen: HashSet<(String, String)> = om
        .events
        .iter()
        .map(|event| (event.source.clone(), event.id.clone()))
        .collect();
    for event in events {
        // A repeated event is dropped silently, as with deduplication switched on.
        if seen.insert((event.source.clone(), event.id.clone())) {
            om.events.push(event);
        }
    }
    Ok(Reply::empty(204))
}

impl OpenMeter {
    fn event_json(&self, event: &StoredEvent) -> Value {
        let mut map = Map::new();
        put(
            &mut map,
            json!({
                "event": event.body,
                "customerId": self.owner(&event.subject).map(|customer| &customer.id),
                "ingestedAt": rfc3339(event.ingested_at),
                "storedAt": rfc3339(event.ingested_at),
                "validationError": self.validation_error(event),
            }),
        );
        Value::Object(map)
    }

    fn newest_first(&self) -> Vec<&StoredEvent> {
        let mut events: Vec<&StoredEvent> = self.events.iter().rev().collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.time));
        events
    }
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let limit = page::number(request, "limit", 1, MAX_LISTED)?.unwrap_or(MAX_LISTED);
    let earliest = om.now - HORIZON;
    let from = page::time(request, "from")?.unwrap_or(earliest + Duration::SECOND);
    let to = page::time(request, "to")?;
    let ingested_from = page::time(request, "ingestedAtFrom")?;
    let ingested_to = page::time(request, "ingestedAtTo")?;
    if from < earliest || ingested_from.is_some_and(|from| from < earliest) {
        return Err(problem(
            400,
            "from date is too old: it must be within the last 32 days",
        ));
    }
    let customers: Vec<&str> = request.all("customerId").collect();
    let items: Vec<Value> = om
        .newest_first()
        .into_iter()
        .filter(|event| {
            event.time >= from
                && to.is_none_or(|to| event.time <= to)
                && ingested_from.is_none_or(|from| event.ingested_at >= from)
                && ingested_to.is_none_or(|to| event.ingested_at <= to)
                && page::contains(Some(&event.id), request.first("id"))
                && page::contains(Some(&event.subject), request.first("subject"))
                && (customers.is_empty()
                    || om
                        .owner(&event.subject)
                        .is_some_and(|owner| customers.contains(&owner.id.as_str())))
        })
        .take(limit)
        .map(|event| om.event_json(event))
        .collect();
    Ok(Reply::json(200, &json!(items)))
}

fn time_passes(wanted: &Value, time: OffsetDateTime) -> Result<bool, Box<Reply>> {
    let mut passes = true;
    for (operator, operand) in wanted.as_object().into_iter().flatten() {
        if matches!(operator.as_str(), "$and" | "$or") {
            return Err(not_implemented("nested time filters of events"));
        }
        let bound = operand.as_str().and_then(calendar::parse);
        let Some(bound) = bound else {
            return Err(problem(
                400,
                format!("invalid filter: bad operand of {operator}"),
            ));
        };
        passes &= match operator.as_str() {
            "$gt" => time > bound,
            "$gte" => time >= bound,
            "$lt" => time < bound,
            "$lte" => time <= bound,
            _ => {
                return Err(problem(
                    400,
                    format!("invalid filter: unknown operator {operator}"),
                ));
            }
        };
    }
    Ok(passes)
}

pub(crate) fn list_v2(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let limit = page::number(request, "limit", 1, MAX_LISTED)?.unwrap_or(MAX_LISTED);
    let wanted: Value = match request.first("filter") {
        None => json!({}),
        Some(text) => serde_json::from_str(text).map_err(|fault| {
            schema(format!(
                "parameter \"filter\" in query has an error: {fault}"
            ))
        })?,
    };
    let after = match request.first("cursor") {
        None => None,
        Some(cursor) => Some(
            om.events
                .iter()
                .find(|event| cursor_of(event) == cursor)
                .ok_or_else(|| problem(400, "invalid cursor"))?,
        ),
    };
    let mut found = Vec::new();
    let mut started = after.is_none();
    for event in om.newest_first() {
        if !started {
            started =
                after.is_some_and(|after| after.id == event.id && after.source == event.source);
            continue;
        }
        let mut passes = true;
        for (field, filter) in wanted.as_object().into_iter().flatten() {
            passes &= match field.as_str() {
                "id" => text_passes(filter, &event.id)?,
                "source" => text_passes(filter, &event.source)?,
                "subject" => text_passes(filter, &event.subject)?,
                "type" => text_passes(filter, &event.kind)?,
                "customerId" => {
                    let owner = om
                        .owner(&event.subject)
                        .map_or("", |owner| owner.id.as_str());
                    text_passes(filter, owner)?
                }
                "time" => time_passes(filter, event.time)?,
                "ingestedAt" => time_passes(filter, event.ingested_at)?,
                _ => true,
            };
        }
        if passes {
            found.push(event);
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let mut map = Map::new();
    let items: Vec<Value> = found.iter().map(|event| om.event_json(event)).collect();
    map.insert("items".into(), json!(items));
    if let Some(last) = found.last().filter(|_| more) {
        map.insert("nextCursor".into(), json!(cursor_of(last)));
    }
    Ok(Reply::json(200, &Value::Object(map)))
}

fn text_passes(wanted: &Value, text: &str) -> Result<bool, Box<Reply>> {
    filter::check(wanted, 0)?;
    Ok(filter::passes(wanted, text))
}

fn cursor_of(event: &StoredEvent) -> String {
    use base64::Engine;
    let text = format!(
        "{},{},{}",
        event.time.unix_timestamp(),
        event.source,
        event.id
    );
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
