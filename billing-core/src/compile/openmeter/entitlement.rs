//! Customer entitlements and grants.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use indexmap::IndexMap;
use openmeter_client::client_core::wire::IsoDuration;
use openmeter_client::models::{
    EntitlementBooleanCreateInputs, EntitlementGrantCreateInputV2,
    EntitlementMeteredV2CreateInputs, EntitlementStaticCreateInputs, EntitlementV2CreateInputs,
    ExpirationDuration, ExpirationPeriod, IssueAfterReset, MeasureUsageFromPreset,
    RecurringPeriodCreateInput, RecurringPeriodIntervalEnum,
};
use serde_json::Value;
use smol_str::SmolStr;
use time::OffsetDateTime;

use super::is_snake_key;
use crate::catalog::{EntitlementValue, Expiration, ExpirationUnit, IssueCode, Number, Reset};
use crate::compile::metadata::{CompiledMetadata, value_text};
use crate::compile::{CompiledEntitlement, CompiledTopupGrant};

/// OpenMeter does not have what the catalog grants.
///
/// [`Catalog::check`](crate::catalog::Catalog::check) finds the same in the whole catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("OpenMeter: feature \"{feature_key}\": {message}")]
#[non_exhaustive]
pub struct Unsupported {
    /// Key of the feature.
    pub feature_key: SmolStr,
    /// What is not possible: [`KeyFormat`](IssueCode::KeyFormat),
    /// [`IntervalUnsupported`](IssueCode::IntervalUnsupported) or
    /// [`GrantUnsupported`](IssueCode::GrantUnsupported).
    pub code: IssueCode,
    /// What was found and what OpenMeter takes.
    pub message: String,
}

impl Unsupported {
    fn new(feature_key: &SmolStr, code: IssueCode, message: impl Into<String>) -> Self {
        Self {
            feature_key: feature_key.clone(),
            code,
            message: message.into(),
        }
    }

    fn unless_key(feature_key: &SmolStr) -> Result<(), Self> {
        if is_snake_key(feature_key) {
            return Ok(());
        }
        let message = "the key is not of 64 lower-case letters, digits and single `_` between them \
                       at most";
        Err(Self::new(feature_key, IssueCode::KeyFormat, message))
    }
}

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
/// `None` when there is nothing to give: a boolean entitlement that is off. With `anchor`, usage
/// periods begin at that time; without, when the entitlement is created. Usage counts from the
/// creation.
///
/// # Errors
/// When the feature's key is none that OpenMeter takes, or the amount starts anew at a time that is
/// no interval.
pub fn entitlement_body(
    entitlement: &CompiledEntitlement,
    anchor: Option<OffsetDateTime>,
) -> Result<Option<EntitlementV2CreateInputs>, Unsupported> {
    if !entitlement.grants_access() {
        return Ok(None);
    }
    Unsupported::unless_key(&entitlement.feature_key)?;
    let key = entitlement.feature_key.as_str();
    let metadata = text_metadata(&entitlement.metadata);
    let body = match &entitlement.value {
        EntitlementValue::Boolean { .. } => boolean_body(key, metadata),
        EntitlementValue::Static { config } => static_body(key, config, metadata),
        EntitlementValue::Metered { amount, reset } => {
            metered_body(key, amount.as_f64(), reset.as_ref(), anchor, metadata).ok_or_else(
                || {
                    let reset = reset.as_ref().map_or("", Reset::as_str);
                    let message = format!("an amount cannot start anew by \"{reset}\"");
                    Unsupported::new(
                        &entitlement.feature_key,
                        IssueCode::IntervalUnsupported,
                        message,
                    )
                },
            )?
        }
    };
    Ok(Some(body))
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
/// `effective_at` is when the balance can be used from; OpenMeter truncates it to the minute.
///
/// # Errors
/// When the feature's key is none that OpenMeter takes, the amount is not above 0, the priority is
/// no whole number from 1 to 255, or the expiration is none of 1 to 1000 hours, days, weeks, months
/// or years.
pub fn grant_body(
    grant: &CompiledTopupGrant,
    effective_at: OffsetDateTime,
) -> Result<EntitlementGrantCreateInputV2, Unsupported> {
    Unsupported::unless_key(&grant.feature_key)?;
    let unsupported =
        |message| Unsupported::new(&grant.feature_key, IssueCode::GrantUnsupported, message);
    if grant.amount.is_zero() || grant.amount.is_negative() {
        let amount = grant.amount;
        return Err(unsupported(format!(
            "a grant needs an amount above 0; found {amount}"
        )));
    }
    let priority = |written: Number| {
        let priority = written
            .as_i64()
            .filter(|number| PRIORITIES.contains(number));
        priority.ok_or_else(|| {
            unsupported(format!(
                "a priority is a whole number from 1 to 255; found {written}"
            ))
        })
    };
    let expiration = |written: &Expiration| {
        expiration_period(written).ok_or_else(|| {
            let (count, unit) = (written.count_or_one(), &written.duration);
            unsupported(format!(
                "a grant expires after 1 to 1000 hours, days, weeks, months or years; found {count} \
                 {unit}"
            ))
        })
    };
    let mut body = EntitlementGrantCreateInputV2::new(grant.amount.as_f64(), effective_at)
        .metadata(text_metadata(&grant.metadata));
    body.priority = grant.priority.map(priority).transpose()?;
    body.max_rollover_amount = grant.max_rollover_amount.map(|amount| amount.as_f64());
    body.expiration = grant.expiration.as_ref().map(expiration).transpose()?;
    Ok(body)
}

/// The priorities of grants.
pub(crate) const PRIORITIES: RangeInclusive<i64> = 1..=255;

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
    (1..=1000)
        .contains(&count)
        .then(|| ExpirationPeriod::new(unit, count))
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
