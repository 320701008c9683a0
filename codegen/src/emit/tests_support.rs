use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::rust_type::rust;
use super::{Context, Files};
use crate::ir::{BodyFormat, Returns, Type};
use crate::names::snake;

/// Writes the tables by which the conformance tests find the Rust type of every schema, answer,
/// body and webhook.
pub(super) fn emit(context: &Context<'_>, files: &mut Files) {
    let mut out = context.header();
    out += "//! Where every schema, answer, body and webhook went.\n\n";
    let models = match context.target.name {
        "polar" => "polar_client::models",
        "openmeter-v1" => "openmeter_client::models",
        _ => "openmeter_client::v3::models",
    };
    let _ = writeln!(out, "#[allow(unused_imports)]\nuse {models}::*;");
    out += "#[allow(unused_imports)]\nuse client_core::json::{Map, Value};\n#[allow(unused_imports)]\nuse client_core::wire::{Decimal, IsoDuration};\n#[allow(unused_imports)]\nuse client_core::{Page, Secret};\n#[allow(unused_imports)]\nuse time::{Date, OffsetDateTime};\n\nuse crate::samples::{Entry, entry, page_entry};\n\n";
    let mut responses = BTreeMap::new();
    let mut requests = BTreeMap::new();
    let mut events = BTreeMap::new();
    for operation in &context.api.operations {
        let key = format!("{} {}", operation.method, operation.path);
        let ty = match &operation.returns {
            Returns::Json(ty) | Returns::MaybeJson(ty) | Returns::JsonOrCsv(ty) => Some(ty.clone()),
            Returns::Page(ty, _) => Some(Type::Page(Box::new(ty.clone()))),
            _ => None,
        };
        if let Some(ty) = ty {
            responses.insert(key.clone(), ty);
        }
        if let Some(body) = &operation.body {
            if body.format == BodyFormat::CloudEvents {
                // One event or a batch.
                events.insert(key, body.ty.clone());
            } else {
                requests.insert(key, body.ty.clone());
            }
        }
    }
    let webhooks: BTreeMap<String, Type> = context
        .api
        .webhooks
        .iter()
        .filter_map(|(event, _)| {
            // Through the union, which decides by the type.
            let union = context.api.webhook_union.clone()?;
            Some((event.clone(), Type::Named(union)))
        })
        .collect();
    let schemas: BTreeMap<String, Type> = context
        .api
        .schemas
        .iter()
        .map(|(name, ty)| (name.clone(), ty.clone()))
        .collect();
    table(
        &mut out,
        "RESPONSES",
        "The answer of every operation, by method and path.",
        &responses,
    );
    table(
        &mut out,
        "REQUESTS",
        "The body of every operation, by method and path.",
        &requests,
    );
    table(
        &mut out,
        "EVENTS",
        "The event of every ingestion, by method and path.",
        &events,
    );
    table(
        &mut out,
        "WEBHOOKS",
        "The payload of every webhook, by event type.",
        &webhooks,
    );
    table(
        &mut out,
        "SCHEMAS",
        "Every schema of the document, by name.",
        &schemas,
    );
    let operations: Vec<String> = context
        .api
        .operations
        .iter()
        .map(|operation| {
            format!(
                "    ({:?}, {:?}),\n",
                operation.id,
                format!("{} {}", operation.method, operation.path)
            )
        })
        .collect();
    let _ = writeln!(
        out,
        "/// Every operation of the document: its id, its method and path.\npub static OPERATIONS: &[(&str, &str)] = &[\n{}];",
        operations.concat()
    );
    let path =
        PathBuf::from("tests/src/generated").join(format!("{}.rs", snake(context.target.name)));
    files.insert(path, out);
}

fn table(out: &mut String, name: &str, doc: &str, entries: &BTreeMap<String, Type>) {
    let _ = writeln!(out, "/// {doc}\npub static {name}: &[(&str, Entry)] = &[");
    for (key, ty) in entries {
        let entry = match ty {
            Type::Page(item) => format!("page_entry::<{}>", rust(item)),
            other => format!("entry::<{}>", rust(other)),
        };
        let _ = writeln!(out, "    ({key:?}, {entry}),");
    }
    out.push_str("];\n\n");
}
