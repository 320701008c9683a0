//! How catalog objects are read and written: members by name, unknown ones kept.

use crate::catalog::entries::Entries;
use crate::catalog::metadata::Metadata;

/// A member of a catalog object that may be left out of the file.
pub(crate) trait Member: Sized {
    /// The value of a member that is not there; `None` when the member is required.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether to leave the member out when writing.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Member for Option<T> {
    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Member for Entries<T> {
    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn is_absent(&self) -> bool {
        self.is_unwritten()
    }
}

impl Member for Metadata {
    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn is_absent(&self) -> bool {
        self.is_unwritten()
    }
}

impl Member for smol_str::SmolStr {}
impl Member for crate::catalog::number::Number {}
impl Member for crate::catalog::currency::Currency {}
impl Member for crate::catalog::feature::FeatureType {}

/// Declares a catalog object: its members with their names in the file, and `extra` for the rest.
///
/// The visitor is written out, and serde's `flatten` is not used, so that errors keep the line and
/// the path where they happened.
macro_rules! document {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $expecting:literal {
            $( $(#[$fmeta:meta])* $vis:vis $field:ident: $ty:ty = $key:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$fmeta])* $vis $field: $ty, )*
            /// Members of the file that are not known here, kept as they were read.
            pub extra: crate::catalog::metadata::Metadata,
        }

        impl $name {
            /// Names of the known members, as written in a file.
            pub(crate) const MEMBERS: &'static [&'static str] = &[$( $key ),*];
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                use crate::catalog::document::Member;
                let mut map = serializer.serialize_map(None)?;
                $( if !Member::is_absent(&self.$field) {
                    map.serialize_entry($key, &self.$field)?;
                } )*
                for (name, value) in self.extra.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;

                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        use serde::de::Error as _;
                        use crate::catalog::document::Member;
                        $( let mut $field: Option<$ty> = None; )*
                        let mut extra = crate::catalog::metadata::Metadata::default();
                        while let Some(name) = map.next_key::<smol_str::SmolStr>()? {
                            match name.as_str() {
                                $( $key => {
                                    if $field.is_some() {
                                        return Err(A::Error::duplicate_field($key));
                                    }
                                    $field = Some(map.next_value()?);
                                } )*
                                _ => {
                                    let mut value = map.next_value::<serde_json::Value>()?;
                                    crate::catalog::metadata::plain(&mut value);
                                    extra.insert(name, value);
                                }
                            }
                        }
                        Ok($name {
                            $( $field: match $field {
                                Some(value) => value,
                                None => Member::absent()
                                    .ok_or_else(|| A::Error::missing_field($key))?,
                            }, )*
                            extra,
                        })
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}

pub(crate) use document;
