use std::fmt::Write as _;

use super::Context;
use super::resources::Node;
use crate::ir::{Operation, Returns};
use crate::names::snake;

/// Writes the index of operations for readers that are programs: one line for each operation with
/// its Rust call, its endpoint and what it does.
pub fn write(title: &str, contexts: &[Context<'_>]) -> String {
    let mut out = format!(
        "# {title}\n\nEvery operation: the Rust call, what it returns, the endpoint, what it does.\nWritten by codegen.\n"
    );
    for context in contexts {
        let tree = Node::tree(&context.api.operations);
        section(context, &tree, &mut out);
    }
    out
}

fn section(context: &Context<'_>, node: &Node<'_>, out: &mut String) {
    if !node.operations.is_empty() {
        let title = context
            .overlay
            .resource
            .get(&node.key())
            .map_or("", |it| it.title.as_str());
        let _ = writeln!(out, "\n## {title}\n");
        let bound: Vec<String> = node.bound().into_iter().map(|(_, wire)| wire).collect();
        for operation in &node.operations {
            let _ = writeln!(
                out,
                "- `{}.{}({})` -> `{}`: `{} {}`. {}{}",
                context.handle(node),
                operation.name,
                arguments(operation, &bound).join(", "),
                returned(operation),
                operation.method,
                operation.path,
                operation.summary.trim(),
                notes(operation)
            );
        }
    }
    for child in node.children.values() {
        section(context, child, out);
    }
}

/// What a reader must know before the call compiles or is worth trying.
fn notes(operation: &Operation) -> String {
    let mut out = String::new();
    if let Some(stability) = &operation.gate.stability {
        let _ = write!(out, " Needs the feature `{stability}`.");
    }
    if matches!(operation.returns, Returns::JsonOrCsv(_)) {
        out += " `.csv()` asks for CSV text instead.";
    }
    out
}

fn arguments(operation: &Operation, bound: &[String]) -> Vec<String> {
    let path = operation
        .path_parameters
        .iter()
        .filter(|parameter| !bound.contains(&parameter.wire))
        .map(|parameter| parameter.rust.clone());
    let query = operation
        .query
        .iter()
        .filter(|parameter| parameter.required)
        .map(|parameter| snake(&parameter.wire));
    let body = operation
        .body
        .iter()
        .filter(|body| body.required)
        .map(|body| super::rust_type::rust(&body.ty));
    path.chain(query).chain(body).collect()
}

fn returned(operation: &Operation) -> String {
    use super::rust_type::rust;
    match &operation.returns {
        Returns::Nothing => "()".to_owned(),
        Returns::Json(ty) | Returns::JsonOrCsv(ty) => rust(ty),
        Returns::MaybeJson(ty) => format!("Option<{}>", rust(ty)),
        Returns::Page(ty, _) => format!("Page<{}>", rust(ty)),
        Returns::Text(_) => "String".to_owned(),
        Returns::Redirect => "RawResponse".to_owned(),
    }
}
