//! An OpenAPI document, 3.0 or 3.1, as far as the generator reads it.
//!
//! Own serde models rather than a library: one document is 3.1 and two are 3.0, and both must come
//! out as one shape. Descriptions are not read: no text of a document reaches the generated code.

use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// The root of a document.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// Operations by path and method.
    pub paths: IndexMap<String, IndexMap<String, Value>>,
    /// Webhook payloads by event type (3.1).
    #[serde(default)]
    pub webhooks: IndexMap<String, IndexMap<String, Value>>,
    /// What the document shares.
    #[serde(default)]
    pub components: Components,
}

/// What a document shares between its operations.
#[derive(Debug, Default, Deserialize)]
pub struct Components {
    /// Named schemas.
    #[serde(default)]
    pub schemas: IndexMap<String, Schema>,
    /// Named parameters.
    #[serde(default)]
    pub parameters: IndexMap<String, Parameter>,
    /// Named responses.
    #[serde(default)]
    pub responses: IndexMap<String, Response>,
}

/// One operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id, unique in the document.
    pub operation_id: String,
    /// Path and query parameters.
    #[serde(default)]
    pub parameters: Vec<OrRef<Parameter>>,
    /// The body.
    pub request_body: Option<RequestBody>,
    /// Answers by status.
    #[serde(default)]
    pub responses: IndexMap<String, OrRef<Response>>,
    /// Accepted credentials, each with its scopes; absent means those of the document.
    pub security: Option<Vec<IndexMap<String, Vec<String>>>>,
    /// Whether the API discourages it.
    #[serde(default)]
    pub deprecated: bool,
    /// Whether it may change without notice.
    #[serde(default, rename = "x-unstable")]
    pub unstable: bool,
    /// Whether it is for the makers of the API.
    #[serde(default, rename = "x-internal")]
    pub internal: bool,
    /// Whether it is not offered to the public.
    #[serde(default, rename = "x-private")]
    pub private: bool,
}

/// A thing or a reference to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OrRef<T> {
    /// A reference such as `#/components/parameters/Page`.
    Ref {
        /// The target.
        #[serde(rename = "$ref")]
        reference: String,
    },
    /// The thing itself.
    Item(T),
}

/// A path or query parameter.
#[derive(Debug, Clone, Deserialize)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// `path` or `query`.
    #[serde(rename = "in")]
    pub location: String,
    /// Whether it must be sent.
    #[serde(default)]
    pub required: bool,
    /// How objects are written.
    pub style: Option<String>,
    /// Whether arrays repeat the key; they do unless it says otherwise.
    pub explode: Option<bool>,
    /// What it holds.
    pub schema: Option<Schema>,
    /// What it holds as a document of its own.
    pub content: Option<IndexMap<String, Media>>,
    /// Whether the API discourages it.
    #[serde(default)]
    pub deprecated: bool,
}

/// A request body.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestBody {
    /// Schemas by content type.
    pub content: IndexMap<String, Media>,
    /// Whether it must be sent.
    #[serde(default)]
    pub required: bool,
}

/// An answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// Schemas by content type.
    #[serde(default)]
    pub content: IndexMap<String, Media>,
}

/// The schema of one content type.
#[derive(Debug, Clone, Deserialize)]
pub struct Media {
    /// The schema.
    pub schema: Option<Schema>,
}

/// A schema; 3.0 and 3.1 keywords side by side.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// A reference to a component.
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    /// The kind or kinds of value.
    #[serde(rename = "type")]
    pub kind: Option<Kinds>,
    /// The format of a text or number.
    pub format: Option<String>,
    /// The pattern of a text.
    pub pattern: Option<String>,
    /// Object fields.
    pub properties: Option<IndexMap<String, Self>>,
    /// Names of the fields that must be there.
    #[serde(default)]
    pub required: Vec<String>,
    /// Array items.
    pub items: Option<Box<Self>>,
    /// Items of a tuple.
    pub prefix_items: Option<Vec<Self>>,
    /// Whether an object may have other fields, and of what kind.
    pub additional_properties: Option<Additional>,
    /// Allowed values.
    #[serde(rename = "enum")]
    pub values: Option<Vec<Value>>,
    /// The only allowed value; 3.1 can have `null` here.
    #[serde(rename = "const", default, deserialize_with = "present")]
    pub constant: Option<Value>,
    /// All of these apply.
    pub all_of: Option<Vec<Self>>,
    /// At least one of these applies.
    pub any_of: Option<Vec<Self>>,
    /// Exactly one of these applies.
    pub one_of: Option<Vec<Self>>,
    /// How the branches of a union are told apart.
    pub discriminator: Option<Discriminator>,
    /// 3.0: whether `null` is allowed.
    #[serde(default)]
    pub nullable: bool,
    /// The value that the server takes when there is none.
    pub default: Option<Value>,
    /// Whether only answers have it.
    #[serde(default)]
    pub read_only: bool,
    /// Whether the API discourages it.
    #[serde(default)]
    pub deprecated: bool,
    /// Shortest text.
    pub min_length: Option<u64>,
    /// Longest text.
    pub max_length: Option<u64>,
    /// Fewest items.
    pub min_items: Option<u64>,
    /// Most items.
    pub max_items: Option<u64>,
    /// Most keys.
    pub max_properties: Option<u64>,
    /// Smallest number.
    pub minimum: Option<Value>,
    /// Largest number.
    pub maximum: Option<Value>,
    /// Number that the value must exceed (3.1), or whether `minimum` is exclusive (3.0).
    pub exclusive_minimum: Option<Value>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// One kind of value or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Kinds {
    /// One kind.
    One(String),
    /// Several kinds (3.1).
    Many(Vec<String>),
}

