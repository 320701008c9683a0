use openmeter_client::models::{EntitlementMeteredV2, ExpirationDuration, ExpirationPeriod};
use time::{Date, Duration, Month, OffsetDateTime};

use crate::compile::openmeter::expiration_period;
use crate::entitlement::GrantSpec;

/// From when to when a grant can be used.
#[derive(Debug, PartialEq)]
pub(super) struct Lifetime {
    pub(super) effective_at: OffsetDateTime,
    pub(super) expiration: Option<ExpirationPeriod>,
}

/// `None` when the expiration is in a unit that OpenMeter does not have.
pub(super) fn lifetime(grant: &GrantSpec, entitlement: &EntitlementMeteredV2) -> Option<Lifetime> {
    // A grant must not begin before the usage period does, nor before usage counts.
    let earliest = entitlement
        .current_usage_period
        .from
        .max(entitlement.last_reset)
        .max(entitlement.measure_usage_from);
    between(grant, ceil_minute(earliest))
}

fn between(grant: &GrantSpec, earliest: OffsetDateTime) -> Option<Lifetime> {
    let effective_at = floor_minute(grant.effective_at).max(earliest);
    let written = match &grant.expiration {
        Some(expiration) => Some(expiration_period(expiration)?),
        None => None,
    };
    let Some(expires_at) = grant.expires_at else {
        return Some(Lifetime {
            effective_at,
            expiration: written,
        });
    };
    if let Some(period) = written
        && effective_at == floor_minute(grant.effective_at)
        && end(&period, grant.effective_at) == Some(expires_at)
    {
        return Some(Lifetime {
            effective_at,
            expiration: Some(period),
        });
    }
    Some(until(expires_at, effective_at, earliest))
}

/// The shortest lifetime of whole units that does not end before `expires_at`: an earlier beginning
/// makes the end exact when there is room for it.
fn until(
    expires_at: OffsetDateTime,
    effective_at: OffsetDateTime,
    earliest: OffsetDateTime,
) -> Lifetime {
    let left = (expires_at - effective_at).max(Duration::minutes(1));
    let units = [
        (ExpirationDuration::Hour, Duration::HOUR),
        (ExpirationDuration::Day, Duration::DAY),
        (ExpirationDuration::Week, Duration::WEEK),
    ];
    for (unit, length) in units {
        let count = div_ceil(left, length);
        if count <= 1000 {
            let exact = expires_at - length * i32::try_from(count).unwrap_or(i32::MAX);
            let exact = ceil_minute(exact);
            return Lifetime {
                effective_at: if exact >= earliest {
                    exact.min(effective_at)
                } else {
                    effective_at
                },
                expiration: Some(ExpirationPeriod::new(unit, count)),
            };
        }
    }
    let years = div_ceil(left, Duration::days(365)).min(1000);
    Lifetime {
        effective_at,
        expiration: Some(ExpirationPeriod::new(ExpirationDuration::Year, years)),
    }
}

fn div_ceil(left: Duration, unit: Duration) -> i64 {
    let (left, unit) = (left.whole_seconds(), unit.whole_seconds());
    left / unit + i64::from(left % unit != 0)
}

fn floor_minute(at: OffsetDateTime) -> OffsetDateTime {
    at - Duration::new(i64::from(at.second()), at.nanosecond().cast_signed())
}

fn ceil_minute(at: OffsetDateTime) -> OffsetDateTime {
    let floor = floor_minute(at);
    if floor == at {
        at
    } else {
        floor + Duration::MINUTE
    }
}

/// When a period that begins at `from` ends. A month later is the same day, or the month's last.
fn end(period: &ExpirationPeriod, from: OffsetDateTime) -> Option<OffsetDateTime> {
    let of =
        |unit: Duration| from.checked_add(unit.checked_mul(i32::try_from(period.count).ok()?)?);
    match period.duration {
        ExpirationDuration::Hour => of(Duration::HOUR),
        ExpirationDuration::Day => of(Duration::DAY),
        ExpirationDuration::Week => of(Duration::WEEK),
        ExpirationDuration::Month => add_months(from, period.count),
        ExpirationDuration::Year => add_months(from, period.count.checked_mul(12)?),
        _ => None,
    }
}

fn add_months(from: OffsetDateTime, months: i64) -> Option<OffsetDateTime> {
    let date = from.date();
    let months = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + months;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let month = Month::try_from(u8::try_from(months.rem_euclid(12) + 1).ok()?).ok()?;
    let day = date.day().min(month.length(year));
    Some(from.replace_date(Date::from_calendar_date(year, month, day).ok()?))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::catalog::Expiration;

    fn grant(
        effective_at: OffsetDateTime,
        expiration: Option<Expiration>,
        expires_at: Option<OffsetDateTime>,
    ) -> GrantSpec {
        GrantSpec {
            key: "k".into(),
            feature_key: "f".into(),
            amount: 1.0,
            effective_at,
            expiration,
            expires_at,
            priority: None,
            max_rollover_amount: None,
            metadata: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_fresh_purchase_lasts_as_the_catalog_says() {
        let paid = datetime!(2026-11-21 10:00:30 UTC);
        let year = Some(Expiration::years(1));
        let grant = grant(paid, year, Some(datetime!(2027-11-21 10:00:30 UTC)));
        let found = between(&grant, datetime!(2026-11-01 00:00 UTC)).unwrap();
        assert_eq!(found.effective_at, datetime!(2026-11-21 10:00 UTC));
        assert_eq!(
            found.expiration,
            Some(ExpirationPeriod::new(ExpirationDuration::Year, 1))
        );
    }

    #[test]
    fn balance_that_is_granted_again_still_ends_when_it_was_to_end() {
        let again = datetime!(2026-11-30 12:17:05 UTC);
        let grant = grant(
            again,
            Some(Expiration::years(1)),
            Some(datetime!(2026-12-05 10:00 UTC)),
        );
        let found = between(&grant, datetime!(2026-11-30 00:00 UTC)).unwrap();
        let hours = ExpirationPeriod::new(ExpirationDuration::Hour, 118);
        assert_eq!(found.expiration, Some(hours));
        assert_eq!(found.effective_at, datetime!(2026-11-30 12:00 UTC));
    }

    #[test]
    fn without_room_for_an_earlier_beginning_it_ends_later_never_earlier() {
        let again = datetime!(2026-11-30 12:17 UTC);
        let grant = grant(again, None, Some(datetime!(2026-11-30 14:00 UTC)));
        let found = between(&grant, again).unwrap();
        assert_eq!(found.effective_at, again);
        let hours = ExpirationPeriod::new(ExpirationDuration::Hour, 2);
        assert_eq!(found.expiration, Some(hours));
    }

    #[test]
    fn nothing_begins_before_the_usage_period() {
        let paid = datetime!(2026-11-21 10:00 UTC);
        let found = between(&grant(paid, None, None), datetime!(2026-11-21 10:03 UTC)).unwrap();
        assert_eq!(found.effective_at, datetime!(2026-11-21 10:03 UTC));
        assert_eq!(found.expiration, None);
    }

    #[test]
    fn long_lifetimes_have_units_that_are_long_enough() {
        for days in [1, 41, 42, 900, 1001, 6000, 8000] {
            let from = datetime!(2026-11-21 10:07 UTC);
            let until_at = from + Duration::days(days) + Duration::minutes(13);
            let found = between(&grant(from, None, Some(until_at)), from).unwrap();
            let ends = end(&found.expiration.unwrap(), found.effective_at).unwrap();
            assert!(ends >= until_at, "{days}");
        }
    }
}
