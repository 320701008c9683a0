/// A set of texts that an API may extend at any time.
pub trait OpenEnum: AsRef<str> {
    /// The values known when the crate was made.
    const VALUES: &'static [&'static str];

    /// Returns whether the value was not known when the crate was made.
    fn is_unknown(&self) -> bool {
        !Self::VALUES.contains(&self.as_ref())
    }
}

/// Notes that an API sent a value which this version of the crate does not know.
#[cold]
pub fn unknown_value(type_name: &'static str, value: &str) {
    tracing::debug!(target: "client_core::unknown", type_name, value, "unknown enum value kept");
}

/// Declares string enums that keep values they do not know.
///
/// Every enum gets `Unknown(String)`, [`OpenEnum`](crate::wire::OpenEnum), conversions from and to
/// text, `Display`, and the JSON, serde and query traits. They have no order: an API may add a value
/// anywhere.
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value that this version of the crate does not know, as it came.
            Unknown(String),
        }

        impl $name {
            /// Returns the text of the value.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl $crate::wire::OpenEnum for $name {
            const VALUES: &'static [&'static str] = &[$($text),*];
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        $crate::__open_text!($name);

        impl $crate::json::Fill for $name {
            fn fill(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Failed> {
                *self = Self::from(reader.string()?);
                if let Self::Unknown(text) = self {
                    $crate::wire::unknown_value(stringify!($name), text);
                }
                ::core::result::Result::Ok(())
            }
        }

        impl $crate::json::Decode for $name {
            const BLANK: Self = Self::Unknown(String::new());
        }
    };
}

/// Declares a vocabulary too large for an enum (currencies, countries, time zones): a text with
/// the known values as constants.
#[macro_export]
macro_rules! open_vocabulary {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$value_meta:meta])* $constant:ident = $text:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Hash)]
        pub struct $name(::std::borrow::Cow<'static, str>);

        impl $name {
            $(
                $(#[$value_meta])*
                pub const $constant: Self = Self(::std::borrow::Cow::Borrowed($text));
            )*

            /// Makes a value from any text, also one without a constant.
            #[inline]
            pub fn new(text: impl Into<String>) -> Self {
                Self(::std::borrow::Cow::Owned(text.into()))
            }

            /// Returns the text of the value.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::wire::OpenEnum for $name {
            const VALUES: &'static [&'static str] = &[$($text),*];
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        $crate::__open_text!($name);

        impl $crate::json::Fill for $name {
            fn fill(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Failed> {
                *self = Self::new(reader.string()?);
                ::core::result::Result::Ok(())
            }
        }

        impl $crate::json::Decode for $name {
            const BLANK: Self = Self(::std::borrow::Cow::Borrowed(""));
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __open_text {
    ($name:ident) => {
        // The derive would add a function for every type, which does nothing.
        impl ::core::cmp::Eq for $name {}

        impl ::core::convert::From<String> for $name {
            #[inline]
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            #[inline]
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self::from(text))
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::cmp::PartialEq<str> for $name {
            #[inline]
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl ::core::cmp::PartialEq<&str> for $name {
            #[inline]
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl $crate::json::Encode for $name {
            #[inline]
            fn encode(&self, writer: &mut $crate::json::Writer) {
                writer.text(self.as_str());
            }
        }

        impl $crate::QueryValue for $name {
            #[inline]
            fn to_query(&self) -> ::std::borrow::Cow<'_, str> {
                ::std::borrow::Cow::Borrowed(self.as_str())
            }
        }

        $crate::serde_via_json!(decode: $name);
        $crate::serde_via_json!(encode: $name);
    };
}
