use std::fmt::Write as _;
use std::path::PathBuf;

use super::rust_type::rust;
use super::{Context, Files};
use crate::ir::{BodyFormat, Operation, QueryParameter, QueryStyle, Returns, Type};
use crate::names::snake;

/// Writes one function per operation that calls it the way a user does, with arguments that the
/// conformance run chooses.
pub(super) fn emit(context: &Context<'_>, files: &mut Files) {
    let (client, models) = match context.target.name {
        "polar" => ("polar_client::Polar", "polar_client::models"),
        "openmeter-v1" => ("openmeter_client::OpenMeter", "openmeter_client::models"),
        _ => ("openmeter_client::v3::V3", "openmeter_client::v3::models"),
    };
    let mut out = context.header();
    out += "//! Calls of every operation, as a user writes them.\n\n#![allow(deprecated)]\n\n";
    let _ = writeln!(
        out,
        "use {client} as Client;\n#[allow(unused_imports)]\nuse {models}::*;"
    );
    out += "#[allow(unused_imports)]\nuse client_core::json::{Map, Value};\n";
    out += "#[allow(unused_imports)]\nuse client_core::wire::{Decimal, IsoDuration};\n";
    out += "#[allow(unused_imports)]\nuse client_core::Secret;\n";
    out += "#[allow(unused_imports)]\nuse time::{Date, OffsetDateTime};\n\n";
    out += "use crate::conformance::arguments::{Arguments, MissingArgument};\n";
    out +=
        "#[allow(unused_imports)]\nuse crate::conformance::call::{Entry, Sent, answer, page};\n\n";
    let _ = writeln!(
        out,
        "/// Every operation: its method and path, its Rust path, and the call.\npub static CALLS: &[Entry<Client>] = &["
    );
    for operation in &context.api.operations {
        let csv = matches!(operation.returns, Returns::JsonOrCsv(_));
        let _ = writeln!(
            out,
            "    Entry {{ key: {:?}, name: {:?}, public: {}, csv: {csv}, success: &{:?}, call: {} }},",
            format!("{} {}", operation.method, operation.path),
            rust_path(operation),
            operation.public && !operation.is_anonymous(),
            operation.success,
            function(operation),
        );
    }
    out += "];\n\n";
    for operation in &context.api.operations {
        out += &call(operation);
    }
    let name = format!("{}_calls.rs", snake(context.target.name));
    files.insert(PathBuf::from("tests/src/generated").join(name), out);
}

fn function(operation: &Operation) -> String {
    snake(&rust_path(operation).replace('.', "_"))
}

fn rust_path(operation: &Operation) -> String {
    let steps = operation.resource.iter().map(|step| step.name.as_str());
    steps
        .chain([operation.name.as_str()])
        .collect::<Vec<_>>()
        .join(".")
}

fn call(operation: &Operation) -> String {
    let mut bound = Vec::new();
    let mut path = String::from("client");
    for step in &operation.resource {
        let argument = match (&step.binds, step.name.as_str()) {
            (Some(wire), _) => {
                bound.push(wire.as_str());
                format!("arguments.path::<String>({wire:?})?")
            }
            (None, "customer_portal") => "arguments.session_token()".to_owned(),
            _ => String::new(),
        };
        let _ = write!(path, ".{}({argument})", step.name);
    }
    let mut given: Vec<String> = operation
        .path_parameters
        .iter()
        .filter(|parameter| !bound.contains(&parameter.wire.as_str()))
        .map(|parameter| {
            format!(
                "arguments.path::<{}>({:?})?",
                rust(&parameter.ty),
                parameter.wire
            )
        })
        .collect();
    let required = operation
        .query
        .iter()
        .filter(|parameter| parameter.required);
    given.extend(required.map(|parameter| {
        format!(
            "arguments.query::<{}>({:?})?",
            rust(&parameter.ty),
            parameter.wire
        )
    }));
    let mut optional = String::new();
    for parameter in operation
        .query
        .iter()
        .filter(|parameter| !parameter.required && parameter.documented)
    {
        optional += &setter(parameter);
    }
    if let Some(body) = &operation.body {
        let ty = rust(&body.ty);
        match (body.required, body.format) {
            (true, BodyFormat::CloudEvents) => given.push(format!("arguments.events::<{ty}>()?")),
            (true, _) => given.push(format!("arguments.body::<{ty}>()?")),
            (false, _) => {
                let _ = writeln!(
                    optional,
                    "request = request.body(arguments.body::<{ty}>()?);"
                );
            }
        }
    }
    let send = match &operation.returns {
        Returns::Page(..) => "page",
        _ => "answer",
    };
    // The document asks for a credential where the client sends none of its own: that of a user.
    let credential = if operation.is_anonymous() {
        ".with_credential(arguments.session_token())"
    } else {
        ""
    };
    let mutable = if optional.is_empty() { "" } else { "mut " };
    let mut out = format!(
        "fn {}(client: &Client, arguments: &mut Arguments<'_>) -> Result<Sent, MissingArgument> {{\n\
         let {mutable}request = {path}.{}({}){credential};\n",
        function(operation),
        operation.name,
        given.join(", "),
    );
    if !optional.is_empty() {
        let _ = writeln!(out, "if arguments.full() {{\n{optional}}}");
    }
    if matches!(operation.returns, Returns::JsonOrCsv(_)) {
        out += "if arguments.csv() {\nreturn Ok(answer(request.csv()));\n}\n";
    }
    // A call without arguments leaves the parameter unused.
    if !out.contains("arguments.") {
        out = out.replacen("arguments: &mut", "_: &mut", 1);
    }
    let _ = writeln!(out, "Ok({send}(request))\n}}\n");
    out
}

/// Sets an optional query parameter to every value that the arguments hold for it.
fn setter(parameter: &QueryParameter) -> String {
    let ty = rust(&parameter.ty);
    let QueryParameter {
        wire, rust: name, ..
    } = parameter;
    match parameter.style {
        QueryStyle::Single | QueryStyle::DeepObject | QueryStyle::Json => {
            format!("request = request.{name}(arguments.query::<{ty}>({wire:?})?);\n")
        }
        QueryStyle::Repeated | QueryStyle::Comma => format!(
            "for value in arguments.query::<Vec<{ty}>>({wire:?})? {{\nrequest = request.{name}(value);\n}}\n"
        ),
        QueryStyle::DeepMap => format!(
            "for (key, value) in arguments.pairs({wire:?})? {{\nrequest = request.{name}(key, value);\n}}\n"
        ),
        QueryStyle::DeepMapOfLists => format!(
            "for (key, values) in arguments.query::<Map<Vec<{}>>>({wire:?})? {{\nfor value in values {{\nrequest = request.{name}(&key, value);\n}}\n}}\n",
            rust(list_item(&parameter.ty))
        ),
    }
}

fn list_item(ty: &Type) -> &Type {
    match ty {
        Type::List(item) => item,
        other => other,
    }
}
