//! Top-ups: metered balance that is bought once.

use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::entries::Entries;
use crate::catalog::metadata::Metadata;
use crate::catalog::number::Number;
use crate::catalog::price::{Price, ProviderIds};
use crate::catalog::text::text_enum;

text_enum! {
    /// Unit of an [`Expiration`]; catalog files may write it in any case.
    pub enum ExpirationUnit {
        /// Hours.
        Hour = "HOUR",
        /// Days.
        Day = "DAY",
        /// Weeks.
        Week = "WEEK",
        /// Months.
        Month = "MONTH",
        /// Years.
        Year = "YEAR",
    }
}

document! {
    /// How long granted balance can be used, counted from the grant.
    pub struct Expiration: "an expiration" {
        /// Unit of time as written, such as `YEAR`; [`Expiration::unit`] reads it.
        pub duration: SmolStr = "duration",
        /// How many units, 1 or more; 1 when it is left out.
        pub count: Option<Number> = "count",
    }
}

impl Expiration {
    /// An expiration after `count` units.
    #[must_use]
    pub fn new(unit: &ExpirationUnit, count: u32) -> Self {
        Self {
            duration: unit.as_str().into(),
            count: Some(count.into()),
            extra: Metadata::default(),
        }
    }

    /// After this many hours.
    #[must_use]
    pub fn hours(count: u32) -> Self {
        Self::new(&ExpirationUnit::Hour, count)
    }

    /// After this many days.
    #[must_use]
    pub fn days(count: u32) -> Self {
        Self::new(&ExpirationUnit::Day, count)
    }

    /// After this many weeks.
    #[must_use]
    pub fn weeks(count: u32) -> Self {
        Self::new(&ExpirationUnit::Week, count)
    }

    /// After this many months.
    #[must_use]
    pub fn months(count: u32) -> Self {
        Self::new(&ExpirationUnit::Month, count)
    }

    /// After this many years.
    #[must_use]
    pub fn years(count: u32) -> Self {
        Self::new(&ExpirationUnit::Year, count)
    }

    /// The unit of time, whatever case it is written in.
    #[must_use]
    pub fn unit(&self) -> ExpirationUnit {
        ExpirationUnit::from(self.duration.to_uppercase())
    }

    /// How many units: `count`, or 1; at most `u32::MAX`.
    #[must_use]
    pub fn count_or_one(&self) -> u32 {
        self.count
            .and_then(Number::as_u64)
            .filter(|count| *count > 0)
            .map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX))
    }
}

document! {
    /// How a top-up's amount is granted.
    #[derive(Default)]
    pub struct Grant: "a grant" {
        /// Order in which balances are used: a lower number is used first.
        pub priority: Option<Number> = "priority",
        /// How long the balance can be used; without end when it is left out.
        pub expiration: Option<Expiration> = "expiration",
        /// Most that is carried over a reset, in units of the feature's meter.
        pub max_rollover_amount: Option<Number> = "maxRolloverAmount",
        /// The application's own data on the grant.
        pub metadata: Metadata = "metadata",
    }
}

document! {
    /// Balance of a metered feature that is bought once.
    pub struct Topup: "a top-up" {
        /// Stable name used outside the catalog; the id when there is none.
        pub key: Option<SmolStr> = "key",
        /// Name shown to people; the key when there is none.
        pub name: Option<SmolStr> = "name",
        /// Description shown to people.
        pub description: Option<SmolStr> = "description",
        /// Id of the metered feature.
        pub feature: SmolStr = "feature",
        /// Amount granted, in units of the feature's meter.
        pub amount: Number = "amount",
        /// How the amount is granted.
        pub grant: Option<Grant> = "grant",
        /// One-time prices by an id of their own.
        pub prices: Entries<Price> = "prices",
        /// Plans, by id or key, whose holders can buy it; every plan when left out or empty.
        pub compatible_plans: Option<Vec<SmolStr>> = "compatiblePlans",
        /// Ids of the top-up's product at the providers.
        pub provider_ids: ProviderIds = "providerIds",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Topup {
    /// A top-up that grants an amount of the metered feature of this id.
    #[must_use]
    pub fn of(feature: impl Into<SmolStr>, amount: impl Into<Number>) -> Self {
        Self {
            key: None,
            name: None,
            description: None,
            feature: feature.into(),
            amount: amount.into(),
            grant: None,
            prices: Entries::new(),
            compatible_plans: None,
            provider_ids: Entries::new(),
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// Sets how long the granted balance can be used.
    #[must_use]
    pub fn expires(mut self, expiration: Expiration) -> Self {
        self.grant.get_or_insert_default().expiration = Some(expiration);
        self
    }

    /// Sets the order in which balances are used: a lower number is used first.
    #[must_use]
    pub fn priority(mut self, priority: u32) -> Self {
        self.grant.get_or_insert_default().priority = Some(priority.into());
        self
    }

    /// Sets how much is carried over a reset at most.
    #[must_use]
    pub fn max_rollover(mut self, amount: impl Into<Number>) -> Self {
        self.grant.get_or_insert_default().max_rollover_amount = Some(amount.into());
        self
    }

    /// Adds a value to the metadata of the grant.
    #[must_use]
    pub fn grant_metadata(
        mut self,
        name: impl Into<SmolStr>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.grant
            .get_or_insert_default()
            .metadata
            .insert(name, value);
        self
    }
}

crate::catalog::setters::setters!(
    Topup: key, name, description, compatible_with, price, provider_id, metadata
);
