//! Meters: how usage events become a quantity.

use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::metadata::Metadata;
use crate::catalog::text::text_enum;

text_enum! {
    /// How the values of usage events are combined into a meter's value.
    pub enum Aggregation {
        /// The sum of the value property.
        Sum = "sum",
        /// The number of events; the value property is not used.
        Count = "count",
        /// The number of distinct values of the value property.
        UniqueCount = "unique_count",
        /// The value of the newest event.
        Latest = "latest",
        /// The mean of the value property.
        Average = "avg",
        /// The smallest value.
        Min = "min",
        /// The largest value.
        Max = "max",
    }
}

document! {
    /// How usage events of one type become a quantity.
    pub struct Meter: "a meter" {
        /// Key at the metering backend; the id when there is none.
        pub key: Option<SmolStr> = "key",
        /// Name shown to people.
        pub name: Option<SmolStr> = "name",
        /// Description shown to people.
        pub description: Option<SmolStr> = "description",
        /// How event values are combined.
        pub aggregation: Option<Aggregation> = "aggregation",
        /// CloudEvents `type` of the events that are counted.
        pub event_type: Option<SmolStr> = "eventType",
        /// Name of the property, inside the event's data, that holds the value.
        pub value_property: Option<SmolStr> = "valueProperty",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Meter {
    fn new(aggregation: Aggregation, event_type: SmolStr, property: Option<SmolStr>) -> Self {
        Self {
            key: None,
            name: None,
            description: None,
            aggregation: Some(aggregation),
            event_type: Some(event_type),
            value_property: property,
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// Sums a property of the events of one type.
    #[must_use]
    pub fn sum(event_type: impl Into<SmolStr>, value_property: impl Into<SmolStr>) -> Self {
        Self::new(
            Aggregation::Sum,
            event_type.into(),
            Some(value_property.into()),
        )
    }

    /// Counts the events of one type.
    #[must_use]
    pub fn count(event_type: impl Into<SmolStr>) -> Self {
        Self::new(Aggregation::Count, event_type.into(), None)
    }

    /// Counts the distinct values of a property.
    #[must_use]
    pub fn unique_count(
        event_type: impl Into<SmolStr>,
        value_property: impl Into<SmolStr>,
    ) -> Self {
        Self::new(
            Aggregation::UniqueCount,
            event_type.into(),
            Some(value_property.into()),
        )
    }

    /// Takes the value of the newest event.
    #[must_use]
    pub fn latest(event_type: impl Into<SmolStr>, value_property: impl Into<SmolStr>) -> Self {
        Self::new(
            Aggregation::Latest,
            event_type.into(),
            Some(value_property.into()),
        )
    }

    /// Combines a property of the events of one type in any other way.
    #[must_use]
    pub fn aggregate(
        aggregation: Aggregation,
        event_type: impl Into<SmolStr>,
        value_property: impl Into<SmolStr>,
    ) -> Self {
        Self::new(aggregation, event_type.into(), Some(value_property.into()))
    }
}

crate::catalog::setters::setters!(Meter: key, name, description, metadata);
