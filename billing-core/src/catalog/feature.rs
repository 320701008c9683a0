//! Features: what a plan can grant.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::metadata::Metadata;

/// What kind of access a feature gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeatureType {
    /// On or off.
    Boolean,
    /// An amount that usage draws from.
    Metered,
    /// A configuration value.
    Static,
}

impl FeatureType {
    /// The text of a catalog file: `boolean`, `metered` or `static`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Metered => "metered",
            Self::Static => "static",
        }
    }
}

impl fmt::Display for FeatureType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for FeatureType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FeatureType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        match text.as_str() {
            "boolean" => Ok(Self::Boolean),
            "metered" => Ok(Self::Metered),
            "static" => Ok(Self::Static),
            other => Err(D::Error::unknown_variant(
                other,
                &["boolean", "metered", "static"],
            )),
        }
    }
}

document! {
    /// Something that plans, add-ons and top-ups give access to.
    pub struct Feature: "a feature" {
        /// What kind of access it gives.
        pub feature_type: FeatureType = "type",
        /// Key at the metering backend; the id when there is none.
        pub key: Option<SmolStr> = "key",
        /// Name shown to people.
        pub name: Option<SmolStr> = "name",
        /// Description shown to people.
        pub description: Option<SmolStr> = "description",
        /// Id of the meter that measures a metered feature.
        pub meter: Option<SmolStr> = "meter",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Feature {
    fn new(feature_type: FeatureType, meter: Option<SmolStr>) -> Self {
        Self {
            feature_type,
            key: None,
            name: None,
            description: None,
            meter,
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// A feature that is on or off.
    #[must_use]
    pub fn boolean() -> Self {
        Self::new(FeatureType::Boolean, None)
    }

    /// A feature with an amount, measured by the meter of this id.
    #[must_use]
    pub fn metered(meter: impl Into<SmolStr>) -> Self {
        Self::new(FeatureType::Metered, Some(meter.into()))
    }

    /// A feature that is a configuration value.
    #[must_use]
    pub fn fixed() -> Self {
        Self::new(FeatureType::Static, None)
    }
}

crate::catalog::setters::setters!(Feature: key, name, description, metadata);