/// Whether an object may have other fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Additional {
    /// Yes or no.
    Allowed(bool),
    /// Yes, of this kind.
    Of(Box<Schema>),
}

/// How the branches of a union are told apart.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discriminator {
    /// The field that names the branch.
    pub property_name: String,
    /// Components by the text of the field.
    #[serde(default)]
    pub mapping: IndexMap<String, String>,
}

impl Schema {
    /// Returns the single kind of value, `null` aside.
    pub fn kind(&self) -> Option<&str> {
        match self.kind.as_ref()? {
            Kinds::One(kind) => Some(kind),
            Kinds::Many(kinds) => kinds
                .iter()
                .map(String::as_str)
                .find(|kind| *kind != "null"),
        }
    }

    /// Returns whether the schema is `null` alone.
    pub fn is_null(&self) -> bool {
        match &self.kind {
            Some(Kinds::One(kind)) => kind == "null",
            Some(Kinds::Many(kinds)) => kinds.iter().all(|kind| kind == "null"),
            None => false,
        }
    }

    /// Returns the name of the component that the schema refers to.
    pub fn component(&self) -> Option<&str> {
        self.reference
            .as_deref()?
            .strip_prefix("#/components/schemas/")
    }

    /// Returns the branches of a union.
    pub fn branches(&self) -> Option<&[Self]> {
        self.any_of.as_deref().or(self.one_of.as_deref())
    }
}

/// An operation with its place.
#[derive(Debug, Clone)]
pub struct Located {
    /// The path template.
    pub path: String,
    /// The method, upper case.
    pub method: String,
    /// The operation.
    pub operation: Operation,
    /// Parameters with references resolved, those of the path included.
    pub parameters: Vec<Parameter>,
    /// Answers with references resolved.
    pub responses: IndexMap<String, Response>,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// Reads a document, JSON or YAML by the file's ending.
    ///
    /// # Errors
    /// When the file cannot be read or is no OpenAPI document.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        let parsed = if path.extension().is_some_and(|ending| ending == "json") {
            serde_json::from_str(&text).map_err(|error| error.to_string())
        } else {
            serde_yaml_ng::from_str(&text).map_err(|error| error.to_string())
        };
        parsed.map_err(|message| Error::Document {
            path: path.to_owned(),
            message,
        })
    }

    /// Lists all operations in the order of the document.
    ///
    /// # Errors
    /// When an operation or a reference cannot be read.
    pub fn operations(&self) -> Result<Vec<Located>, Error> {
        let mut all = Vec::new();
        for (path, item) in &self.paths {
            let shared: Vec<OrRef<Parameter>> = match item.get("parameters") {
                Some(value) => read(value, path)?,
                None => Vec::new(),
            };
            for (method, value) in item {
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let operation: Operation = read(value, path)?;
                let parameters = shared
                    .iter()
                    .chain(&operation.parameters)
                    .map(|parameter| self.parameter(parameter))
                    .collect::<Result<_, _>>()?;
                let responses = operation
                    .responses
                    .iter()
                    .map(|(status, response)| Ok((status.clone(), self.response(response)?)))
                    .collect::<Result<_, Error>>()?;
                all.push(Located {
                    path: path.clone(),
                    method: method.to_uppercase(),
                    operation,
                    parameters,
                    responses,
                });
            }
        }
        Ok(all)
    }

    /// Lists the payload schemas of the webhooks with their event types.
    ///
    /// # Errors
    /// When a webhook has no JSON payload.
    pub fn webhook_payloads(&self) -> Result<Vec<(String, Schema)>, Error> {
        let mut all = Vec::new();
        for (event, item) in &self.webhooks {
            let value = item.get("post").ok_or_else(|| missing("webhook", event))?;
            let body = value
                .get("requestBody")
                .ok_or_else(|| missing("webhook body", event))?;
            let body: RequestBody = read(body, event)?;
            let schema = body
                .content
                .get("application/json")
                .and_then(|media| media.schema.clone());
            all.push((
                event.clone(),
                schema.ok_or_else(|| missing("webhook schema", event))?,
            ));
        }
        Ok(all)
    }

    fn parameter(&self, parameter: &OrRef<Parameter>) -> Result<Parameter, Error> {
        match parameter {
            OrRef::Item(parameter) => Ok(parameter.clone()),
            OrRef::Ref { reference } => reference
                .strip_prefix("#/components/parameters/")
                .and_then(|name| self.components.parameters.get(name))
                .cloned()
                .ok_or_else(|| missing("parameter", reference)),
        }
    }

    fn response(&self, response: &OrRef<Response>) -> Result<Response, Error> {
        match response {
            OrRef::Item(response) => Ok(response.clone()),
            OrRef::Ref { reference } => reference
                .strip_prefix("#/components/responses/")
                .and_then(|name| self.components.responses.get(name))
                .cloned()
                .ok_or_else(|| missing("response", reference)),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &Value, place: &str) -> Result<T, Error> {
    serde_json::from_value(value.clone()).map_err(|error| Error::Shape {
        place: place.to_owned(),
        message: error.to_string(),
    })
}

fn missing(what: &str, name: &str) -> Error {
    Error::Shape {
        place: name.to_owned(),
        message: format!("{what} not found"),
    }
}
