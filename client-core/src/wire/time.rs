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

/// Writes a time as RFC 3339 in UTC, with `Z`.
pub fn format_time(time: OffsetDateTime) -> String {
    time.to_offset(UtcOffset::UTC)
        .format(&Rfc3339)
        .unwrap_or_default()
}

/// Parses a date written as `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
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
/// Calendar durations have no fixed length, so they are not turned into seconds.
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
fn units(text: &str, units: &str) -> bool {
    let mut left = units;
    let mut digits = 0;
    for character in text.chars() {
        if character.is_ascii_digit() || (digits > 0 && matches!(character, '.' | ',')) {
            digits += 1;
            continue;
        }
        match left.find(character) {
            Some(position) if digits > 0 => left = left.get(position + 1..).unwrap_or_default(),
            _ => return false,
        }
        digits = 0;
    }
    digits == 0
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
