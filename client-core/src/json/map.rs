use std::fmt;
use std::iter::Zip;
use std::ops::Index;
use std::{slice, vec};

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Decode, Encode, Entries, Failed, Fill, Reader, Writer};
use crate::boxed::Boxed;

/// A JSON object of equal values, in the order of the document.
///
/// Two maps are equal when they have the same entries, in whatever order.
///
/// # Example
/// ```
/// use client_core::json::Map;
///
/// let mut map = Map::from([("plan", "pro"), ("seats", "5")]);
/// assert_eq!(map.insert("seats", "6"), Some("5"));
/// assert_eq!(map["seats"], "6");
/// assert_eq!(map.get("coupon"), None);
/// assert_eq!(map.keys().collect::<Vec<_>>(), ["plan", "seats"]);
/// ```
#[derive(Clone)]
pub struct Map<T> {
    keys: Keys,
    /// In the order of the keys.
    values: Vec<T>,
}

impl<T> Map<T> {
    const EMPTY: Self = Self {
        keys: Keys::Few(Vec::new()),
        values: Vec::new(),
    };

    /// Makes a map without entries; it takes no memory until there is one.
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns whether there is a value under this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.keys.place(key).is_some()
    }

    /// Returns the value under a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.values.get(self.keys.place(key)?)
    }

    /// Returns the value under a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.values.get_mut(self.keys.place(key)?)
    }

    /// Sets the value under a key and returns the one that was there. A new key comes last; one
    /// that is there keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: T) -> Option<T> {
        self.set(key.into(), value)
    }

    fn set(&mut self, key: String, value: T) -> Option<T> {
        let place = self.keys.add(key);
        if let Some(held) = self.values.get_mut(place) {
            return Some(std::mem::replace(held, value));
        }
        self.values.push(value);
        None
    }

    /// Removes the value under a key and returns it; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let place = self.keys.remove(key)?;
        Some(self.values.remove(place))
    }

    /// Returns the entries in their order.
    pub fn iter(&self) -> Zip<MapKeys<'_>, slice::Iter<'_, T>> {
        self.keys().zip(&self.values)
    }

    /// Returns the entries in their order, to change the values.
    pub fn iter_mut(&mut self) -> Zip<MapKeys<'_>, slice::IterMut<'_, T>> {
        self.keys.iter().zip(&mut self.values)
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> MapKeys<'_> {
        self.keys.iter()
    }

    /// Returns the values in the order of the keys.
    pub fn values(&self) -> slice::Iter<'_, T> {
        self.values.iter()
    }

    /// Returns the values in the order of the keys, to change them.
    pub fn values_mut(&mut self) -> slice::IterMut<'_, T> {
        self.values.iter_mut()
    }
}

/// The most keys that are looked through one by one, which then is less work than hashing.
const FEW: usize = 16;

/// The keys of a map. What hashes, compares and drops them is compiled once, and not again for
/// every type of values.
enum Keys {
    Few(Vec<String>),
    Many(Boxed<IndexSet<String>>),
}

impl Keys {
    /// Returns the place of a key; for a new one, the number of keys that there were.
    fn add(&mut self, key: String) -> usize {
        match self {
            Self::Few(keys) if keys.len() < FEW => {
                if let Some(place) = keys.iter().position(|known| *known == key) {
                    return place;
                }
                keys.push(key);
                keys.len() - 1
            }
            Self::Few(keys) => {
                let mut all: IndexSet<String> = std::mem::take(keys).into_iter().collect();
                let place = all.insert_full(key).0;
                *self = Self::Many(Boxed::new(all));
                place
            }
            Self::Many(keys) => keys.insert_full(key).0,
        }
    }

    fn remove(&mut self, key: &str) -> Option<usize> {
        let place = self.place(key)?;
        match self {
            Self::Few(keys) => drop(keys.remove(place)),
            Self::Many(keys) => drop(keys.shift_remove_index(place)),
        }
        Some(place)
    }

