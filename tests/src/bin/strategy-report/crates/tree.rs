//! What decoders from a tree share.

use std::fmt;

use serde_json::{Map, Value};

/// Decoding from a tree that is used up.
pub trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self, TreeError>;
}

/// A value that does not fit, with its path.
#[derive(Debug)]
pub struct TreeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: Vec<String>,
    expected: String,
    found: String,
}

impl TreeError {
    #[cold]
    pub fn new(expected: &str, found: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            path: Vec::new(),
            expected: expected.to_owned(),
            found: found.into(),
        }))
    }

    #[cold]
    pub fn unexpected(expected: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Self::new(expected, found)
    }

    #[cold]
    fn at(mut self, step: impl Into<String>) -> Self {
        self.0.path.push(step.into());
        self
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.0.path.iter().rev() {
            write!(f, "{step}.")?;
        }
        write!(f, " expected {}, found {}", self.0.expected, self.0.found)
    }
}

impl std::error::Error for TreeError {}

pub fn parse(bytes: &[u8]) -> Result<Value, TreeError> {
    serde_json::from_slice(bytes).map_err(|error| TreeError::new("valid JSON", error.to_string()))
}

/// An object whose values are taken one by one.
pub struct Object(Map<String, Value>);

impl Object {
    pub fn of(value: Value) -> Result<Self, TreeError> {
        match value {
            Value::Object(object) => Ok(Self(object)),
            other => Err(TreeError::unexpected("object", &other)),
        }
    }

    pub fn required<T: FromValue>(&mut self, key: &'static str) -> Result<T, TreeError> {
        match self.0.get_mut(key) {
            Some(value) => T::from_value(value.take()).map_err(|error| error.at(key)),
            None => Err(TreeError::new("a value", "nothing").at(key)),
        }
    }

    pub fn optional<T: FromValue>(&mut self, key: &'static str) -> Result<Option<T>, TreeError> {
        match self.0.get_mut(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_value(value.take())
                .map(Some)
                .map_err(|error| error.at(key)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, TreeError> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(TreeError::unexpected("string", &other)),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, TreeError> {
        value
            .as_i64()
            .ok_or_else(|| TreeError::unexpected("integer", &value))
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, TreeError> {
        value
            .as_bool()
            .ok_or_else(|| TreeError::unexpected("boolean", &value))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, TreeError> {
        let Value::Array(values) = value else {
            return Err(TreeError::unexpected("array", &value));
        };
        let mut items = Self::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            items.push(T::from_value(value).map_err(|error| error.at(index.to_string()))?);
        }
        Ok(items)
    }
}

/// Implements serde's `Deserialize`, so that types can be embedded in those of others.
#[macro_export]
macro_rules! serde_via_tree {
    ($name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = serde::Deserialize::deserialize(deserializer)?;
                $crate::FromValue::from_value(value).map_err(serde::de::Error::custom)
            }
        }
    };
}
