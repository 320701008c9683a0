use time::{Date, Duration, Month, OffsetDateTime};

use crate::catalog::{Expiration, ExpirationUnit};

/// The time at which something granted at `from` expires; `None` when the unit is not known or the
/// time is out of range. A month later is the same day of the month, or its last day.
pub(super) fn expires_at(expiration: &Expiration, from: OffsetDateTime) -> Option<OffsetDateTime> {
    let count = expiration.count_or_one();
    match expiration.unit() {
        ExpirationUnit::Hour => from.checked_add(Duration::hours(count.into())),
        ExpirationUnit::Day => from.checked_add(Duration::days(count.into())),
        ExpirationUnit::Week => from.checked_add(Duration::weeks(count.into())),
        ExpirationUnit::Month => add_months(from, i64::from(count)),
        ExpirationUnit::Year => add_months(from, i64::from(count) * 12),
        ExpirationUnit::Other(_) => None,
    }
}

fn add_months(from: OffsetDateTime, months: i64) -> Option<OffsetDateTime> {
    let date = from.date();
    let total = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + months;
    let year = i32::try_from(total.div_euclid(12)).ok()?;
    let month = Month::try_from(u8::try_from(total.rem_euclid(12) + 1).ok()?).ok()?;
    let day = date.day().min(month.length(year));
    Some(from.replace_date(Date::from_calendar_date(year, month, day).ok()?))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_month_after_the_31st_is_the_last_day_of_a_shorter_month() {
        let from = datetime!(2027-01-31 12:00 UTC);
        let month_later = expires_at(&Expiration::months(1), from);
        assert_eq!(month_later, Some(datetime!(2027-02-28 12:00 UTC)));
        let leap = expires_at(&Expiration::years(1), datetime!(2028-02-29 00:00 UTC));
        assert_eq!(leap, Some(datetime!(2029-02-28 00:00 UTC)));
        let over_new_year = expires_at(&Expiration::months(14), datetime!(2026-11-30 00:00 UTC));
        assert_eq!(over_new_year, Some(datetime!(2028-01-30 00:00 UTC)));
    }

    #[test]
    fn a_time_out_of_range_is_no_time() {
        let from = datetime!(2027-01-31 12:00 UTC);
        assert_eq!(expires_at(&Expiration::years(u32::MAX), from), None);
    }
}
