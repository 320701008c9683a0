use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Context;
use super::docs::comment;
use super::models::cfg_of;
use super::resources::indent;
use super::rust_type::{argument, rust};
use crate::ir::{
    BodyFormat, Gate, Operation, PageStyle, QueryParameter, QueryStyle, Returns, Type,
};
use crate::names::screaming;

impl Operation {
    /// Whether the operation has parameters that a caller may leave out.
    pub(super) fn has_builder(&self) -> bool {
        self.query.iter().any(|parameter| !parameter.required)
            || self.body.as_ref().is_some_and(|body| !body.required)
            || matches!(self.returns, Returns::JsonOrCsv(_))
    }

    fn constant(&self) -> String {
        screaming(&self.builder)
    }

    /// What awaiting the operation gives.
    fn output(&self) -> String {
        match &self.returns {
            Returns::Nothing => "()".to_owned(),
            Returns::Json(ty) | Returns::JsonOrCsv(ty) => rust(ty),
            Returns::MaybeJson(ty) => format!("Option<{}>", rust(ty)),
            Returns::Page(ty, _) => rust(ty),
            Returns::Text(_) => "String".to_owned(),
            Returns::Redirect => "RawResponse".to_owned(),
        }
    }

    fn decoder(&self) -> &'static str {
        match &self.returns {
            Returns::Nothing => "RawResponse::empty",
            Returns::Json(_) | Returns::JsonOrCsv(_) | Returns::Page(..) => "RawResponse::decode",
            Returns::MaybeJson(_) => "RawResponse::decode_optional",
            Returns::Text(_) => "RawResponse::text",
            Returns::Redirect => "RawResponse::itself",
        }
    }

    fn is_page(&self) -> bool {
        matches!(self.returns, Returns::Page(..))
    }

    /// The type that the method returns.
    fn returned(&self) -> String {
        if self.has_builder() {
            self.builder.clone()
        } else if self.is_page() {
            format!("PageRequest<{}>", self.output())
        } else {
            format!("Request<{}>", self.output())
        }
    }
}

/// The required parameters of an operation.
#[derive(Default)]
struct Parameters {
    /// As the caller gives them.
    generic: String,
    /// With the types that they turn into.
    exact: String,
    /// The expressions that turn them.
    passed: String,
    is_generic: bool,
}

impl Parameters {
    fn add(&mut self, name: &str, ty: &Type, instead: Option<&str>) {
        let (kind, value, exact) = match instead {
            Some(exact) => (
                format!("impl Into<{exact}>"),
                format!("{name}.into()"),
                exact.to_owned(),
            ),
            None => {
                let (kind, value) = argument(ty, name);
                (kind, value, rust(ty))
            }
        };
        self.is_generic |= kind.starts_with("impl ");
        let _ = write!(self.generic, ", {name}: {kind}");
        let _ = write!(self.exact, ", {name}: {exact}");
        let _ = write!(self.passed, ", {value}");
    }
}

fn own_cfg(operation: &Operation, gates: &BTreeSet<Gate>) -> String {
    let own: BTreeSet<Gate> = [operation.gate.clone()].into();
    if own == *gates {
        String::new()
    } else {
        cfg_of(&own)
    }
}

