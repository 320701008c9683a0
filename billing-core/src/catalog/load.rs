//! Reading catalogs from JSON, YAML and TOML.

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::catalog::builder::CatalogBuilder;
use crate::catalog::issue::InvalidCatalog;
use crate::catalog::{Catalog, Document};

/// The text formats a catalog can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogFormat {
    /// JSON.
    Json,
    /// YAML 1.2.
    #[cfg(feature = "yaml")]
    Yaml,
    /// TOML 1.0.
    #[cfg(feature = "toml")]
    Toml,
}

impl CatalogFormat {
    /// The format that a file's extension (`json`, `yaml`, `yml`, `toml`) stands for.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            #[cfg(feature = "yaml")]
            "yaml" | "yml" => Some(Self::Yaml),
            #[cfg(feature = "toml")]
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// Guesses the format of a text that has no file name.
    ///
    /// Text that starts with a brace is JSON; text whose first line is a table header or an
    /// assignment is TOML; the rest is YAML, as far as the cargo features allow.
    #[must_use]
    pub fn sniff(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim);
        let first = lines
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .unwrap_or("{");
        if first.starts_with('{') {
            return Self::Json;
        }
        #[cfg(feature = "toml")]
        if first.starts_with('[') || first.split_once('=').is_some_and(|(k, _)| !k.contains(':')) {
            return Self::Toml;
        }
        #[cfg(feature = "yaml")]
        return Self::Yaml;
        #[cfg(not(feature = "yaml"))]
        Self::Json
    }
}

/// A catalog could not be read.
///
/// The message is one line for [`Io`](Self::Io), [`UnknownFormat`](Self::UnknownFormat) and
/// [`Malformed`](Self::Malformed): file, line, column, path and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file could not be read.
    #[error("{file}: {source}")]
    Io {
        /// The file's name.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's extension stands for no format.
    #[error("{file}: unknown file type; name it .json, .yaml, .yml or .toml")]
    UnknownFormat {
        /// The file's name.
        file: String,
    },
    /// The text is not well-formed, or a member has a value of the wrong type.
    #[error(transparent)]
    Malformed(Malformed),
    /// The catalog was read and has errors.
    #[error("{}{source}", source_prefix(.file.as_deref()))]
    Invalid {
        /// The file's name, when there is one.
        file: Option<String>,
        /// Every error and warning.
        source: InvalidCatalog,
    },
}

fn source_prefix(file: Option<&str>) -> String {
    file.map(|file| format!("{file}: ")).unwrap_or_default()
}

/// Where and why a text could not be read as a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The file's name, when there is one.
    pub file: Option<String>,
    /// Line, counted from 1, when the format's reader knows it.
    pub line: Option<usize>,
    /// Column, counted from 1.
    pub column: Option<usize>,
    /// Path of the member, such as `plans.pro.prices.monthly.amount`; empty at the top.
    pub path: String,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            if self.file.is_none() {
                f.write_str("line ")?;
            }
            write!(f, "{line}:{column}:")?;
        }
        if self.file.is_some() || self.line.is_some() {
            f.write_str(" ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Malformed {}

impl CatalogBuilder {
    /// Reads a text without checking what it says.
    ///
    /// # Errors
    /// When the text is not well-formed, or a member has a value of the wrong type.
    pub fn parse(text: &str, format: CatalogFormat) -> Result<Self, Malformed> {
        // A byte order mark is common in files that Windows tools wrote.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document: Document = match format {
            CatalogFormat::Json => parse_json(text)?,
            #[cfg(feature = "yaml")]
            CatalogFormat::Yaml => parse_yaml(text)?,
            #[cfg(feature = "toml")]
            CatalogFormat::Toml => parse_toml(text)?,
        };
        Ok(Self::from(document))
    }

    /// Reads a file without checking what it says; its extension tells the format.
    ///
    /// # Errors
    /// When the file cannot be read, its extension is not known, or its text is malformed.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let Some(format) = CatalogFormat::from_path(path) else {
            return Err(LoadError::UnknownFormat { file });
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, format).map_err(|error| {
                LoadError::Malformed(Malformed {
                    file: Some(file),
                    ..error
                })
            }),
            Err(source) => Err(LoadError::Io { file, source }),
        }
    }
}

