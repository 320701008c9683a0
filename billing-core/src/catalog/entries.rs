//! Ordered maps of catalog items.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

/// Items by id, in the order of the catalog.
///
/// It dereferences to [`IndexMap`]. Two maps are equal when they hold equal items in the same
/// order. Reading one refuses an id that stands there twice.
#[derive(Clone)]
pub struct Entries<T> {
    items: IndexMap<SmolStr, T>,
    written: bool,
}

impl<T> Entries<T> {
    /// No items.
    #[must_use]
    pub fn new() -> Self {
        Self {
            items: IndexMap::new(),
            written: false,
        }
    }

    /// Whether the catalog does not mention the map at all; an empty one that was written is kept.
    pub(crate) fn is_unwritten(&self) -> bool {
        !self.written && self.items.is_empty()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Entries<T> {
    type Target = IndexMap<SmolStr, T>;

    fn deref(&self) -> &Self::Target {
        &self.items
    }
}

impl<T> DerefMut for Entries<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.items
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = (&'a SmolStr, &'a T);
    type IntoIter = indexmap::map::Iter<'a, SmolStr, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Entries<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Entries<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items.iter().eq(other.items.iter())
    }
}

impl<T: Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.items.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of ids")
            }

            fn visit_unit<E: Error>(self) -> Result<Entries<T>, E> {
                Ok(Entries::new())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let mut items = IndexMap::new();
                while let Some(id) = map.next_key::<SmolStr>()? {
                    if items.contains_key(&id) {
                        return Err(A::Error::custom(format_args!("`{id}` stands here twice")));
                    }
                    let item = map.next_value()?;
                    items.insert(id, item);
                }
                Ok(Entries {
                    items,
                    written: true,
                })
            }
        }

        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}
