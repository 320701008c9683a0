use crate::json::{Decode, Encode, Failed, Fill, Reader, Writer};

/// A request field that can be left out, cleared, or set.
///
/// Updates tell three things apart: an absent key keeps what is stored, `null` clears it, and a
/// value replaces it.
///
/// ```
/// use client_core::wire::Patch;
///
/// let keep: Patch<String> = Patch::Absent;
/// let clear: Patch<String> = Patch::Null;
/// let set: Patch<String> = Patch::from("Ada".to_owned());
/// assert_eq!(set.value().map(String::as_str), Some("Ada"));
/// assert!(keep.is_absent() && clear.is_null());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The key is not sent.
    #[default]
    Absent,
    /// The key is sent as `null`.
    Null,
    /// The key is sent with this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Returns whether the key is not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns whether the key is sent as `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the value when there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Turns the field into its value, when there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Makes `None` clear the field.
    pub fn or_null(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }

    /// Makes `None` leave the field as it is.
    pub fn or_absent(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Decode> Fill for Patch<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        *self = reader.optional().map(Self::or_null)?;
        Ok(())
    }
}

impl<T: Decode> Decode for Patch<T> {
    const BLANK: Self = Self::Absent;
}

impl Writer {
    /// Writes a key unless the field is absent.
    pub fn patch<T: Encode>(&mut self, key: &'static str, value: &Patch<T>) {
        match value {
            Patch::Absent => {}
            Patch::Null => {
                self.key(key);
                self.null();
            }
            Patch::Value(value) => self.field(key, value),
        }
    }
}
