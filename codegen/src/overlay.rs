//! The hand-written side of the generator: where operations live, and what the docs say.

use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::Error;

/// What is written by hand about one document.
#[derive(Debug, Deserialize)]
pub struct Overlay {
    /// Resources by accessor path.
    pub resource: IndexMap<String, Resource>,
    /// Operations by operation id.
    pub operation: IndexMap<String, Operation>,
}

/// A resource: a group of operations behind one accessor.
#[derive(Debug, Deserialize)]
pub struct Resource {
    /// The cargo feature that gates it.
    pub feature: String,
    /// Its name in headings.
    pub title: String,
    /// What it is for.
    pub doc: String,
    /// A Rust example for the docs, compiled by `cargo test --doc`.
    pub example: Option<String>,
}

/// Where an operation lives and what its docs say.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// The accessor path; `customers.entitlements(customerIdOrKey)` binds a path parameter.
    pub resource: String,
    /// The Rust method.
    pub method: String,
    /// The name of the builder.
    #[serde(rename = "type")]
    pub builder: String,
    /// One sentence.
    pub summary: String,
    /// What a caller should know besides.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Whether a write carries a key by which the server knows repetitions.
    #[serde(default)]
    pub idempotent: bool,
    /// Whether repeating takes effect again although the method says otherwise.
    #[serde(default)]
    pub once: bool,
    /// Whether the client's credential is kept back although the document names some: the server
    /// takes none or that of a signed-in user.
    #[serde(default)]
    pub anonymous: bool,
}

/// Phrases for fields, types and values.
#[derive(Debug, Default, Deserialize)]
pub struct Phrases {
    /// By wire name.
    #[serde(default)]
    pub field: IndexMap<String, String>,
    /// By `Schema.wire_name`.
    #[serde(default)]
    pub type_field: IndexMap<String, String>,
    /// By schema name.
    #[serde(default, rename = "type")]
    pub kind: IndexMap<String, String>,
    /// By `Schema.value`.
    #[serde(default)]
    pub enum_value: IndexMap<String, String>,
}

/// Reads a TOML file.
///
/// # Errors
/// When the file cannot be read or has another shape.
pub fn load<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|error| Error::Document {
        path: path.to_owned(),
        message: error.to_string(),
    })
}