    fn place(&self, key: &str) -> Option<usize> {
        match self {
            Self::Few(keys) => keys.iter().position(|known| known == key),
            Self::Many(keys) => keys.get_index_of(key),
        }
    }

    fn at(&self, place: usize) -> Option<&str> {
        let key = match self {
            Self::Few(keys) => keys.get(place),
            Self::Many(keys) => keys.get_index(place),
        };
        key.map(String::as_str)
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(keys) => keys.len(),
            Self::Many(keys) => keys.len(),
        }
    }

    fn into_vec(self) -> Vec<String> {
        match self {
            Self::Few(keys) => keys,
            Self::Many(keys) => keys.into_inner().into_iter().collect(),
        }
    }

    fn iter(&self) -> MapKeys<'_> {
        MapKeys {
            keys: self,
            at: 0,
            end: self.len(),
        }
    }
}

// Not derived: that would be compiled again where a map is cloned.
impl Clone for Keys {
    fn clone(&self) -> Self {
        match self {
            Self::Few(keys) => Self::Few(keys.clone()),
            Self::Many(keys) => Self::Many(keys.clone()),
        }
    }
}

/// The keys of a [`Map`] in their order.
#[derive(Clone)]
pub struct MapKeys<'a> {
    keys: &'a Keys,
    at: usize,
    end: usize,
}

impl<'a> Iterator for MapKeys<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.at == self.end {
            return None;
        }
        self.at += 1;
        self.keys.at(self.at - 1)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.at;
        (left, Some(left))
    }
}

impl DoubleEndedIterator for MapKeys<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.at == self.end {
            return None;
        }
        self.end -= 1;
        self.keys.at(self.end)
    }
}

impl ExactSizeIterator for MapKeys<'_> {}

impl fmt::Debug for MapKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Panics when there is no value under the key; [`Map::get`] does not.
impl<T> Index<&str> for Map<T> {
    type Output = T;

    fn index(&self, key: &str) -> &T {
        match self.get(key) {
            Some(value) => value,
            None => panic!("the map has no entry `{key}`"),
        }
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T: PartialEq> PartialEq for Map<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<T: Eq> Eq for Map<T> {}

impl<T: fmt::Debug> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Into<String>, T> FromIterator<(K, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        let mut map = Self::EMPTY;
        map.extend(entries);
        map
    }
}

impl<K: Into<String>, T> Extend<(K, T)> for Map<T> {
    fn extend<I: IntoIterator<Item = (K, T)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.set(key.into(), value);
        }
    }
}

impl<K: Into<String>, T, const N: usize> From<[(K, T); N]> for Map<T> {
    fn from(entries: [(K, T); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<T> IntoIterator for Map<T> {
    type Item = (String, T);
    type IntoIter = Zip<vec::IntoIter<String>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_vec().into_iter().zip(self.values)
    }
}

impl<'a, T> IntoIterator for &'a Map<T> {
    type Item = (&'a str, &'a T);
    type IntoIter = Zip<MapKeys<'a>, slice::Iter<'a, T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Map<T> {
    type Item = (&'a str, &'a mut T);
    type IntoIter = Zip<MapKeys<'a>, slice::IterMut<'a, T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Serialize> Serialize for Map<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = IndexMap::<String, T>::deserialize(deserializer)?;
        Ok(map.into_iter().collect())
    }
}

impl<T: Decode> Fill for Map<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.map(self)
    }
}

impl<T: Decode> Decode for Map<T> {
    const BLANK: Self = Self::EMPTY;
}

impl<T: Decode> Entries for Map<T> {
    fn read_entry(&mut self, key: String, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut value = T::BLANK;
        value.fill(reader)?;
        self.set(key, value);
        Ok(())
    }
}

impl<T: Encode> Encode for Map<T> {
    fn encode(&self, writer: &mut Writer) {
        writer.begin_object();
        let mut place = 0;
        while let (Some(key), Some(value)) = (self.keys.at(place), self.values.get(place)) {
            writer.entry::<dyn Encode>(key, value);
            place += 1;
        }
        writer.end_object();
    }
}
