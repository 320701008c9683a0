//! Reading objects.

use super::error::Failed;
use super::reader::{Failure, Kind, Reader};
use super::{Entries, Fill};

/// A key that a type knows, and whether an object must have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The key must be there.
    Required(&'static str),
    /// The key may be left out.
    Optional(&'static str),
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Required(name) | Self::Optional(name) => name,
        }
    }
}

/// The most keys that [`Reader::read_object`] can tell apart.
pub const MAX_KEYS: usize = 128;

/// The progress of a decoder through one object; see [`Reader::field`].
#[derive(Debug)]
pub struct Fields {
    names: &'static [&'static str],
    start: usize,
    hint: usize,
    open: bool,
}

impl Reader<'_> {
    /// Reads an object whose known keys are `keys`, each into the value at the same position;
    /// unknown keys are skipped.
    ///
    /// An object that has a known key twice is refused: which of the two counts would be a guess.
    pub fn read_object(
        &mut self,
        keys: &[Key],
        values: &mut [&mut dyn Fill],
    ) -> Result<(), Failed> {
        self.read_fields(keys, values, None)
    }

    /// Like [`read_object`](Self::read_object), but collects what unknown keys hold.
    pub fn read_open_object(
        &mut self,
        keys: &[Key],
        values: &mut [&mut dyn Fill],
        more: &mut dyn Entries,
    ) -> Result<(), Failed> {
        self.read_fields(keys, values, Some(more))
    }

    fn read_fields(
        &mut self,
        keys: &[Key],
        values: &mut [&mut dyn Fill],
        mut more: Option<&mut dyn Entries>,
    ) -> Result<(), Failed> {
        if keys.len() > MAX_KEYS {
            return Err(self.unexpected("a type of at most 128 keys"));
        }
        let start = self.begin()?;
        let (mut open, mut hint, mut seen) = (false, 0, 0u128);
        loop {
            let at = self.jiter.current_index();
            let Some(name) = self.next_name(&mut open)? else {
                break;
            };
            match (position(keys, Key::name, hint, name), &mut more) {
                (Some(position), _) => {
                    hint = position + 1;
                    if seen & bit(position) != 0 {
                        return Err(self.mismatch(at, "each key once", "a key twice"));
                    }
                    seen |= bit(position);
                    match values.get_mut(position) {
                        Some(value) => value.fill(self)?,
                        None => self.skip()?,
                    }
                }
                (None, Some(more)) => {
                    let name = name.to_owned();
                    more.read_entry(name, self)?;
                }
                (None, None) => self.skip()?,
            }
        }
        self.depth -= 1;
        for (position, key) in keys.iter().enumerate() {
            if let Key::Required(name) = key
                && seen & bit(position) == 0
            {
                return Err(self.missing(start, name));
            }
        }
        Ok(())
    }

    /// Reads an object as a map.
    pub fn map(&mut self, entries: &mut dyn Entries) -> Result<(), Failed> {
        self.read_open_object(&[], &mut [], entries)
    }

    /// Starts an object whose known keys are `names`, for decoders that do more than fill fields.
    pub fn object(&mut self, names: &'static [&'static str]) -> Result<Fields, Failed> {
        let start = self.begin()?;
        Ok(Fields {
            names,
            start,
            hint: 0,
            open: false,
        })
    }

    /// Moves to the value of the next known key and returns the key's position among the names;
    /// unknown keys are skipped. `None` is the end of the object.
    pub fn field(&mut self, fields: &mut Fields) -> Result<Option<usize>, Failed> {
        while let Some(name) = self.next_name(&mut fields.open)? {
            if let Some(position) = position(fields.names, |name| name, fields.hint, name) {
                fields.hint = position + 1;
                return Ok(Some(position));
            }
            self.skip()?;
        }
        self.depth -= 1;
        Ok(None)
    }

    fn begin(&mut self) -> Result<usize, Failed> {
        if self.kind() != Kind::Object {
            return Err(self.unexpected("object"));
        }
        self.enter()?;
        Ok(self.jiter.current_index())
    }

    /// Moves to the next key; `open` says whether the object's brace is behind the cursor.
    pub(super) fn next_name(&mut self, open: &mut bool) -> Result<Option<&str>, Failed> {
        let at = self.jiter.current_index();
        let next = if *open {
            self.jiter.next_key()
        } else {
            self.jiter.next_object()
        };
        *open = true;
        match next {
            Ok(name) => Ok(name),
            Err(error) => {
                let failure = Failure::syntax(self.data, at, &error);
                self.failure.get_or_insert(failure);
                Err(Failed)
            }
        }
    }

    /// Records that an object lacks a key that it must have.
    #[cold]
    pub fn lacks(&mut self, fields: &Fields, name: &'static str) -> Failed {
        self.missing(fields.start, name)
    }

    #[cold]
    fn missing(&mut self, offset: usize, name: &'static str) -> Failed {
        self.record(Failure {
            offset,
            missing: Some(name),
            expected: "a value",
            found: "nothing".into(),
        })
    }
}

fn bit(position: usize) -> u128 {
    1u128 << (position % MAX_KEYS)
}

/// Servers write keys in one order, so the key after the last one found is tried first.
fn position<K: Copy>(
    keys: &[K],
    name_of: impl Fn(K) -> &'static str,
    hint: usize,
    name: &str,
) -> Option<usize> {
    let (before, after) = keys.split_at_checked(hint)?;
    let mut after = after.iter();
    match after.position(|key| name_of(*key) == name) {
        Some(found) => Some(found + hint),
        None => before.iter().position(|key| name_of(*key) == name),
    }
}
