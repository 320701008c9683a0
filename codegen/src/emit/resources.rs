use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::docs::comment;
use super::models::cfg_of;
use super::{Context, Files};
use crate::ir::{Accessor, Gate, Operation, Returns};
use crate::names::pascal;
use crate::overlay;

/// A resource with its operations and the resources below it.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    /// The steps from the root.
    pub(super) path: Vec<Accessor>,
    /// The operations, in the order of the document.
    pub(super) operations: Vec<&'a Operation>,
    /// The resources below, by name.
    pub(super) children: BTreeMap<String, Self>,
}

impl<'a> Node<'a> {
    pub(super) fn tree(operations: &'a [Operation]) -> Self {
        let mut root = Self::default();
        for operation in operations {
            let mut node = &mut root;
            for (depth, step) in operation.resource.iter().enumerate() {
                node = node.children.entry(step.name.clone()).or_default();
                node.path = operation.resource.iter().take(depth + 1).cloned().collect();
            }
            node.operations.push(operation);
        }
        root
    }

    pub(super) fn gates(&self) -> BTreeSet<Gate> {
        let own = self
            .operations
            .iter()
            .map(|operation| operation.gate.clone());
        own.chain(self.children.values().flat_map(Self::gates))
            .collect()
    }

    /// The key of the resource in the overlay.
    pub(super) fn key(&self) -> String {
        let steps: Vec<String> = self
            .path
            .iter()
            .map(|step| match &step.binds {
                Some(parameter) => format!("{}({parameter})", step.name),
                None => step.name.clone(),
            })
            .collect();
        steps.join(".")
    }

    pub(super) fn name(&self) -> &str {
        self.path.last().map_or("", |step| step.name.as_str())
    }

    /// The module. The crate's own `webhooks` verifies deliveries, so the resource is named after
    /// what it manages.
    pub(super) fn module(&self) -> &str {
        match self.name() {
            "webhooks" => "webhook_endpoints",
            name => name,
        }
    }

    /// Path parameters that the accessors bind, with their Rust names.
    pub(super) fn bound(&self) -> Vec<(String, String)> {
        self.path
            .iter()
            .filter_map(|step| step.binds.clone())
            .map(|wire| (crate::names::snake(&wire), wire))
            .collect()
    }
}

/// Writes the modules of the resources and the accessors of the root.
pub(super) fn emit(context: &Context<'_>, files: &mut Files) {
    let tree = Node::tree(&context.api.operations);
    let mut root = context.header();
    let _ = writeln!(
        root,
        "//! Generated resources and types.\n// Lints about style are for code that people write.\n#![allow(clippy::style, clippy::complexity, clippy::use_self, clippy::large_enum_variant)]\n\npub mod models;\n"
    );
    for child in tree.children.values() {
        let cfg = cfg_of(&child.gates());
        let _ = writeln!(root, "{cfg}pub mod {};", child.module());
        module(context, child, "", files);
    }
    let _ = writeln!(root, "\nimpl crate::{} {{", root_path(context));
    for child in tree.children.values() {
        if context.target.handmade_accessors.contains(&child.name()) {
            continue;
        }
        root += &accessor(context, child, "self.client()");
    }
    root += "}\n";
    files.insert(context.root_file(), root);
}

fn root_path(context: &Context<'_>) -> String {
    match context.target.root {
        "V3" => "v3::V3".to_owned(),
        other => other.to_owned(),
    }
}

/// The type of a resource.
pub(super) fn type_of(node: &Node<'_>) -> String {
    pascal(node.module())
}

fn accessor(context: &Context<'_>, node: &Node<'_>, client: &str) -> String {
    let mut out = String::new();
    let title =
        resource(context, node).map_or_else(|| node.name().to_owned(), |it| it.title.clone());
    out += &comment(
        "    ",
        "///",
        &format!("Returns the operations on {}.", lower(&title)),
    );
    out += &indent(&cfg_of(&node.gates()));
    let _ = writeln!(
        out,
        "    pub fn {name}(&self{arguments}) -> {module}::{kind} {{\n        {module}::{kind}::new({client}.clone(){passed})\n    }}\n",
        name = node.name(),
        module = node.module(),
        kind = type_of(node),
        arguments = node
            .path
            .last()
            .and_then(|step| step.binds.as_ref())
            .map_or_else(String::new, |wire| format!(
                ", {}: impl Into<String>",
                crate::names::snake(wire)
            )),
        passed = {
            let mut passed = String::new();
            let bound = node.bound();
            let own = node.path.last().is_some_and(|step| step.binds.is_some());
            for (index, (rust, _)) in bound.iter().enumerate() {
                if own && index + 1 == bound.len() {
                    let _ = write!(passed, ", {rust}.into()");
                } else {
                    let _ = write!(passed, ", self.{rust}.clone()");
                }
            }
            passed
        },
    );
    out
}

