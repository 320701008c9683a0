//! Customers, by id and by the application's own id.

use super::body::{address, finish, metadata, refuse_organization};
use super::error;
use super::model::Customer;
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::Check;
use crate::check::rules::{email, one_of, string, text};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const EMAIL_TAKEN: &str = "A customer with this email address already exists.";
const EXTERNAL_TAKEN: &str = "A customer with this external ID already exists.";

fn same_email(left: Option<&str>, right: &str) -> bool {
    left.is_some_and(|left| left.to_lowercase() == right.to_lowercase())
}

fn avatar(email: &str) -> String {
    let digest = Sha256::digest(email.to_lowercase().as_bytes());
    format!(
        "https://www.gravatar.com/avatar/{}?d=404",
        hex::encode(digest)
    )
}

/// A tax id with the kind that its country gives it.
fn tax_id(number: Option<String>, address: &Value) -> Result<Value, Box<Reply>> {
    const EU: &[&str] = &[
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ];
    let Some(number) = number else {
        return Ok(Value::Null);
    };
    let Some(country) = address.get("country").and_then(Value::as_str) else {
        return Err(error::broken_rule(
            &["body", "tax_id"],
            "Country is required to validate tax ID.",
            json!(number),
        ));
    };
    let kind = match country {
        "GB" => "gb_vat",
        "US" => "us_ein",
        "CH" => "ch_vat",
        "NO" => "no_vat",
        _ if EU.contains(&country) => "eu_vat",
        _ => return Err(error::not_implemented(&format!("tax ids of {country}"))),
    };
    Ok(json!([number, kind]))
}

impl Polar {
    /// A customer that is not deleted.
    pub(crate) fn customer_by_id(&self, id: &str) -> Option<&Customer> {
        self.customers
            .iter()
            .find(|customer| customer.id == id && customer.deleted_at.is_none())
    }

    pub(crate) fn customer_by_external(&self, external_id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| {
            customer.external_id.as_deref() == Some(external_id) && customer.deleted_at.is_none()
        })
    }

    pub(crate) fn customer_by_email(&self, email: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| {
            same_email(customer.email.as_deref(), email) && customer.deleted_at.is_none()
        })
    }

    pub(crate) fn customer_json(&self, customer: &Customer) -> Value {
        json!({
            "id": customer.id,
            "created_at": time_text(customer.created_at),
            "modified_at": customer.modified_at.map(time_text),
            "metadata": customer.metadata,
            "external_id": customer.external_id,
            "email": customer.email,
            "email_verified": false,
            "type": customer.kind,
            "name": customer.name,
            "billing_name": customer.name,
            "billing_address": customer.billing_address,
            "tax_id": customer.tax_id,
            "locale": customer.locale,
            "organization_id": self.organization.id,
            "default_payment_method_id": null,
            "deleted_at": customer.deleted_at.map(time_text),
            "first_user_event_at": null,
            "avatar_url": customer.email.as_deref().map(avatar),
        })
    }

    /// Any customer by id, deleted ones too, for objects that name it.
    pub(crate) fn any_customer_json(&self, id: &str) -> Value {
        self.customers
            .iter()
            .find(|customer| customer.id == id)
            .map_or(Value::Null, |customer| self.customer_json(customer))
    }

    /// Adds a customer and tells the webhooks.
    pub(crate) fn add_customer(&mut self, customer: Customer) -> String {
        let id = customer.id.clone();
        self.customers.push(customer);
        self.emit_customer("customer.created", &id);
        self.emit_state(&id);
        id
    }

    fn emit_customer(&mut self, kind: &'static str, id: &str) {
        let data = self.any_customer_json(id);
        self.emit(kind, &data);
    }

    fn resolve(&self, call: &Call<'_>, external: bool) -> Result<String, Box<Reply>> {
        let found = if external {
            self.customer_by_external(call.argument(0))
        } else {
            self.customer_by_id(&call.uuid(0, "id")?)
        };
        found
            .map(|customer| customer.id.clone())
            .ok_or_else(error::resource_not_found)
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("individual")
        .to_owned();
    let at = check.at(&value, &["body"]);
    if !matches!(kind.as_str(), "individual" | "team") {
        at.fail(
            "union_tag_invalid",
            format!(
                "Input tag '{kind}' found using 'type' does not match any of the expected tags: \
                 'individual', 'team'"
            ),
            Some(json!({"discriminator": "'type'", "tag": kind})),
        );
        finish(&check)?;
    }
    let body = at.branch(&kind).object();
    let metadata = body.optional("metadata", metadata).unwrap_or_default();
    let email = if kind == "individual" {
        Some(body.required("email", email))
    } else {
        body.nullable("email", email)
    };
    let external_id = body
        .nullable("external_id", string)
        .filter(|text| !text.is_empty());
    let name = body.nullable("name", text(0, 256));
    let billing_address = body
        .nullable("billing_address", address)
        .unwrap_or_default();
    let number = body.nullable("tax_id", string);
    let locale = body.nullable("locale", string);
    let owner = body.nullable("owner", |at| {
        Some(at.object().required("email", email_rule))
    });
    if kind == "team" && email.is_none() && owner.is_none() {
        at.fail(
            "value_error",
            "Value error, Either `email` or `owner` with an email is required for a team customer.",
            None,
        );
    }
    finish(&check)?;
    refuse_organization(&body)?;
    let tax_id = tax_id(number, &billing_address)?;
    let mut issues = Vec::new();
    if let Some(email) = &email
        && polar.customer_by_email(email).is_some()
    {
        issues.push(error::rule(&["body", "email"], EMAIL_TAKEN, json!(email)));
    }
    if let Some(external_id) = &external_id
        && polar.customer_by_external(external_id).is_some()
    {
        issues.push(error::rule(
            &["body", "external_id"],
            EXTERNAL_TAKEN,
            json!(external_id),
        ));
    }
    if !issues.is_empty() {
        return Err(error::broken_rules(&issues));
    }
    let id = polar.add_customer(Customer {
        id: id::uuid(),
        created_at: polar.now,
        modified_at: None,
        kind,
        external_id,
        email,
        name,
        billing_address,
        tax_id,
        locale,
        metadata,
        deleted_at: None,
    });
    Ok(Reply::json(201, &polar.any_customer_json(&id)))
}

