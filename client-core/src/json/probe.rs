//! Looking ahead, to choose the variant of a union.

use std::borrow::Cow;

use super::error::Failed;
use super::reader::{Kind, Reader};
use super::{Fill, Raw};

/// What a union decoder learns about one key before it chooses a variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Probe<'j> {
    /// The object does not have the key.
    #[default]
    Absent,
    /// The value is `null`.
    Null,
    /// The value is a boolean.
    Bool(bool),
    /// The value is a string.
    Str(Cow<'j, str>),
    /// The value is a number, an array or an object.
    Other,
}

impl Probe<'_> {
    /// Returns the text when the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether the object has the key with a value other than `null`.
    pub fn is_set(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// Returns whether the object has the key, with whatever value.
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

impl<'j> Reader<'j> {
    /// Looks at keys of the next value, an object, without consuming it; `a.b` is the key `b` of
    /// the object at `a`.
    ///
    /// Anything but an object answers [`Probe::Absent`] for every key.
    pub fn probe<const N: usize>(&mut self, keys: [&str; N]) -> Result<[Probe<'j>; N], Failed> {
        let mut found = [const { Probe::Absent }; N];
        self.probe_into(&keys, &mut found)?;
        Ok(found)
    }

    fn probe_into(&mut self, keys: &[&str], found: &mut [Probe<'j>]) -> Result<(), Failed> {
        if self.kind() != Kind::Object {
            return Ok(());
        }
        self.probe_ahead(keys, "", found)
    }

    fn probe_ahead(
        &mut self,
        keys: &[&str],
        prefix: &str,
        found: &mut [Probe<'j>],
    ) -> Result<(), Failed> {
        let mut ahead = self.ahead();
        let result = ahead.probe_object(keys, prefix, found);
        self.failure = self.failure.take().or(ahead.failure);
        result
    }

    /// Reads an object and notes the values of the keys; `prefix` stands before the keys of an
    /// inner object.
    fn probe_object(
        &mut self,
        keys: &[&str],
        prefix: &str,
        found: &mut [Probe<'j>],
    ) -> Result<(), Failed> {
        let mut left = keys.iter().filter(|key| key.starts_with(prefix)).count();
        let mut open = false;
        while left > 0 {
            let at = self.jiter.current_index();
            let Some(key) = self.next_name(&mut open)? else {
                break;
            };
            let inside = |name: &&str| name.strip_prefix(prefix).is_some_and(|name| name == key);
            let position = keys.iter().position(inside);
            let inner = keys.iter().find_map(|name| {
                let (head, _) = name.strip_prefix(prefix)?.split_once('.')?;
                (head == key).then(|| format!("{prefix}{head}."))
            });
            match (position.and_then(|position| found.get_mut(position)), inner) {
                (Some(slot), _) if slot.is_present() => {
                    return Err(self.mismatch(at, "each key once", "a key twice"));
                }
                (Some(slot), _) => {
                    left -= 1;
                    *slot = self.glance()?;
                }
                (None, Some(inner)) if self.kind() == Kind::Object => {
                    left = left.saturating_sub(1);
                    self.probe_ahead(keys, &inner, found)?;
                    self.skip()?;
                }
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    fn glance(&mut self) -> Result<Probe<'j>, Failed> {
        match self.kind() {
            Kind::Null => self.skip().map(|()| Probe::Null),
            Kind::Bool => self.bool().map(Probe::Bool),
            Kind::String => {
                let slice = self.slice()?;
                let inside = slice
                    .get(1..slice.len().saturating_sub(1))
                    .unwrap_or_default();
                let text = match std::str::from_utf8(inside) {
                    Ok(text) if !inside.contains(&b'\\') => Cow::Borrowed(text),
                    _ => Cow::Owned(serde_json::from_slice(slice).unwrap_or_default()),
                };
                Ok(Probe::Str(text))
            }
            _ => self.skip().map(|()| Probe::Other),
        }
    }

    /// Keeps an object whose variant is not known.
    #[cold]
    pub fn unknown_variant(&mut self, value: &mut Raw) -> Result<(), Failed> {
        if self.kind() != Kind::Object {
            return Err(self.unexpected("object"));
        }
        tracing::debug!(target: "client_core::unknown", "unknown union variant kept");
        value.fill(self)
    }

    /// Returns whether the next value is an integer of 64 bits.
    pub fn is_integer(&mut self) -> bool {
        let mut ahead = self.ahead();
        ahead
            .number("number")
            .is_ok_and(|text| text.parse::<i64>().is_ok())
    }

    /// Returns whether the next value is a number with a fraction or exponent.
    pub fn is_fraction(&mut self) -> bool {
        let mut ahead = self.ahead();
        ahead
            .number("number")
            .is_ok_and(|text| text.contains(['.', 'e', 'E']))
    }

    /// Returns whether the next value is one of these texts.
    pub fn is_one_of(&mut self, texts: &[&str]) -> bool {
        self.ahead()
            .string()
            .is_ok_and(|text| texts.contains(&text))
    }

    /// Returns whether the next value is an RFC 3339 time.
    pub fn is_time(&mut self) -> bool {
        self.ahead()
            .string()
            .is_ok_and(|text| crate::wire::parse_time(text).is_some())
    }
}
