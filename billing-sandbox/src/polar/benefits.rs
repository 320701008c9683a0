//! Benefits: custom, feature flags and meter credits.

use super::body::{finish, metadata, refuse_organization};
use super::error;
use super::model::Benefit;
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::rules::{boolean, one_of, positive, string, text, uuid};
use crate::check::{Check, Obj};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

const TYPES: &[&str] = &[
    "custom",
    "discord",
    "github_repository",
    "downloadables",
    "license_keys",
    "meter_credit",
    "feature_flag",
    "slack_shared_channel",
];
const VISIBILITIES: &[&str] = &["draft", "private", "public"];
const TAGS: &str = "<BenefitType.custom: 'custom'>, <BenefitType.discord: 'discord'>, \
    <BenefitType.github_repository: 'github_repository'>, \
    <BenefitType.downloadables: 'downloadables'>, <BenefitType.license_keys: 'license_keys'>, \
    <BenefitType.meter_credit: 'meter_credit'>, <BenefitType.feature_flag: 'feature_flag'>, \
    <BenefitType.slack_shared_channel: 'slack_shared_channel'>";

/// A benefit as the organization sees it.
pub(crate) fn benefit_json(benefit: &Benefit, organization_id: &str) -> Value {
    let mut value = json!({
        "id": benefit.id,
        "created_at": time_text(benefit.created_at),
        "modified_at": benefit.modified_at.map(time_text),
        "type": benefit.kind,
        "description": benefit.description,
        "selectable": true,
        "deletable": true,
        "is_deleted": benefit.is_deleted,
        "organization_id": organization_id,
        "metadata": benefit.metadata,
        "visibility": benefit.visibility,
        "properties": benefit.properties,
        "visibility_configurable": true,
    });
    if benefit.kind == "custom"
        && let Some(map) = value.as_object_mut()
    {
        map.insert("is_tax_applicable".into(), json!(true));
    }
    value
}

/// A benefit as customers see it.
pub(crate) fn public_json(benefit: &Benefit, organization_id: &str) -> Value {
    let mut value = json!({
        "id": benefit.id,
        "created_at": time_text(benefit.created_at),
        "modified_at": benefit.modified_at.map(time_text),
        "type": benefit.kind,
        "description": benefit.description,
        "selectable": true,
        "deletable": true,
        "is_deleted": benefit.is_deleted,
        "organization_id": organization_id,
    });
    if benefit.kind == "meter_credit"
        && let Some(map) = value.as_object_mut()
    {
        let pick = |name: &str| benefit.properties.get(name).cloned().unwrap_or_default();
        map.insert(
            "properties".into(),
            json!({"units": pick("units"), "meter_id": pick("meter_id")}),
        );
    }
    value
}

fn properties(body: &Obj<'_>, kind: &str) -> Value {
    let Some(at) = body.get("properties") else {
        body.missing("properties");
        return Value::Null;
    };
    let fields = at.object();
    match kind {
        "custom" => json!({"note": fields.nullable("note", string)}),
        "meter_credit" => json!({
            "units": fields.required("units", positive),
            "rollover": fields.required("rollover", boolean),
            "meter_id": fields.required("meter_id", uuid),
        }),
        _ => json!({}),
    }
}

impl Polar {
    pub(crate) fn benefit(&self, id: &str) -> Option<&Benefit> {
        self.benefits.iter().find(|benefit| benefit.id == id)
    }

    fn check_meter(&self, properties: &Value) -> Result<(), Box<Reply>> {
        let Some(meter_id) = properties.get("meter_id").and_then(Value::as_str) else {
            return Ok(());
        };
        if self.meter(meter_id).is_some() {
            return Ok(());
        }
        Err(error::unprocessable(
            "BenefitPropertiesValidationError",
            &[error::rule(
                &["body", "properties", "meter_id"],
                "Meter not found.",
                json!(meter_id),
            )],
        ))
    }

