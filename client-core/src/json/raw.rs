use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Decode, Encode, Failed, Fill, Reader, Value, Writer};
use crate::boxed::Boxed;

/// A JSON value kept as it came: a variant that this version of the crate does not know, or an
/// item that did not decode.
///
/// It dereferences to the [`Value`]. In requests it is written byte for byte as it was read, so that
/// numbers that a [`Value`] rounds, and the order of keys, stay as they were; through serde it is
/// the [`Value`].
#[derive(Clone, Default)]
pub struct Raw(Option<Boxed<Kept>>);

#[derive(Clone)]
struct Kept {
    value: Value,
    /// What it was read from.
    text: Option<Box<str>>,
}

impl Raw {
    /// The value `null`.
    pub const NULL: Self = Self(None);

    /// Returns the value.
    pub fn into_value(self) -> Value {
        self.0.map_or(Value::Null, |kept| kept.into_inner().value)
    }

    /// Reads a JSON text; what is none is kept as a text.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(bytes).into_owned();
        Self::parse(bytes).unwrap_or_else(|_| Self::from(Value::String(text())))
    }

    fn parse(bytes: &[u8]) -> serde_json::Result<Self> {
        Ok(match serde_json::from_slice(bytes)? {
            Value::Null => Self::NULL,
            value => Self(Some(Boxed::new(Kept {
                value,
                text: Some(String::from_utf8_lossy(bytes).into()),
            }))),
        })
    }
}

impl Deref for Raw {
    type Target = Value;

    fn deref(&self) -> &Value {
        static NULL: Value = Value::Null;
        self.0.as_deref().map_or(&NULL, |kept| &kept.value)
    }
}

impl AsRef<Value> for Raw {
    fn as_ref(&self) -> &Value {
        self
    }
}

impl From<Value> for Raw {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            value => Self(Some(Boxed::new(Kept { value, text: None }))),
        }
    }
}

impl From<Raw> for Value {
    fn from(raw: Raw) -> Self {
        raw.into_value()
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Raw {}

impl PartialEq<Value> for Raw {
    fn eq(&self, other: &Value) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Writes compact JSON.
impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl Fill for Raw {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let start = reader.next_start();
        let bytes = reader.slice()?;
        match Self::parse(bytes) {
            Ok(raw) => *self = raw,
            Err(_) => return Err(reader.mismatch(start, "JSON value", "invalid JSON")),
        }
        Ok(())
    }
}

impl Decode for Raw {
    const BLANK: Self = Self::NULL;
}

impl Encode for Raw {
    fn encode(&self, writer: &mut Writer) {
        match self.0.as_deref().and_then(|kept| kept.text.as_deref()) {
            Some(text) => writer.verbatim(text),
            None => (**self).encode(writer),
        }
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}
