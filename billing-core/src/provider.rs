//! The billing providers that a catalog compiles to.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

/// A payment provider, or OpenMeter.
///
/// Its text form is the lower-case name, as in the `providerIds` of a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Provider {
    /// Stripe (`stripe`).
    Stripe,
    /// Polar (`polar`).
    Polar,
    /// Razorpay (`razorpay`).
    Razorpay,
    /// Creem (`creem`).
    Creem,
    /// Dodo Payments (`dodo`).
    Dodo,
    /// Autumn (`autumn`).
    Autumn,
    /// OpenMeter (`openmeter`): metering and entitlements, and its own product catalog.
    OpenMeter,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 7] = [
        Self::Stripe,
        Self::Polar,
        Self::Razorpay,
        Self::Creem,
        Self::Dodo,
        Self::Autumn,
        Self::OpenMeter,
    ];

    /// The lower-case name used in catalogs and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Polar => "polar",
            Self::Razorpay => "razorpay",
            Self::Creem => "creem",
            Self::Dodo => "dodo",
            Self::Autumn => "autumn",
            Self::OpenMeter => "openmeter",
        }
    }

    /// The name that people know, for messages.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::Polar => "Polar",
            Self::Razorpay => "Razorpay",
            Self::Creem => "Creem",
            Self::Dodo => "Dodo Payments",
            Self::Autumn => "Autumn",
            Self::OpenMeter => "OpenMeter",
        }
    }
}

/// The text names no known [`Provider`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown provider `{name}`; expected one of stripe, polar, razorpay, creem, dodo, autumn, openmeter"
)]
pub struct UnknownProvider {
    name: SmolStr,
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    /// Reads the name in any case.
    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownProvider { name: text.into() })
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmolStr::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
