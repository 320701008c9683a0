//! The scopes that a token needs: they stand in the challenge of the answer alone, such as
//! `Bearer realm="polar", scope="customers:read customers:write"`.

use client_core::http::HeaderMap;
use client_core::http::header::WWW_AUTHENTICATE;

/// Returns the scopes that the challenges of an answer name, each once.
pub(super) fn required_scopes(headers: &HeaderMap) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for challenge in headers.get_all(WWW_AUTHENTICATE) {
        // The description of the failure, in the same value, may hold any character.
        let challenge = String::from_utf8_lossy(challenge.as_bytes());
        for text in values_of("scope", &challenge) {
            for scope in text.split_whitespace() {
                if !scopes.iter().any(|known| known == scope) {
                    scopes.push(scope.to_owned());
                }
            }
        }
    }
    scopes
}

/// Returns what stands under the parameters of this name.
fn values_of(wanted: &str, mut rest: &str) -> Vec<String> {
    let mut values = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',', '=']);
        if rest.is_empty() {
            return values;
        }
        if let Some(text) = rest.strip_prefix('"') {
            rest = quoted(text).1;
            continue;
        }
        let (name, after) = until(rest, &[' ', '\t', ',', '=', '"']);
        let Some(after) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(text) => quoted(text),
            None => {
                let (value, after) = until(after, &[' ', '\t', ',']);
                (value.to_owned(), after)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            values.push(value);
        }
        rest = after;
    }
}

/// Splits before the first of some characters.
fn until<'t>(text: &'t str, ends: &[char]) -> (&'t str, &'t str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Reads a text up to the quotation mark that ends it, and returns it and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => break,
            '\\' => value.extend(chars.next()),
            char => value.push(char),
        }
    }
    (value, chars.as_str())
}
