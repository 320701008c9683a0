//! Every schema-valid sample of every answer, webhook and body decodes, and encodes to the same
//! JSON, so that it cannot have gone into another branch of a union than the one it was made for.

use std::collections::BTreeMap;

use billing_tests::generated::{openmeter_v1, openmeter_v3, polar};
use billing_tests::samples::{Entry, difference, is_page, items_of};
use billing_tests::shared;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Samples {
    roots: Vec<Root>,
}

#[derive(Deserialize)]
struct Root {
    kind: String,
    name: String,
    ops: Vec<String>,
    samples: Vec<Value>,
}

type Table = &'static [(&'static str, Entry)];

struct Tables {
    responses: Table,
    requests: Table,
    events: Table,
    webhooks: Table,
}

const POLAR: Tables = Tables {
    responses: polar::RESPONSES,
    requests: polar::REQUESTS,
    events: polar::EVENTS,
    webhooks: polar::WEBHOOKS,
};
const V1: Tables = Tables {
    responses: openmeter_v1::RESPONSES,
    requests: openmeter_v1::REQUESTS,
    events: openmeter_v1::EVENTS,
    webhooks: openmeter_v1::WEBHOOKS,
};
const V3: Tables = Tables {
    responses: openmeter_v3::RESPONSES,
    requests: openmeter_v3::REQUESTS,
    events: openmeter_v3::EVENTS,
    webhooks: openmeter_v3::WEBHOOKS,
};

impl Tables {
    /// The event of an ingestion, whose body is one or a batch.
    fn event(&self, operation: &str) -> Option<Entry> {
        self.events
            .iter()
            .find(|(place, _)| *place == operation)
            .map(|(_, entry)| *entry)
    }

    fn entry(&self, root: &Root, operation: &str) -> Option<Entry> {
        let table: BTreeMap<&str, Entry> = match root.kind.as_str() {
            "request" => self.requests,
            "webhook" => self.webhooks,
            _ => self.responses,
        }
        .iter()
        .copied()
        .collect();
        let without_status = operation
            .rsplit_once(' ')
            .map_or(operation, |(place, status)| {
                if status.chars().all(|c| c.is_ascii_digit()) {
                    place
                } else {
                    operation
                }
            });
        table.get(without_status).copied()
    }
}

fn each(file: &str, tables: &Tables, check: &mut dyn FnMut(&str, Entry, &Value)) -> usize {
    let Some(samples) = shared::json::<Samples>(&format!("samples/{file}.json")) else {
        return 0;
    };
    let mut count = 0;
    for root in &samples.roots {
        for operation in &root.ops {
            let place = format!("{file} {} ({operation})", root.name);
            let entry = tables
                .event(operation)
                .or_else(|| tables.entry(root, operation));
            let entry = entry.unwrap_or_else(|| panic!("no Rust type for {place}"));
            for sample in &root.samples {
                count += 1;
                match (tables.event(operation), sample) {
                    (Some(event), Value::Array(batch)) => {
                        batch.iter().for_each(|sample| check(&place, event, sample));
                    }
                    _ => check(&place, entry, sample),
                }
            }
        }
    }
    count
}

fn round_trips(file: &str, tables: &Tables) {
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    let mut failed = 0;
    let count = each(file, tables, &mut |place, entry, sample| {
        let text = sample.to_string();
        let found = match entry(text.as_bytes()) {
            Err(error) => Some(error.to_string()),
            Ok(ours) => {
                let page = is_page(sample) && ours.get("items").is_some();
                let theirs = if page {
                    items_of(sample)
                } else {
                    sample.clone()
                };
                difference("", &ours, &theirs)
            }
        };
        if let Some(found) = found {
            failed += 1;
            failures.entry(place.to_owned()).or_insert(found);
        }
    });
    println!("{file}: {count} samples, {failed} failed");
    assert!(
        failures.is_empty(),
        "{file}: {failed} of {count} failed:\n{failures:#?}"
    );
}

