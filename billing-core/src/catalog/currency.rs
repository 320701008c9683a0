//! Currencies of prices.

mod iso4217;

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

/// A currency by its three-letter ISO 4217 code, in either case.
///
/// The text of the catalog is kept as it was written; comparing ignores case. Text that is no
/// three-letter code is held too, so that validation can report it with its path.
///
/// ```
/// use billing_core::catalog::Currency;
///
/// assert_eq!(Currency::from("usd"), Currency::USD);
/// assert_eq!(Currency::JPY.exponent(), Some(0));
/// assert_eq!(Currency::from("usd").upper().as_str(), "USD");
/// ```
#[derive(Clone)]
pub struct Currency(Repr);

#[derive(Clone)]
enum Repr {
    Code([u8; 3]),
    Malformed(SmolStr),
}

macro_rules! constants {
    ($( $(#[$meta:meta])* $name:ident; )*) => {
        impl Currency {
            $( $(#[$meta])*
            pub const $name: Self = Self(Repr::Code(match stringify!($name).as_bytes() {
                &[a, b, c] => [a, b, c],
                _ => *b"XXX",
            })); )*
        }
    };
}

constants! {
    /// United Arab Emirates dirham.
    AED;
    /// Australian dollar.
    AUD;
    /// Brazilian real.
    BRL;
    /// Canadian dollar.
    CAD;
    /// Swiss franc.
    CHF;
    /// Czech koruna.
    CZK;
    /// Danish krone.
    DKK;
    /// Euro.
    EUR;
    /// Pound sterling.
    GBP;
    /// Hong Kong dollar.
    HKD;
    /// Indian rupee.
    INR;
    /// Japanese yen (no smaller unit).
    JPY;
    /// Mexican peso.
    MXN;
    /// Norwegian krone.
    NOK;
    /// New Zealand dollar.
    NZD;
    /// Polish zloty.
    PLN;
    /// Swedish krona.
    SEK;
    /// Singapore dollar.
    SGD;
    /// United States dollar.
    USD;
    /// South African rand.
    ZAR;
}

/// A well-formed currency code in one case, without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurrencyCode([u8; 3]);

impl CurrencyCode {
    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Currency {
    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Code(code) => std::str::from_utf8(code).unwrap_or_default(),
            Repr::Malformed(text) => text,
        }
    }

    /// Whether the text is three ASCII letters, the form of an ISO 4217 code.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        matches!(self.0, Repr::Code(_))
    }

    /// Whether the code is an active one of ISO 4217.
    #[must_use]
    pub fn is_iso4217(&self) -> bool {
        self.exponent().is_some()
    }

    /// Decimal places between the smallest unit and the currency itself, after ISO 4217.
    ///
    /// 2 for USD, 0 for JPY, 3 for KWD; `None` when ISO 4217 has no such code. Payment providers
    /// deviate for a few currencies: their compilers use their own tables.
    #[must_use]
    pub fn exponent(&self) -> Option<u8> {
        iso4217::exponent(self.upper_bytes()?)
    }

    /// The code in lower case; `xxx` (ISO 4217: no currency) when the text is malformed.
    #[must_use]
    pub fn lower(&self) -> CurrencyCode {
        CurrencyCode(
            self.upper_bytes()
                .unwrap_or(*b"XXX")
                .map(|byte| byte.to_ascii_lowercase()),
        )
    }

    /// The code in upper case; `XXX` (ISO 4217: no currency) when the text is malformed.
    #[must_use]
    pub fn upper(&self) -> CurrencyCode {
        CurrencyCode(self.upper_bytes().unwrap_or(*b"XXX"))
    }

    fn upper_bytes(&self) -> Option<[u8; 3]> {
        match &self.0 {
            Repr::Code(code) => Some(code.map(|byte| byte.to_ascii_uppercase())),
            Repr::Malformed(_) => None,
        }
    }
}

impl From<&str> for Currency {
    fn from(text: &str) -> Self {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Self(Repr::Code([a, b, c]))
            }
            _ => Self(Repr::Malformed(text.into())),
        }
    }
}

impl PartialEq for Currency {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for Currency {}

impl Hash for Currency {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.as_str().bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        Ok(Self::from(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, iso4217};

    #[test]
    fn every_code_is_found_in_either_case() {
        for (code, exponent) in iso4217::CODES {
            let text = std::str::from_utf8(code).unwrap();
            assert_eq!(Currency::from(text).exponent(), Some(*exponent));
            assert_eq!(
                Currency::from(text.to_lowercase().as_str()).exponent(),
                Some(*exponent)
            );
        }
    }

    #[test]
    fn text_that_is_no_code_is_kept_and_known_as_such() {
        for text in ["", "US", "USDT", " usd", "us1", "USD\n", "U$D", "ÉUR"] {
            let currency = Currency::from(text);
            assert!(!currency.is_well_formed(), "{text:?}");
            assert_eq!(currency.as_str(), text);
            assert_eq!(currency.exponent(), None);
        }
        assert!(Currency::from("jPy").is_well_formed());
        assert!(!Currency::from("abc").is_iso4217());
        assert!(!Currency::from("zzz").is_iso4217());
    }
}
