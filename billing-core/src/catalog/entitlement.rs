//! Entitlements: what a plan or add-on grants of a feature.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::feature::FeatureType;
use crate::catalog::metadata::Metadata;
use crate::catalog::number::Number;
use crate::catalog::text::text_enum;

text_enum! {
    /// How often the amount of a metered entitlement starts anew.
    ///
    /// ISO 8601 durations such as `P1M` are kept as [`Reset::Other`].
    pub enum Reset {
        /// Every day.
        Day = "day",
        /// Every week.
        Week = "week",
        /// Every month.
        Month = "month",
        /// Every year.
        Year = "year",
    }
}

document! {
    /// The long form of an entitlement in a catalog file.
    pub struct EntitlementObject: "true, false, a number, a text or an entitlement object" {
        /// The type; without it `amount` means metered, `config` static, and anything else boolean.
        pub entitlement_type: Option<FeatureType> = "type",
        /// Whether a boolean entitlement is on; on when it is left out.
        pub enabled: Option<bool> = "enabled",
        /// Amount of a metered entitlement, in units of the feature's meter.
        pub amount: Option<Number> = "amount",
        /// How often that amount starts anew; never when it is left out.
        pub reset: Option<Reset> = "reset",
        /// Value of a static entitlement.
        pub config: Option<Value> = "config",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

/// What a plan or add-on grants of one feature.
///
/// A catalog file may write it short, as `true`, `false`, a number or a text, or as an object. Two
/// entitlements are equal when they grant the same, however they are written.
///
/// ```
/// use billing_core::catalog::{Entitlement, EntitlementValue, Reset};
///
/// let short: Entitlement = serde_json::from_str("100000")?;
/// let long: Entitlement = serde_json::from_str(r#"{"type": "metered", "amount": 100000}"#)?;
/// assert_eq!(short, long);
/// assert_eq!(short, Entitlement::metered(100_000));
///
/// let monthly = Entitlement::metered(100_000).reset(Reset::Month);
/// assert_eq!(serde_json::to_string(&monthly)?, r#"{"amount":100000,"reset":"month"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Entitlement(Form);

#[derive(Debug, Clone)]
enum Form {
    Boolean(bool),
    Metered(Number),
    Static(SmolStr),
    Object(Box<EntitlementObject>),
}

/// What an [`Entitlement`] means.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EntitlementValue {
    /// Access is on or off; off grants nothing.
    Boolean {
        /// Whether access is on.
        enabled: bool,
    },
    /// An amount that usage draws from.
    Metered {
        /// Units of the feature's meter.
        amount: Number,
        /// How often the amount starts anew; `None` when it never does.
        reset: Option<Reset>,
    },
    /// A configuration value: a text, or any JSON value.
    Static {
        /// The value.
        config: Value,
    },
}

impl Entitlement {
    /// A boolean entitlement; `false` grants nothing.
    #[must_use]
    pub fn boolean(enabled: bool) -> Self {
        Self(Form::Boolean(enabled))
    }

    /// An amount in units of the feature's meter.
    #[must_use]
    pub fn metered(amount: impl Into<Number>) -> Self {
        Self(Form::Metered(amount.into()))
    }

    /// A configuration value.
    #[must_use]
    pub fn fixed(config: impl Into<Value>) -> Self {
        match config.into() {
            Value::String(text) => Self(Form::Static(text.into())),
            config => {
                let mut object = Self::empty_object();
                object.config = Some(config);
                Self(Form::Object(Box::new(object)))
            }
        }
    }

    /// Starts the amount of a metered entitlement anew in every period.
    #[must_use]
    pub fn reset(self, reset: Reset) -> Self {
        self.change(|object| object.reset = Some(reset))
    }

    /// Adds a value to the metadata.
    #[must_use]
    pub fn metadata(self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.change(|object| object.metadata.insert(name, value))
    }

    /// The kind of access, as declared or as the members imply.
    #[must_use]
    pub fn feature_type(&self) -> FeatureType {
        match &self.0 {
            Form::Boolean(_) => FeatureType::Boolean,
            Form::Metered(_) => FeatureType::Metered,
            Form::Static(_) => FeatureType::Static,
            Form::Object(object) => object.entitlement_type.unwrap_or({
                if object.amount.is_some() {
                    FeatureType::Metered
                } else if object.config.is_some() {
                    FeatureType::Static
                } else {
                    FeatureType::Boolean
                }
            }),
        }
    }

    /// What the entitlement grants.
    #[must_use]
    pub fn value(&self) -> EntitlementValue {
        match &self.0 {
            Form::Boolean(enabled) => EntitlementValue::Boolean { enabled: *enabled },
            Form::Metered(amount) => EntitlementValue::Metered {
                amount: *amount,
                reset: None,
            },
            Form::Static(text) => EntitlementValue::Static {
                config: Value::String(text.to_string()),
            },
            Form::Object(object) => match self.feature_type() {
                FeatureType::Boolean => EntitlementValue::Boolean {
                    enabled: object.enabled.unwrap_or(true),
                },
                FeatureType::Metered => EntitlementValue::Metered {
                    amount: object.amount.unwrap_or(Number::ZERO),
                    reset: object.reset.clone(),
                },
                FeatureType::Static => EntitlementValue::Static {
                    config: object
                        .config
                        .clone()
                        .unwrap_or_else(|| Value::String(String::new())),
                },
            },
        }
    }

    /// The application's own data.
    #[must_use]
    pub fn own_metadata(&self) -> Metadata {
        self.object()
            .map(|object| object.metadata.clone())
            .unwrap_or_default()
    }

    /// The object form, when that is how the entitlement is written.
    #[must_use]
    pub fn object(&self) -> Option<&EntitlementObject> {
        match &self.0 {
            Form::Object(object) => Some(object),
            _ => None,
        }
    }

    /// How often the amount starts anew, when it is metered.
    pub(crate) fn metered_reset(&self) -> Option<&Reset> {
        let object = self.object()?;
        object
            .reset
            .as_ref()
            .filter(|_| self.feature_type() == FeatureType::Metered)
    }

    /// The amount when it is metered, without looking at the rest.
    pub(crate) fn metered_amount(&self) -> Option<Number> {
        match &self.0 {
            Form::Metered(amount) => Some(*amount),
            Form::Object(object) if self.feature_type() == FeatureType::Metered => object.amount,
            _ => None,
        }
    }

    fn empty_object() -> EntitlementObject {
        EntitlementObject {
            entitlement_type: None,
            enabled: None,
            amount: None,
            reset: None,
            config: None,
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    fn change(self, change: impl FnOnce(&mut EntitlementObject)) -> Self {
        let mut object = match self.0 {
            Form::Object(object) => object,
            form => {
                let mut object = Self::empty_object();
                match form {
                    Form::Boolean(enabled) => object.enabled = Some(enabled),
                    Form::Metered(amount) => object.amount = Some(amount),
                    Form::Static(text) => object.config = Some(Value::String(text.to_string())),
                    Form::Object(_) => {}
                }
                Box::new(object)
            }
        };
        change(&mut object);
        Self(Form::Object(object))
    }
}

impl PartialEq for Entitlement {
    fn eq(&self, other: &Self) -> bool {
        let extra = |entitlement: &Self| {
            entitlement
                .object()
                .map(|object| object.extra.clone())
                .unwrap_or_default()
        };
        self.value() == other.value()
            && self.own_metadata() == other.own_metadata()
            && extra(self) == extra(other)
    }
}

impl From<bool> for Entitlement {
    fn from(enabled: bool) -> Self {
        Self::boolean(enabled)
    }
}

impl From<&str> for Entitlement {
    fn from(config: &str) -> Self {
        Self(Form::Static(config.into()))
    }
}

impl From<String> for Entitlement {
    fn from(config: String) -> Self {
        Self(Form::Static(config.into()))
    }
}

impl From<Number> for Entitlement {
    fn from(amount: Number) -> Self {
        Self::metered(amount)
    }
}

macro_rules! from_integer {
    ($($ty:ty),*) => { $(
        impl From<$ty> for Entitlement {
            fn from(amount: $ty) -> Self {
                Self::metered(amount)
            }
        }
    )* };
}

from_integer!(i32, i64, u32, u64);

impl Serialize for Entitlement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Boolean(enabled) => serializer.serialize_bool(*enabled),
            Form::Metered(amount) => amount.serialize(serializer),
            Form::Static(text) => serializer.serialize_str(text),
            Form::Object(object) => object.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Entitlement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntitlementVisitor;

        impl<'de> Visitor<'de> for EntitlementVisitor {
            type Value = Entitlement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a number, a text or an entitlement object")
            }

            fn visit_bool<E: Error>(self, enabled: bool) -> Result<Entitlement, E> {
                Ok(Entitlement::boolean(enabled))
            }

            fn visit_i64<E: Error>(self, amount: i64) -> Result<Entitlement, E> {
                Ok(Entitlement::metered(amount))
            }

            fn visit_u64<E: Error>(self, amount: u64) -> Result<Entitlement, E> {
                Ok(Entitlement::metered(amount))
            }

            fn visit_f64<E: Error>(self, amount: f64) -> Result<Entitlement, E> {
                Number::fraction(amount)
                    .map(Entitlement::metered)
                    .ok_or_else(|| E::custom("expected a finite number"))
            }

            fn visit_str<E: Error>(self, config: &str) -> Result<Entitlement, E> {
                Ok(Entitlement::from(config))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entitlement, A::Error> {
                let object = EntitlementObject::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Entitlement(Form::Object(Box::new(object))))
            }
        }

        deserializer.deserialize_any(EntitlementVisitor)
    }
}
