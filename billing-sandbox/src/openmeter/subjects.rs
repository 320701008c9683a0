//! Subjects, the predecessor of customers.

use super::body::{finish, render};
use super::model::{Stamps, Subject};
use super::problem::problem;
use super::{Call, OpenMeter};
use crate::check::Check;
use crate::check::rules::{list, text};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Map, Value, json};

fn subject_json(subject: &Subject) -> Value {
    let mut map = render(
        &subject.stamps,
        json!({"id": subject.id, "key": subject.key}),
    );
    map.extend(subject.fields.clone());
    Value::Object(map)
}

impl OpenMeter {
    fn subject(&self, id_or_key: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| {
            subject.stamps.deleted.is_none()
                && (subject.id == id_or_key || subject.key == id_or_key)
        })
    }
}

pub(crate) fn list_all(om: &mut OpenMeter, _call: &Call<'_>) -> Outcome {
    let all: Vec<Value> = om
        .subjects
        .iter()
        .filter(|subject| subject.stamps.deleted.is_none())
        .map(subject_json)
        .collect();
    Ok(Reply::json(200, &json!(all)))
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let id = call.argument(0);
    let subject = om
        .subject(id)
        .ok_or_else(|| problem(404, format!("subject not found: {id}")))?;
    Ok(Reply::json(200, &subject_json(subject)))
}

/// Makes or changes subjects by key; the body is a list.
pub(crate) fn upsert(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let items = list(0, |at| {
        let body = at.object();
        let key = body.required("key", text(1, usize::MAX));
        let mut fields = Map::new();
        for name in [
            "displayName",
            "metadata",
            "currentPeriodStart",
            "currentPeriodEnd",
            "stripeCustomerId",
        ] {
            if let Some(at) = body.get(name) {
                fields.insert(name.to_owned(), at.value.clone());
            }
        }
        Some((key, fields))
    })(&check.at(&value, &[]))
    .unwrap_or_default();
    finish(&check, "SubjectUpsert")?;
    let now = om.now;
    let mut answered = Vec::new();
    for (key, fields) in items {
        let existing = om
            .subjects
            .iter_mut()
            .find(|subject| subject.key == key && subject.stamps.deleted.is_none());
        match existing {
            Some(subject) => {
                subject.fields.extend(fields);
                subject.stamps.updated = now;
                answered.push(subject_json(subject));
            }
            None => {
                let subject = Subject {
                    id: id::ulid(now),
                    stamps: Stamps::new(now),
                    key,
                    fields,
                };
                answered.push(subject_json(&subject));
                om.subjects.push(subject);
            }
        }
    }
    Ok(Reply::json(200, &json!(answered)))
}

pub(crate) fn delete(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let wanted = call.argument(0);
    let id = om
        .subject(wanted)
        .map(|subject| subject.id.clone())
        .ok_or_else(|| problem(404, format!("subject not found: {wanted}")))?;
    let now = om.now;
    for subject in om.subjects.iter_mut().filter(|subject| subject.id == id) {
        subject.stamps.delete(now);
    }
    Ok(Reply::empty(204))
}
