//! Customer entitlements and grants.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use openmeter_client::client_core::wire::IsoDuration;
use openmeter_client::models::{
    EntitlementBooleanCreateInputs, EntitlementGrantCreateInputV2,
    EntitlementMeteredV2CreateInputs, EntitlementStaticCreateInputs, EntitlementV2CreateInputs,
    ExpirationDuration, ExpirationPeriod, IssueAfterReset, MeasureUsageFromPreset,
    RecurringPeriodCreateInput, RecurringPeriodIntervalEnum,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::catalog::{EntitlementValue, Expiration, ExpirationUnit, Reset};
use crate::compile::metadata::{CompiledMetadata, value_text};
use crate::compile::{CompiledEntitlement, CompiledTopupGrant};

/// How often an amount starts anew, in the forms that OpenMeter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period(IsoDuration);

impl Period {
    /// `None` when the text is no duration.
    pub(crate) fn of(reset: Option<&Reset>) -> Option<Self> {
        let duration = match reset {
            None => IsoDuration::years(100),
            Some(Reset::Day) => IsoDuration::days(1),
            Some(Reset::Week) => IsoDuration::weeks(1),
            Some(Reset::Month) => IsoDuration::months(1),
            Some(Reset::Year) => IsoDuration::years(1),
            Some(Reset::Other(text)) => text.parse().ok()?,
        };
        Some(Self(duration))
    }

    pub(crate) fn duration(&self) -> &IsoDuration {
        &self.0
    }

    /// The name that OpenMeter has for the usual periods, else the duration.
    pub(crate) fn interval(&self) -> RecurringPeriodIntervalEnum {
        match self.0.as_str() {
            "P1D" => RecurringPeriodIntervalEnum::Day,
            "P1W" => RecurringPeriodIntervalEnum::Week,
            "P1M" => RecurringPeriodIntervalEnum::Month,
            "P1Y" => RecurringPeriodIntervalEnum::Year,
            other => RecurringPeriodIntervalEnum::from(other),
        }
    }
}

/// The body of a metered entitlement; `None` when the reset is no duration.
///
/// Usage counts from the creation: what was used before belongs to what the customer had before.
pub(crate) fn metered_body(
    feature_key: &str,
    amount: f64,
    reset: Option<&Reset>,
    anchor: Option<OffsetDateTime>,
    metadata: IndexMap<String, String>,
) -> Option<EntitlementV2CreateInputs> {
    let mut period = RecurringPeriodCreateInput::new(Period::of(reset)?.interval());
    period.anchor = anchor;
    let mut body = EntitlementMeteredV2CreateInputs::new(period)
        .feature_key(feature_key)
        .measure_usage_from(MeasureUsageFromPreset::Now)
        .metadata(metadata);
    if amount > 0.0 {
        body.issue = Some(IssueAfterReset::new(amount));
    }
    Some(body.into())
}

/// A configuration as OpenMeter takes it: the text of its JSON.
pub(crate) fn config_text(config: &Value) -> String {
    config.to_string()
}

/// The request body that gives a customer an entitlement:
/// `POST /api/v2/customers/{customerIdOrKey}/entitlements`.
///
/// `None` when it grants nothing, as a boolean entitlement that is off, or when its reset is no
/// interval. With `anchor`, usage periods begin at that time; without, when the entitlement is
/// created. Usage counts from the creation.
#[must_use]
pub fn entitlement_body(
    entitlement: &CompiledEntitlement,
    anchor: Option<OffsetDateTime>,
) -> Option<EntitlementV2CreateInputs> {
    let key = entitlement.feature_key.as_str();
    let metadata = text_metadata(&entitlement.metadata);
    Some(match &entitlement.value {
        EntitlementValue::Boolean { enabled: false } => return None,
        EntitlementValue::Boolean { enabled: true } => boolean_body(key, metadata),
        EntitlementValue::Static { config } => static_body(key, config, metadata),
        EntitlementValue::Metered { amount, reset } => {
            metered_body(key, amount.as_f64(), reset.as_ref(), anchor, metadata)?
        }
    })
}

pub(crate) fn boolean_body(
    feature_key: &str,
    metadata: IndexMap<String, String>,
) -> EntitlementV2CreateInputs {
    EntitlementBooleanCreateInputs::new()
        .feature_key(feature_key)
        .metadata(metadata)
        .into()
}

pub(crate) fn static_body(
    feature_key: &str,
    config: &Value,
    metadata: IndexMap<String, String>,
) -> EntitlementV2CreateInputs {
    EntitlementStaticCreateInputs::new(config_text(config))
        .feature_key(feature_key)
        .metadata(metadata)
        .into()
}

/// The request body that grants what a top-up brings:
/// `POST /api/v2/customers/{customerIdOrKey}/entitlements/{featureKey}/grants`.
///
/// `effective_at` is when the balance can be used from; OpenMeter truncates it to the minute. `None`
/// when the top-up has an amount of 0 or an expiration that OpenMeter does not have.
#[must_use]
pub fn grant_body(
    grant: &CompiledTopupGrant,
    effective_at: OffsetDateTime,
) -> Option<EntitlementGrantCreateInputV2> {
    if grant.amount.is_zero() || grant.amount.is_negative() {
        return None;
    }
    let mut body = EntitlementGrantCreateInputV2::new(grant.amount.as_f64(), effective_at)
        .metadata(text_metadata(&grant.metadata));
    body.priority = match grant.priority {
        Some(priority) => Some(priority.as_i64().filter(|priority| *priority <= 255)?),
        None => None,
    };
    body.max_rollover_amount = grant.max_rollover_amount.map(|amount| amount.as_f64());
    body.expiration = match &grant.expiration {
        Some(expiration) => Some(expiration_period(expiration)?),
        None => None,
    };
    Some(body)
}

/// An expiration as OpenMeter takes it: 1 to 1000 units.
pub(crate) fn expiration_period(expiration: &Expiration) -> Option<ExpirationPeriod> {
    let unit = match expiration.unit() {
        ExpirationUnit::Hour => ExpirationDuration::Hour,
        ExpirationUnit::Day => ExpirationDuration::Day,
        ExpirationUnit::Week => ExpirationDuration::Week,
        ExpirationUnit::Month => ExpirationDuration::Month,
        ExpirationUnit::Year => ExpirationDuration::Year,
        ExpirationUnit::Other(_) => return None,
    };
    let count = i64::from(expiration.count_or_one());
    (count <= 1000).then(|| ExpirationPeriod::new(unit, count))
}

fn text_metadata(metadata: &CompiledMetadata) -> IndexMap<String, String> {
    metadata
        .iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value_text(&value)?)))
        .collect()
}

/// Metadata that is text already.
pub(crate) fn owned_metadata(metadata: &BTreeMap<String, String>) -> IndexMap<String, String> {
    metadata
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
