//! Add-ons and their versions.

use super::body::{description, finish, key, metadata, name};
use super::model::{Addon, Stamps, Version};
use super::page::{self, paged};
use super::plans::{
    faults_json, list_versions, next_version, pick, unpublishable, version_json, wrong_status,
};
use super::problem::problem;
use super::rate_cards::{Fault, currency_of, rate_card, text_of};
use super::{Call, OpenMeter};
use crate::check::rules::{list, one_of};
use crate::check::{Check, Obj};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};

struct Fields {
    name: String,
    description: Option<String>,
    metadata: Value,
    instance_type: String,
    rate_cards: Vec<Value>,
}

fn fields(body: &Obj<'_>) -> Fields {
    Fields {
        name: body.required("name", name),
        description: body.optional("description", description),
        metadata: body.optional("metadata", metadata).unwrap_or_default(),
        instance_type: body.required("instanceType", one_of(&["single", "multiple"])),
        rate_cards: body.required("rateCards", list(0, rate_card)),
    }
}

/// A 404 for an add-on.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("add-on not found: {id}"))
}

impl OpenMeter {
    pub(crate) fn addon(&self, id_or_key: &str, latest: bool) -> Option<&Addon> {
        pick(
            &self.addons,
            |addon| &addon.base,
            id_or_key,
            latest,
            self.now,
        )
    }

    fn addon_faults(&self, addon: &Addon) -> Vec<Fault> {
        let mut faults = Vec::new();
        if addon.rate_cards.is_empty() {
            faults.push(Fault {
                code: "addon_has_no_rate_cards",
                message: "add-on must have at least one rate card",
                field: "$.rateCards".to_owned(),
            });
        }
        if addon.instance_type == "multiple" {
            for card in &addon.rate_cards {
                let price = card.get("price").unwrap_or(&Value::Null);
                let flat = price.is_null() || text_of(price, "type") == Some("flat");
                if !flat {
                    let key = text_of(card, "key").unwrap_or_default();
                    faults.push(Fault {
                        code: "addon_invalid_ratecard_price_for_multi_instance",
                        message: "multi-instance add-ons can only have free or flat priced rate cards",
                        field: format!("$.rateCards[?(@.key=='{key}')]"),
                    });
                }
            }
        }
        self.card_faults(&addon.rate_cards, "$", &mut faults);
        faults
    }

    pub(crate) fn addon_json(&self, addon: &Addon) -> Value {
        let mut map = version_json(&addon.base, self.now);
        let faults = match addon.base.status(self.now) {
            "draft" => faults_json(&self.addon_faults(addon)),
            _ => Value::Null,
        };
        map.insert("instanceType".into(), json!(addon.instance_type));
        map.insert("rateCards".into(), json!(addon.rate_cards));
        map.insert("validationErrors".into(), faults);
        Value::Object(map)
    }

    fn addon_reply(&self, id: &str, status: u16) -> Outcome {
        let addon = self.addon(id, true).ok_or_else(|| not_found(id))?;
        Ok(Reply::json(status, &self.addon_json(addon)))
    }

    fn change_addon(&mut self, id: &str, change: impl FnOnce(&mut Addon)) {
        let now = self.now;
        if let Some(addon) = self.addons.iter_mut().find(|addon| addon.base.id == id) {
            change(addon);
            addon.base.stamps.updated = now;
        }
    }
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let key = body.required("key", key);
    let currency = currency_of(&body);
    let fields = fields(&body);
    finish(&check, "AddonCreate")?;
    let version = next_version(
        om.addons.iter().map(|addon| &addon.base),
        &key,
        "add-on",
        om.now,
    )?;
    let addon = Addon {
        base: Version {
            id: id::ulid(om.now),
            stamps: Stamps::new(om.now),
            key,
            version,
            name: fields.name,
            description: fields.description,
            metadata: fields.metadata,
            currency,
            effective_from: None,
            effective_to: None,
        },
        instance_type: fields.instance_type,
        rate_cards: fields.rate_cards,
    };
    let id = addon.base.id.clone();
    om.addons.push(addon);
    om.addon_reply(&id, 201)
}

fn find(om: &OpenMeter, call: &Call<'_>) -> Result<Addon, Box<Reply>> {
    let id = call.argument(0);
    om.addon(id, true)
        .filter(|addon| addon.base.stamps.deleted.is_none())
        .cloned()
        .ok_or_else(|| not_found(id))
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let latest = page::boolean(call.request, "includeLatest")?;
    let id = call.argument(0);
    let addon = om.addon(id, latest).ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &om.addon_json(addon)))
}

pub(crate) fn list_all(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let statuses = ["draft", "active", "archived"];
    let found = list_versions(
        call.request,
        &om.addons,
        |addon| &addon.base,
        &statuses,
        om.now,
    )?;
    paged(call.request, &found, |addon| om.addon_json(addon))
}

pub(crate) fn update(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let fields = fields(&check.at(&value, &[]).object());
    finish(&check, "AddonReplaceUpdate")?;
    let addon = find(om, call)?;
    let status = addon.base.status(om.now);
    if status != "draft" {
        return Err(wrong_status("add-on", "updated", status));
    }
    om.change_addon(&addon.base.id, |addon| {
        addon.base.name = fields.name;
        addon.base.description = fields.description;
        addon.base.metadata = fields.metadata;
        addon.instance_type = fields.instance_type;
        addon.rate_cards = fields.rate_cards;
    });
    om.addon_reply(&addon.base.id, 200)
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let addon = find(om, call)?;
    let status = addon.base.status(om.now);
    if status == "active" {
        return Err(wrong_status("add-on", "deleted", status));
    }
    let now = om.now;
    om.change_addon(&addon.base.id, |addon| addon.base.stamps.delete(now));
    Ok(Reply::empty(204))
}

pub(crate) fn publish(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let addon = find(om, call)?;
    let status = addon.base.status(om.now);
    let mut faults = om.addon_faults(&addon);
    if status != "draft" {
        faults = vec![Fault {
            code: "addon_invalid_status_for_publish",
            message: "only add-ons in draft status can be published",
            field: "$.status".to_owned(),
        }];
    }
    if !faults.is_empty() {
        return Err(unpublishable("add-on", &faults));
    }
    let now = om.now;
    let previous: Vec<String> = om
        .addons
        .iter()
        .filter(|known| known.base.key == addon.base.key && known.base.status(now) == "active")
        .map(|known| known.base.id.clone())
        .collect();
    for id in previous {
        om.change_addon(&id, |addon| addon.base.effective_to = Some(now));
    }
    om.change_addon(&addon.base.id, |addon| {
        addon.base.effective_from = Some(now)
    });
    om.addon_reply(&addon.base.id, 200)
}

pub(crate) fn archive(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let addon = find(om, call)?;
    let status = addon.base.status(om.now);
    if status != "active" {
        return Err(wrong_status("add-on", "archived", status));
    }
    let now = om.now;
    om.change_addon(&addon.base.id, |addon| addon.base.effective_to = Some(now));
    om.addon_reply(&addon.base.id, 200)
}
