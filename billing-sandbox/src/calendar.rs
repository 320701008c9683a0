//! Calendar arithmetic and the two servers' time formats.

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

/// A calendar or clock interval, as subscriptions and usage periods use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) months: i32,
    pub(crate) days: i64,
    pub(crate) seconds: i64,
}

impl Interval {
    pub(crate) fn of(unit: &str, count: i64) -> Option<Self> {
        let months = i32::try_from(count).ok()?;
        Some(match unit.to_ascii_lowercase().as_str() {
            "hour" => Self {
                seconds: count.checked_mul(3600)?,
                ..Self::default()
            },
            "day" => Self {
                days: count,
                ..Self::default()
            },
            "week" => Self {
                days: count.checked_mul(7)?,
                ..Self::default()
            },
            "month" => Self {
                months,
                ..Self::default()
            },
            "year" => Self {
                months: months.checked_mul(12)?,
                ..Self::default()
            },
            _ => return None,
        })
    }

    /// Reads an ISO 8601 duration such as `P1M`, `P2W`, `PT12H` or `P1Y6M`.
    pub(crate) fn parse_iso(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('P')?;
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let mut interval = Self::default();
        for (amount, unit) in parts(date)? {
            match unit {
                'Y' => interval.months += i32::try_from(amount).ok()?.checked_mul(12)?,
                'M' => interval.months += i32::try_from(amount).ok()?,
                'W' => interval.days += amount.checked_mul(7)?,
                'D' => interval.days += amount,
                _ => return None,
            }
        }
        for (amount, unit) in parts(time)? {
            interval.seconds += match unit {
                'H' => amount.checked_mul(3600)?,
                'M' => amount.checked_mul(60)?,
                'S' => amount,
                _ => return None,
            };
        }
        Some(interval)
    }

    pub(crate) fn is_positive(self) -> bool {
        self.months >= 0
            && self.days >= 0
            && self.seconds >= 0
            && (self.months > 0 || self.days > 0 || self.seconds > 0)
    }

    /// The ISO 8601 form, with whole years, months, days, hours, minutes and seconds.
    pub(crate) fn to_iso(self) -> String {
        let mut text = String::from("P");
        let mut put = |amount: i64, unit: char| {
            if amount != 0 {
                text.push_str(&amount.to_string());
                text.push(unit);
            }
        };
        put(i64::from(self.months / 12), 'Y');
        put(i64::from(self.months % 12), 'M');
        if self.days % 7 == 0 {
            put(self.days / 7, 'W');
        } else {
            put(self.days, 'D');
        }
        let (hours, minutes, seconds) = (
            self.seconds / 3600,
            self.seconds / 60 % 60,
            self.seconds % 60,
        );
        if self.seconds != 0 {
            text.push('T');
            for (amount, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
                if amount != 0 {
                    text.push_str(&amount.to_string());
                    text.push(unit);
                }
            }
        }
        text
    }

    /// `start` plus `times` intervals, computed from the start so that month ends do not drift.
    pub(crate) fn after(self, start: OffsetDateTime, times: i32) -> OffsetDateTime {
        let moved = add_months(start, self.months.saturating_mul(times));
        let seconds = (self
            .days
            .saturating_mul(86_400)
            .saturating_add(self.seconds))
        .saturating_mul(i64::from(times));
        moved.saturating_add(Duration::seconds(seconds))
    }

    /// The number of the period, counted from `anchor`, that holds `moment`.
    pub(crate) fn index_at(self, anchor: OffsetDateTime, moment: OffsetDateTime) -> i32 {
        let approximate = i64::from(self.months) * 2_629_746 + self.days * 86_400 + self.seconds;
        if approximate <= 0 {
            return 0;
        }
        let guess = (moment - anchor).whole_seconds().div_euclid(approximate);
        let mut index = i32::try_from(guess).unwrap_or(0);
        while self.after(anchor, index) > moment {
            index -= 1;
        }
        while self.after(anchor, index + 1) <= moment {
            index += 1;
        }
        index
    }
}

