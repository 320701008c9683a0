//! What validation finds in a catalog.

use std::fmt;

use serde::ser::{Serialize, Serializer};

/// How much an [`Issue`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// The catalog works; something in it is probably not what was meant.
    Warning,
    /// The catalog cannot be used.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

macro_rules! issue_codes {
    ($( $(#[$meta:meta])* $variant:ident = $code:literal, $severity:ident, $hint:literal; )*) => {
        /// Stable identity of one kind of [`Issue`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum IssueCode {
            $( $(#[$meta])* $variant, )*
        }

        impl IssueCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),*];

            /// The code as text, such as `duplicate_key`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )* }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $( Self::$variant => Severity::$severity, )* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $( Self::$variant => $hint, )* }
            }
        }
    };
}

issue_codes! {
    /// Two features, plans, add-ons or top-ups have the same key.
    DuplicateKey = "duplicate_key", Error,
        "Give one of them another `key`; an item without a key uses its id as the key.";
    /// An item's key is the id of another item of its kind, so a look-up could mean either.
    KeyShadowsId = "key_shadows_id", Error,
        "Choose a key that is no other item's id.";
    /// The builder was given the same id twice.
    DuplicateId = "duplicate_id", Error,
        "Use another id, or remove one of the two.";
    /// A feature names a meter that is not in the catalog.
    MeterNotFound = "meter_not_found", Error,
        "Define the meter under `meters`, or correct the id.";
    /// A plan or add-on grants nothing.
    NoEntitlements = "no_entitlements", Error,
        "Grant at least one feature under `entitlements`.";
    /// An entitlement or top-up names a feature that is not in the catalog.
    FeatureNotFound = "feature_not_found", Error,
        "Define the feature under `features`, or correct the id (features are named by id, not by key).";
    /// An entitlement is of another type than its feature.
    EntitlementTypeMismatch = "entitlement_type_mismatch", Error,
        "Write true or false for a boolean feature, an amount for a metered one, a text or config for a static one.";
    /// A metered amount is negative.
    NegativeAmount = "negative_amount", Error,
        "Use 0 or more.";
    /// The amount of a price is negative or has a fraction.
    InvalidPriceAmount = "invalid_price_amount", Error,
        "Write the amount in the currency's smallest unit: 1999 for 19.99 USD.";
    /// A currency is not three letters.
    InvalidCurrency = "invalid_currency", Error,
        "Use a three-letter ISO 4217 code such as USD.";
    /// The interval count of a price is not a positive whole number.
    InvalidIntervalCount = "invalid_interval_count", Error,
        "Use a whole number from 1, or leave it out.";
    /// The trial days of a price are negative or have a fraction.
    InvalidTrialDays = "invalid_trial_days", Error,
        "Use a whole number of days, or leave it out.";
    /// A plan has a price that is charged once.
    OneTimePlanPrice = "one_time_plan_price", Error,
        "Use day, week, month or year; sell one-time balance as a top-up.";
    /// An add-on or top-up names a plan that is not in the catalog.
    PlanNotFound = "plan_not_found", Error,
        "Use the id or key of a plan, or leave `compatiblePlans` out to fit every plan.";
    /// A limit of an add-on's quantity is negative or has a fraction.
    InvalidQuantity = "invalid_quantity", Error,
        "Use a whole number from 0, or leave it out.";
    /// The greatest quantity of an add-on is below the least.
    QuantityRange = "quantity_range", Error,
        "Swap the two, or leave one of them out.";
    /// A top-up is of a feature that is not metered.
    FeatureNotMetered = "feature_not_metered", Error,
        "Top up a feature of type metered.";
    /// A top-up has no price.
    NoPrices = "no_prices", Error,
        "Add a price with the interval one_time.";
    /// A top-up has a price that is not charged once.
    RecurringTopupPrice = "recurring_topup_price", Error,
        "Set the interval to one_time; sell recurring balance as an add-on.";
    /// The priority of a grant is negative.
    NegativePriority = "negative_priority", Error,
        "Use 0 or more; a lower number is used first.";
    /// The rollover limit of a grant is negative.
    NegativeRollover = "negative_rollover", Error,
        "Use 0 or more.";
    /// The count of an expiration is not a positive whole number.
    InvalidExpirationCount = "invalid_expiration_count", Error,
        "Use a whole number from 1, or leave it out.";

    /// An id or key is empty.
    EmptyId = "empty_id", Warning,
        "Use a name of letters, digits, `_` or `-`.";
    /// The catalog holds nothing.
    EmptyCatalog = "empty_catalog", Warning,
        "Define `features` and `plans`; check that this is the file you meant.";
    /// An object has a member that catalogs do not have.
    UnknownMember = "unknown_member", Warning,
        "Correct the name; data of your own goes into `metadata`, or starts with `x-`.";
    /// A metered feature names no meter.
    FeatureWithoutMeter = "feature_without_meter", Warning,
        "Set `meter` to the id of a meter, so that usage can be measured.";
    /// A meter aggregates in a way that is not known.
    UnknownAggregation = "unknown_aggregation", Warning,
        "Use sum, count, unique_count, latest, avg, min or max.";
    /// A meter needs a value property and names none.
    MeterWithoutValueProperty = "meter_without_value_property", Warning,
        "Set `valueProperty` to the member of the event's data that holds the value.";
    /// A meter names no event type.
    MeterWithoutEventType = "meter_without_event_type", Warning,
        "Set `eventType` to the type of the usage events.";
    /// Two meters have the same key.
    DuplicateMeterKey = "duplicate_meter_key", Warning,
        "Give one of them another `key`.";
    /// A three-letter currency is not in ISO 4217.
    UnknownCurrency = "unknown_currency", Warning,
        "Use an active ISO 4217 code.";
    /// A price has an interval that is not known.
    UnknownInterval = "unknown_interval", Warning,
        "Use day, week, month, year or one_time, in lower case.";
    /// A plan or add-on price has no interval.
    MissingInterval = "missing_interval", Warning,
        "Set `interval`; providers need to know how often to charge.";
    /// A metered entitlement resets at an interval that is not known.
    UnknownReset = "unknown_reset", Warning,
        "Use day, week, month, year or an ISO 8601 duration such as P1M.";
    /// An expiration is in a unit that is not known.
    UnknownExpirationUnit = "unknown_expiration_unit", Warning,
        "Use HOUR, DAY, WEEK, MONTH or YEAR.";
    /// Metadata uses a name that compiling writes itself.
    ReservedMetadata = "reserved_metadata", Warning,
        "Rename it: the compiled value replaces yours.";
    /// A plan stands twice among the compatible plans.
    RepeatedReference = "repeated_reference", Warning,
        "Remove one of them.";
    /// A top-up grants nothing.
    ZeroTopupAmount = "zero_topup_amount", Warning,
        "Set the amount that a purchase grants.";
    /// Two items have the same id at a provider, so an event with it could mean either.
    ProviderIdReused = "provider_id_reused", Warning,
        "Give each item its own provider id; the shared one is not resolved to either.";
    /// The name of a provider differs from the known one in its case.
    ProviderNameCase = "provider_name_case", Warning,
        "Write provider names in lower case; this entry is not used.";
    /// Two prices have the same lookup key.
    LookupKeyReused = "lookup_key_reused", Warning,
        "Set `lookupKey` on one of them; the shared one is not resolved to either.";
    /// Members of an entitlement do not fit its type.
    UnusedEntitlementMember = "unused_entitlement_member", Warning,
        "Remove it, or change the type.";
    /// The `x-pricing` of a price cannot be read.
    InvalidPricing = "invalid_pricing", Warning,
        "Correct it: providers that read `x-pricing` leave the price out.";

    /// The provider has no recurring add-ons.
    RecurringAddonUnsupported = "recurring_addon_unsupported", Warning,
        "Charge the add-on once with the interval one_time, or sell it as a plan of its own.";
    /// The provider has nothing to sell a top-up with.
    TopupUnsupported = "topup_unsupported", Warning,
        "Take the payment with an order or a payment link, then grant the top-up.";
    /// An add-on recurs at an interval that a compatible plan does not have.
    AddonIntervalMismatch = "addon_interval_mismatch", Warning,
        "Give the plan a price with that interval, or restrict the add-on with `compatiblePlans`.";
    /// The provider does not charge so little.
    AmountBelowMinimum = "amount_below_minimum", Warning,
        "Raise the amount, or make it free with 0 where the provider allows it.";
    /// The provider does not charge so much.
    AmountAboveMaximum = "amount_above_maximum", Warning,
        "Lower the amount, or split it.";
    /// The provider wants an amount that ends in zeros for this currency.
    AmountNotRound = "amount_not_round", Warning,
        "Round the amount.";
    /// The provider does not take the currency.
    CurrencyUnsupported = "currency_unsupported", Warning,
        "Use another currency for this provider.";
    /// The provider needs one currency for the prices of an item.
    MixedCurrencies = "mixed_currencies", Warning,
        "Give the prices of one item the same currency, or split the item.";
    /// The provider cannot charge at this interval.
    IntervalUnsupported = "interval_unsupported", Warning,
        "Use an interval that the provider has.";
    /// The provider cannot charge so rarely or so often.
    IntervalCountUnsupported = "interval_count_unsupported", Warning,
        "Use another count or another interval.";
    /// The provider cannot start a price with this trial.
    TrialUnsupported = "trial_unsupported", Warning,
        "Give the trial when the subscription is made, or change its length.";
    /// The provider cannot charge the `x-pricing` of a price.
    PricingUnsupported = "pricing_unsupported", Warning,
        "Change `x-pricing` for this provider, or sell the price elsewhere.";
    /// The provider cannot aggregate a meter this way.
    AggregationUnsupported = "aggregation_unsupported", Warning,
        "Use sum or count, which every provider has.";
    /// The provider has no features of this type.
    FeatureTypeUnsupported = "feature_type_unsupported", Warning,
        "Keep the value in the application, or use a boolean or metered feature.";
    /// The provider cannot make the grant of a top-up.
    GrantUnsupported = "grant_unsupported", Warning,
        "Change the grant for this provider's limits.";
    /// A name is too short or too long for the provider.
    NameLength = "name_length", Warning,
        "Change `name` for this provider's limit.";
    /// A description that the provider requires is missing, or it is too long.
    DescriptionLength = "description_length", Warning,
        "Change `description` for this provider's limit.";
    /// A key has characters that the provider does not take.
    KeyFormat = "key_format", Warning,
        "Set a `key` of the allowed characters.";
    /// A lookup key is too long for the provider.
    LookupKeyLength = "lookup_key_length", Warning,
        "Set a shorter `lookupKey`.";
    /// There is more metadata than the provider stores.
    MetadataCount = "metadata_count", Warning,
        "Remove entries; compiling adds some of its own.";
    /// A metadata name is too long or has characters that the provider does not take.
    MetadataKey = "metadata_key", Warning,
        "Rename it.";
    /// A metadata value is too long or of a kind that the provider does not take.
    MetadataValue = "metadata_value", Warning,
        "Shorten it, or keep it at home.";
    /// A plan offers more add-ons than the provider allows.
    TooManyAddons = "too_many_addons", Warning,
        "Restrict add-ons with `compatiblePlans`.";
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for IssueCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong, or probably wrong, in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Issue {
    /// What kind of problem it is; stable.
    pub code: IssueCode,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is, such as `plans.pro.prices.monthly.amount`; empty for the catalog as a whole.
    pub path: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl Issue {
    pub(crate) fn new(code: IssueCode, path: String, message: String) -> Self {
        Self {
            code,
            severity: code.severity(),
            path,
            message,
            hint: code.hint(),
        }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Everything that validation found, in the order of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Errors and warnings.
    pub issues: Vec<Issue>,
}

impl Report {
    /// Whether any issue is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The issues that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Issue> {
        self.issues
            .iter()
            .filter(|issue| issue.severity == Severity::Error)
    }

    /// The issues that are warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Issue> {
        self.issues
            .iter()
            .filter(|issue| issue.severity == Severity::Warning)
    }
}

impl fmt::Display for Report {
    /// One line for each issue, without a line break at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issue) in self.issues.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{} [{}] {issue}", issue.severity, issue.code)?;
        }
        Ok(())
    }
}

/// A catalog has errors; they are all in the [`Report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCatalog {
    report: Report,
}

impl InvalidCatalog {
    pub(crate) fn new(report: Report) -> Self {
        Self { report }
    }

    /// Every error and warning.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for InvalidCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid catalog")?;
        for issue in self.report.errors() {
            write!(f, "\n- {issue}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidCatalog {}
