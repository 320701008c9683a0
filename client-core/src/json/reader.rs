use std::borrow::Cow;

use jiter::{Jiter, Peek};

use super::error::{DecodeError, Failed, Inner};
use super::locate::path_to;
use super::{Decode, Value};

/// Nesting that is accepted before a document counts as hostile.
const MAX_DEPTH: u16 = 128;

/// A cursor over one JSON text, from which generated types decode themselves.
#[derive(Debug)]
pub struct Reader<'j> {
    data: &'j [u8],
    jiter: Jiter<'j>,
    depth: u16,
    /// Where the last number or text started.
    last: usize,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    offset: usize,
    missing: Option<&'static str>,
    expected: Cow<'static, str>,
    found: String,
}

/// The progress of a decoder through one object; see [`Reader::field`].
#[derive(Debug)]
pub struct Fields {
    names: &'static [&'static str],
    start: usize,
    hint: usize,
    open: bool,
}

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

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
    /// No JSON value at all.
    Invalid,
}

impl Kind {
    fn of(peek: Peek) -> Self {
        match peek {
            Peek::Null => Self::Null,
            Peek::True | Peek::False => Self::Bool,
            Peek::String => Self::String,
            Peek::Array => Self::Array,
            Peek::Object => Self::Object,
            number if number.is_num() => Self::Number,
            _ => Self::Invalid,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
            Self::Invalid => "invalid JSON",
        }
    }
}

impl<'j> Reader<'j> {
    /// Starts reading at the beginning of a JSON text.
    pub fn new(data: &'j [u8]) -> Self {
        Self {
            data,
            jiter: Jiter::new(data),
            depth: 0,
            last: 0,
            failure: None,
        }
    }

    /// Returns the kind of the next value without consuming it.
    pub fn kind(&mut self) -> Kind {
        self.jiter.peek().map_or(Kind::Invalid, Kind::of)
    }

    /// Decodes the next value.
    pub fn value<T: Decode>(&mut self) -> Result<T, Failed> {
        T::decode(self)
    }

    /// Decodes the next value unless it is `null`.
    pub fn optional<T: Decode>(&mut self) -> Result<Option<T>, Failed> {
        if self.kind() == Kind::Null {
            self.skip()?;
            return Ok(None);
        }
        T::decode(self).map(Some)
    }

