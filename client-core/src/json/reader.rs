use std::borrow::Cow;

use jiter::{Jiter, Peek};

use super::error::{DecodeError, Failed, Inner};
use super::locate::path_to;
use super::{Decode, Fill, Items, Value};
use crate::boxed::Boxed;

/// Nesting that is accepted before a document counts as hostile.
const MAX_DEPTH: u16 = 128;

/// A cursor over one JSON text, from which generated types decode themselves.
#[derive(Debug)]
pub struct Reader<'j> {
    pub(super) data: &'j [u8],
    pub(super) jiter: Jiter<'j>,
    pub(super) depth: u16,
    /// Where the last number or text started.
    last: usize,
    pub(super) failure: Option<Failure>,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) offset: usize,
    pub(super) missing: Option<&'static str>,
    pub(super) expected: &'static str,
    pub(super) found: Cow<'static, str>,
}

impl Failure {
    #[cold]
    pub(super) fn syntax(data: &[u8], offset: usize, error: &jiter::JiterError) -> Self {
        Self {
            offset: error.index.max(offset).min(data.len()),
            missing: None,
            expected: "valid JSON",
            found: error.error_type.to_string().into(),
        }
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
        Option::decode(self)
    }

    /// Skips the next value when it is `null`, and returns whether it was.
    pub fn null(&mut self) -> Result<bool, Failed> {
        if self.kind() == Kind::Null {
            self.skip()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads an array, each element into a further item.
    pub fn array(&mut self, items: &mut dyn Items) -> Result<(), Failed> {
        self.elements(&mut |reader, _| items.read_item(reader))
    }

    /// Reads an array, calling `each` with the position at the start of every element.
    pub fn elements(
        &mut self,
        each: &mut dyn FnMut(&mut Self, usize) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.kind() != Kind::Array {
            return Err(self.unexpected("array"));
        }
        self.enter()?;
        let at = self.jiter.current_index();
        let mut next = self.jiter.next_array();
        let mut position = 0;
        loop {
            match next {
                Ok(Some(_)) => each(self, position)?,
                Ok(None) => break,
                Err(error) => return Err(self.syntax(at, &error)),
            }
            position += 1;
            next = self.jiter.array_step();
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<&str, Failed> {
        if self.kind() != Kind::String {
            return Err(self.unexpected("string"));
        }
        let at = self.jiter.current_index();
        match self.jiter.known_str() {
            Ok(text) => Ok(text),
            Err(error) => {
                let failure = Failure::syntax(self.data, at, &error);
                self.failure.get_or_insert(failure);
                Err(Failed)
            }
        }
    }

    /// Reads a string that `parse` understands; `expected` names the format for the error.
    pub fn parsed<T>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Failed> {
        let start = self.next_start();
        match parse(self.string()?) {
            Some(value) => Ok(value),
            None => Err(self.mismatch(start, expected, "another text")),
        }
    }

    /// Reads `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, Failed> {
        if self.kind() != Kind::Bool {
            return Err(self.unexpected("boolean"));
        }
        let at = self.jiter.current_index();
        match self.jiter.next_bool() {
            Ok(value) => Ok(value),
            Err(error) => Err(self.syntax(at, &error)),
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
            Err(_) => Err(self.no_tree(start)),
        }
    }

    /// Records that a value, which is valid JSON, cannot be held as a tree.
    #[cold]
    pub(super) fn no_tree(&mut self, start: usize) -> Failed {
        self.mismatch(
            start,
            "less than 128 levels of nesting, and numbers of 64 bits",
            "another value",
        )
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

    /// Records that the next value is of another kind than `expected`.
    #[cold]
    pub fn unexpected(&mut self, expected: &'static str) -> Failed {
        match self.jiter.peek() {
            Ok(peek) => {
                let offset = self.jiter.current_index();
                self.mismatch(offset, expected, Kind::of(peek).name())
            }
            Err(error) => self.syntax(self.jiter.current_index(), &error),
        }
    }

    /// A reader at the same place, to look ahead with.
    pub(super) fn ahead(&self) -> Self {
        let mut ahead = Self::new(self.data);
        ahead.jiter = self.jiter.clone();
        ahead
    }

    pub(super) fn mismatch(
        &mut self,
        offset: usize,
        expected: &'static str,
        found: &'static str,
    ) -> Failed {
        self.record(Failure {
            offset,
            missing: None,
            expected,
            found: found.into(),
        })
    }

    #[cold]
    pub(super) fn syntax(&mut self, offset: usize, error: &jiter::JiterError) -> Failed {
        self.record(Failure::syntax(self.data, offset, error))
    }

    pub(super) fn record(&mut self, failure: Failure) -> Failed {
        self.failure.get_or_insert(failure);
        Failed
    }

    pub(super) fn next_start(&mut self) -> usize {
        let _ = self.jiter.peek();
        self.jiter.current_index()
    }

    pub(super) fn enter(&mut self) -> Result<(), Failed> {
        if self.depth >= MAX_DEPTH {
            return Err(self.unexpected("at most 128 levels of nesting"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Tries to read a further item; when it fails, the value is skipped and the failure returned as an
    /// error with the value's bytes, so that what follows can still be read. `place` is the path
    /// of the item.
    pub(super) fn attempt(
        &mut self,
        items: &mut dyn Items,
        place: impl FnOnce(&[u8]) -> String,
    ) -> Result<Option<(DecodeError, &'j [u8])>, Failed> {
        let start = self.next_start();
        let before = self.jiter.clone();
        let depth = self.depth;
        if items.read_item(self).is_ok() {
            return Ok(None);
        }
        let failure = self.failure.take();
        self.jiter = before;
        self.depth = depth;
        self.skip()?;
        let raw = self
            .data
            .get(start..self.jiter.current_index())
            .unwrap_or_default();
        // The path within the item alone, for a long list may have many items that do not decode.
        let mut path = place(self.data);
        if let Some(failure) = &failure {
            let inside = path_to(raw, failure.offset.saturating_sub(start));
            if !inside.is_empty() && !inside.starts_with('[') {
                path.push('.');
            }
            path.push_str(&inside);
        }
        Ok(Some((error_at(path, failure), raw)))
    }

    /// Reads the next value into `value` if it fits; otherwise it is skipped, and `value` is what
    /// decoding begins with.
    fn fill_or_skip<T: Decode>(&mut self, value: &mut T) -> Result<(), Failed> {
        let before = self.jiter.clone();
        let depth = self.depth;
        if value.fill(self).is_ok() {
            return Ok(());
        }
        *value = T::BLANK;
        self.failure = None;
        self.jiter = before;
        self.depth = depth;
        self.skip()
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
        let path = failure
            .as_ref()
            .map(|failure| path_to(self.data, failure.offset));
        error_at(path.unwrap_or_default(), failure)
    }
}

/// Reads a value that may be left out when it is of another kind than expected.
///
/// For what explains a failure: an error body with one odd member must still tell the rest.
#[derive(Debug)]
pub struct Lenient<'a, T>(pub &'a mut T);

impl<T: Decode> Fill for Lenient<'_, T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.fill_or_skip(self.0)
    }
}

fn error_at(mut path: String, failure: Option<Failure>) -> DecodeError {
    let Some(failure) = failure else {
        return DecodeError::new(&path, "a value", "nothing");
    };
    if let Some(name) = failure.missing {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    }
    DecodeError {
        inner: Boxed::new(Inner {
            path,
            expected: failure.expected.to_owned(),
            found: failure.found.into_owned(),
            offset: failure.offset,
        }),
    }
}
