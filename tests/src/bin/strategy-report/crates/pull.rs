//! What decoders with a local variable for each field share.

use client_core::json::{DecodeError, Failed, Fields, Reader, Value};
use serde::de::{Deserialize as _, Deserializer, Error as _};

/// Decoding the next value of a reader.
pub trait Read: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed>;
}

pub fn from_slice<T: Read>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    match T::read(&mut reader) {
        Ok(value) if reader.finish().is_ok() => Ok(value),
        _ => Err(reader.error()),
    }
}

/// Reads a value for a key that may come only once.
pub fn once<T: Read>(reader: &mut Reader<'_>, slot: &mut Option<T>) -> Result<(), Failed> {
    if slot.is_some() {
        return Err(reader.unexpected("each key once"));
    }
    *slot = Some(T::read(reader)?);
    Ok(())
}

pub fn required<T>(
    reader: &mut Reader<'_>,
    object: &Fields,
    slot: Option<T>,
    name: &'static str,
) -> Result<T, Failed> {
    slot.ok_or_else(|| reader.lacks(object, name))
}

impl Read for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        Ok(reader.string()?.to_owned())
    }
}

impl Read for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.bool()
    }
}

impl Read for i64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let number = reader.integer("integer (i64)")?;
        Self::try_from(number).map_err(|_| reader.unfit("integer (i64)"))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        if reader.null()? {
            return Ok(None);
        }
        T::read(reader).map(Some)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut items = Self::new();
        reader.elements(&mut |reader, _| {
            items.push(T::read(reader)?);
            Ok(())
        })?;
        Ok(items)
    }
}

#[doc(hidden)]
pub fn deserialize<'de, T: Read, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    from_slice(value.to_string().as_bytes()).map_err(D::Error::custom)
}

/// Implements serde's `Deserialize`, so that types can be embedded in those of others.
#[macro_export]
macro_rules! serde_via_pull {
    ($name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::deserialize(deserializer)
            }
        }
    };
}
