use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use time::OffsetDateTime;

/// Reads `Retry-After`: seconds, or an HTTP date in any of its three forms.
///
/// A date counts from the answer's own `Date`, so that a clock that is off does not matter, and
/// from `now` where there is none. A date in the past is zero.
pub(crate) fn retry_after(
    headers: &HeaderMap,
    now: impl FnOnce() -> OffsetDateTime,
) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit mean a wait that nobody sits out.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = self::text(headers, &DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(|| SystemTime::from(now()));
    Some(until.duration_since(from).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;
    use http::header::{DATE, RETRY_AFTER};
    use time::macros::datetime;

    use super::retry_after;

    fn read(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers, || datetime!(2026-10-30 12:00 UTC)).map(|wait| wait.as_secs())
    }

    #[test]
    fn reads_seconds() {
        assert_eq!(read("120", None), Some(120));
        assert_eq!(read("0", None), Some(0));
        assert_eq!(read("99999999999999999999999", None), Some(u64::MAX));
    }

    #[test]
    fn reads_the_three_forms_of_dates() {
        assert_eq!(read("Fri, 30 Oct 2026 12:00:30 GMT", None), Some(30));
        assert_eq!(read("Friday, 30-Oct-26 12:00:30 GMT", None), Some(30));
        assert_eq!(read("Fri Oct 30 12:00:30 2026", None), Some(30));
        assert_eq!(read("Fri, 30 Oct 2026 11:00:00 GMT", None), Some(0));
    }

    #[test]
    fn counts_from_the_servers_own_clock() {
        let date = Some("Fri, 30 Oct 2026 15:00:00 GMT");
        assert_eq!(read("Fri, 30 Oct 2026 15:00:10 GMT", date), Some(10));
    }

    #[test]
    fn ignores_what_it_cannot_read() {
        for value in ["", "-1", "1.5", "soon", "+5"] {
            assert_eq!(read(value, None), None, "{value:?}");
        }
        let none = retry_after(&HeaderMap::new(), || datetime!(2026-10-30 12:00 UTC));
        assert_eq!(none.map(|wait: Duration| wait.as_secs()), None);
    }
}
