//! Whether the phrases are true where they stand, as far as a program can tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::Context;
use crate::ir::Kind;
use crate::overlay::product;

/// Finds phrases that serve where they cannot be true: an unlimited phrase for a type, a field of a
/// type or a value that both products take, a text that names one product or version and serves
/// another, and keys that are limited to a document that does not exist.
pub fn faults(contexts: &[Context<'_>]) -> Vec<String> {
    let mut served: BTreeMap<Served<'_>, BTreeSet<&str>> = BTreeMap::new();
    for context in contexts {
        for phrase in all(context) {
            served
                .entry(phrase)
                .or_default()
                .insert(context.target.name);
        }
    }
    let mut faults = Vec::new();
    for ((table, key, text), documents) in served {
        let products: BTreeSet<&str> = documents.iter().map(|name| product(name)).collect();
        let shared = || documents.iter().copied().collect::<Vec<_>>().join(" and ");
        if products.len() > 1 && !matches!(table, "field" | "query") {
            faults.push(format!(
                "[{table}] {key:?} serves {}: limit it to one",
                shared()
            ));
        } else if documents.len() > 1 && names_one(text) {
            faults.push(format!(
                "[{table}] {key:?} names one API and serves {}",
                shared()
            ));
        }
    }
    let phrases = contexts.iter().map(|context| context.phrases).take(1);
    for key in phrases.flat_map(crate::overlay::Phrases::keys) {
        if let Some((limit, _)) = key.split_once(':')
            && !contexts.iter().any(|context| {
                context.target.name == limit || product(context.target.name) == limit
            })
        {
            faults.push(format!("{key:?} is limited to an unknown document"));
        }
    }
    faults
}

/// Fields that are always there and never `null`, whose docs say when they are absent or `null`.
pub fn doubtful(context: &Context<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for def in context.api.types.values() {
        let Kind::Struct(body) = &def.kind else {
            continue;
        };
        for field in body.fields.iter().filter(|it| it.required && !it.nullable) {
            let phrase = context
                .phrases
                .about_field(context.target.name, &def.origin, &field.wire);
            if let Some((table, key, text)) = phrase
                && text
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| matches!(word, "absent" | "null"))
            {
                found.push(format!(
                    "{}.{} by [{table}] {key}: {text}",
                    def.origin, field.wire
                ));
            }
        }
    }
    found
}

/// The table, the key and the text of a phrase.
type Served<'a> = (&'a str, &'a str, &'a str);

/// Every phrase that a document takes.
fn all<'a>(context: &Context<'a>) -> Vec<Served<'a>> {
    let (name, phrases) = (context.target.name, context.phrases);
    let mut found = Vec::new();
    for def in context.api.types.values() {
        let about = phrases.about_type(name, &def.origin, &def.name);
        found.extend(about.map(|(key, text)| ("type", key, text)));
        match &def.kind {
            Kind::Struct(body) => found.extend(
                body.fields
                    .iter()
                    .filter_map(|field| phrases.about_field(name, &def.origin, &field.wire)),
            ),
            Kind::Enum(values) => found.extend(values.iter().filter_map(|value| {
                let (key, text) = phrases.about_value(name, &def.origin, &value.wire)?;
                Some(("enum_value", key, text))
            })),
            Kind::Union(_) => {}
        }
    }
    for operation in &context.api.operations {
        found.extend(
            operation
                .query
                .iter()
                .filter_map(|it| phrases.about_query(name, &operation.builder, it.innermost())),
        );
    }
    found
}

/// Whether a text speaks of one API by name.
fn names_one(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| matches!(word, "Polar" | "OpenMeter" | "v1" | "v3"))
}
