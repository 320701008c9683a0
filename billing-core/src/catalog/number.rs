//! Numbers as they stand in a catalog file.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A number of a catalog: a whole number kept exactly, or a finite fraction.
///
/// Catalog files may hold numbers that are not valid where they stand (a price of `19.99`, a count
/// of `-1`), and [validation](crate::catalog) reports all of them at once; this type holds them
/// until then. A whole value is always held as an integer, so `1` and `1.0` are equal.
///
/// ```
/// use billing_core::catalog::Number;
///
/// assert_eq!(Number::from(2_000).as_u64(), Some(2_000));
/// assert_eq!(Number::fraction(0.5).and_then(|n| n.as_i64()), None);
/// assert_eq!(Number::fraction(3.0), Some(Number::from(3)));
/// assert_eq!(Number::fraction(f64::NAN), None);
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Repr);

#[derive(Clone, Copy, PartialEq)]
enum Repr {
    Whole(i64),
    Fraction(f64),
}

/// Largest magnitude at which every integer still has its own `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// The number zero.
    pub const ZERO: Self = Self(Repr::Whole(0));

    /// A number that may have a fraction; `None` when it is infinite or not a number.
    #[must_use]
    pub fn fraction(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value.fract() == 0.0 && value.abs() <= EXACT {
            #[allow(clippy::cast_possible_truncation)]
            return Some(Self(Repr::Whole(value as i64)));
        }
        Some(Self(Repr::Fraction(value)))
    }

    /// The value when it is a whole number that fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Repr::Whole(value) => Some(value),
            Repr::Fraction(_) => None,
        }
    }

    /// The value when it is a whole number and not negative.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        self.as_i64().and_then(|value| u64::try_from(value).ok())
    }

    /// The value when it is a whole number from 0 to `u32::MAX`.
    #[must_use]
    pub fn as_u32(self) -> Option<u32> {
        self.as_i64().and_then(|value| u32::try_from(value).ok())
    }

    /// The nearest floating point value; exact up to 2^53.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Repr::Whole(value) => value as f64,
            Repr::Fraction(value) => value,
        }
    }

    /// Whether the value is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self.0 {
            Repr::Whole(value) => value < 0,
            Repr::Fraction(value) => value < 0.0,
        }
    }

    /// Whether the value is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.0, other.0) {
            (Repr::Whole(a), Repr::Whole(b)) => a.partial_cmp(&b),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

macro_rules! from_integer {
    ($($ty:ty),*) => { $(
        impl From<$ty> for Number {
            fn from(value: $ty) -> Self {
                Self(Repr::Whole(i64::from(value)))
            }
        }
    )* };
}

from_integer!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Number {
    /// A value beyond `i64::MAX` becomes the nearest floating point value.
    #[allow(clippy::cast_precision_loss)]
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self(Repr::Fraction(value as f64)), Self::from)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Whole(value) => value.fmt(f),
            Repr::Fraction(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Repr::Whole(value) => serializer.serialize_i64(value),
            Repr::Fraction(value) => serializer.serialize_f64(value),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number::from(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number::from(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                Number::fraction(value).ok_or_else(|| E::custom("expected a finite number"))
            }
        }

        deserializer.deserialize_any(NumberVisitor)
    }
}
