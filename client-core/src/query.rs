use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::{Date, OffsetDateTime};

use crate::wire::{format_date, format_time};

/// Everything but the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The query parameters of a request, in the order in which they were set.
///
/// Names and values are percent-encoded when the request is sent: everything but ASCII letters,
/// digits and `-._~`, a space as `%20`.
///
/// ```
/// let mut query = client_core::Query::new();
/// query.push("limit", 100_u32);
/// query.extend("sorting", ["-created_at", "email"]);
/// query.deep_object("metadata", "plan", "pro +1");
/// assert_eq!(
///     query.encode(),
///     "limit=100&sorting=-created_at&sorting=email&metadata%5Bplan%5D=pro%20%2B1",
/// );
/// ```
#[derive(Clone, Default)]
pub struct Query {
    pairs: Vec<(Cow<'static, str>, String)>,
}

impl Query {
    /// Creates an empty query.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `name=value`.
    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: impl QueryValue) {
        self.append(name.into(), value.to_query().into_owned());
    }

    /// Appends `name=value` once for each value.
    pub fn extend<V: QueryValue>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) {
        let name = name.into();
        for value in values {
            self.append(name.clone(), value.to_query().into_owned());
        }
    }

    /// Appends `name[key]=value`.
    pub fn deep_object(&mut self, name: &str, key: &str, value: impl QueryValue) {
        self.append(
            Cow::Owned(format!("{name}[{key}]")),
            value.to_query().into_owned(),
        );
    }

    /// Appends a value to `name=a,b`.
    pub fn join(&mut self, name: &'static str, value: impl QueryValue) {
        let value = value.to_query();
        match self.pairs.iter_mut().find(|(key, _)| key == name) {
            Some((_, list)) => {
                list.push(',');
                list.push_str(&value);
            }
            None => self.append(Cow::Borrowed(name), value.into_owned()),
        }
    }

    /// Appends `name[key][n]=value`, counting up `n` from 0 for each key.
    pub fn deep_list(&mut self, name: &str, key: &str, value: impl QueryValue) {
        let prefix = format!("{name}[{key}][");
        let count = self
            .pairs
            .iter()
            .filter(|(known, _)| known.starts_with(&prefix))
            .count();
        self.append(
            Cow::Owned(format!("{prefix}{count}]")),
            value.to_query().into_owned(),
        );
    }

    /// Appends `name[field][operator]=value` for every leaf of an object; the elements of arrays
    /// are joined by commas.
    pub fn deep_value(&mut self, name: &str, value: &serde_json::Value) {
        use serde_json::Value;
        let leaf = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (field, value) in fields {
                    self.deep_value(&format!("{name}[{field}]"), value);
                }
            }
            Value::Array(items) => {
                let joined: Vec<String> = items.iter().map(leaf).collect();
                self.append(Cow::Owned(name.to_owned()), joined.join(","));
            }
            other => self.append(Cow::Owned(name.to_owned()), leaf(other)),
        }
    }

    /// Sets `name` to one value, in the place of the first that it had.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl QueryValue) {
        self.replace(name.into(), value.to_query().into_owned());
    }

    /// Removes every value of `name`.
    pub fn remove(&mut self, name: &str) {
        self.pairs.retain(|(key, _)| key != name);
    }

    /// Returns the first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns names and values, not encoded, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Returns the query as it goes into a URL, without the `?`.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        self.encode_into(&mut text);
        text
    }

    pub(crate) fn encode_into(&self, text: &mut String) {
        for (index, (name, value)) in self.pairs.iter().enumerate() {
            if index > 0 {
                text.push('&');
            }
            text.extend(utf8_percent_encode(name, RESERVED));
            text.push('=');
            text.extend(utf8_percent_encode(value, RESERVED));
        }
    }

    fn append(&mut self, name: Cow<'static, str>, value: String) {
        self.pairs.push((name, value));
    }

    fn replace(&mut self, name: Cow<'static, str>, value: String) {
        match self.pairs.iter().position(|(key, _)| *key == name) {
            Some(first) => {
                let mut index = 0;
                self.pairs.retain(|(key, _)| {
                    index += 1;
                    index - 1 == first || *key != name
                });
                if let Some((_, old)) = self.pairs.get_mut(first) {
                    *old = value;
                }
            }
            None => self.append(name, value),
        }
    }
}

/// Prints the names alone: values may be personal.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A value that can stand in a query.
pub trait QueryValue {
    /// Returns the text of the value, not encoded.
    fn to_query(&self) -> Cow<'_, str>;
}

impl<T: QueryValue + ?Sized> QueryValue for &T {
    fn to_query(&self) -> Cow<'_, str> {
        (**self).to_query()
    }
}

impl QueryValue for str {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl QueryValue for String {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl QueryValue for Cow<'_, str> {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl QueryValue for bool {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

macro_rules! number_values {
    ($($number:ty),*) => {$(
        impl QueryValue for $number {
            fn to_query(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )*};
}

number_values!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f64);

/// RFC 3339 in UTC, with `Z`.
impl QueryValue for OffsetDateTime {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Owned(format_time(*self))
    }
}

/// `YYYY-MM-DD`.
impl QueryValue for Date {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Owned(format_date(*self))
    }
}

/// JSON text, for the parameters that carry a document.
impl QueryValue for serde_json::Value {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}
