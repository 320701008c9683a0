//! Customers.

use super::body::{currency, description, finish, metadata, name, put, render, string_list};
use super::model::{Customer, Stamps};
use super::page::{self, Key, contains, paged, sort};
use super::problem::{problem, problem_with};
use super::{Call, OpenMeter};
use crate::check::rules::{string, text};
use crate::check::{At, Check};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};

fn address(at: &At<'_>) -> Option<Value> {
    let body = at.object();
    let mut map = Map::new();
    let country = body.optional("country", text(2, 2));
    put(&mut map, json!({"country": country}));
    for field in [
        "postalCode",
        "state",
        "city",
        "line1",
        "line2",
        "phoneNumber",
    ] {
        put(&mut map, json!({field: body.optional(field, string)}));
    }
    Some(Value::Object(map))
}

struct Fields {
    key: Option<String>,
    name: String,
    description: Option<String>,
    metadata: Value,
    subject_keys: Option<Vec<String>>,
    primary_email: Option<String>,
    currency: Option<String>,
    billing_address: Value,
}

fn read(value: &Value, schema: &str) -> Result<Fields, Box<Reply>> {
    let check = Check::new();
    let body = check.at(value, &[]).object();
    let fields = Fields {
        key: body.optional("key", text(1, 256)),
        name: body.required("name", name),
        description: body.optional("description", description),
        metadata: body.optional("metadata", metadata).unwrap_or_default(),
        subject_keys: body.optional("usageAttribution", |at| {
            Some(at.object().required("subjectKeys", string_list))
        }),
        primary_email: body.optional("primaryEmail", string),
        currency: body.optional("currency", currency),
        billing_address: body.optional("billingAddress", address).unwrap_or_default(),
    };
    finish(&check, schema)?;
    if fields.key.is_none() && fields.subject_keys.as_ref().is_none_or(Vec::is_empty) {
        return Err(problem(
            400,
            "validation error: either key or usageAttribution.subjectKeys must be provided",
        ));
    }
    Ok(fields)
}

/// A 404 for a customer.
pub(crate) fn not_found(id: &str) -> Box<Reply> {
    problem(404, format!("customer with id or key {id} not found"))
}

impl OpenMeter {
    /// A customer that is not deleted.
    pub(crate) fn customer(&self, id_or_key: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| {
            customer.stamps.deleted.is_none()
                && (customer.id == id_or_key || customer.key.as_deref() == Some(id_or_key))
        })
    }

    /// The customer of a sub-resource: 404 when unknown, 412 when deleted.
    pub(crate) fn owner_of(&self, id_or_key: &str) -> Result<&Customer, Box<Reply>> {
        if let Some(customer) = self.customer(id_or_key) {
            return Ok(customer);
        }
        let deleted = self
            .customers
            .iter()
            .any(|known| known.id == id_or_key || known.key.as_deref() == Some(id_or_key));
        if deleted {
            return Err(problem(412, format!("customer is deleted: {id_or_key}")));
        }
        Err(not_found(id_or_key))
    }

    fn customer_json(&self, customer: &Customer, expand: bool) -> Value {
        let running = self.subscriptions.iter().find(|subscription| {
            subscription.customer_id == customer.id
                && matches!(subscription.status(self.now), "active" | "canceled")
        });
        let mut map = render(
            &customer.stamps,
            json!({
                "id": customer.id,
                "key": customer.key,
                "name": customer.name,
                "description": customer.description,
                "metadata": customer.metadata,
                "primaryEmail": customer.primary_email,
                "currency": customer.currency,
                "billingAddress": customer.billing_address,
                "currentSubscriptionId": running.map(|subscription| &subscription.id),
            }),
        );
        if let Some(keys) = &customer.subject_keys {
            map.insert("usageAttribution".into(), json!({"subjectKeys": keys}));
        }
        if expand {
            let all: Vec<Value> = self
                .subscriptions
                .iter()
                .filter(|subscription| subscription.customer_id == customer.id)
                .map(|subscription| self.subscription_json(subscription))
                .collect();
            map.insert("subscriptions".into(), json!(all));
        }
        Value::Object(map)
    }

    /// Refuses keys and subjects that another customer has.
    fn check_unique(&self, fields: &Fields, own: Option<&str>) -> Result<(), Box<Reply>> {
        let others = || {
            self.customers.iter().filter(|known| {
                known.stamps.deleted.is_none() && own.is_none_or(|own| known.id != own)
            })
        };
        if let Some(key) = &fields.key
            && others().any(|known| known.key.as_ref() == Some(key) || known.owns(key))
        {
            return Err(problem(
                409,
                format!("customer with key {key} already exists"),
            ));
        }
        for subject in fields.subject_keys.iter().flatten() {
            if let Some(other) = others().find(|known| known.owns(subject)) {
                return Err(problem_with(
                    409,
                    &format!(
                        "subject key {subject} is already used by customer {}",
                        other.id
                    ),
                    json!({"subjectKeys": [subject]}),
                ));
            }
        }
        Ok(())
    }
}

