//! Meters and customer meters.

use super::body::{finish, metadata, refuse_organization};
use super::error;
use super::meter_usage::{aggregate, matches};
use super::model::{CustomerMeter, Meter};
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::rules::{boolean, int, one_of, positive, string, text};
use crate::check::{At, Check, Seg};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

const UNITS: &[&str] = &["scalar", "token", "custom"];
const OPERATORS: &[&str] = &["eq", "ne", "gt", "gte", "lt", "lte", "like", "not_like"];

pub(crate) fn meter_json(meter: &Meter, organization_id: &str) -> Value {
    json!({
        "id": meter.id,
        "created_at": time_text(meter.created_at),
        "modified_at": meter.modified_at.map(time_text),
        "name": meter.name,
        "unit": meter.unit,
        "custom_label": meter.custom_label,
        "custom_multiplier": meter.custom_multiplier,
        "filter": meter.filter,
        "aggregation": meter.aggregation,
        "organization_id": organization_id,
        "metadata": meter.metadata,
        "archived_at": meter.archived_at.map(time_text),
    })
}

/// A filter: a conjunction of clauses and further filters.
pub(crate) fn filter(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let conjunction = body.required("conjunction", one_of(&["and", "or"]));
    let clauses = body.required("clauses", |at| {
        let Some(items) = at.value.as_array() else {
            at.fail("list_type", "Input should be a valid list", None);
            return None;
        };
        let clauses: Vec<Value> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| clause(&at.under(Seg::Index(index), item)))
            .collect();
        Some(clauses)
    });
    Some(json!({"conjunction": conjunction, "clauses": clauses}))
}

fn clause(at: &At<'_>) -> Option<Value> {
    if at.value.get("conjunction").is_some() {
        return filter(at);
    }
    let body = at.object();
    let property = body.required("property", string);
    let operator = body.required("operator", one_of(OPERATORS));
    let value = body.required("value", |at| match at.value {
        Value::String(text) if text.chars().count() > 1000 => {
            at.fail(
                "string_too_long",
                "String should have at most 1000 characters",
                None,
            );
            None
        }
        Value::String(_) | Value::Bool(_) => Some(at.value.clone()),
        Value::Number(_) => int(i64::from(i32::MIN), i64::from(i32::MAX))(at).map(Value::from),
        _ => {
            at.fail("string_type", "Input should be a valid string", None);
            None
        }
    });
    let property = property
        .strip_prefix("metadata.")
        .unwrap_or(&property)
        .to_owned();
    Some(json!({"property": property, "operator": operator, "value": value}))
}

fn aggregation(at: &At<'_>) -> Option<Value> {
    const TAGS: &str = "<AggregationFunction.cnt: 'count'>, <AggregationFunction.sum: 'sum'>, \
        <AggregationFunction.max: 'max'>, <AggregationFunction.min: 'min'>, \
        <AggregationFunction.avg: 'avg'>, <AggregationFunction.unique: 'unique'>";
    let body = at.object();
    let Some(function) = body.get("func") else {
        if at.value.is_object() {
            at.fail(
                "union_tag_not_found",
                "Unable to extract tag using discriminator 'func'",
                Some(json!({"discriminator": "'func'"})),
            );
        }
        return None;
    };
    let name = function.value.as_str().unwrap_or_default();
    match name {
        "count" => Some(json!({"func": "count"})),
        "sum" | "max" | "min" | "avg" | "unique" => {
            let property = body.required("property", string);
            let property = property.strip_prefix("metadata.").unwrap_or(&property);
            Some(json!({"func": name, "property": property}))
        }
        _ => {
            at.fail(
                "union_tag_invalid",
                format!(
                    "Input tag '{name}' found using 'func' does not match any of the expected \
                     tags: {TAGS}"
                ),
                Some(json!({"discriminator": "'func'", "tag": name, "expected_tags": TAGS})),
            );
            None
        }
    }
}

