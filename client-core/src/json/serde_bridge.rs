//! Types that implement [`Decode`] and [`Encode`], for serde.
//!
//! The JSON text is what goes between: nothing is lost in it, and keys keep their order. A number
//! in a text of another format is what that format makes of it.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserializer, Serialize, Serializer};

use super::encode::written;
use super::reader::Kind;
use super::{Decode, Encode, Entries, Failed, Reader, Writer, from_slice};

#[doc(hidden)]
pub fn deserialize<'de, T: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut writer = Writer::default();
    Text(&mut writer).deserialize(deserializer)?;
    from_slice(&writer.into_bytes()).map_err(D::Error::custom)
}

#[doc(hidden)]
pub fn serialize<T: Encode, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = written(value).map_err(S::Error::custom)?;
    Json(&bytes).serialize(serializer)
}

/// One JSON value, which serializes as itself.
struct Json<'a>(&'a [u8]);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reader = Reader::new(self.0);
        let wrong = |Failed| S::Error::custom("a value wrote what is no JSON");
        match reader.kind() {
            Kind::Null | Kind::Invalid => serializer.serialize_unit(),
            Kind::Bool => serializer.serialize_bool(reader.bool().map_err(wrong)?),
            Kind::String => serializer.serialize_str(reader.string().map_err(wrong)?),
            Kind::Number => {
                let text = reader.number("number").map_err(wrong)?;
                if let Ok(number) = text.parse() {
                    serializer.serialize_u64(number)
                } else if let Ok(number) = text.parse() {
                    serializer.serialize_i64(number)
                } else {
                    let number = text.parse().map_err(S::Error::custom)?;
                    serializer.serialize_f64(number)
                }
            }
            Kind::Array => {
                let mut list = serializer.serialize_seq(None)?;
                let mut fault = None;
                let read = reader.elements(&mut |reader, _| {
                    let item = list.serialize_element(&Json(reader.slice()?));
                    item.map_err(|error| {
                        fault = Some(error);
                        Failed
                    })
                });
                match (read, fault) {
                    (_, Some(error)) => Err(error),
                    (read, None) => read.map_err(wrong).and_then(|()| list.end()),
                }
            }
            Kind::Object => {
                let mut map = serializer.serialize_map(None)?;
                let mut fault = None;
                let read = reader.map(&mut Each(&mut |key, value| {
                    map.serialize_entry(key, &Json(value)).map_err(|error| {
                        fault = Some(error);
                        Failed
                    })
                }));
                match (read, fault) {
                    (_, Some(error)) => Err(error),
                    (read, None) => read.map_err(wrong).and_then(|()| map.end()),
                }
            }
        }
    }
}

type Entry<'a> = dyn FnMut(&str, &[u8]) -> Result<(), Failed> + 'a;

/// The entries of an object, each given to a function.
struct Each<'a>(&'a mut Entry<'a>);

impl Entries for Each<'_> {
    fn read_entry(&mut self, key: String, reader: &mut Reader<'_>) -> Result<(), Failed> {
        (self.0)(&key, reader.slice()?)
    }
}

/// Writes any value of serde's model as JSON.
struct Text<'a>(&'a mut Writer);

impl Text<'_> {
    fn of<T: Encode + ?Sized, E>(self, value: &T) -> Result<(), E> {
        value.encode(self.0);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can hold")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.of(&value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.of(&value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.of(&value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        match value.is_finite() {
            true => self.of(&value),
            false => Err(E::custom("NaN and infinity are not numbers of JSON")),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.of(value)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.of(&())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.of(&())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.begin_array();
        let mut end = self.0.len();
        while items.next_element_seed(Text(self.0))?.is_some() {
            end = self.0.len();
            self.0.separate();
        }
        self.0.truncate(end);
        self.0.end_array();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut next = entries.next_key::<String>()?;
        if next.as_deref() == Some(EXACT_NUMBER) {
            let text: String = entries.next_value()?;
            if !is_number(&text) {
                return Err(A::Error::custom("expected the text of a number"));
            }
            self.0.verbatim(&text);
            return Ok(());
        }
        self.0.begin_object();
        while let Some(key) = next {
            self.0.key(&key);
            entries.next_value_seed(Text(self.0))?;
            next = entries.next_key()?;
        }
        self.0.end_object();
        Ok(())
    }
}

/// Whether a text is one number of JSON: anybody can send an object with the key for numbers, and
/// what stands in it must not become a part of the text around it.
fn is_number(text: &str) -> bool {
    let mut reader = Reader::new(text.as_bytes());
    reader.number("number").is_ok() && reader.finish().is_ok()
}

/// The key under which serde_json hands out a number when some crate of the program enables its
/// feature `arbitrary_precision`.
const EXACT_NUMBER: &str = "$serde_json::private::Number";

/// Implements serde's `Deserialize` for types that implement
/// [`Decode`](crate::json::Decode), and, after `encode:`, `Serialize` for types that implement
/// [`Encode`](crate::json::Encode).
#[macro_export]
macro_rules! serde_via_json {
    (decode: $($decoded:ty),* $(,)?) => {$(
        impl<'de> $crate::__private::serde::Deserialize<'de> for $decoded {
            fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
            where
                D: $crate::__private::serde::Deserializer<'de>,
            {
                $crate::json::deserialize(deserializer)
            }
        }
    )*};
    (encode: $($encoded:ty),* $(,)?) => {$(
        impl $crate::__private::serde::Serialize for $encoded {
            fn serialize<S>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error>
            where
                S: $crate::__private::serde::Serializer,
            {
                $crate::json::serialize(self, serializer)
            }
        }
    )*};
}