impl Context<'_> {
    /// The method of an operation on its resource.
    pub(super) fn method(
        &self,
        operation: &Operation,
        resource: &str,
        bound: &[(String, String)],
        gates: &BTreeSet<Gate>,
    ) -> String {
        let mut out = comment("    ", "///", &self.operation_doc(operation));
        out += &indent(&own_cfg(operation, gates));
        if operation.deprecated {
            out += "    #[deprecated = \"the API discourages this operation\"]\n";
        }
        let mut parameters = Parameters::default();
        let mut path = String::new();
        for parameter in &operation.path_parameters {
            if let Some((rust, _)) = bound.iter().find(|(_, wire)| *wire == parameter.wire) {
                let _ = write!(path, ".path(resource.{rust}.clone())");
                continue;
            }
            parameters.add(&parameter.rust, &parameter.ty, None);
            let exposed = if parameter.ty == Type::Secret {
                ".expose()"
            } else {
                ""
            };
            let _ = write!(path, ".path({}{exposed})", parameter.rust);
        }
        let mut required = String::new();
        for parameter in operation
            .query
            .iter()
            .filter(|parameter| parameter.required)
        {
            parameters.add(&parameter.rust, &parameter.ty, None);
            let exposed = if parameter.ty == Type::Secret {
                ".expose()"
            } else {
                ""
            };
            let _ = writeln!(
                required,
                "        request.query_mut().push({:?}, {}{exposed});",
                parameter.wire, parameter.rust
            );
        }
        let mut body = String::new();
        let mut attached = false;
        if let Some(it) = operation.body.as_ref().filter(|body| body.required) {
            let events = match it.format {
                BodyFormat::CloudEvents => Some(self.target.events_body),
                BodyFormat::Json | BodyFormat::Form => None,
            };
            parameters.add("body", &it.ty, events);
            body += match it.format {
                BodyFormat::Json if self.body_decides(operation) && operation.deduplicated => {
                    ".json(&body).retry_safety(body.retry_safety())"
                }
                BodyFormat::Json => ".json(&body)",
                BodyFormat::Form => ".form(&body)",
                BodyFormat::CloudEvents => "",
            };
            attached = it.format == BodyFormat::CloudEvents;
        }
        let returned = operation.returned();
        if parameters.is_generic {
            out += "    #[inline]\n";
        }
        let _ = writeln!(
            out,
            "    pub fn {}(&self{}) -> {returned} {{",
            operation.name, parameters.generic
        );
        let new = format!(
            "crate::Request::new(&resource.client, &{}, {}){path}",
            operation.constant(),
            operation.decoder()
        );
        let mut inner = String::new();
        let mut request = if required.is_empty() {
            format!("{new}{body}")
        } else {
            let _ = write!(inner, "        let mut request = {new};\n{required}");
            format!("request{body}")
        };
        if attached {
            request = format!("crate::cloud_events::attach({request}, &body)");
        }
        if let Returns::Page(_, style) = &operation.returns {
            request = format!("PageRequest::new({request}, {})", page_style(style));
        }
        inner += &if !operation.has_builder() {
            format!("        {request}\n")
        } else if request == "request" {
            format!("        {} {{ request }}\n", operation.builder)
        } else {
            format!("        {} {{ request: {request} }}\n", operation.builder)
        };
        if parameters.is_generic {
            // What does not depend on the caller's types is compiled here and not with the caller.
            let _ = writeln!(
                out,
                "        fn request(resource: &{resource}{}) -> {returned} {{\n{}        }}\n        request(self{})\n    }}\n",
                parameters.exact,
                indent(&inner),
                parameters.passed
            );
        } else {
            out += &inner.replace("resource.", "self.");
            out += "    }\n\n";
        }
        out
    }

    /// The builder of an operation with optional parameters.
    pub(super) fn builder(&self, operation: &Operation, gates: &BTreeSet<Gate>) -> String {
        if !operation.has_builder() {
            return String::new();
        }
        let cfg = own_cfg(operation, gates);
        let name = &operation.builder;
        let mut out = comment(
            "",
            "///",
            &format!(
                "A request to `{} {}`; awaiting it sends it.",
                operation.method, operation.path
            ),
        );
        out += &cfg;
        out += "#[derive(Clone, Debug)]\n#[must_use = \"a request does nothing until it is awaited or sent\"]\n";
        let request = if operation.is_page() {
            "PageRequest"
        } else {
            "Request"
        };
        let _ = writeln!(
            out,
            "pub struct {name} {{\n    request: {request}<{}>,\n}}\n\n{cfg}impl {name} {{",
            operation.output()
        );
        for parameter in operation
            .query
            .iter()
            .filter(|parameter| !parameter.required)
        {
            out += &self.query_setter(operation, parameter);
        }
        if let Some(body) = operation.body.as_ref().filter(|body| !body.required) {
            let (kind, value) = argument(&body.ty, "body");
            let _ = writeln!(
                out,
                "    /// Sets the body.\n    pub fn body(mut self, body: {kind}) -> Self {{\n        \
                 let body: {} = {value};\n        self.request = self.request.json(&body);\n        self\n    }}\n",
                rust(&body.ty)
            );
        }
        if matches!(operation.returns, Returns::JsonOrCsv(_)) {
            out += "    /// Asks for CSV instead of JSON.\n    pub fn csv(self) -> Request<String> {\n        \
                    self.request.with_header(\"accept\", \"text/csv\").decode_with(RawResponse::text)\n    }\n";
        }
        out += "}\n\n";
        let macro_name = if operation.is_page() {
            "page_request_methods"
        } else {
            "request_methods"
        };
        let _ = writeln!(
            out,
            "{cfg}client_core::{macro_name}!({name}, {}, ErrorBody);\n",
            operation.output()
        );
        out
    }

    fn query_setter(&self, operation: &Operation, parameter: &QueryParameter) -> String {
        let mut doc = self.query_doc(&operation.builder, parameter);
        let wire = &parameter.wire;
        let (kind, value) = argument(&parameter.ty, "value");
        let value = typed(&parameter.ty, &value);
        let (arguments, line) = match parameter.style {
            QueryStyle::Single => (format!("value: {kind}"), format!("set({wire:?}, {value})")),
            QueryStyle::Repeated => {
                doc += " Call it again to add another value.";
                (format!("value: {kind}"), format!("push({wire:?}, {value})"))
            }
            QueryStyle::Comma => {
                doc += " Call it again to add another value.";
                (format!("value: {kind}"), format!("join({wire:?}, {value})"))
            }
            QueryStyle::DeepMap => {
                doc += if self.target.ors_repeated_keys {
                    " Call it again to add another pair; the same key again means either value."
                } else {
                    " Call it again to add another pair: one exact value per key."
                };
                (
                    "key: impl AsRef<str>, value: impl QueryValue".to_owned(),
                    format!("deep_object({wire:?}, key.as_ref(), value)"),
                )
            }
            QueryStyle::DeepMapOfLists => {
                doc += " Call it again to add another value.";
                (
                    format!("key: impl AsRef<str>, value: {kind}"),
                    format!("deep_list({wire:?}, key.as_ref(), value)"),
                )
            }
            QueryStyle::DeepObject => (
                format!("value: {kind}"),
                format!("deep_value({wire:?}, &json::to_value(&{value}))"),
            ),
            QueryStyle::Json => (
                format!("value: {kind}"),
                format!("set({wire:?}, json::to_string(&{value}))"),
            ),
        };
        let mut out = comment("    ", "///", &doc);
        let _ = writeln!(
            out,
            "    #[inline]\n    pub fn {}(mut self, {arguments}) -> Self {{\n        self.request.query_mut().{line};\n        self\n    }}\n",
            parameter.rust
        );
        out
    }

    /// The static data of an operation.
    pub(super) fn description(&self, operation: &Operation, gates: &BTreeSet<Gate>) -> String {
        let safety = match operation.method.as_str() {
            _ if operation.deduplicated && self.body_decides(operation) => "Unsafe",
            _ if operation.deduplicated => "Deduplicated",
            _ if operation.once => "Unsafe",
            "GET" | "PUT" | "DELETE" => "Safe",
            _ => "Unsafe",
        };
        let accept = match &operation.returns {
            Returns::Text(kind) => kind,
            Returns::Nothing | Returns::Redirect => "",
            _ => "application/json",
        };
        let statuses: Vec<String> = operation.success.iter().map(ToString::to_string).collect();
        let steps: Vec<&str> = operation
            .resource
            .iter()
            .map(|step| step.name.as_str())
            .collect();
        // The generations have operations of equal names; errors, spans and page tokens tell them apart.
        let generation = self.target.feature_prefix.replace('-', ".");
        let auth = if operation.public { "None" } else { "Client" };
        format!(
            "{}static {}: Operation = Operation {{\n    name: {:?},\n    method: Method::{},\n    path: {:?},\n    success: &[{}],\n    auth: Auth::{auth},\n    retry: RetrySafety::{safety},\n    accept: {accept:?},\n}};\n\n",
            own_cfg(operation, gates),
            operation.constant(),
            format!("{generation}{}.{}", steps.join("."), operation.name),
            operation.method,
            operation.path,
            statuses.join(", "),
        )
    }

    /// Whether the content of the body decides if a repetition is harmless.
    fn body_decides(&self, operation: &Operation) -> bool {
        self.target.body_decides
            && operation
                .body
                .as_ref()
                .is_some_and(|body| body.format == BodyFormat::Json)
    }

    fn operation_doc(&self, operation: &Operation) -> String {
        let mut doc = operation.summary.trim().to_owned();
        let _ = write!(
            doc,
            "\n\n`{} {}`, see the [API reference]({}).\n",
            operation.method, operation.path, self.target.reference
        );
        for note in &operation.notes {
            let _ = write!(doc, "\n{}\n", note.trim());
        }
        if !operation.scopes.is_empty() {
            let scopes: Vec<String> = operation
                .scopes
                .iter()
                .map(|scope| format!("`{scope}`"))
                .collect();
            let any = if scopes.len() > 1 {
                "one of the scopes"
            } else {
                "the scope"
            };
            let _ = write!(doc, "\nThe token needs {any} {}.\n", scopes.join(", "));
        }
        if operation.public {
            doc += "\nNeeds no credential; the client's is not sent.\n";
        }
        match &operation.gate.stability {
            Some(stability) if stability == "v3-internal" => {
                doc += "\nFor the makers of the API: it may change or go at any time.\n";
            }
            Some(_) => doc += "\nNot stable: it may change at any time.\n",
            None => {}
        }
        doc += match operation.method.as_str() {
            _ if operation.once => "",
            "DELETE" => {
                "\nRepeated when its answer is lost, so an error such as 404 can mean that the first request did its work.\n"
            }
            "PUT" => "\nRepeated when its answer is lost.\n",
            _ => "",
        };
        doc += "\n# Errors\n";
        let mut told: Vec<String> = Vec::new();
        for (status, schema) in &operation.errors {
            let text = match schema {
                Some(schema) => format!("{status} `{schema}`"),
                None => status.clone(),
            };
            if status != "default" && !told.contains(&text) {
                told.push(text);
            }
        }
        if told.is_empty() {
            doc += "See [`Error`](crate::Error).\n";
        } else {
            let _ = writeln!(
                doc,
                "{}, and those of every request ([`Error`](crate::Error)).",
                told.join(", ")
            );
        }
        doc
    }
}

