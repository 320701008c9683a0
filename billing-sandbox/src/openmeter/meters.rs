//! Meters.

use super::body::{description, finish, key, metadata, name, put, render, strings, time};
use super::event_store::parse_path;
use super::model::{Meter, Stamps};
use super::page::{self, Key, bare, sort};
use super::problem::{not_implemented, problem};
use super::{Call, OpenMeter};
use crate::calendar::rfc3339;
use crate::check::Check;
use crate::check::rules::{one_of, text};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};

const AGGREGATIONS: &[&str] = &[
    "SUM",
    "COUNT",
    "UNIQUE_COUNT",
    "AVG",
    "MIN",
    "MAX",
    "LATEST",
];

pub(crate) fn meter_json(meter: &Meter) -> Value {
    let mut map = render(
        &meter.stamps,
        json!({
            "id": meter.id,
            "slug": meter.slug,
            "name": meter.name,
            "description": meter.description,
            "aggregation": meter.aggregation,
            "eventType": meter.event_type,
            "eventFrom": meter.event_from.map(rfc3339),
            "valueProperty": meter.value_property,
        }),
    );
    put(&mut map, json!({"metadata": meter.metadata}));
    map.insert("groupBy".into(), Value::Object(meter.group_by.clone()));
    Value::Object(map)
}

/// A 404 for a meter.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("meter not found: {id}"))
}

fn check_paths(value: Option<&String>, groups: &Map<String, Value>) -> Result<(), Box<Reply>> {
    let paths = value
        .into_iter()
        .map(String::as_str)
        .chain(groups.values().filter_map(Value::as_str));
    for path in paths {
        if !path.starts_with('$') {
            return Err(problem(
                400,
                format!("validation error: invalid JSONPath: {path}"),
            ));
        }
        if parse_path(path).is_none() {
            return Err(not_implemented(&format!("the JSONPath {path}")));
        }
    }
    for name in groups.keys() {
        if matches!(name.as_str(), "subject" | "customer_id") {
            return Err(problem(
                400,
                format!("validation error: group by {name} is reserved"),
            ));
        }
    }
    Ok(())
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let slug = body.required("slug", key);
    let aggregation = body.required("aggregation", one_of(AGGREGATIONS));
    let event_type = body.required("eventType", text(1, usize::MAX));
    let name = body.optional("name", name);
    let description = body.optional("description", description);
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let event_from = body.optional("eventFrom", time);
    let value_property = body.optional("valueProperty", text(1, usize::MAX));
    let group_by = body.optional("groupBy", strings).unwrap_or_default();
    finish(&check, "MeterCreate")?;
    if aggregation != "COUNT" && value_property.is_none() {
        return Err(problem(
            400,
            format!(
                "validation error: value property is required when the aggregation is {aggregation}"
            ),
        ));
    }
    check_paths(value_property.as_ref(), &group_by)?;
    if om.meter(&slug).is_some_and(|meter| meter.slug == slug) {
        return Err(problem(
            409,
            format!("meter with key {slug} already exists"),
        ));
    }
    let meter = Meter {
        id: id::ulid(om.now),
        stamps: Stamps::new(om.now),
        slug,
        name,
        description,
        metadata,
        value_property: value_property.filter(|_| aggregation != "COUNT"),
        aggregation,
        event_type,
        event_from,
        group_by,
    };
    let reply = Reply::json(201, &meter_json(&meter));
    om.meters.push(meter);
    Ok(reply)
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let id = call.argument(0);
    let meter = om.meter(id).ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &meter_json(meter)))
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let deleted = page::boolean(call.request, "includeDeleted")?;
    let mut meters: Vec<&Meter> = om
        .meters
        .iter()
        .filter(|meter| deleted || meter.stamps.deleted.is_none())
        .collect();
    let fields = ["key", "name", "aggregation", "createdAt", "updatedAt"];
    sort(
        call.request,
        &mut meters,
        &fields,
        |meter, field| match field {
            "key" => Key::Text(meter.slug.clone()),
            "name" => Key::Text(meter.name.clone().unwrap_or_default()),
            "aggregation" => Key::Text(meter.aggregation.clone()),
            "updatedAt" => Key::Time(meter.stamps.updated),
            _ => Key::Time(meter.stamps.created),
        },
    )?;
    if call.request.first("page").is_some() || call.request.first("pageSize").is_some() {
        let page = page::number(call.request, "page", 1, usize::MAX)?.unwrap_or(1);
        let size = page::number(call.request, "pageSize", 1, 1000)?.unwrap_or(100);
        meters = meters
            .into_iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .collect();
    }
    bare(call.request, &meters, |meter| meter_json(meter))
}