impl Polar {
    pub(crate) fn meter(&self, id: &str) -> Option<&Meter> {
        self.meters.iter().find(|meter| meter.id == id)
    }

    fn meter_reply(&self, id: &str, status: u16) -> Outcome {
        let meter = self.meter(id).ok_or_else(error::resource_not_found)?;
        Ok(Reply::json(
            status,
            &meter_json(meter, &self.organization.id),
        ))
    }

    /// What a customer used of a meter since the counting started.
    pub(crate) fn consumed(&self, entry: &CustomerMeter) -> f64 {
        let Some(meter) = self.meter(&entry.meter_id) else {
            return 0.0;
        };
        let external_id = self
            .customers
            .iter()
            .find(|customer| customer.id == entry.customer_id)
            .and_then(|customer| customer.external_id.as_deref());
        let events = self.events.iter().skip(entry.from_event).filter(|event| {
            (event.customer_id.as_deref() == Some(entry.customer_id.as_str())
                || (external_id.is_some() && event.external_customer_id.as_deref() == external_id))
                && matches(&meter.filter, event)
        });
        aggregate(&meter.aggregation, events)
    }

    /// The customer's entry for a meter, made when there is none.
    pub(crate) fn customer_meter_mut(
        &mut self,
        customer_id: &str,
        meter_id: &str,
    ) -> &mut CustomerMeter {
        let found = self
            .customer_meters
            .iter()
            .position(|entry| entry.customer_id == customer_id && entry.meter_id == meter_id);
        let index = found.unwrap_or_else(|| {
            self.customer_meters.push(CustomerMeter {
                id: id::uuid(),
                created_at: self.now,
                modified_at: None,
                customer_id: customer_id.to_owned(),
                meter_id: meter_id.to_owned(),
                credited: 0,
                from_event: 0,
            });
            self.customer_meters.len() - 1
        });
        &mut self.customer_meters[index]
    }

    pub(crate) fn customer_meter_json(&self, entry: &CustomerMeter) -> Value {
        let consumed = self.consumed(entry);
        json!({
            "id": entry.id,
            "created_at": time_text(entry.created_at),
            "modified_at": entry.modified_at.map(time_text),
            "customer_id": entry.customer_id,
            "meter_id": entry.meter_id,
            "consumed_units": consumed,
            "credited_units": entry.credited,
            "balance": entry.credited as f64 - consumed,
        })
    }