/// A value of the exact type, where `into()` alone would leave it open.
fn typed(ty: &Type, value: &str) -> String {
    match value.strip_suffix(".into()") {
        Some(name) if *ty == Type::Secret => format!("Into::<Secret>::into({name}).expose()"),
        Some(name) => format!("Into::<{}>::into({name})", rust(ty)),
        None => value.to_owned(),
    }
}

fn page_style(style: &PageStyle) -> String {
    match style {
        PageStyle::Number { page, size, max } => {
            format!("PageStyle::PageNumber {{ page: {page:?}, size: {size:?}, max_size: {max} }}")
        }
        PageStyle::NumberOrOffset { page, size, max } => format!(
            "PageStyle::PageOrOffset {{ page: {page:?}, size: {size:?}, offset: \"offset\", limit: \"limit\", max_size: {max} }}"
        ),
        PageStyle::Cut { size, max } => {
            format!("PageStyle::Cut {{ size: {size:?}, max_size: {max} }}")
        }
        PageStyle::Cursor { cursor, size, max } if cursor.contains('[') => {
            format!("PageStyle::After {{ after: {cursor:?}, size: {size:?}, max_size: {max} }}")
        }
        PageStyle::Cursor { cursor, size, max } => {
            format!("PageStyle::Cursor {{ cursor: {cursor:?}, size: {size:?}, max_size: {max} }}")
        }
        PageStyle::None => "PageStyle::None".to_owned(),
    }
}