pub(crate) fn update(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let name = body.optional("name", name);
    let description = body.optional("description", description);
    let metadata = body.optional("metadata", metadata);
    let group_by = body.optional("groupBy", strings);
    finish(&check, "MeterUpdate")?;
    if let Some(groups) = &group_by {
        check_paths(None, groups)?;
    }
    let wanted = call.argument(0).to_owned();
    let id = om
        .meter(&wanted)
        .map(|meter| meter.id.clone())
        .ok_or_else(|| not_found(&wanted))?;
    let now = om.now;
    let Some(meter) = om.meters.iter_mut().find(|meter| meter.id == id) else {
        return Err(not_found(&wanted));
    };
    meter.name = name.or(meter.name.take());
    meter.description = description;
    meter.metadata = metadata.unwrap_or_default();
    if let Some(groups) = group_by {
        meter.group_by = groups;
    }
    meter.stamps.updated = now;
    Ok(Reply::json(200, &meter_json(meter)))
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let wanted = call.argument(0).to_owned();
    let meter = om
        .meter(&wanted)
        .cloned()
        .ok_or_else(|| not_found(&wanted))?;
    let used = om.features.iter().any(|feature| {
        feature.archived_at.is_none() && feature.meter_slug.as_ref() == Some(&meter.slug)
    });
    if used {
        return Err(problem(
            409,
            format!(
                "meter is used by a feature and cannot be deleted: {}",
                meter.slug
            ),
        ));
    }
    let now = om.now;
    for found in om.meters.iter_mut().filter(|found| found.id == meter.id) {
        found.stamps.delete(now);
    }
    Ok(Reply::empty(204))
}

pub(crate) fn subjects(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let (from, to) = (
        page::time(call.request, "from")?,
        page::time(call.request, "to")?,
    );
    let id = call.argument(0);
    let meter = om.meter(id).ok_or_else(|| not_found(id))?;
    let mut found: Vec<&str> = om
        .events
        .iter()
        .filter(|event| {
            matches!(meter.worth(event), Some(Ok(_)))
                && from.is_none_or(|from| event.time >= from)
                && to.is_none_or(|to| event.time <= to)
        })
        .map(|event| event.subject.as_str())
        .collect();
    found.sort_unstable();
    found.dedup();
    Ok(Reply::json(200, &json!(found)))
}

pub(crate) fn group_values(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let from = page::time(call.request, "from")?.unwrap_or(om.now - time::Duration::DAY);
    let to = page::time(call.request, "to")?;
    let (id, group) = (call.argument(0), call.argument(1));
    let meter = om.meter(id).ok_or_else(|| not_found(id))?;
    if !meter.group_by.contains_key(group) {
        return Err(problem(400, format!("invalid group by: {group}")));
    }
    let mut found: Vec<String> = om
        .events
        .iter()
        .filter(|event| {
            matches!(meter.worth(event), Some(Ok(_)))
                && event.time >= from
                && to.is_none_or(|to| event.time <= to)
        })
        .filter_map(|event| meter.group(event, group))
        .collect();
    found.sort_unstable();
    found.dedup();
    Ok(Reply::json(200, &json!(found)))
}