    fn full_customer_meter_json(&self, entry: &CustomerMeter) -> Value {
        let mut value = self.customer_meter_json(entry);
        let customer = self
            .customer_by_id(&entry.customer_id)
            .map(|found| self.customer_json(found));
        let meter = self
            .meter(&entry.meter_id)
            .map(|meter| meter_json(meter, &self.organization.id));
        if let Some(map) = value.as_object_mut() {
            map.insert("customer".into(), customer.unwrap_or_default());
            map.insert("meter".into(), meter.unwrap_or_default());
        }
        value
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let name = body.required("name", text(3, usize::MAX));
    let unit = body
        .optional("unit", one_of(UNITS))
        .unwrap_or_else(|| "scalar".to_owned());
    let custom_label = body.nullable("custom_label", string);
    let custom_multiplier = body.nullable("custom_multiplier", positive);
    let filter = body.required("filter", filter);
    let aggregation = body.required("aggregation", aggregation);
    finish(&check)?;
    refuse_organization(&body)?;
    let meter = Meter {
        id: id::uuid(),
        created_at: polar.now,
        modified_at: None,
        name,
        unit,
        custom_label,
        custom_multiplier,
        filter,
        aggregation,
        metadata,
        archived_at: None,
    };
    let id = meter.id.clone();
    polar.meters.push(meter);
    polar.meter_reply(&id, 201)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    polar.meter_reply(&call.uuid(0, "id")?, 200)
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at", "name"], "name");
    let organizations = query.uuids("organization_id");
    let search = query.text("query").map(str::to_lowercase);
    let archived = query.boolean("is_archived");
    query.finish()?;
    let organization = polar.organization.id.clone();
    let found: Vec<&Meter> = polar
        .meters
        .iter()
        .filter(|meter| {
            Query::passes(&organizations, &organization)
                && search
                    .as_ref()
                    .is_none_or(|text| meter.name.to_lowercase().contains(text))
                && archived.is_none_or(|wanted| meter.archived_at.is_some() == wanted)
                && query.metadata_matches(&meter.metadata)
        })
        .collect();
    Ok(query.page(
        found,
        |meter, name| match name {
            "name" => SortKey::text(&meter.name),
            _ => SortKey::time(meter.created_at),
        },
        |meter| meter_json(meter, &organization),
    ))
}

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let metadata = body.optional("metadata", metadata);
    let name = body.nullable("name", text(3, usize::MAX));
    let unit = body.nullable("unit", one_of(UNITS));
    let custom_label = body.patch("custom_label", string);
    let custom_multiplier = body.patch("custom_multiplier", positive);
    let filter = body.nullable("filter", filter);
    let aggregation = body.nullable("aggregation", aggregation);
    let is_archived = body.nullable("is_archived", boolean);
    finish(&check)?;
    let now = polar.now;
    let attached = polar.products.iter().any(|product| {
        !product.is_archived
            && product
                .prices
                .iter()
                .any(|price| price.meter_id() == Some(&id))
    });
    let Some(meter) = polar.meters.iter_mut().find(|meter| meter.id == id) else {
        return Err(error::resource_not_found());
    };
    if is_archived == Some(true) && attached {
        return Err(error::broken_rule(
            &["body", "is_archived"],
            "Cannot archive meter that is still attached to active products",
            json!(true),
        ));
    }
    if let Some(metadata) = metadata {
        meter.metadata = metadata;
    }
    if let Some(name) = name {
        meter.name = name;
    }
    if let Some(unit) = unit {
        meter.unit = unit;
    }
    if let Some(label) = custom_label {
        meter.custom_label = label;
    }
    if let Some(multiplier) = custom_multiplier {
        meter.custom_multiplier = multiplier;
    }
    if let Some(filter) = filter {
        meter.filter = filter;
    }
    if let Some(aggregation) = aggregation {
        meter.aggregation = aggregation;
    }
    if let Some(archived) = is_archived {
        meter.archived_at = archived.then_some(now);
    }
    meter.modified_at = Some(now);
    polar.meter_reply(&id, 200)
}

pub(crate) fn list_for_customers(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    let sorts = [
        "created_at",
        "modified_at",
        "customer_id",
        "meter_id",
        "balance",
    ];
    query.sorting(&sorts, "-modified_at");
    let organizations = query.uuids("organization_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let meters = query.uuids("meter_id");
    query.finish()?;
    let organization = polar.organization.id.clone();
    let found: Vec<&CustomerMeter> = polar
        .customer_meters
        .iter()
        .filter(|entry| {
            let external = polar
                .customer_by_id(&entry.customer_id)
                .and_then(|customer| customer.external_id.as_deref());
            Query::passes(&organizations, &organization)
                && Query::passes(&customers, &entry.customer_id)
                && Query::passes(&meters, &entry.meter_id)
                && Query::passes_optional(&externals, external)
        })
        .collect();
    Ok(query.page(
        found,
        |entry, name| match name {
            "customer_id" => SortKey::text(&entry.customer_id),
            "meter_id" => SortKey::text(&entry.meter_id),
            "balance" => {
                SortKey::Number((entry.credited as f64 - polar.consumed(entry)).round() as i64)
            }
            "created_at" => SortKey::time(entry.created_at),
            _ => entry.modified_at.map_or(SortKey::Nothing, SortKey::time),
        },
        |entry| polar.full_customer_meter_json(entry),
    ))
}

pub(crate) fn get_for_customer(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let entry = polar.customer_meters.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(200, &polar.full_customer_meter_json(entry)))
}
