//! Identifiers and credentials of the shapes that the real services issue.

use time::OffsetDateTime;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn pick(alphabet: &[u8], index: usize) -> char {
    alphabet.get(index).map_or('0', |byte| char::from(*byte))
}

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let text = format!("{bits:032x}");
    let (a, rest) = text.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// A ULID of the given moment.
pub(crate) fn ulid(now: OffsetDateTime) -> String {
    let millis = u128::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let value = (millis << 80) | (fastrand::u128(..) >> 48);
    (0..26)
        .rev()
        .map(|digit| {
            pick(
                CROCKFORD,
                usize::try_from((value >> (digit * 5)) & 31).unwrap_or(0),
            )
        })
        .collect()
}

/// Random letters and digits.
pub(crate) fn alphanumeric(length: usize) -> String {
    (0..length)
        .map(|_| pick(ALPHANUMERIC, fastrand::usize(..ALPHANUMERIC.len())))
        .collect()
}

/// A Polar credential: a prefix that tells its kind, then 43 letters and digits.
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}{}", alphanumeric(43))
}

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fastrand::fill(&mut out);
    out
}

/// Whether a text has the form of a ULID.
pub(crate) fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.starts_with(|first: char| ('0'..='7').contains(&first))
        && text
            .bytes()
            .all(|byte| CROCKFORD.contains(&byte.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_forms() {
        let id = uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
        let early = ulid(OffsetDateTime::UNIX_EPOCH);
        let late = ulid(time::macros::datetime!(2026-11-21 0:00 UTC));
        assert!(is_ulid(&early) && is_ulid(&late) && early < late);
        assert!(token("polar_cst_").starts_with("polar_cst_"));
    }
}
