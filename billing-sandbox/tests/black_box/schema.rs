//! A small checker of JSON values against an OpenAPI document: required fields, types, formats,
//! constants, alternatives.

use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The folder of shared documents, when there is one.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

pub(crate) struct Document(Value);

/// The Polar document.
pub(crate) fn polar() -> Option<&'static Document> {
    static DOCUMENT: OnceLock<Option<Document>> = OnceLock::new();
    DOCUMENT
        .get_or_init(|| {
            let text = std::fs::read_to_string(shared()?.join("specs/polar.json")).ok()?;
            Some(Document(serde_json::from_str(&text).unwrap()))
        })
        .as_ref()
}

/// The OpenMeter document of versions 1 and 2.
pub(crate) fn openmeter() -> Option<&'static Document> {
    static DOCUMENT: OnceLock<Option<Document>> = OnceLock::new();
    DOCUMENT
        .get_or_init(|| {
            let text = std::fs::read_to_string(shared()?.join("specs/openmeter-v1.yaml")).ok()?;
            Some(Document(serde_yaml_ng::from_str(&text).unwrap()))
        })
        .as_ref()
}

impl Document {
    fn resolve<'d>(&'d self, mut value: &'d Value) -> &'d Value {
        while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.trim_start_matches('#');
            value = self
                .0
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{reference} is missing"));
        }
        value
    }

    fn template<'d>(&'d self, path: &str) -> Option<(&'d String, &'d Value)> {
        let fits = |template: &str| {
            let (want, have): (Vec<&str>, Vec<&str>) =
                (template.split('/').collect(), path.split('/').collect());
            want.len() == have.len()
                && want
                    .iter()
                    .zip(&have)
                    .all(|(want, have)| (want.starts_with('{') && !have.is_empty()) || want == have)
        };
        let paths = self.0.get("paths")?.as_object()?;
        let mut found: Vec<_> = paths
            .iter()
            .filter(|(template, _)| fits(template))
            .collect();
        found.sort_by_key(|(template, _)| template.matches('{').count());
        found.into_iter().next()
    }

    /// Checks an answer; an operation or status that is not described passes.
    pub(crate) fn check_response(&self, method: &str, path: &str, status: u16, body: &Value) {
        let Some((template, operations)) = self.template(path) else {
            return;
        };
        let Some(operation) = operations.get(method.to_lowercase()) else {
            return;
        };
        let Some(response) = operation.pointer(&format!("/responses/{status}")) else {
            assert!(
                status >= 400,
                "{method} {template}: {status} is not described"
            );
            return;
        };
        let Some(content) = self
            .resolve(response)
            .get("content")
            .and_then(Value::as_object)
        else {
            return;
        };
        let json = content.iter().find(|(media, _)| media.contains("json"));
        let Some(schema) = json.and_then(|(_, media)| media.get("schema")) else {
            return;
        };
        let mut faults = Vec::new();
        self.check(schema, body, "$", &mut faults);
        // The real servers leave out fields of problems that the documents call required, and have
        // error codes that the documents do not list.
        let tolerated = |fault: &str| {
            fault.ends_with(".instance is missing")
                || fault.ends_with(".detail is missing")
                || fault.starts_with("$.error should be")
                || fault == "$.error is missing"
                || fault.ends_with("].field is missing")
        };
        faults.retain(|fault| status < 400 || !tolerated(fault));
        assert!(
            faults.is_empty(),
            "{method} {template} {status}: {faults:#?}\n{body:#}"
        );
    }

    /// Checks a webhook payload of Polar.
    pub(crate) fn check_webhook(&self, kind: &str, body: &Value) {
        let pointer = format!("/webhooks/{kind}/post/requestBody/content/application~1json/schema");
        let schema = self
            .0
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("no webhook {kind}"));
        let mut faults = Vec::new();
        self.check(schema, body, "$", &mut faults);
        assert!(faults.is_empty(), "webhook {kind}: {faults:#?}\n{body:#}");
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.check(part, value, at, faults);
        }
        for word in ["anyOf", "oneOf"] {
            let Some(branches) = schema.get(word).and_then(Value::as_array) else {
                continue;
            };
            let mut best: Option<Vec<String>> = None;
            for branch in branches {
                let mut inner = Vec::new();
                self.check(branch, value, at, &mut inner);
                if best.as_ref().is_none_or(|known| inner.len() < known.len()) {
                    best = Some(inner);
                }
            }
            faults.extend(best.unwrap_or_default());
        }
        if let Some(wanted) = schema.get("const")
            && wanted != value
        {
            faults.push(format!("{at} should be {wanted}, is {value}"));
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array)
            && !words.contains(value)
        {
            faults.push(format!("{at} should be one of {words:?}, is {value}"));
        }
        if let Some(kind) = schema.get("type") {
            let kinds: Vec<&str> = match kind {
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                single => single.as_str().into_iter().collect(),
            };
            if !kinds.iter().any(|kind| is(kind, value)) {
                faults.push(format!("{at} should be {kinds:?}, is {value}"));
                return;
            }
        }
        self.check_format(schema, value, at, faults);
        if let Some(map) = value.as_object() {
            self.check_object(schema, map, at, faults);
        }
        if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
            for (index, item) in items.iter().enumerate() {
                self.check(schema, item, &format!("{at}[{index}]"), faults);
            }
        }
    }

    fn check_format(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let (Some(format), Some(text)) =
            (schema.get("format").and_then(Value::as_str), value.as_str())
        else {
            return;
        };
        let fits = match format {
            "date-time" => text.len() >= 20 && text.ends_with('Z') && text.contains('T'),
            "uuid" | "uuid4" => text.len() == 36 && text.matches('-').count() == 4,
            _ => true,
        };
        if !fits {
            faults.push(format!("{at} should be a {format}, is {text}"));
        }
    }

    fn check_object(
        &self,
        schema: &Value,
        map: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for field in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let field = field.as_str().unwrap();
            if !map.contains_key(field) {
                faults.push(format!("{at}.{field} is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (field, value) in map {
            let place = format!("{at}.{field}");
            if let Some(schema) = properties.and_then(|properties| properties.get(field)) {
                self.check(schema, value, &place, faults);
            } else if let Some(schema) = schema
                .get("additionalProperties")
                .filter(|schema| schema.is_object())
            {
                self.check(schema, value, &place, faults);
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}