fn module(context: &Context<'_>, node: &Node<'_>, folder: &str, files: &mut Files) {
    let mut out = context.header();
    let overlay = resource(context, node);
    let title = overlay.map_or_else(|| node.name().to_owned(), |it| it.title.clone());
    let mut doc = format!("{title}: reached as `{}`.\n\n", context.handle(node));
    if let Some(overlay) = overlay {
        doc += overlay.doc.trim();
        doc.push('\n');
    }
    if let Some(example) = context.example(node, overlay) {
        doc += &example;
    }
    out += &comment("", "//!", &doc);
    out += "\n";
    let gates = node.gates();
    if !node.operations.is_empty() {
        let _ = writeln!(
            out,
            "#[allow(unused_imports)]\nuse {}::models::*;",
            context.target.path
        );
        out += "#[allow(unused_imports)]\nuse crate::{ErrorBody, PageRequest, Request};\n";
        out += "#[allow(unused_imports)]\nuse client_core::json::{self, Map, Value};\n";
        out += "#[allow(unused_imports)]\nuse client_core::wire::{Decimal, IsoDuration};\n";
        out += "#[allow(unused_imports)]\nuse client_core::{Auth, Operation, Page, PageStyle, QueryValue, RawResponse, RetrySafety, Secret};\n";
        out += "#[allow(unused_imports)]\nuse http::Method;\n";
        out += "#[allow(unused_imports)]\nuse time::{Date, OffsetDateTime};\n";
    }
    out += "use client_core::Client;\n\n";
    let below = format!("{folder}{}/", node.module());
    for child in node.children.values() {
        let cfg = if child.gates() == gates {
            String::new()
        } else {
            cfg_of(&child.gates())
        };
        let _ = writeln!(out, "{cfg}pub mod {};", child.module());
        module(context, child, &below, files);
    }
    let kind = type_of(node);
    out += &comment(
        "",
        "///",
        &format!(
            "The operations on {}; see the [module](self).",
            lower(&title)
        ),
    );
    let _ = writeln!(
        out,
        "#[derive(Clone, Debug)]\npub struct {kind} {{\n    client: Client,"
    );
    let bound = node.bound();
    for (rust, _) in &bound {
        let _ = writeln!(out, "    {rust}: String,");
    }
    out += "}\n\n";
    let _ = writeln!(out, "impl {kind} {{");
    let parameters: String = bound
        .iter()
        .map(|(rust, _)| format!(", {rust}: String"))
        .collect();
    let fields: String = bound.iter().map(|(rust, _)| format!(", {rust}")).collect();
    let _ = writeln!(
        out,
        "    pub(crate) fn new(client: Client{parameters}) -> Self {{\n        Self {{ client{fields} }}\n    }}\n"
    );
    for child in node.children.values() {
        out += &accessor(context, child, "self.client");
    }
    for operation in &node.operations {
        out += &context.method(operation, &kind, &bound, &gates);
    }
    out += "}\n\n";
    for operation in &node.operations {
        out += &context.builder(operation, &gates);
        out += &context.description(operation, &gates);
    }
    files.insert(context.file(&format!("{folder}{}.rs", node.module())), out);
}

fn resource<'a>(context: &Context<'a>, node: &Node<'_>) -> Option<&'a overlay::Resource> {
    context.overlay.resource.get(&node.key())
}

/// A title in the middle of a sentence: names of products and abbreviations stay.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_ascii_uppercase() => {
            first.to_ascii_lowercase().to_string() + chars.as_str()
        }
        _ => title.to_owned(),
    }
}

pub(super) fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

impl Context<'_> {
    /// How a user reaches a resource: `polar.customers().members()`.
    pub(super) fn handle(&self, node: &Node<'_>) -> String {
        let mut out = self.target.handle.to_owned();
        for step in &node.path {
            let argument = match (&step.binds, step.name.as_str()) {
                (Some(wire), _) => crate::names::snake(wire),
                (None, "customer_portal") => "session_token".to_owned(),
                _ => String::new(),
            };
            let _ = write!(out, ".{}({argument})", step.name);
        }
        out
    }

    /// An example for the module: the one of the overlay, or a read that needs no body.
    fn example(&self, node: &Node<'_>, overlay: Option<&overlay::Resource>) -> Option<String> {
        let code = match overlay.and_then(|overlay| overlay.example.as_ref()) {
            Some(example) => example.trim().to_owned(),
            None => self.read_example(node)?,
        };
        let krate = self.target.krate.replace('-', "_");
        let (client, handle) = self.target.client;
        let code: String = code.lines().map(|line| format!("{line}\n")).collect();
        Some(format!(
            "\n# Example\n```no_run\nuse {krate}::{client};\n\n# async fn example({handle}: &{client}) -> Result<(), {krate}::Error> {{\n{code}# Ok(())\n# }}\n```\n"
        ))
    }

    fn read_example(&self, node: &Node<'_>) -> Option<String> {
        let handle = self
            .handle(node)
            .replace("session_token", "\"polar_cst_…\"");
        let handle = node.bound().iter().fold(handle, |text, (rust, _)| {
            text.replace(&format!("({rust})"), "(\"org_1\")")
        });
        let simple = |operation: &&&Operation| {
            operation.body.is_none()
                && operation.query.iter().all(|parameter| !parameter.required)
                && operation.method == "GET"
        };
        let bound: Vec<String> = node.bound().into_iter().map(|(_, wire)| wire).collect();
        let arguments = |operation: &Operation| {
            let count = operation
                .path_parameters
                .iter()
                .filter(|parameter| !bound.contains(&parameter.wire))
                .count();
            vec!["\"id\""; count].join(", ")
        };
        // Stable operations first.
        let mut operations: Vec<&&Operation> = node.operations.iter().filter(simple).collect();
        operations.sort_by_key(|operation| operation.gate.stability.is_some());
        let list = operations
            .iter()
            .find(|operation| matches!(operation.returns, Returns::Page(..)));
        if let Some(operation) = list {
            return Some(format!(
                "let mut items = {handle}.{}({}).stream();\nwhile let Some(item) = items.next().await {{\n    println!(\"{{:?}}\", item?);\n}}",
                operation.name,
                arguments(operation)
            ));
        }
        let get = operations.first()?;
        Some(format!(
            "let answer = {handle}.{}({}).await?;\nprintln!(\"{{answer:?}}\");",
            get.name,
            arguments(get)
        ))
    }
}