/// Adds an unknown field to every object but those at the given paths.
fn with_unknown_fields(value: &Value, path: &str, but: &[String]) -> Value {
    match value {
        Value::Object(fields) => {
            let below = |key: &str| {
                if path.is_empty() {
                    key.to_owned()
                } else {
                    format!("{path}.{key}")
                }
            };
            let mut all: serde_json::Map<String, Value> = fields
                .iter()
                .map(|(key, value)| (key.clone(), with_unknown_fields(value, &below(key), but)))
                .collect();
            if !but.iter().any(|known| known == path) {
                all.insert(
                    "zz_unknown".to_owned(),
                    json!({ "nested": [1, "two", null] }),
                );
            }
            Value::Object(all)
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| with_unknown_fields(item, &format!("{path}[{index}]"), but))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A map of typed values may refuse what is no such value: the error then points into the added
/// field itself, and the map is left as it was.
fn survives_unknown_fields(file: &str, tables: &Tables) {
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    each(file, tables, &mut |place, entry, sample| {
        let mut maps: Vec<String> = Vec::new();
        loop {
            let text = with_unknown_fields(sample, "", &maps).to_string();
            let Err(error) = entry(text.as_bytes()) else {
                break;
            };
            match error.path().split_once("zz_unknown") {
                Some((map, _)) if maps.len() < 200 => {
                    maps.push(map.trim_end_matches('.').to_owned())
                }
                _ => {
                    failures
                        .entry(place.to_owned())
                        .or_insert(error.to_string());
                    break;
                }
            }
        }
    });
    assert!(failures.is_empty(), "{file}:\n{failures:#?}");
}

/// The places of all texts, positions in lists left out.
fn texts(value: &Value, path: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                texts(value, &format!("{path}/{escaped}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &format!("{path}/{index}"), found);
            }
        }
        Value::String(_) => {
            let kind: Vec<&str> = path
                .split('/')
                .map(|step| {
                    if step.chars().all(|c| c.is_ascii_digit()) {
                        ""
                    } else {
                        step
                    }
                })
                .collect();
            found
                .entry(kind.join("/"))
                .or_insert_with(|| path.to_owned());
        }
        _ => {}
    }
}

/// Puts a text that no document knows in every place of a text, one at a time: it decodes, and
/// comes back. A place whose texts have a format (times, dates) refuses it, and says so.
fn keeps_unknown_texts(file: &str, tables: &Tables) {
    const UNKNOWN: &str = "zz_unknown";
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    let mut seen: std::collections::HashSet<(String, String)> = std::collections::HashSet::new();
    let mut kept = 0;
    each(file, tables, &mut |place, entry, sample| {
        let mut found = BTreeMap::new();
        texts(sample, "", &mut found);
        for (kind, pointer) in found {
            let root = place.split(" (").next().unwrap_or(place);
            if !seen.insert((root.to_owned(), kind.clone())) {
                continue;
            }
            let mut changed = sample.clone();
            if let Some(text) = changed.pointer_mut(&pointer) {
                *text = Value::String(UNKNOWN.to_owned());
            }
            let outcome = match entry(changed.to_string().as_bytes()) {
                Ok(ours) => {
                    let page = is_page(sample) && ours.get("items").is_some();
                    let theirs = if page { items_of(&changed) } else { changed };
                    kept += 1;
                    difference("", &ours, &theirs)
                }
                Err(error) => {
                    let format = error.expected();
                    (!format.starts_with("RFC 3339") && !format.starts_with("date"))
                        .then(|| error.to_string())
                }
            };
            if let Some(outcome) = outcome {
                failures
                    .entry(format!("{place}: {kind}"))
                    .or_insert(outcome);
            }
        }
    });
    println!("{file}: {kept} unknown texts kept");
    assert!(
        failures.is_empty(),
        "{file}: {}\n{failures:#?}",
        failures.len()
    );
}

#[test]
fn unknown_enum_values_and_variants_are_kept_everywhere() {
    keeps_unknown_texts("polar-response", &POLAR);
    keeps_unknown_texts("openmeter-v1-response", &V1);
    keeps_unknown_texts("openmeter-v3-response", &V3);
}

#[test]
fn every_polar_answer_and_webhook_decodes_and_encodes_to_the_same_json() {
    round_trips("polar-response", &POLAR);
}

#[test]
fn every_polar_body_is_expressible() {
    round_trips("polar-request", &POLAR);
}

#[test]
fn every_openmeter_v1_answer_decodes_and_encodes_to_the_same_json() {
    round_trips("openmeter-v1-response", &V1);
}

#[test]
fn every_openmeter_v1_body_is_expressible() {
    round_trips("openmeter-v1-request", &V1);
}

#[test]
fn every_openmeter_v3_answer_decodes_and_encodes_to_the_same_json() {
    round_trips("openmeter-v3-response", &V3);
}

#[test]
fn every_openmeter_v3_body_is_expressible() {
    round_trips("openmeter-v3-request", &V3);
}

#[test]
fn unknown_fields_are_ignored_everywhere() {
    survives_unknown_fields("polar-response", &POLAR);
    survives_unknown_fields("openmeter-v1-response", &V1);
    survives_unknown_fields("openmeter-v3-response", &V3);
}