fn expands(call: &Call<'_>) -> Result<bool, Box<Reply>> {
    Ok(!page::words(call.request, "expand", &["subscriptions"])?.is_empty())
}

pub(crate) fn create(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let fields = read(&call.body()?, "CustomerCreate")?;
    om.check_unique(&fields, None)?;
    let customer = Customer {
        id: id::ulid(om.now),
        stamps: Stamps::new(om.now),
        key: fields.key,
        name: fields.name,
        description: fields.description,
        metadata: fields.metadata,
        subject_keys: fields.subject_keys,
        primary_email: fields.primary_email,
        currency: fields.currency,
        billing_address: fields.billing_address,
    };
    let reply = Reply::json(201, &om.customer_json(&customer, false));
    om.customers.push(customer);
    Ok(reply)
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let expand = expands(call)?;
    let id = call.argument(0);
    // A deleted customer can still be read by id.
    let deleted = || om.customers.iter().find(|customer| customer.id == id);
    let customer = om
        .customer(id)
        .or_else(deleted)
        .ok_or_else(|| not_found(id))?;
    Ok(Reply::json(200, &om.customer_json(customer, expand)))
}

pub(crate) fn list(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let expand = expands(call)?;
    let deleted = page::boolean(request, "includeDeleted")?;
    let plan = request.first("planKey");
    let mut found: Vec<&Customer> = om
        .customers
        .iter()
        .filter(|customer| {
            let subject = request.first("subject").is_none_or(|wanted| {
                customer
                    .subject_keys
                    .iter()
                    .flatten()
                    .any(|key| contains(Some(key), Some(wanted)))
            });
            let on_plan = plan.is_none_or(|plan| {
                om.subscriptions.iter().any(|subscription| {
                    subscription.customer_id == customer.id
                        && subscription.status(om.now) != "inactive"
                        && subscription
                            .plan
                            .as_ref()
                            .is_some_and(|(_, key, _)| key == plan)
                })
            });
            (deleted || customer.stamps.deleted.is_none())
                && contains(customer.key.as_deref(), request.first("key"))
                && contains(Some(&customer.name), request.first("name"))
                && contains(
                    customer.primary_email.as_deref(),
                    request.first("primaryEmail"),
                )
                && subject
                && on_plan
        })
        .collect();
    sort(
        request,
        &mut found,
        &["id", "name", "createdAt"],
        |customer, field| match field {
            "id" => Key::Text(customer.id.clone()),
            "name" => Key::Text(customer.name.clone()),
            _ => Key::Time(customer.stamps.created),
        },
    )?;
    paged(request, &found, |customer| {
        om.customer_json(customer, expand)
    })
}

pub(crate) fn update(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let fields = read(&call.body()?, "CustomerReplaceUpdate")?;
    let wanted = call.argument(0).to_owned();
    let gone = om
        .customers
        .iter()
        .any(|known| known.id == wanted && known.stamps.deleted.is_some());
    if gone {
        return Err(problem(409, format!("customer is deleted: {wanted}")));
    }
    let id = om
        .customer(&wanted)
        .map(|found| found.id.clone())
        .ok_or_else(|| not_found(&wanted))?;
    om.check_unique(&fields, Some(&id))?;
    let now = om.now;
    for customer in om.customers.iter_mut().filter(|customer| customer.id == id) {
        customer.key.clone_from(&fields.key);
        customer.name.clone_from(&fields.name);
        customer.description.clone_from(&fields.description);
        customer.metadata.clone_from(&fields.metadata);
        customer.subject_keys.clone_from(&fields.subject_keys);
        customer.primary_email.clone_from(&fields.primary_email);
        customer.currency.clone_from(&fields.currency);
        customer.billing_address.clone_from(&fields.billing_address);
        customer.stamps.updated = now;
    }
    let customer = om.customer(&id).ok_or_else(|| not_found(&id))?;
    Ok(Reply::json(200, &om.customer_json(customer, false)))
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let wanted = call.argument(0).to_owned();
    let id = om
        .customer(&wanted)
        .map(|found| found.id.clone())
        .ok_or_else(|| not_found(&wanted))?;
    let running: Vec<&str> = om
        .subscriptions
        .iter()
        .filter(|subscription| {
            subscription.customer_id == id
                && subscription.stamps.deleted.is_none()
                && subscription.status(om.now) != "inactive"
        })
        .map(|subscription| subscription.id.as_str())
        .collect();
    if !running.is_empty() {
        let message = "customer cannot be deleted while it has active subscriptions";
        return Err(problem_with(
            409,
            message,
            json!({"validationErrors": [{
                "code": "deleting_customer_with_active_subscriptions",
                "message": message,
                "severity": "critical",
                "subscriptions": running,
            }]}),
        ));
    }
    let now = om.now;
    for customer in om.customers.iter_mut().filter(|customer| customer.id == id) {
        customer.stamps.delete(now);
    }
    for entitlement in om
        .entitlements
        .iter_mut()
        .filter(|found| found.customer_id == id)
    {
        if entitlement.stamps.deleted.is_none() {
            entitlement.stamps.delete(now);
        }
    }
    Ok(Reply::empty(204))
}
