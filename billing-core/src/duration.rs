//! ISO 8601 durations that are written differently and last equally long.

/// Whether two durations last equally long: `P12M` and `P1Y`, `P7D` and `P1W`. Months and days are
/// not compared with each other.
pub(crate) fn same_length(one: &str, other: &str) -> bool {
    one == other || length(one).is_some_and(|one| Some(one) == length(other))
}

/// One way to write a duration, for comparing: `P1Y` for `P12M`, `P7D` for `P1W`. A text that is no
/// duration of whole units stays as it is.
pub(crate) fn plain_duration(text: &str) -> String {
    let Some((months, seconds)) = length(text) else {
        return text.to_owned();
    };
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let mut plain = String::from("P");
    for (count, unit) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
        if count > 0 {
            plain.push_str(&format!("{count}{unit}"));
        }
    }
    if seconds > 0 {
        plain.push_str(&format!("T{seconds}S"));
    } else if plain.len() == 1 {
        plain.push_str("0D");
    }
    plain
}

/// Months, and seconds.
fn length(text: &str) -> Option<(u64, u64)> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let (mut months, mut seconds) = (0_u64, 0_u64);
    for (part, in_time) in [(date, false), (time, true)] {
        let mut number: Option<u64> = None;
        for character in part.chars() {
            if let Some(digit) = character.to_digit(10) {
                number = Some(
                    number
                        .unwrap_or(0)
                        .checked_mul(10)?
                        .checked_add(digit.into())?,
                );
                continue;
            }
            let count = number.take()?;
            let (total, unit) = match (character, in_time) {
                ('Y', false) => (&mut months, 12),
                ('M', false) => (&mut months, 1),
                ('W', false) => (&mut seconds, 604_800),
                ('D', false) => (&mut seconds, 86_400),
                ('H', true) => (&mut seconds, 3_600),
                ('M', true) => (&mut seconds, 60),
                ('S', true) => (&mut seconds, 1),
                _ => return None,
            };
            *total = total.checked_add(count.checked_mul(unit)?)?;
        }
        if number.is_some() {
            return None;
        }
    }
    Some((months, seconds))
}

#[cfg(test)]
mod tests {
    use super::{plain_duration, same_length};

    #[test]
    fn the_same_time_in_other_words_is_the_same() {
        for (one, other) in [
            ("P1Y", "P12M"),
            ("P1W", "P7D"),
            ("P1D", "PT24H"),
            ("P1M", "P1M"),
        ] {
            assert!(same_length(one, other), "{one} {other}");
            assert_eq!(plain_duration(one), plain_duration(other));
        }
        for (one, other) in [
            ("P1M", "P30D"),
            ("P1M", "PT1M"),
            ("P1.5D", "PT36H"),
            ("P1", "P1D"),
        ] {
            assert!(!same_length(one, other), "{one} {other}");
        }
    }
}
