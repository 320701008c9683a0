use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::json::{Decode, Encode, Failed, Fill, Kind, Reader, Writer};
use crate::query::QueryValue;

/// An exact decimal number, kept as its text.
///
/// Prices and quantities travel as decimal strings, because binary floating point cannot hold
/// them. The text is kept as it came, also when an API sends one that is no decimal number, and two
/// are equal when their texts are: `1.0` is not `1`.
/// There is no order, because that of texts would be a wrong one; compare and calculate with the
/// decimal library of your choice through [`parse`](Self::parse).
///
/// ```
/// use client_core::wire::Decimal;
///
/// let price: Decimal = "0.000125".parse()?;
/// assert_eq!(price.as_str(), "0.000125");
/// # Ok::<(), client_core::wire::InvalidDecimal>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decimal {
    text: String,
    /// Some endpoints accept a JSON number in place of the text: then it goes back as one, digit
    /// for digit.
    bare: bool,
}

/// A text that is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number such as -12.50, without exponent")]
pub struct InvalidDecimal;

impl Decimal {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parses the text into a number type, such as one of a decimal library.
    ///
    /// # Errors
    /// What `T` says to the text.
    pub fn parse<T: FromStr>(&self) -> Result<T, T::Err> {
        self.text.parse()
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if all_digits(whole) && all_digits(fraction) {
            Ok(Self {
                text: text.into(),
                bare: false,
            })
        } else {
            Err(InvalidDecimal)
        }
    }
}

macro_rules! decimal_from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Decimal {
            fn from(number: $integer) -> Self {
                Self { text: number.to_string(), bare: false }
            }
        }
    )*};
}

decimal_from_integer!(i32, i64, u32, u64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Fill for Decimal {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        self.bare = reader.kind() == Kind::Number;
        self.text = match self.bare {
            true => reader.number("decimal number")?.to_owned(),
            false => reader.string()?.to_owned(),
        };
        Ok(())
    }
}

impl Decode for Decimal {
    const BLANK: Self = Self {
        text: String::new(),
        bare: false,
    };
}

impl Encode for Decimal {
    fn encode(&self, writer: &mut Writer) {
        if self.bare {
            writer.verbatim(&self.text);
        } else {
            writer.text(&self.text);
        }
    }
}

impl QueryValue for Decimal {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

crate::serde_via_json!(decode: Decimal);
crate::serde_via_json!(encode: Decimal);
