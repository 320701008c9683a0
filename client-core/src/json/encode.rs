use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::Value;
use super::locate::path_to;
use crate::secret::Secret;

/// A type that encodes itself as JSON.
pub trait Encode {
    /// Writes the value.
    fn encode(&self, writer: &mut Writer);
}

/// Encodes a value as JSON text. What JSON or the formats of the API cannot hold (`NaN`, infinity,
/// a time before the year 0) becomes `null`; a request with such a body is refused instead, and so
/// is serializing through serde.
pub fn to_vec<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut writer = Writer::default();
    value.encode(&mut writer);
    writer.out
}

/// Encodes a value as JSON text, or says which part of it cannot be written.
pub(crate) fn written(value: &dyn Encode) -> Result<Vec<u8>, String> {
    let mut writer = Writer::default();
    value.encode(&mut writer);
    match writer.fault {
        None => Ok(writer.out),
        Some((offset, reason)) => match path_to(&writer.out, offset) {
            path if path.is_empty() => Err(reason.to_owned()),
            path => Err(format!("{path}: {reason}")),
        },
    }
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
    /// The first value that could not be written: where, and why.
    fault: Option<(usize, &'static str)>,
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

    /// Writes `null` for a value that cannot be written, and remembers why it cannot.
    #[cold]
    fn unwritable(&mut self, reason: &'static str) {
        let offset = self.out.len();
        self.fault.get_or_insert((offset, reason));
        self.null();
    }

    /// Writes a value through serde; only values that cannot fail (texts, whole numbers, trees)
    /// come here.
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

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.out.truncate(length);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn begin_array(&mut self) {
        self.out.push(b'[');
    }

    pub(super) fn separate(&mut self) {
        self.out.push(b',');
    }

    pub(super) fn end_array(&mut self) {
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

encode_scalar!(bool, i32, i64, u8, u16, u32, u64, Value);

impl Encode for f64 {
    fn encode(&self, writer: &mut Writer) {
        if self.is_finite() {
            writer.scalar(self);
        } else {
            writer.unwritable("NaN and infinity are not numbers of JSON");
        }
    }
}

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
        match crate::wire::rfc3339(*self) {
            Some(text) => writer.text(&text),
            None => writer.unwritable("RFC 3339 has the years 0 to 9999 and offsets in minutes"),
        }
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
