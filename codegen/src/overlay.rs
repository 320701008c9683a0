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
    /// Query parameters that the server takes and the document lacks: optional texts.
    #[serde(default)]
    pub query: Vec<String>,
    /// Whether repeating takes effect again although the method says otherwise.
    #[serde(default)]
    pub once: bool,
    /// Whether the client's credential is kept back although the document names some: the server
    /// takes none or that of a signed-in user.
    #[serde(default)]
    pub anonymous: bool,
}

/// Phrases for fields, types and values.
///
/// A key with a document or a product before it, such as `openmeter-v1:Event.id` or `polar:Event`,
/// serves that one alone and wins over the key without.
#[derive(Debug, Default, Deserialize)]
pub struct Phrases {
    /// By wire name.
    #[serde(default)]
    pub field: IndexMap<String, String>,
    /// By `Schema.wire_name`.
    #[serde(default)]
    pub type_field: IndexMap<String, String>,
    /// Of query parameters by wire name, before those of fields.
    #[serde(default)]
    pub query: IndexMap<String, String>,
    /// By schema name.
    #[serde(default, rename = "type")]
    pub kind: IndexMap<String, String>,
    /// By `Schema.value`.
    #[serde(default)]
    pub enum_value: IndexMap<String, String>,
}

impl Phrases {
    /// The most specific phrase about a field, with its key.
    pub fn about_field(
        &self,
        document: &str,
        schema: &str,
        wire: &str,
    ) -> Option<(&str, &str, &str)> {
        let own = lookup(&self.type_field, document, &format!("{schema}.{wire}"));
        let general =
            || lookup(&self.field, document, wire).map(|(key, text)| ("field", key, text));
        own.map(|(key, text)| ("type_field", key, text))
            .or_else(general)
    }

    /// The phrase about a type, with its key: by its schema, else by its name in Rust.
    pub fn about_type(&self, document: &str, origin: &str, rust: &str) -> Option<(&str, &str)> {
        lookup(&self.kind, document, origin).or_else(|| lookup(&self.kind, document, rust))
    }

    /// The phrase about a value of an enum, with its key.
    pub fn about_value(&self, document: &str, origin: &str, wire: &str) -> Option<(&str, &str)> {
        lookup(&self.enum_value, document, &format!("{origin}.{wire}"))
    }

    /// The most specific phrase about a query parameter, with its key.
    pub fn about_query(
        &self,
        document: &str,
        builder: &str,
        wire: &str,
    ) -> Option<(&str, &str, &str)> {
        match self.about_field(document, builder, wire) {
            Some((table @ "type_field", key, text)) => Some((table, key, text)),
            general => lookup(&self.query, document, wire)
                .map(|(key, text)| ("query", key, text))
                .or(general),
        }
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        [
            &self.field,
            &self.type_field,
            &self.query,
            &self.kind,
            &self.enum_value,
        ]
        .into_iter()
        .flat_map(|table| table.keys().map(String::as_str))
    }
}

/// The product that a document describes: `openmeter` for `openmeter-v1`.
pub fn product(document: &str) -> &str {
    document
        .split_once('-')
        .map_or(document, |(product, _)| product)
}

fn lookup<'a>(
    table: &'a IndexMap<String, String>,
    document: &str,
    key: &str,
) -> Option<(&'a str, &'a str)> {
    table
        .get_key_value(&format!("{document}:{key}"))
        .or_else(|| table.get_key_value(&format!("{}:{key}", product(document))))
        .or_else(|| table.get_key_value(key))
        .map(|(key, text)| (key.as_str(), text.as_str()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_phrase_wins() {
        let phrases: Phrases = toml::from_str(
            r#"
            [field]
            name = "general"
            [type_field]
            "Event.name" = "shared"
            "openmeter:Event.name" = "product"
            "openmeter-v1:Event.name" = "document"
            "#,
        )
        .unwrap();
        let told = |document, schema| Some(phrases.about_field(document, schema, "name")?.2);
        assert_eq!(told("openmeter-v1", "Event"), Some("document"));
        assert_eq!(told("openmeter-v3", "Event"), Some("product"));
        assert_eq!(told("polar", "Event"), Some("shared"));
        assert_eq!(told("polar", "Other"), Some("general"));
    }
}