fn parts(text: &str) -> Option<Vec<(i64, char)>> {
    let mut out = Vec::new();
    let mut digits = String::new();
    for ch in text.chars() {
        if ch.is_ascii_digit() {
            digits.push(ch);
        } else {
            out.push((digits.parse().ok()?, ch));
            digits.clear();
        }
    }
    digits.is_empty().then_some(out)
}

/// Adds calendar months; a day that the month does not have becomes its last day.
pub(crate) fn add_months(start: OffsetDateTime, months: i32) -> OffsetDateTime {
    let index = start.year() * 12 + i32::from(u8::from(start.month())) - 1 + months;
    let (year, number) = (index.div_euclid(12), index.rem_euclid(12));
    let Some(month) = u8::try_from(number + 1)
        .ok()
        .and_then(|n| Month::try_from(n).ok())
    else {
        return start;
    };
    let day = start.day().min(month.length(year));
    Date::from_calendar_date(year, month, day).map_or(start, |date| start.replace_date(date))
}

/// Microseconds and `Z`, as Polar writes times.
pub(crate) fn polar(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let base = seconds_text(time);
    let micros = time.microsecond();
    if micros == 0 {
        format!("{base}Z")
    } else {
        format!("{base}.{micros:06}Z")
    }
}

/// RFC 3339 with as many fractional digits as needed, as OpenMeter writes times.
pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    time.format(&Rfc3339)
        .unwrap_or_else(|_| format!("{}Z", seconds_text(time)))
}

/// RFC 3339 to whole seconds.
pub(crate) fn seconds(time: OffsetDateTime) -> String {
    format!("{}Z", seconds_text(time.to_offset(UtcOffset::UTC)))
}

fn seconds_text(time: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

/// Reads an RFC 3339 time with an offset.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .map(|time| time.to_offset(UtcOffset::UTC))
}

/// Cuts seconds and fractions off.
pub(crate) fn truncate_minute(time: OffsetDateTime) -> OffsetDateTime {
    let seconds = time.unix_timestamp();
    OffsetDateTime::from_unix_timestamp(seconds - seconds.rem_euclid(60)).unwrap_or(time)
}

/// Cuts fractions of a second off.
pub(crate) fn truncate_second(time: OffsetDateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.unix_timestamp()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn month_ends_do_not_drift() {
        let start = datetime!(2026-01-31 10:00 UTC);
        let month = Interval::of("month", 1).unwrap();
        assert_eq!(month.after(start, 1), datetime!(2026-02-28 10:00 UTC));
        assert_eq!(month.after(start, 2), datetime!(2026-03-31 10:00 UTC));
        assert_eq!(month.index_at(start, datetime!(2026-03-30 0:00 UTC)), 1);
        assert_eq!(month.index_at(start, start), 0);
        assert_eq!(month.index_at(start, datetime!(2026-01-30 0:00 UTC)), -1);
    }

    #[test]
    fn iso_durations_are_read_and_written() {
        for text in ["P1M", "P1Y", "P2W", "PT12H", "P3D", "P1Y6M", "PT1H30M"] {
            assert_eq!(Interval::parse_iso(text).unwrap().to_iso(), text);
        }
        for bad in ["", "P", "PT", "1M", "P1X", "PM", "P1"] {
            assert_eq!(Interval::parse_iso(bad), None, "{bad}");
        }
        assert!(!Interval::parse_iso("P0D").unwrap().is_positive());
    }

    #[test]
    fn polar_times_have_microseconds() {
        assert_eq!(
            polar(datetime!(2026-11-21 17:53:25.100522 UTC)),
            "2026-11-21T17:53:25.100522Z"
        );
        assert_eq!(
            polar(datetime!(2026-11-21 18:53:25 +1)),
            "2026-11-21T17:53:25Z"
        );
    }
}