fn email_rule(at: &crate::check::At<'_>) -> Option<String> {
    email(at)
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, false)?;
    Ok(Reply::json(200, &polar.any_customer_json(&id)))
}

pub(crate) fn get_external(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, true)?;
    Ok(Reply::json(200, &polar.any_customer_json(&id)))
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at", "email", "name"], "-created_at");
    let organizations = query.uuids("organization_id");
    let email = query.text("email");
    let search = query.text("query").map(str::to_lowercase);
    let active = query.boolean("active");
    query.finish()?;
    let organization = polar.organization.id.clone();
    let contains = |field: &Option<String>, text: &str| {
        field
            .as_ref()
            .is_some_and(|field| field.to_lowercase().contains(text))
    };
    let found: Vec<&Customer> = polar
        .customers
        .iter()
        .filter(|customer| {
            customer.deleted_at.is_none()
                && Query::passes(&organizations, &organization)
                && email.is_none_or(|email| same_email(customer.email.as_deref(), email))
                && search.as_ref().is_none_or(|text| {
                    contains(&customer.email, text)
                        || contains(&customer.name, text)
                        || contains(&customer.external_id, text)
                })
                && active.is_none_or(|wanted| {
                    let has = polar.subscriptions.iter().any(|subscription| {
                        subscription.customer_id == customer.id && subscription.is_active()
                    });
                    has == wanted
                })
                && query.metadata_matches(&customer.metadata)
        })
        .collect();
    Ok(query.page(
        found,
        |customer, name| match name {
            "email" => customer
                .email
                .as_deref()
                .map_or(SortKey::Nothing, SortKey::text),
            "name" => customer
                .name
                .as_deref()
                .map_or(SortKey::Nothing, SortKey::text),
            _ => SortKey::time(customer.created_at),
        },
        |customer| polar.customer_json(customer),
    ))
}

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, false)?;
    change(polar, call, &id, true)
}

pub(crate) fn update_external(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, true)?;
    change(polar, call, &id, false)
}

