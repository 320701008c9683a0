use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Context, Files};
use crate::ir::{Gate, Kind, TypeDef};
use crate::names::snake;

/// What the model files bring into scope; no type of an API may have one of these names.
const IMPORTS: &str = "use client_core::json::Key::{Optional, Required};
use client_core::json::{Decode, Encode, Failed, Fill, Kind, Map, Probe, Raw, Reader, Value, Writer};
use client_core::wire::{Decimal, IsoDuration, OpenEnum, Patch};
use client_core::{Boxed, Page, Secret};
use time::{Date, OffsetDateTime};
";

/// Writes the types: one file for each resource, one for each type that several resources share.
pub(super) fn emit(context: &Context<'_>, files: &mut Files) {
    let mut groups: BTreeMap<String, (BTreeSet<Gate>, Vec<&TypeDef>)> = BTreeMap::new();
    for def in context.api.types.values() {
        let group = groups.entry(group_name(context, def)).or_default();
        group.0.extend(def.gates.iter().cloned());
        group.1.push(def);
    }
    let mut root = context.header();
    root += "//! The types of the API: bodies, answers, webhook payloads.\n\n";
    for line in IMPORTS.lines() {
        let _ = writeln!(root, "#[allow(unused_imports)]\n{line}");
    }
    root += "\nmod ids;\npub use ids::*;\n";
    for (name, (gates, defs)) in &groups {
        let cfg = cfg_of(gates);
        let _ = writeln!(root, "\n{cfg}mod {name};\n{cfg}pub use {name}::*;");
        let mut text = String::new();
        let mut decoded = Vec::new();
        let mut encoded = Vec::new();
        for def in defs {
            text += &match &def.kind {
                Kind::Struct(object) => context.structure(def, object),
                Kind::Enum(values) => context.enumeration(def, values),
                Kind::Union(union) => context.union(def, union),
            };
            if !matches!(def.kind, Kind::Enum(_)) {
                decoded.push((def.in_responses, def.name.clone()));
                encoded.push((def.in_requests, def.name.clone()));
            }
        }
        text += &serde("decode", "deserialize", &decoded);
        text += &serde("encode", "serialize", &encoded);
        let imports = imports(context, gates, defs, &text);
        let text = format!("{}{imports}{text}", context.header());
        files.insert(context.file(&format!("models/{name}.rs")), text);
    }
    files.insert(context.file("models.rs"), root);
    files.insert(context.file("models/ids.rs"), ids(context));
}

/// Imports what a file mentions. Name by name, because the compiler would plant each of a
/// thousand types into each of the files.
fn imports(context: &Context<'_>, gates: &BTreeSet<Gate>, defs: &[&TypeDef], text: &str) -> String {
    let mentioned = identifiers(text);
    let own: BTreeSet<&str> = defs.iter().map(|def| def.name.as_str()).collect();
    // A variant may have the name of a type that is not always there, and does not mean it.
    let there = context
        .api
        .types
        .values()
        .filter(|def| gates.iter().all(|gate| covers(&def.gates, gate)))
        .map(|def| def.name.as_str());
    let ids = context.api.ids.iter().map(String::as_str);
    let names: BTreeSet<&str> = there
        .chain(ids)
        .filter(|name| !own.contains(name))
        .chain(identifiers(IMPORTS))
        .filter(|name| {
            // A trait is not named where its constant is.
            let used =
                mentioned.contains(name) || *name == "OpenEnum" && mentioned.contains("VALUES");
            used && *name != "Key"
        })
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = names.into_iter().collect();
    // The features decide which impls are there, and so which names they use.
    format!(
        "#[allow(unused_imports)]\nuse super::{{{}}};\n\n",
        names.join(", ")
    )
}

/// Whether a type with these gates is there wherever `gate` is open.
pub(super) fn covers<'a>(gates: impl IntoIterator<Item = &'a Gate>, gate: &Gate) -> bool {
    gates.into_iter().any(|own| {
        own.feature == gate.feature && (own.stability.is_none() || own.stability == gate.stability)
    })
}

/// The names in Rust code, without those in comments and texts.
fn identifiers(code: &str) -> BTreeSet<&str> {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').step_by(2))
        .flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect()
}

fn ids(context: &Context<'_>) -> String {
    let mut text = context.header();
    text += "client_core::string_ids! {\n";
    for id in &context.api.ids {
        let words = crate::names::phrase(id.strip_suffix("Id").unwrap_or(id));
        let article = if words.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        };
        let _ = writeln!(text, "    /// The id of {article} {words}.\n    {id},");
    }
    text += "}\n";
    text
}

fn serde(direction: &str, feature: &str, types: &[(bool, String)]) -> String {
    let mut out = String::new();
    for always in [true, false] {
        let names: Vec<&str> = types
            .iter()
            .filter(|(needed, _)| *needed == always)
            .map(|(_, name)| name.as_str())
            .collect();
        if !names.is_empty() {
            if !always {
                let _ = writeln!(out, "#[cfg(feature = \"{feature}\")]");
            }
            let _ = writeln!(
                out,
                "client_core::serde_via_json! {{ {direction}:\n    {},\n}}\n",
                names.join(",\n    ")
            );
        }
    }
    out
}

/// Types of one feature live together; a shared one has a file of its own.
fn group_name(context: &Context<'_>, def: &TypeDef) -> String {
    let features: BTreeSet<&str> = def.gates.iter().map(|gate| gate.feature.as_str()).collect();
    let mut one = features.iter();
    match (one.next(), one.next()) {
        (Some(feature), None) => {
            let prefix = context.target.feature_prefix;
            let stable = def.gates.iter().any(|gate| gate.stability.is_none());
            let base = snake(feature.strip_prefix(prefix).unwrap_or(feature));
            if stable {
                return base;
            }
            let has = |stability| {
                let mut gates = def.gates.iter();
                gates.any(|gate| gate.stability.as_deref() == Some(stability))
            };
            // A file is there as a whole or not at all.
            let suffix = match (has("v3-unstable"), has("v3-internal")) {
                (true, true) => "preview",
                (true, false) => "unstable",
                _ => "internal",
            };
            format!("{base}_{suffix}")
        }
        _ => format!("shared_{}", snake(&def.name)),
    }
}

/// The attribute for a set of gates.
pub(super) fn cfg_of(gates: &BTreeSet<Gate>) -> String {
    let mut alternatives: Vec<String> = Vec::new();
    for gate in gates {
        let feature = format!("feature = {:?}", gate.feature);
        let stable = gates
            .iter()
            .any(|other| other.feature == gate.feature && other.stability.is_none());
        let text = match &gate.stability {
            Some(stability) if !stable => format!("all({feature}, feature = {stability:?})"),
            _ => feature,
        };
        if !alternatives.contains(&text) {
            alternatives.push(text);
        }
    }
    match alternatives.as_slice() {
        [] => String::new(),
        [only] => format!("#[cfg({only})]\n"),
        several => format!("#[cfg(any({}))]\n", several.join(", ")),
    }
}
