use time::{Date, OffsetDateTime};

use super::Value;
use super::error::{DecodeError, Failed};
use super::reader::Reader;
use crate::secret::Secret;

/// A value that takes on what the next JSON value says.
///
/// Decoding in place keeps decoders small: a struct is a list of its keys and of its fields, and
/// one function reads every object.
pub trait Fill {
    /// Reads the next value of `reader` into a value that is still [blank](Decode::BLANK).
    ///
    /// After a failure the value is to be dropped; what failed stays with the reader.
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed>;
}

/// A type that decodes itself from JSON.
pub trait Decode: Fill + Sized + Send + Sync + 'static {
    /// What decoding begins with. It never gets out of it: a value that is not filled is an error.
    const BLANK: Self;

    /// Decodes the next value of `reader`; what failed stays with the reader.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut value = Self::BLANK;
        value.fill(reader)?;
        Ok(value)
    }
}

/// The items of an array that is being read.
pub trait Items {
    /// Reads the next value as a further item.
    fn read_item(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed>;
}

/// The entries of an object that is being read as a map.
pub trait Entries {
    /// Reads the next value as what stands under a key.
    fn read_entry(&mut self, key: String, reader: &mut Reader<'_>) -> Result<(), Failed>;
}

/// Decodes a whole JSON text.
///
/// # Errors
/// [`DecodeError`] with the path of the first value that does not fit, also when the text is no
/// JSON, is cut off, or goes on after the value.
pub fn from_slice<T: Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut value = T::BLANK;
    // Written out: `?` would be compiled again for every type.
    match fill_from(bytes, &mut value) {
        Ok(()) => Ok(value),
        Err(error) => Err(error),
    }
}

pub(crate) fn fill_from(bytes: &[u8], value: &mut dyn Fill) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    match value.fill(&mut reader) {
        Ok(()) if reader.finish().is_ok() => Ok(()),
        _ => Err(reader.error()),
    }
}

/// Decodes a JSON tree.
///
/// # Errors
/// [`DecodeError`] with the path of the first value that does not fit.
pub fn from_value<T: Decode>(value: &Value) -> Result<T, DecodeError> {
    from_slice(value.to_string().as_bytes())
}

/// Implements [`Fill`] and [`Decode`] for a type whose values are read as a whole.
macro_rules! decode_whole {
    ($($ty:ty, $blank:expr, $reader:ident => $read:expr;)*) => {$(
        impl Fill for $ty {
            fn fill(&mut self, $reader: &mut Reader<'_>) -> Result<(), Failed> {
                *self = $read;
                Ok(())
            }
        }

        impl Decode for $ty {
            const BLANK: Self = $blank;
        }
    )*};
}

decode_whole! {
    String, Self::new(), reader => reader.string()?.to_owned();
    bool, false, reader => reader.bool()?;
    f64, 0.0, reader => float(reader)?;
    OffsetDateTime, Self::UNIX_EPOCH, reader =>
        reader.parsed("RFC 3339 date and time", crate::wire::parse_time)?;
    Date, Self::MIN, reader => reader.parsed("date (YYYY-MM-DD)", crate::wire::parse_date)?;
    Value, Self::Null, reader => reader.tree()?;
    (), (), reader => reader.skip()?;
    Secret, Self::EMPTY, reader => Self::from(reader.string()?);
    i32, 0, reader => integer(reader, "integer (i32)")?;
    i64, 0, reader => integer(reader, "integer (i64)")?;
    u8, 0, reader => integer(reader, "integer (u8)")?;
    u16, 0, reader => integer(reader, "integer (u16)")?;
    u32, 0, reader => integer(reader, "integer (u32)")?;
    u64, 0, reader => integer(reader, "integer (u64)")?;
}

fn integer<T: TryFrom<i128>>(reader: &mut Reader<'_>, name: &'static str) -> Result<T, Failed> {
    let number = reader.integer(name)?;
    T::try_from(number).map_err(|_| reader.unfit(name))
}

fn float(reader: &mut Reader<'_>) -> Result<f64, Failed> {
    match reader.number("number")?.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(reader.unfit("number (f64)")),
    }
}

impl<A: Decode, B: Decode> Fill for (A, B) {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut count = 0;
        reader.elements(&mut |reader, position| {
            count = position + 1;
            match position {
                0 => self.0.fill(reader),
                1 => self.1.fill(reader),
                _ => reader.skip(),
            }
        })?;
        if count < 2 {
            return Err(reader.unfit("array of two"));
        }
        Ok(())
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    const BLANK: Self = (A::BLANK, B::BLANK);
}

impl<T: Decode> Fill for Option<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        if reader.null()? {
            return Ok(());
        }
        // Not `insert`, which would be compiled again for every type.
        *self = Some(T::BLANK);
        match self {
            Some(value) => value.fill(reader),
            None => Ok(()),
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    const BLANK: Self = None;
}

impl<T: Decode> Fill for Vec<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.array(self)
    }
}

impl<T: Decode> Decode for Vec<T> {
    const BLANK: Self = Self::new();
}

impl<T: Decode> Items for Vec<T> {
    fn read_item(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut item = T::BLANK;
        item.fill(reader)?;
        self.push(item);
        Ok(())
    }
}
