use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Decode, Encode, Value, from_value, to_value};

#[doc(hidden)]
pub fn deserialize<'de, T: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    from_value(&value).map_err(D::Error::custom)
}

#[doc(hidden)]
pub fn serialize<T: Encode, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    to_value(value).serialize(serializer)
}

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
