//! Printing results for people and for programs.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Color, Style};
use billing_core::catalog::{Interval, Issue, Severity};
use serde::Serialize;

/// Standard output, with colours only when it is a terminal.
pub(crate) fn stdout() -> AutoStream<io::StdoutLock<'static>> {
    AutoStream::auto(io::stdout().lock())
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
pub(crate) const RED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));

/// Prints a value as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

/// Prints an issue with what to do about it.
pub(crate) fn issue(out: &mut impl Write, issue: &Issue) -> io::Result<()> {
    let colour = match issue.severity {
        Severity::Error => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let severity = issue.severity;
    writeln!(out, "{style}{severity}{style:#}[{}] {issue}", issue.code)?;
    writeln!(out, "  {DIM}{}{DIM:#}", issue.hint)
}

/// `1 plan`, `2 plans`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `every month`, `every 3 months`, `once`.
pub(crate) fn cadence(interval: Option<&Interval>, count: u64) -> String {
    match (interval, count) {
        (Some(Interval::OneTime), _) => "once".into(),
        (Some(interval), 0 | 1) => format!("every {interval}"),
        (Some(interval), count) => format!("every {count} {interval}s"),
        (None, _) => "without an interval".into(),
    }
}

/// An amount of smallest units as people write it: 20.00 USD.
pub(crate) fn money(amount: u64, currency: &str) -> String {
    let places = billing_core::catalog::Currency::from(currency)
        .exponent()
        .unwrap_or(2);
    let code = currency.to_uppercase();
    let Some(divisor) = 10_u64.checked_pow(u32::from(places)).filter(|_| places > 0) else {
        return format!("{amount} {code}");
    };
    let places = usize::from(places);
    format!("{}.{:0places$} {code}", amount / divisor, amount % divisor)
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_has_as_many_places_as_its_currency() {
        assert_eq!(money(2_000, "usd"), "20.00 USD");
        assert_eq!(money(5, "usd"), "0.05 USD");
        assert_eq!(money(500, "jpy"), "500 JPY");
        assert_eq!(money(1_234, "kwd"), "1.234 KWD");
    }
}
