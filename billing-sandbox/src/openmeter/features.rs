//! Features.

use super::body::{finish, key, metadata, numeric, render, strings};
use super::event_store::exact;
use super::model::{Feature, Stamps};
use super::page::{self, Key, bare, paged, sort};
use super::problem::problem;
use super::{Call, OpenMeter, filter};
use crate::calendar::rfc3339;
use crate::check::rules::{object, one_of, string};
use crate::check::{At, Check};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

pub(crate) fn feature_json(feature: &Feature) -> Value {
    let map = render(
        &feature.stamps,
        json!({
            "id": feature.id,
            "key": feature.key,
            "name": feature.name,
            "archivedAt": feature.archived_at.map(rfc3339),
            "metadata": feature.metadata,
            "meterSlug": feature.meter_slug,
            "meterGroupByFilters": feature.simple_filters,
            "advancedMeterGroupByFilters": feature.filters,
            "unitCost": feature.unit_cost,
        }),
    );
    Value::Object(map)
}

/// A 404 for a feature.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("feature not found: {id}"))
}

fn unit_cost(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    match body.required("type", one_of(&["manual", "llm"])).as_str() {
        "manual" => {
            body.required("amount", numeric);
        }
        "llm" => {
            for field in [
                "provider",
                "providerProperty",
                "model",
                "modelProperty",
                "tokenType",
                "tokenTypeProperty",
            ] {
                body.optional(field, string);
            }
        }
        _ => {}
    }
    Some(at.value.clone())
}

impl OpenMeter {
    /// A feature by id, or the one that is not archived by key.
    pub(crate) fn feature(&self, id_or_key: &str) -> Option<&Feature> {
        self.features
            .iter()
            .find(|feature| feature.id == id_or_key)
            .or_else(|| self.live_feature(id_or_key))
    }

    pub(crate) fn live_feature(&self, key: &str) -> Option<&Feature> {
        self.features
            .iter()
            .find(|feature| feature.key == key && feature.archived_at.is_none())
    }
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let key = body.required("key", key);
    let name = body.required("name", string);
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let meter_slug = body.optional("meterSlug", super::body::key);
    let simple = body.optional("meterGroupByFilters", strings);
    let advanced = body.optional("advancedMeterGroupByFilters", object);
    let unit_cost = body.optional("unitCost", unit_cost).unwrap_or_default();
    finish(&check, "FeatureCreateInputs")?;
    if id::is_ulid(&key.to_uppercase()) && key.len() == 26 {
        return Err(problem(
            400,
            "validation error: feature key cannot be a ULID",
        ));
    }
    if om.live_feature(&key).is_some() {
        return Err(problem(
            409,
            format!("feature with key {key} already exists"),
        ));
    }
    let simple_filters = simple.clone().map_or(Value::Null, Value::Object);
    let filters = advanced
        .map(Value::Object)
        .or_else(|| simple.as_ref().map(exact))
        .unwrap_or_default();
    if let Some(slug) = &meter_slug {
        let Some(meter) = om.meter(slug) else {
            return Err(problem(404, format!("meter not found: {slug}")));
        };
        if !matches!(
            meter.aggregation.as_str(),
            "SUM" | "COUNT" | "UNIQUE_COUNT" | "LATEST"
        ) {
            return Err(problem(
                400,
                format!(
                    "validation error: meter {slug}: aggregation {} is not supported by features",
                    meter.aggregation
                ),
            ));
        }
        for (name, wanted) in filters.as_object().into_iter().flatten() {
            if !meter.group_by.contains_key(name) {
                return Err(problem(
                    400,
                    format!("validation error: meter {slug} has no group {name}"),
                ));
            }
            filter::check(wanted, 0)?;
        }
    } else if !filters.is_null() {
        return Err(problem(
            400,
            "validation error: meter group by filters need a meter",
        ));
    }
    let feature = Feature {
        id: id::ulid(om.now),
        stamps: Stamps::new(om.now),
        archived_at: None,
        key,
        name,
        metadata,
        meter_slug,
        simple_filters,
        filters,
        unit_cost,
    };
    let reply = Reply::json(201, &feature_json(&feature));
    om.features.push(feature);
    Ok(reply)
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let id = call.argument(0);
    let feature = om.feature(id).ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &feature_json(feature)))
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let archived = page::boolean(request, "includeArchived")?;
    let meters: Vec<&str> = request.all("meterSlug").collect();
    let mut found: Vec<&Feature> = om
        .features
        .iter()
        .filter(|feature| {
            (archived || feature.archived_at.is_none())
                && (meters.is_empty()
                    || feature
                        .meter_slug
                        .as_deref()
                        .is_some_and(|slug| meters.contains(&slug)))
        })
        .collect();
    let fields = ["id", "key", "name", "createdAt", "updatedAt"];
    sort(request, &mut found, &fields, |feature, field| match field {
        "id" => Key::Text(feature.id.clone()),
        "key" => Key::Text(feature.key.clone()),
        "name" => Key::Text(feature.name.clone()),
        "updatedAt" => Key::Time(feature.stamps.updated),
        _ => Key::Time(feature.stamps.created),
    })?;
    if request.first("page").is_some() {
        return paged(request, &found, |feature| feature_json(feature));
    }
    bare(request, &found, |feature| feature_json(feature))
}

/// Deleting a feature archives it, for good.
pub(crate) fn archive(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let wanted = call.argument(0).to_owned();
    let id = om
        .feature(&wanted)
        .map(|found| found.id.clone())
        .ok_or_else(|| not_found(&wanted))?;
    let now = om.now;
    for feature in om.features.iter_mut().filter(|feature| feature.id == id) {
        if feature.archived_at.is_some() {
            return Err(problem(400, format!("feature is already archived: {id}")));
        }
        feature.archived_at = Some(now);
        feature.stamps.updated = now;
    }
    Ok(Reply::empty(204))
}
