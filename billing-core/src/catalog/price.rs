//! Prices of plans, add-ons and top-ups.

use smol_str::SmolStr;

use crate::catalog::currency::Currency;
use crate::catalog::document::document;
use crate::catalog::entries::Entries;
use crate::catalog::metadata::Metadata;
use crate::catalog::number::Number;
use crate::catalog::text::text_enum;

text_enum! {
    /// How often a price is charged.
    pub enum Interval {
        /// Every day.
        Day = "day",
        /// Every week.
        Week = "week",
        /// Every month.
        Month = "month",
        /// Every year.
        Year = "year",
        /// Once.
        OneTime = "one_time",
    }
}

/// Ids of an item at the providers, by the provider's lower-case name.
pub type ProviderIds = Entries<SmolStr>;

document! {
    /// An amount that is charged once or in every interval.
    pub struct Price: "a price" {
        /// Amount in the currency's smallest unit (2000 is 20.00 USD, but 2000 JPY).
        pub amount: Number = "amount",
        /// Currency of the amount.
        pub currency: Currency = "currency",
        /// How often it is charged.
        pub interval: Option<Interval> = "interval",
        /// Intervals between two charges, 1 or more; 1 when it is left out.
        pub interval_count: Option<Number> = "intervalCount",
        /// Days of trial before the first charge.
        pub trial_days: Option<Number> = "trialDays",
        /// Name by which a provider finds the price; the item's key, a colon and the price's id
        /// when it is left out.
        pub lookup_key: Option<SmolStr> = "lookupKey",
        /// Ids of the price at the providers.
        pub provider_ids: ProviderIds = "providerIds",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Price {
    /// A price for one interval; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn new(amount: impl Into<Number>, currency: Currency, interval: Interval) -> Self {
        Self {
            amount: amount.into(),
            currency,
            interval: Some(interval),
            interval_count: None,
            trial_days: None,
            lookup_key: None,
            provider_ids: Entries::new(),
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// A price for each month; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn monthly(amount: impl Into<Number>, currency: Currency) -> Self {
        Self::new(amount, currency, Interval::Month)
    }

    /// A price for each year; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn yearly(amount: impl Into<Number>, currency: Currency) -> Self {
        Self::new(amount, currency, Interval::Year)
    }

    /// A price for each week; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn weekly(amount: impl Into<Number>, currency: Currency) -> Self {
        Self::new(amount, currency, Interval::Week)
    }

    /// A price for each day; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn daily(amount: impl Into<Number>, currency: Currency) -> Self {
        Self::new(amount, currency, Interval::Day)
    }

    /// A price that is charged once; `amount` in the currency's smallest unit.
    #[must_use]
    pub fn one_time(amount: impl Into<Number>, currency: Currency) -> Self {
        Self::new(amount, currency, Interval::OneTime)
    }

    /// Charges only every `count` intervals.
    #[must_use]
    pub fn every(mut self, count: u32) -> Self {
        self.interval_count = Some(count.into());
        self
    }

    /// Starts with a trial of this many days.
    #[must_use]
    pub fn trial_days(mut self, days: u32) -> Self {
        self.trial_days = Some(days.into());
        self
    }

    /// Sets the name by which a provider finds the price.
    #[must_use]
    pub fn lookup_key(mut self, key: impl Into<SmolStr>) -> Self {
        self.lookup_key = Some(key.into());
        self
    }

    /// The amount in the smallest unit, when it is a whole number and not negative.
    ///
    /// It always is in a [`Catalog`](crate::catalog::Catalog).
    #[must_use]
    pub fn minor_units(&self) -> Option<u64> {
        self.amount.as_u64()
    }

    /// Intervals between two charges: `interval_count`, or 1.
    #[must_use]
    pub fn interval_count_or_one(&self) -> u32 {
        self.interval_count
            .and_then(Number::as_u32)
            .filter(|count| *count > 0)
            .unwrap_or(1)
    }

    /// Days of trial before the first charge, when there are any.
    #[must_use]
    pub fn trial(&self) -> Option<u32> {
        self.trial_days
            .and_then(Number::as_u32)
            .filter(|days| *days > 0)
    }

    /// Whether the price is charged once.
    #[must_use]
    pub fn is_one_time(&self) -> bool {
        self.interval == Some(Interval::OneTime)
    }
}

crate::catalog::setters::setters!(Price: provider_id, metadata);