    fn benefit_reply(&self, id: &str, status: u16) -> Outcome {
        let benefit = self.benefit(id).filter(|benefit| !benefit.is_deleted);
        let benefit = benefit.ok_or_else(error::resource_not_found)?;
        Ok(Reply::json(
            status,
            &benefit_json(benefit, &self.organization.id),
        ))
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let at = check.at(&value, &["body"]);
    let tag = value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if value.is_object() && value.get("type").is_none() {
        at.fail(
            "union_tag_not_found",
            "Unable to extract tag using discriminator 'type'",
            Some(json!({"discriminator": "'type'"})),
        );
    } else if value.is_object() && !TYPES.contains(&tag) {
        at.fail(
            "union_tag_invalid",
            format!(
                "Input tag '{tag}' found using 'type' does not match any of the expected tags: \
                 {TAGS}"
            ),
            Some(json!({"discriminator": "'type'", "tag": tag, "expected_tags": TAGS})),
        );
    }
    at.object();
    finish(&check)?;
    if !matches!(tag, "custom" | "meter_credit" | "feature_flag") {
        return Err(error::not_implemented(&format!("benefits of type {tag}")));
    }
    let body = at.branch(tag).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let description = body.required("description", text(3, 42));
    let visibility = body.nullable("visibility", one_of(VISIBILITIES));
    let properties = properties(&body, tag);
    finish(&check)?;
    refuse_organization(&body)?;
    polar.check_meter(&properties)?;
    let benefit = Benefit {
        id: id::uuid(),
        created_at: polar.now,
        modified_at: None,
        kind: tag.to_owned(),
        description,
        visibility: visibility.unwrap_or_else(|| "public".to_owned()),
        metadata,
        properties,
        is_deleted: false,
    };
    let id = benefit.id.clone();
    let data = benefit_json(&benefit, &polar.organization.id);
    polar.benefits.push(benefit);
    polar.emit("benefit.created", &data);
    polar.benefit_reply(&id, 201)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    polar.benefit_reply(&call.uuid(0, "id")?, 200)
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &["created_at", "description", "type", "user_order"],
        "-created_at",
    );
    let organizations = query.uuids("organization_id");
    let kinds = query.words("type", TYPES);
    let ids = query.uuids("id");
    let excluded = query.uuids("exclude_id");
    let search = query.text("query").map(str::to_lowercase);
    query.finish()?;
    let organization = polar.organization.id.clone();
    let found: Vec<&Benefit> = polar
        .benefits
        .iter()
        .filter(|benefit| {
            !benefit.is_deleted
                && Query::passes(&organizations, &organization)
                && Query::passes(&kinds, &benefit.kind)
                && Query::passes(&ids, &benefit.id)
                && !excluded.contains(&benefit.id)
                && search
                    .as_ref()
                    .is_none_or(|text| benefit.description.to_lowercase().contains(text))
                && query.metadata_matches(&benefit.metadata)
        })
        .collect();
    Ok(query.page(
        found,
        |benefit, name| match name {
            "description" => SortKey::text(&benefit.description),
            "type" => SortKey::text(&benefit.kind),
            _ => SortKey::time(benefit.created_at),
        },
        |benefit| benefit_json(benefit, &organization),
    ))
}

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let kind = body.required("type", one_of(TYPES));
    let metadata = body.optional("metadata", metadata);
    let description = body.nullable("description", text(3, 42));
    let visibility = body.nullable("visibility", one_of(VISIBILITIES));
    let properties = match body.get("properties") {
        Some(at) if !at.value.is_null() => Some(properties(&body, &kind)),
        _ => None,
    };
    finish(&check)?;
    if let Some(properties) = &properties {
        polar.check_meter(properties)?;
    }
    let now = polar.now;
    let organization = polar.organization.id.clone();
    let found = polar
        .benefits
        .iter_mut()
        .find(|benefit| benefit.id == id && !benefit.is_deleted);
    let Some(benefit) = found else {
        return Err(error::resource_not_found());
    };
    if benefit.kind != kind {
        return Err(error::broken_rule(
            &["body", "type"],
            "Benefit type cannot be changed.",
            json!(benefit.kind),
        ));
    }
    if let Some(metadata) = metadata {
        benefit.metadata = metadata;
    }
    if let Some(description) = description {
        benefit.description = description;
    }
    if let Some(visibility) = visibility {
        benefit.visibility = visibility;
    }
    if let Some(properties) = properties {
        benefit.properties = properties;
    }
    benefit.modified_at = Some(now);
    let data = benefit_json(benefit, &organization);
    polar.emit("benefit.updated", &data);
    Ok(Reply::json(200, &data))
}

pub(crate) fn delete(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let now = polar.now;
    let found = polar
        .benefits
        .iter_mut()
        .find(|benefit| benefit.id == id && !benefit.is_deleted);
    let Some(benefit) = found else {
        return Err(error::resource_not_found());
    };
    benefit.is_deleted = true;
    benefit.modified_at = Some(now);
    for product in &mut polar.products {
        product.benefits.retain(|attached| *attached != id);
    }
    polar.revoke_grants(|grant| grant.benefit_id == id);
    Ok(Reply::empty(204).with("content-type", "application/json"))
}