impl Catalog {
    /// Reads and checks a JSON text.
    ///
    /// # Errors
    /// When the text is malformed, or the catalog has errors: all of them at once.
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        Self::parse(text, CatalogFormat::Json)
    }

    /// Reads and checks a YAML text.
    ///
    /// # Errors
    /// When the text is malformed, or the catalog has errors: all of them at once.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, LoadError> {
        Self::parse(text, CatalogFormat::Yaml)
    }

    /// Reads and checks a TOML text.
    ///
    /// # Errors
    /// When the text is malformed, or the catalog has errors: all of them at once.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, LoadError> {
        Self::parse(text, CatalogFormat::Toml)
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// When the text is malformed, or the catalog has errors: all of them at once.
    pub fn parse(text: &str, format: CatalogFormat) -> Result<Self, LoadError> {
        let builder = CatalogBuilder::parse(text, format).map_err(LoadError::Malformed)?;
        builder
            .build()
            .map_err(|source| LoadError::Invalid { file: None, source })
    }

    /// Reads and checks a file; its extension (`json`, `yaml`, `yml`, `toml`) tells the format.
    ///
    /// # Errors
    /// When the file cannot be read, its text is malformed, or the catalog has errors.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        CatalogBuilder::load(path)?
            .build()
            .map_err(|source| LoadError::Invalid {
                file: Some(path.display().to_string()),
                source,
            })
    }
}

fn member_path(path: &serde_path_to_error::Path) -> String {
    match path.to_string().as_str() {
        "." => String::new(),
        path => path.to_owned(),
    }
}

fn parse_json<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    let malformed = |error: &serde_json::Error, path: String| {
        let message = error.to_string();
        // The reader appends the place to its message; here it stands in front.
        let place = format!(" at line {} column {}", error.line(), error.column());
        Malformed {
            file: None,
            line: Some(error.line()).filter(|line| *line > 0),
            column: Some(error.column()),
            path,
            message: message
                .strip_suffix(place.as_str())
                .unwrap_or(&message)
                .to_owned(),
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| malformed(error.inner(), member_path(error.path())))?;
    deserializer
        .end()
        .map_err(|error| malformed(&error, String::new()))?;
    Ok(document)
}

#[cfg(feature = "yaml")]
fn parse_yaml<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    let deserializer = serde_yaml_ng::Deserializer::from_str(text);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = member_path(error.path());
        let inner = error.inner();
        let place = inner.location();
        let mut message = inner.to_string();
        if let Some(place) = &place {
            let suffix = format!(" at line {} column {}", place.line(), place.column());
            message = message
                .strip_suffix(suffix.as_str())
                .unwrap_or(&message)
                .to_owned();
        }
        // The reader knows a shorter form of the path and puts it in front.
        if let Some(rest) = message.strip_prefix(path.as_str()) {
            message = rest.trim_start_matches([':', ' ']).to_owned();
        }
        Malformed {
            file: None,
            line: place.as_ref().map(serde_yaml_ng::Location::line),
            column: place.as_ref().map(serde_yaml_ng::Location::column),
            path,
            message,
        }
    })
}

#[cfg(feature = "toml")]
fn parse_toml<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    let malformed = |error: &toml::de::Error, path: String| {
        let place = error.span().map(|span| place_of(text, span.start));
        Malformed {
            file: None,
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            path,
            message: error.message().trim_end().replace('\n', "; "),
        }
    };
    let deserializer =
        toml::Deserializer::parse(text).map_err(|error| malformed(&error, String::new()))?;
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| malformed(error.inner(), member_path(error.path())))
}

#[cfg(feature = "toml")]
fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |found| found + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}