fn change(polar: &mut Polar, call: &Call<'_>, id: &str, by_id: bool) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).object();
    let metadata = body.optional("metadata", metadata);
    let email = body.nullable("email", email);
    let name = body.patch("name", text(0, 256));
    let billing_address = body.patch("billing_address", address);
    let number = body.patch("tax_id", string);
    let locale = body.patch("locale", string);
    let external_id = if by_id {
        body.patch("external_id", string)
    } else {
        None
    };
    let kind = if by_id {
        body.nullable("type", one_of(&["individual", "team"]))
    } else {
        None
    };
    finish(&check)?;
    let Some(customer) = polar.customer_by_id(id).cloned() else {
        return Err(error::resource_not_found());
    };
    let mut issues = Vec::new();
    if let Some(email) = &email
        && polar
            .customer_by_email(email)
            .is_some_and(|other| other.id != id)
    {
        issues.push(error::rule(&["body", "email"], EMAIL_TAKEN, json!(email)));
    }
    let external_id = external_id.map(|given| given.filter(|text| !text.is_empty()));
    if let Some(given) = &external_id
        && *given != customer.external_id
    {
        if customer.external_id.is_some() {
            let msg = "Customer external ID cannot be updated.";
            issues.push(error::rule(&["body", "external_id"], msg, json!(given)));
        } else if given
            .as_deref()
            .is_some_and(|id| polar.customer_by_external(id).is_some())
        {
            issues.push(error::rule(
                &["body", "external_id"],
                EXTERNAL_TAKEN,
                json!(given),
            ));
        }
    }
    if billing_address == Some(None) && !customer.billing_address.is_null() {
        issues.push(error::rule(
            &["body", "billing_address"],
            "Customer billing address cannot be reset to null once set.",
            Value::Null,
        ));
    }
    if kind.as_deref() == Some("individual") && customer.kind == "team" {
        let msg = "Customer type cannot be changed from team to individual.";
        issues.push(error::rule(&["body", "type"], msg, json!("individual")));
    }
    if !issues.is_empty() {
        return Err(error::broken_rules(&issues));
    }
    let address = match billing_address {
        Some(Some(address)) => address,
        _ => customer.billing_address.clone(),
    };
    let tax_id = match number {
        Some(number) => tax_id(number, &address)?,
        None => customer.tax_id.clone(),
    };
    let now = polar.now;
    let untouched = value.as_object().is_some_and(serde_json::Map::is_empty);
    if let Some(customer) = polar
        .customers
        .iter_mut()
        .find(|customer| customer.id == id)
    {
        customer.metadata = metadata.unwrap_or_else(|| customer.metadata.clone());
        customer.email = email.or_else(|| customer.email.clone());
        if let Some(name) = name {
            customer.name = name;
        }
        if let Some(locale) = locale {
            customer.locale = locale;
        }
        if let Some(external_id) = external_id {
            customer.external_id = external_id;
        }
        if let Some(kind) = kind {
            customer.kind = kind;
        }
        customer.billing_address = address;
        customer.tax_id = tax_id;
        if !untouched {
            customer.modified_at = Some(now);
        }
    }
    polar.emit_customer("customer.updated", id);
    polar.emit_state(id);
    Ok(Reply::json(200, &polar.any_customer_json(id)))
}

pub(crate) fn delete(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, false)?;
    remove(polar, call, &id)
}

pub(crate) fn delete_external(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, true)?;
    remove(polar, call, &id)
}

fn remove(polar: &mut Polar, call: &Call<'_>, id: &str) -> Outcome {
    let query = Query::new(call.request);
    let anonymize = query.boolean("anonymize").unwrap_or(false);
    query.finish()?;
    let now = polar.now;
    if let Some(customer) = polar
        .customers
        .iter_mut()
        .find(|customer| customer.id == id)
    {
        customer.deleted_at = Some(now);
        customer.modified_at = Some(now);
        if anonymize {
            let digest = hex::encode(Sha256::digest(customer.id.as_bytes()));
            customer.email = Some(format!("{}@redacted.polar.sh", &digest[..32]));
            customer.name = None;
            customer.external_id = customer.external_id.as_ref().map(|_| digest.clone());
        }
    }
    polar.emit_customer("customer.deleted", id);
    let running: Vec<String> = polar
        .subscriptions
        .iter()
        .filter(|subscription| subscription.customer_id == id && !subscription.has_ended())
        .map(|subscription| subscription.id.clone())
        .collect();
    for subscription in running {
        polar.revoke_subscription(&subscription);
    }
    polar.revoke_grants(|grant| grant.customer_id == id);
    polar.sessions.retain(|session| session.customer_id != id);
    Ok(Reply::empty(204).with("content-type", "application/json"))
}

pub(crate) fn state(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, false)?;
    Ok(Reply::json(200, &polar.state_json(&id)))
}

pub(crate) fn state_external(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = polar.resolve(call, true)?;
    Ok(Reply::json(200, &polar.state_json(&id)))
}
