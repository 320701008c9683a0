//! Free-form metadata of catalog items.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

/// Names and JSON values that the application attaches to an item, in the order of the catalog.
///
/// Cloning is cheap: the values are shared until one of the clones is changed.
#[derive(Debug, Clone, Default)]
pub struct Metadata(Option<Arc<IndexMap<SmolStr, Value>>>);

impl Metadata {
    /// The value under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// Sets a value; an earlier value of the same name is replaced where it stands.
    pub fn insert(&mut self, name: impl Into<SmolStr>, value: impl Into<Value>) {
        let entries = self.0.get_or_insert_default();
        Arc::make_mut(entries).insert(name.into(), value.into());
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&SmolStr, &Value)> {
        self.0.iter().flat_map(|entries| entries.iter())
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |entries| entries.len())
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// These values with those of `over` on top.
    #[must_use]
    pub fn merged(&self, over: &Self) -> Self {
        if self.is_empty() {
            return over.clone();
        }
        let mut merged = self.clone();
        for (name, value) in over.iter() {
            merged.insert(name.clone(), value.clone());
        }
        merged
    }

    /// Whether the catalog does not mention metadata at all; an empty object that was written is kept.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<N: Into<SmolStr>, V: Into<Value>> FromIterator<(N, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let entries: IndexMap<_, _> = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self(Some(Arc::new(entries)))
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Option::<IndexMap<SmolStr, Value>>::deserialize(deserializer)?;
        Ok(Self(entries.map(|mut entries| {
            entries.values_mut().for_each(plain);
            Arc::new(entries)
        })))
    }
}

/// Makes the dates of TOML texts: its reader hands them over as objects with a member of this name.
pub(crate) fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(members) => {
            if let (1, Some(Value::String(date))) =
                (members.len(), members.get_mut("$__toml_private_datetime"))
            {
                *value = Value::String(std::mem::take(date));
            } else {
                members.values_mut().for_each(plain);
            }
        }
        _ => {}
    }
}
