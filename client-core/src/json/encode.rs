use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::Value;
use crate::secret::Secret;

/// A type that encodes itself as JSON.
pub trait Encode {
    /// Writes the value.
    fn encode(&self, writer: &mut Writer);
}

/// Encodes a value as JSON text.
pub fn to_vec<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut writer = Writer::default();
    value.encode(&mut writer);
    writer.out
}

/// Encodes a value as JSON text.
pub fn to_string<T: Encode + ?Sized>(value: &T) -> String {
    String::from_utf8_lossy(&to_vec(value)).into_owned()
}

/// Encodes a value as a JSON tree.
pub fn to_value<T: Encode + ?Sized>(value: &T) -> Value {
    serde_json::from_slice(&to_vec(value)).unwrap_or_default()
}

/// Collects the JSON text of one value.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    comma: bool,
}

impl Writer {
    /// Writes a string, escaped and quoted.
    pub fn text(&mut self, text: &str) {
        // Looking at every byte, without stopping at the first, lets the loop be vectorized.
        let plain = |plain, byte: u8| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\');
        if text.bytes().fold(true, plain) {
            self.out.reserve(text.len() + 2);
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            self.scalar(text);
        }
    }

    /// Writes a JSON text that was read, as it came.
    pub(crate) fn verbatim(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    /// Writes a value through serde; only values that cannot fail (texts, numbers, trees) come
    /// here.
    pub(crate) fn scalar<T: Serialize + ?Sized>(&mut self, value: &T) {
        let before = self.out.len();
        if serde_json::to_writer(&mut self.out, value).is_err() {
            self.out.truncate(before);
            self.out.extend_from_slice(b"null");
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    /// Starts an object.
    pub fn begin_object(&mut self) {
        self.out.push(b'{');
        self.comma = false;
    }

    /// Ends an object.
    pub fn end_object(&mut self) {
        self.out.push(b'}');
        self.comma = true;
    }

    /// Writes a key; the value comes next.
    pub fn key(&mut self, key: &str) {
        if self.comma {
            self.out.push(b',');
        }
        self.text(key);
        self.out.push(b':');
        self.comma = true;
    }

    /// Writes a key that needs no escaping, as those of described types do not.
    fn known_key(&mut self, key: &'static str) {
        debug_assert!(!key.contains(['"', '\\']) && !key.contains(char::is_control));
        self.out.reserve(key.len() + 4);
        if self.comma {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.comma = true;
    }

    /// Writes a key and its value. The key must need no escaping: no quotes, backslashes or
    /// control characters. For keys that come from a caller, see [`entry`](Self::entry).
    pub fn field<T: Encode + ?Sized>(&mut self, key: &'static str, value: &T) {
        self.known_key(key);
        value.encode(self);
        self.comma = true;
    }

    /// Writes a key of any content and its value.
    pub fn entry<T: Encode + ?Sized>(&mut self, key: &str, value: &T) {
        self.key(key);
        value.encode(self);
        self.comma = true;
    }

    /// Writes a key and its value when there is one; the key as for [`field`](Self::field).
    pub fn optional<T: Encode>(&mut self, key: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.field(key, value);
        }
    }

    /// Writes a key with a fixed text; the key as for [`field`](Self::field).
    pub fn constant(&mut self, key: &'static str, value: &str) {
        self.known_key(key);
        self.text(value);
    }

    /// Writes an array.
    pub fn array<'a, T: Encode + 'a>(&mut self, items: impl IntoIterator<Item = &'a T>) {
        self.begin_array();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.separate();
            }
            item.encode(self);
        }
        self.end_array();
    }

    fn begin_array(&mut self) {
        self.out.push(b'[');
    }

    fn separate(&mut self) {
        self.out.push(b',');
    }

    fn end_array(&mut self) {
        self.out.push(b']');
    }
}

macro_rules! encode_scalar {
    ($($scalar:ty),*) => {$(
        impl Encode for $scalar {
            fn encode(&self, writer: &mut Writer) {
                writer.scalar(self);
            }
        }
    )*};
}

encode_scalar!(bool, i32, i64, u8, u16, u32, u64, f64, Value);

impl Encode for str {
    fn encode(&self, writer: &mut Writer) {
        writer.text(self);
    }
}

impl Encode for String {
    fn encode(&self, writer: &mut Writer) {
        writer.text(self);
    }
}

impl Encode for OffsetDateTime {
    fn encode(&self, writer: &mut Writer) {
        writer.text(&crate::wire::format_time(*self));
    }
}

impl Encode for Date {
    fn encode(&self, writer: &mut Writer) {
        writer.text(&crate::wire::format_date(*self));
    }
}

impl Encode for () {
    fn encode(&self, writer: &mut Writer) {
        writer.null();
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, writer: &mut Writer) {
        writer.begin_array();
        self.0.encode(writer);
        writer.separate();
        self.1.encode(writer);
        writer.end_array();
    }
}

impl Encode for Secret {
    fn encode(&self, writer: &mut Writer) {
        writer.text(self.expose());
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.encode(writer),
            None => writer.null(),
        }
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, writer: &mut Writer) {
        writer.array(self);
    }
}
