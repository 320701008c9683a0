//! Metadata of compiled objects: the application's own, and stamps that name the catalog item.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::catalog::{ItemKind, Metadata};
use crate::provider::Provider;

/// A metadata value as text: texts as they are, anything else as JSON; `None` for null.
pub(crate) fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The application's own metadata with stamps that lead back to the catalog.
///
/// Stamps (`catalogPlanId`, `catalogPlanKey`, `catalogPriceId`, …) replace own values of the same
/// name. [`Catalog::find_stamped`](crate::catalog::Catalog::find_stamped) reads them back.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledMetadata {
    own: Metadata,
    stamps: Stamps,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamps {
    pub(crate) kind: ItemKind,
    pub(crate) id: SmolStr,
    pub(crate) key: Option<SmolStr>,
    pub(crate) feature: Option<SmolStr>,
    pub(crate) price: Option<SmolStr>,
    pub(crate) provider: Option<Provider>,
    pub(crate) enabled: Option<bool>,
}

enum Stamp<'a> {
    Text(&'a str),
    Flag(bool),
}

impl Stamp<'_> {
    fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(*text),
            Self::Flag(flag) => Value::Bool(*flag),
        }
    }
}

impl Stamps {
    pub(crate) fn item(kind: ItemKind, id: &SmolStr) -> Self {
        Self {
            kind,
            id: id.clone(),
            key: None,
            feature: None,
            price: None,
            provider: None,
            enabled: None,
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, Stamp<'_>)> {
        fn text<'s>(
            name: &'static str,
            value: Option<&'s SmolStr>,
        ) -> Option<(&'static str, &'s str)> {
            value.map(|value| (name, value.as_str()))
        }

        let texts = [
            Some((self.kind.id_stamp(), self.id.as_str())),
            text(self.kind.key_stamp(), self.key.as_ref()),
            text("catalogFeatureId", self.feature.as_ref()),
            text("catalogPriceId", self.price.as_ref()),
            self.provider
                .map(|provider| ("provider", provider.as_str())),
        ];
        let enabled = self
            .enabled
            .map(|enabled| ("enabled", Stamp::Flag(enabled)));
        texts
            .into_iter()
            .flatten()
            .map(|(name, value)| (name, Stamp::Text(value)))
            .chain(enabled)
    }

    fn has(&self, name: &str) -> bool {
        self.iter().any(|(stamp, _)| stamp == name)
    }
}

impl CompiledMetadata {
    pub(crate) fn new(own: &Metadata, stamps: Stamps) -> Self {
        Self {
            own: own.clone(),
            stamps,
        }
    }

    /// The value under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        match self.stamps.iter().find(|(stamp, _)| *stamp == name) {
            Some((_, stamp)) => Some(stamp.to_value()),
            None => self.own.get(name).cloned(),
        }
    }

    /// Own values that no stamp replaces, then the stamps.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        let own = self.own.iter().filter(|(name, _)| !self.stamps.has(name));
        own.map(|(name, value)| (name.as_str(), value.clone()))
            .chain(
                self.stamps
                    .iter()
                    .map(|(name, stamp)| (name, stamp.to_value())),
            )
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let own = self
            .own
            .iter()
            .filter(|(name, _)| !self.stamps.has(name))
            .count();
        own + self.stamps.iter().count()
    }

    /// Never: there is at least one stamp.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A JSON object of the same names and values.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        self.iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

impl Serialize for CompiledMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.own.iter().filter(|(name, _)| !self.stamps.has(name)) {
            map.serialize_entry(name, value)?;
        }
        for (name, stamp) in self.stamps.iter() {
            match stamp {
                Stamp::Text(text) => map.serialize_entry(name, text)?,
                Stamp::Flag(flag) => map.serialize_entry(name, &flag)?,
            }
        }
        map.end()
    }
}