    /// Starts an object whose known keys are `names`.
    pub fn object(&mut self, names: &'static [&'static str]) -> Result<Fields, Failed> {
        if self.kind() != Kind::Object {
            return Err(self.unexpected("object"));
        }
        self.enter()?;
        Ok(Fields {
            names,
            start: self.jiter.current_index(),
            hint: 0,
            open: false,
        })
    }

    /// Moves to the value of the next known key and returns the key's position among the names;
    /// unknown keys are skipped. `None` is the end of the object.
    pub fn field(&mut self, fields: &mut Fields) -> Result<Option<usize>, Failed> {
        loop {
            let at = self.jiter.current_index();
            let key = if fields.open {
                self.jiter.next_key()
            } else {
                self.jiter.next_object()
            };
            fields.open = true;
            match key {
                Ok(Some(key)) => {
                    if let Some(position) = position(fields.names, fields.hint, key) {
                        fields.hint = position + 1;
                        return Ok(Some(position));
                    }
                }
                Ok(None) => {
                    self.depth -= 1;
                    return Ok(None);
                }
                Err(error) => return Err(self.syntax(at, &error)),
            }
            self.skip()?;
        }
    }

    /// Like [`field`](Self::field), but gives unknown keys to the caller, who reads their values.
    pub fn field_or_key(
        &mut self,
        fields: &mut Fields,
    ) -> Result<Option<Result<usize, String>>, Failed> {
        let at = self.jiter.current_index();
        let key = if fields.open {
            self.jiter.next_key()
        } else {
            self.jiter.next_object()
        };
        fields.open = true;
        match key {
            Ok(Some(key)) => match position(fields.names, fields.hint, key) {
                Some(position) => {
                    fields.hint = position + 1;
                    Ok(Some(Ok(position)))
                }
                None => Ok(Some(Err(key.to_owned()))),
            },
            Ok(None) => {
                self.depth -= 1;
                Ok(None)
            }
            Err(error) => Err(self.syntax(at, &error)),
        }
    }

    /// Unwraps a field that the object must have.
    pub fn required<T>(
        &mut self,
        value: Option<T>,
        fields: &Fields,
        name: &'static str,
    ) -> Result<T, Failed> {
        match value {
            Some(value) => Ok(value),
            None => Err(self.missing(fields.start, name)),
        }
    }

    #[cold]
    fn missing(&mut self, offset: usize, name: &'static str) -> Failed {
        self.record(Failure {
            offset,
            missing: Some(name),
            expected: "a value".into(),
            found: "nothing".into(),
        })
    }

    /// Reads an array, calling `each` at the start of every element.
    pub fn array(
        &mut self,
        each: &mut dyn FnMut(&mut Self) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.kind() != Kind::Array {
            return Err(self.unexpected("array"));
        }
        self.enter()?;
        let at = self.jiter.current_index();
        let mut next = self.jiter.next_array();
        loop {
            match next {
                Ok(Some(_)) => each(self)?,
                Ok(None) => break,
                Err(error) => return Err(self.syntax(at, &error)),
            }
            next = self.jiter.array_step();
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an object as a map, calling `each` with every key at the start of its value.
    pub fn map(
        &mut self,
        each: &mut dyn FnMut(&mut Self, String) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.kind() != Kind::Object {
            return Err(self.unexpected("object"));
        }
        self.enter()?;
        let at = self.jiter.current_index();
        let mut next = self.jiter.next_object().map(|key| key.map(str::to_owned));
        loop {
            match next {
                Ok(Some(key)) => each(self, key)?,
                Ok(None) => break,
                Err(error) => return Err(self.syntax(at, &error)),
            }
            next = self.jiter.next_key().map(|key| key.map(str::to_owned));
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string and gives it to `read`.
    pub fn text<T>(&mut self, read: impl FnOnce(&str) -> T) -> Result<T, Failed> {
        let at = self.jiter.current_index();
        if self.kind() != Kind::String {
            return Err(self.unexpected("string"));
        }
        match self.jiter.known_str() {
            Ok(text) => Ok(read(text)),
            Err(error) => Err(self.syntax(at, &error)),
        }
    }

    /// Reads a string that `parse` understands; `expected` names the format for the error.
    pub fn parsed<T>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Failed> {
        let start = self.next_start();
        match self.text(parse)? {
            Some(value) => Ok(value),
            None => Err(self.mismatch(start, expected, "another text")),
        }
    }

    /// Reads `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, Failed> {
        match self.jiter.next_bool() {
            Ok(value) => Ok(value),
            Err(_) => Err(self.unexpected("boolean")),
        }
    }

    /// Reads a number and returns its text as it stands in the document.
    pub fn number(&mut self, expected: &'static str) -> Result<&'j str, Failed> {
        if self.kind() != Kind::Number {
            return Err(self.unexpected(expected));
        }
        let start = self.jiter.current_index();
        self.last = start;
        if let Err(error) = self.jiter.next_number_bytes() {
            return Err(self.syntax(start, &error));
        }
        let end = self.jiter.current_index();
        let text = self
            .data
            .get(start..end)
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        match text {
            Some(text) => Ok(text),
            None => Err(self.mismatch(start, expected, "invalid JSON")),
        }
    }

    /// Reads a number without a fraction. JSON knows one kind of number: `3.0` and `3e2` are
    /// integers too.
    pub fn integer(&mut self, expected: &'static str) -> Result<i128, Failed> {
        let text = self.number(expected)?;
        if let Ok(number) = text.parse::<i128>() {
            return Ok(number);
        }
        match text.parse::<f64>() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be an exact integer"
            )]
            Ok(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
                Ok(number as i128)
            }
            _ => Err(self.unfit(expected)),
        }
    }

    /// Records that the value just read is outside of what the type can hold.
    #[cold]
    pub fn unfit(&mut self, expected: &'static str) -> Failed {
        let offset = self.last;
        self.mismatch(offset, expected, "another value")
    }

    /// Reads any value as a tree.
    pub fn tree(&mut self) -> Result<Value, Failed> {
        let start = self.next_start();
        let slice = self.slice()?;
        match serde_json::from_slice(slice) {
            Ok(value) => Ok(value),
            Err(_) => Err(self.mismatch(start, "JSON value", "invalid JSON")),
        }
    }

    /// Skips the next value and returns its bytes.
    pub fn slice(&mut self) -> Result<&'j [u8], Failed> {
        let start = self.next_start();
        self.skip()?;
        Ok(self
            .data
            .get(start..self.jiter.current_index())
            .unwrap_or_default())
    }

    /// Skips the next value.
    pub fn skip(&mut self) -> Result<(), Failed> {
        let start = self.jiter.current_index();
        match self.jiter.next_skip() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.syntax(start, &error)),
        }
    }

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
        let start = self.jiter.current_index();
        match self.ahead().probe_object(keys, "", found) {
            Ok(()) => Ok(()),
            Err(Failed) => Err(self.mismatch(start, "object", "invalid JSON")),
        }
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
            let key = if open {
                self.jiter.next_key()
            } else {
                self.jiter.next_object()
            };
            open = true;
            let Ok(key) = key else { return Err(Failed) };
            let Some(key) = key else { break };
            let inside = |name: &&str| name.strip_prefix(prefix).is_some_and(|name| name == key);
            let position = keys.iter().position(inside);
            let inner = keys.iter().find_map(|name| {
                let (head, _) = name.strip_prefix(prefix)?.split_once('.')?;
                (head == key).then(|| format!("{prefix}{head}."))
            });
            match (position.and_then(|position| found.get_mut(position)), inner) {
                (Some(slot), _) => {
                    left -= 1;
                    *slot = self.glance()?;
                }
                (None, Some(inner)) if self.kind() == Kind::Object => {
                    left = left.saturating_sub(1);
                    self.ahead().probe_object(keys, &inner, found)?;
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

    /// Records that the next value is of another kind than `expected`.
    #[cold]
    pub fn unexpected(&mut self, expected: &'static str) -> Failed {
        let found = self.kind().name();
        let offset = self.jiter.current_index();
        self.mismatch(offset, expected, found)
    }

    /// Keeps an object whose variant is not known.
    #[cold]
    pub fn unknown_variant(&mut self) -> Result<Value, Failed> {
        if self.kind() != Kind::Object {
            return Err(self.unexpected("object"));
        }
        tracing::debug!(target: "client_core::unknown", "unknown union variant kept");
        self.tree()
    }

    /// Returns whether the next value is a number without a fraction or exponent.
    pub fn is_integer(&mut self) -> bool {
        let mut ahead = self.ahead();
        ahead
            .number("number")
            .is_ok_and(|text| !text.contains(['.', 'e', 'E']))
    }

    /// Returns whether the next value is one of these texts.
    pub fn is_one_of(&mut self, texts: &[&str]) -> bool {
        self.ahead().text(|text| texts.contains(&text)) == Ok(true)
    }

    /// Returns whether the next value is an RFC 3339 time.
    pub fn is_time(&mut self) -> bool {
        self.ahead()
            .text(|text| crate::wire::parse_time(text).is_some())
            == Ok(true)
    }

    /// A reader at the same place, to look ahead with.
    fn ahead(&self) -> Self {
        let mut ahead = Self::new(self.data);
        ahead.jiter = self.jiter.clone();
        ahead
    }

    fn mismatch(&mut self, offset: usize, expected: &'static str, found: &str) -> Failed {
        self.record(Failure {
            offset,
            missing: None,
            expected: expected.into(),
            found: found.to_owned(),
        })
    }

    #[cold]
    fn syntax(&mut self, offset: usize, error: &jiter::JiterError) -> Failed {
        let offset = error.index.max(offset).min(self.data.len());
        self.record(Failure {
            offset,
            missing: None,
            expected: "valid JSON".into(),
            found: error.error_type.to_string(),
        })
    }

    fn record(&mut self, failure: Failure) -> Failed {
        self.failure.get_or_insert(failure);
        Failed
    }

    fn next_start(&mut self) -> usize {
        let _ = self.jiter.peek();
        self.jiter.current_index()
    }

    fn enter(&mut self) -> Result<(), Failed> {
        if self.depth >= MAX_DEPTH {
            return Err(self.unexpected("at most 128 levels of nesting"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Tries `decode`; on failure the value is skipped and the failure returned as an error, so
    /// that what follows can still be read.
    pub(super) fn attempt<T: Decode>(
        &mut self,
    ) -> Result<Result<T, (DecodeError, &'j [u8])>, Failed> {
        let start = self.next_start();
        let before = self.jiter.clone();
        let depth = self.depth;
        if let Ok(value) = T::decode(self) {
            return Ok(Ok(value));
        }
        let failure = self.failure.take();
        self.jiter = before;
        self.depth = depth;
        self.skip()?;
        let raw = self
            .data
            .get(start..self.jiter.current_index())
            .unwrap_or_default();
        Ok(Err((self.error_of(failure), raw)))
    }

    /// Checks that nothing but white space follows.
    pub fn finish(&mut self) -> Result<(), Failed> {
        let at = self.jiter.current_index();
        match self.jiter.finish() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.syntax(at, &error)),
        }
    }

    /// Turns the recorded failure into an error with the path of the value.
    pub fn error(&mut self) -> DecodeError {
        let failure = self.failure.take();
        self.error_of(failure)
    }

    fn error_of(&self, failure: Option<Failure>) -> DecodeError {
        let Some(failure) = failure else {
            return DecodeError::new("", "a value", "nothing");
        };
        let mut path = path_to(self.data, failure.offset);
        if let Some(name) = failure.missing {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        DecodeError {
            inner: Box::new(Inner {
                path,
                expected: failure.expected.into_owned(),
                found: failure.found,
                offset: failure.offset,
            }),
        }
    }
}

/// Servers write keys in one order, so the key after the last one found is tried first.
fn position(names: &[&str], hint: usize, key: &str) -> Option<usize> {
    let (before, after) = names.split_at_checked(hint)?;
    after
        .iter()
        .position(|name| *name == key)
        .map(|found| found + hint)
        .or_else(|| before.iter().position(|name| *name == key))
}
