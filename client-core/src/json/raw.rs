use std::fmt;
use std::ops::Deref;

use super::{Decode, Encode, Failed, Fill, Reader, Value, Writer, to_vec};
use crate::boxed::Boxed;
use crate::excerpt::excerpt;

/// A JSON value kept as it came: a variant that this version of the crate does not know, or an
/// item that did not decode.
///
/// It dereferences to the [`Value`]. In requests it is written byte for byte as it was read, so that
/// numbers that a [`Value`] rounds, and the order of keys, stay as they were. Through serde keys
/// keep their order, and numbers are what the other format makes of them.
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

/// Shows at most 2 KiB, with what looks like a secret masked: nobody knows what is in it.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(&to_vec(self)))
    }
}

/// Writes compact JSON, secrets included.
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
            Err(_) => return Err(reader.no_tree(start)),
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

crate::serde_via_json!(decode: Raw);
crate::serde_via_json!(encode: Raw);
