use std::collections::BTreeMap;

use indexmap::IndexMap;
use time::{Date, OffsetDateTime};

use super::Value;
use super::error::{DecodeError, Failed};
use super::reader::Reader;
use crate::secret::Secret;

/// A type that decodes itself from JSON.
pub trait Decode: Sized {
    /// Decodes the next value of `reader`; what failed stays with the reader.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed>;
}

/// Decodes a whole JSON text.
///
/// # Errors
/// [`DecodeError`] with the path of the first value that does not fit, also when the text is no
/// JSON, is cut off, or goes on after the value.
pub fn from_slice<T: Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    match T::decode(&mut reader) {
        Ok(value) if reader.finish().is_ok() => Ok(value),
        _ => Err(reader.error()),
    }
}

/// Decodes a JSON tree.
///
/// # Errors
/// [`DecodeError`] with the path of the first value that does not fit.
pub fn from_value<T: Decode>(value: &Value) -> Result<T, DecodeError> {
    from_slice(value.to_string().as_bytes())
}

impl Decode for String {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.text(str::to_owned)
    }
}

impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.bool()
    }
}

macro_rules! decode_integer {
    ($($integer:ty),*) => {$(
        impl Decode for $integer {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
                const NAME: &str = concat!("integer (", stringify!($integer), ")");
                let number = reader.integer(NAME)?;
                match Self::try_from(number) {
                    Ok(number) => Ok(number),
                    Err(_) => Err(reader.unfit(NAME)),
                }
            }
        }
    )*};
}

decode_integer!(i32, i64, u8, u16, u32, u64);

impl Decode for f64 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        match reader.number("number")?.parse() {
            Ok(number) => Ok(number),
            Err(_) => Err(reader.unfit("number")),
        }
    }
}

impl Decode for OffsetDateTime {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.parsed("RFC 3339 date and time", crate::wire::parse_time)
    }
}

impl Decode for Date {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.parsed("date (YYYY-MM-DD)", crate::wire::parse_date)
    }
}

impl Decode for Value {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.tree()
    }
}

impl Decode for () {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.skip()
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let (mut first, mut second) = (None, None);
        let mut count = 0;
        reader.array(&mut |reader| {
            count += 1;
            match count {
                1 => first = Some(reader.value()?),
                2 => second = Some(reader.value()?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        match (first, second) {
            (Some(first), Some(second)) => Ok((first, second)),
            _ => Err(reader.unfit("array of two")),
        }
    }
}

impl Decode for Secret {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.text(|text| Self::from(text))
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        reader.optional()
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        T::decode(reader).map(Self::new)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut items = Self::new();
        reader.array(&mut |reader| {
            items.push(T::decode(reader)?);
            Ok(())
        })?;
        Ok(items)
    }
}

impl<T: Decode> Decode for IndexMap<String, T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut map = Self::new();
        reader.map(&mut |reader, key| {
            let value = T::decode(reader)?;
            map.insert(key, value);
            Ok(())
        })?;
        Ok(map)
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut map = Self::new();
        reader.map(&mut |reader, key| {
            let value = T::decode(reader)?;
            map.insert(key, value);
            Ok(())
        })?;
        Ok(map)
    }
}
