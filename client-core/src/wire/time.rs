use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, UtcOffset};

use crate::json::{Decode, Encode, Failed, Fill, Reader, Writer};
use crate::query::QueryValue;

/// Parses an RFC 3339 time and converts it to UTC.
pub fn parse_time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()?
        .checked_to_offset(UtcOffset::UTC)
}

/// Writes a time as RFC 3339 in UTC, with `Z`; with its own offset where UTC would be another
/// year than 0 to 9999. A time that RFC 3339 cannot hold at all is written in a form that no
/// server takes for another time.
pub fn format_time(time: OffsetDateTime) -> String {
    rfc3339(time).unwrap_or_else(|| time.to_string())
}

/// Writes a time as [`format_time`] does, if RFC 3339 can hold it.
pub(crate) fn rfc3339(time: OffsetDateTime) -> Option<String> {
    let utc = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    utc.format(&Rfc3339).or_else(|_| time.format(&Rfc3339)).ok()
}

/// Parses a date written as `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// Writes a date as `YYYY-MM-DD`.
pub fn format_date(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// An ISO 8601 duration such as `P1M`, `P2W` or `PT12H`, kept as its text.
///
/// Calendar durations have no fixed length, so they are not turned into seconds. What an API sends
/// is kept as it came, also when it is none.
///
/// ```
/// use client_core::wire::IsoDuration;
///
/// let month: IsoDuration = "P1M".parse()?;
/// assert_eq!(month, IsoDuration::months(1));
/// # Ok::<(), client_core::wire::InvalidDuration>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IsoDuration(String);

/// A text that is not an ISO 8601 duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an ISO 8601 duration such as P1M or PT1H30M")]
pub struct InvalidDuration;

impl IsoDuration {
    /// A number of years.
    pub fn years(count: u32) -> Self {
        Self(format!("P{count}Y"))
    }

    /// A number of months.
    pub fn months(count: u32) -> Self {
        Self(format!("P{count}M"))
    }

    /// A number of weeks.
    pub fn weeks(count: u32) -> Self {
        Self(format!("P{count}W"))
    }

    /// A number of days.
    pub fn days(count: u32) -> Self {
        Self(format!("P{count}D"))
    }

    /// A number of hours.
    pub fn hours(count: u32) -> Self {
        Self(format!("PT{count}H"))
    }

    /// A number of minutes.
    pub fn minutes(count: u32) -> Self {
        Self(format!("PT{count}M"))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IsoDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let body = text
            .strip_prefix('-')
            .unwrap_or(text)
            .strip_prefix('P')
            .ok_or(InvalidDuration)?;
        let (date, clock) = match body.split_once('T') {
            Some((_, "")) => return Err(InvalidDuration),
            Some((date, clock)) => (date, clock),
            None => (body, ""),
        };
        let valid = units(date, "YMWD") && units(clock, "HMS") && !body.is_empty();
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(InvalidDuration)
        }
    }
}

/// Whether the text is a run of numbers, each with one of the units, in the units' order.
fn units(mut text: &str, units: &str) -> bool {
    let mut left = units;
    while let Some(end) = text.find(|c: char| c.is_ascii_alphabetic()) {
        let (number, rest) = text.split_at(end);
        let (unit, rest) = rest.split_at(1);
        let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match left.split_once(unit) {
            Some((_, after)) if digits(whole) && digits(fraction) => left = after,
            _ => return false,
        }
        text = rest;
    }
    text.is_empty()
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fill for IsoDuration {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        self.0.fill(reader)
    }
}

impl Decode for IsoDuration {
    const BLANK: Self = Self(String::new());
}

impl Encode for IsoDuration {
    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.0);
    }
}

impl QueryValue for IsoDuration {
    fn to_query(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

crate::serde_via_json!(decode: IsoDuration);
crate::serde_via_json!(encode: IsoDuration);
