//! Bodies as they may appear in `Debug` output.

/// The largest number of bytes of a body that is shown.
const LIMIT: usize = 2048;

/// Parts of JSON keys whose values are never shown.
const SENSITIVE: [&str; 6] = [
    "token",
    "secret",
    "password",
    "authorization",
    "key",
    "invite",
];

/// Keys whose values repeat what somebody sent: the input that a validation error complains of,
/// and the delivery of a webhook.
const REPEATED: [&str; 2] = ["input", "payload"];

/// The fewest letters and digits after a prefix that are taken for a credential.
const CREDENTIAL: usize = 32;

/// Returns at most 2 KiB of a body as text, with the texts under secret-looking keys, the queries
/// of links, and what looks like a credential within other texts masked.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let cut = body.get(..LIMIT).unwrap_or(body);
    let mut text = mask_credentials(&mask(&String::from_utf8_lossy(cut)));
    if body.len() > cut.len() {
        text.push_str(&format!("… ({} bytes in all)", body.len()));
    }
    text
}

/// Replaces texts under sensitive keys, those within objects and arrays included, and the queries
/// of links by `***`.
///
/// Works on the text rather than on a JSON tree, because what is shown may be cut off or broken.
fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut depth = 0usize;
    // Whether the value that comes next, or everything down to this depth, is sensitive.
    let mut next = false;
    let mut within: Option<usize> = None;
    while let Some(at) = rest.find(['"', '{', '[', '}', ']', ',']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let (mark, tail) = found.split_at(1);
        rest = tail;
        match mark {
            "{" | "[" => {
                depth += 1;
                if std::mem::take(&mut next) && within.is_none() {
                    within = Some(depth);
                }
            }
            "}" | "]" => {
                if within == Some(depth) {
                    within = None;
                }
                depth = depth.saturating_sub(1);
            }
            "," => next = false,
            _ => {
                let (string, tail, closed) = string_end(rest);
                rest = tail;
                let quote = if closed { "\"" } else { "" };
                if closed && tail.trim_start().starts_with(':') {
                    next = is_sensitive(string);
                    out.push_str(&format!("\"{string}\""));
                } else if std::mem::take(&mut next) || within.is_some() {
                    out.push_str(&format!("\"***{quote}"));
                } else {
                    out.push_str(&format!("\"{}{quote}", without_query(string)));
                }
                continue;
            }
        }
        out.push_str(mark);
    }
    out.push_str(rest);
    out
}

/// Cuts off the query of a link, where signatures and codes stand.
fn without_query(text: &str) -> std::borrow::Cow<'_, str> {
    let is_link = text.contains("://") || text.contains(":\\/\\/");
    match text.split_once('?') {
        Some((link, query)) if is_link && !query.is_empty() => format!("{link}?***").into(),
        _ => text.into(),
    }
}

/// Replaces the random part of credentials with a prefix, such as `abc_x_…`, and what is as long
/// after a `=`: links to checkouts and portals carry them in values that have harmless keys.
fn mask_credentials(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, tail) = word.split_at(end);
        out.push_str(before);
        match word.rsplit_once('_') {
            Some((prefix, random)) if !prefix.is_empty() && random.len() >= CREDENTIAL => {
                out.push_str(prefix);
                out.push_str("_***");
            }
            _ if before.ends_with('=') && word.len() >= CREDENTIAL => out.push_str("***"),
            _ => out.push_str(word),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Splits at the quote that ends a string; the flag says whether there is one.
fn string_end(text: &str) -> (&str, &str, bool) {
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (string, quoted) = text.split_at(index);
                return (string, quoted.get(1..).unwrap_or_default(), true);
            }
            _ => {}
        }
    }
    (text, "", false)
}

fn is_sensitive(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    REPEATED.contains(&key.as_str()) || SENSITIVE.iter().any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, excerpt};

    #[test]
    fn masks_values_of_secret_keys_only() {
        let body =
            br#"{"id":"c1","client_secret" : "polar_c_x\"y","tokens":[1],"name":"Zo\u00eb"}"#;
        assert_eq!(
            excerpt(body),
            r#"{"id":"c1","client_secret" : "***","tokens":[1],"name":"Zo\u00eb"}"#
        );
    }

    #[test]
    fn masks_what_a_validation_error_repeats() {
        let body = br#"{"detail":[{"loc":["body","secret"],"input":"whsec_x","type":"t"},{"input":{"secret":"y","a":1}}]}"#;
        assert_eq!(
            excerpt(body),
            r#"{"detail":[{"loc":["body","secret"],"input":"***","type":"t"},{"input":{"secret":"***","a":1}}]}"#
        );
    }

    #[test]
    fn masks_every_text_within_what_is_secret() {
        let body = br#"{"tokens":["a",{"b":"c","n":1}],"x":"y","token":{"value":"s"},"k":["z"]}"#;
        assert_eq!(
            excerpt(body),
            r#"{"tokens":["***",{"b":"***","n":1}],"x":"y","token":{"value":"***"},"k":["z"]}"#
        );
        assert_eq!(
            excerpt(br#"{"token":null,"x":"y"}"#),
            r#"{"token":null,"x":"y"}"#
        );
    }

    #[test]
    fn cuts_off_the_queries_of_links() {
        let body = br#"{"url":"https://s3.x/f?X-Amz-Signature=abc","next":"/items?page=2"}"#;
        assert_eq!(
            excerpt(body),
            r#"{"url":"https://s3.x/f?***","next":"/items?page=2"}"#
        );
        let text = format!("see https://s3.x/f?signature={}", "0f".repeat(32));
        assert_eq!(excerpt(text.as_bytes()), "see https://s3.x/f?signature=***");
    }

    #[test]
    fn masks_a_secret_that_is_cut_off() {
        let body = format!(r#"{{"token":"{}"}}"#, "s".repeat(2 * LIMIT));
        let shown = excerpt(body.as_bytes());
        assert!(!shown.contains("sss"), "{shown}");
        assert!(shown.ends_with("(4108 bytes in all)"), "{shown}");
    }

    #[test]
    fn masks_credentials_within_links() {
        let random = "0aB1".repeat(10);
        let body = format!(
            r#"{{"url":"https://x.y/checkout/abc_c_{random}","portal":"https://x.y/?t=abc_cst_{random}&e=a","id":"7b0c5a52-2a5e-4d0a-9c3f-7f1f9e0d6f11","hash":"{random}"}}"#
        );
        let shown = excerpt(body.as_bytes());
        assert_eq!(
            shown,
            format!(
                r#"{{"url":"https://x.y/checkout/abc_c_***","portal":"https://x.y/?***","id":"7b0c5a52-2a5e-4d0a-9c3f-7f1f9e0d6f11","hash":"{random}"}}"#
            )
        );
    }

    #[test]
    fn shows_what_is_not_json() {
        assert_eq!(excerpt(b"Internal Server Error"), "Internal Server Error");
        assert_eq!(excerpt(b"a \xff \"b"), "a \u{fffd} \"b");
    }
}
