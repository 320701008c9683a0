use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::provider::Provider;

/// What applying a catalog recorded: the ids of objects, and what was applied last.
///
/// Its JSON is a file to commit. One lock holds several targets: a provider's production and its
/// sandbox, and several providers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    version: Version,
    targets: Vec<Target>,
}

/// The version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("expected version 1, found {version}"))
        }
    }
}

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Target {
    provider: Provider,
    url: String,
    objects: BTreeMap<String, LockEntry>,
}

/// One object at a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LockEntry {
    /// The id that the provider gave it.
    pub id: String,
    /// What was applied last; empty while the object is not finished.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub applied: Map<String, Value>,
}

/// A lock file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct LockError {
    path: PathBuf,
    problem: String,
    #[source]
    source: std::io::Error,
}

impl LockError {
    fn new(path: &Path, problem: &str, source: std::io::Error) -> Self {
        Self {
            path: path.to_owned(),
            problem: format!("{problem}: {source}"),
            source,
        }
    }
}

impl Lock {
    /// Reads a lock file; one that does not exist yet is an empty lock.
    ///
    /// # Errors
    /// When the file cannot be read or is no lock file of this version.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LockError> {
        let path = path.as_ref();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(LockError::new(path, "the lock file cannot be read", error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            LockError::new(path, "this is no lock file", std::io::Error::other(error))
        })
    }

    /// Writes a lock file: whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), LockError> {
        let path = path.as_ref();
        let failed = |error| LockError::new(path, "the lock file cannot be written", error);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        text.push('\n');
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let fresh = path.with_file_name(name);
        fs::write(&fresh, text).map_err(failed)?;
        fs::rename(&fresh, path).map_err(failed)
    }

    /// Returns the entry of an object, by its address in plans, at a provider and base URL.
    #[must_use]
    pub fn entry(&self, provider: Provider, url: &str, address: &str) -> Option<&LockEntry> {
        self.objects(provider, url)?.get(address)
    }

    /// Returns the entries of a provider and base URL, by address.
    #[must_use]
    pub fn objects(&self, provider: Provider, url: &str) -> Option<&BTreeMap<String, LockEntry>> {
        let target = self
            .targets
            .iter()
            .find(|target| target.provider == provider && target.url == url)?;
        Some(&target.objects)
    }

    /// Takes the entries of one target from another lock.
    pub(super) fn take_objects(&mut self, provider: Provider, url: &str, from: &Self) {
        let objects = from.objects(provider, url).cloned();
        *self.objects_mut(provider, url) = objects.unwrap_or_default();
        self.targets
            .sort_by(|a, b| (a.provider, &a.url).cmp(&(b.provider, &b.url)));
    }

    pub(super) fn objects_mut(
        &mut self,
        provider: Provider,
        url: &str,
    ) -> &mut BTreeMap<String, LockEntry> {
        let place = self
            .targets
            .iter()
            .position(|target| target.provider == provider && target.url == url);
        let place = place.unwrap_or_else(|| {
            self.targets.push(Target {
                provider,
                url: url.to_owned(),
                objects: BTreeMap::new(),
            });
            self.targets.len() - 1
        });
        // The place was just found or made.
        #[allow(clippy::indexing_slicing)]
        &mut self.targets[place].objects
    }
}
