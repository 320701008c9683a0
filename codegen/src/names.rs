//! Rust names for wire names.

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Splits a wire name into lower-case words: `Etc/GMT+1` is `etc gmt plus 1`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let flush = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for (index, &character) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(index + 1);
        match character {
            '+' => {
                flush(&mut word, &mut words);
                words.push("plus".to_owned());
            }
            // A minus is meaningful in front (descending order) and before a digit (`GMT-1`).
            '-' if before.is_none()
                || (after.is_some_and(char::is_ascii_digit)
                    && before.is_some_and(char::is_ascii_uppercase)) =>
            {
                flush(&mut word, &mut words);
                words.push("minus".to_owned());
            }
            character if character.is_ascii_alphanumeric() => {
                let starts = character.is_ascii_uppercase()
                    && (before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                        || (before.is_some_and(char::is_ascii_uppercase)
                            && after.is_some_and(char::is_ascii_lowercase)));
                if starts {
                    flush(&mut word, &mut words);
                }
                word.push(character.to_ascii_lowercase());
            }
            _ => flush(&mut word, &mut words),
        }
    }
    flush(&mut word, &mut words);
    words
}

/// Makes a type or variant name.
pub fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            out.push(first.to_ascii_uppercase());
            out.extend(chars);
        }
    }
    match out.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{out}"),
        Some(_) => out,
    }
}

/// Makes a type name of a schema name, keeping its capitals: `LLMMetadata` stays.
pub fn type_name(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric())
        && name.chars().next().is_some_and(|c| c.is_ascii_uppercase())
    {
        return name.to_owned();
    }
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| {
            let mut chars = part.chars();
            chars.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + chars.as_str()
            })
        })
        .collect()
}

/// Makes a field, method or module name.
pub fn snake(name: &str) -> String {
    let mut out = words(name).join("_");
    if out.is_empty() {
        out = "empty".to_owned();
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert_str(0, "n_");
    }
    if KEYWORDS.contains(&out.as_str()) {
        out.push('_');
    }
    out
}

/// Makes a constant name.
pub fn screaming(name: &str) -> String {
    let mut out = words(name).join("_").to_uppercase();
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert_str(0, "N_");
    }
    out
}

/// Turns a wire name into words for a sentence: `current_period_end` is `current period end`.
pub fn phrase(name: &str) -> String {
    words(name).join(" ")
}

/// Makes names unique by counting up.
#[derive(Debug, Default)]
pub struct Unique(std::collections::HashSet<String>);

impl Unique {
    /// Returns the name, or the name with the first free number.
    pub fn claim(&mut self, name: String) -> String {
        if self.0.insert(name.clone()) {
            return name;
        }
        let mut number = 2;
        loop {
            let candidate = format!("{name}{number}");
            if self.0.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_casing() {
        assert_eq!(snake("secretAPIKey"), "secret_api_key");
        assert_eq!(snake("intervalISO"), "interval_iso");
        assert_eq!(snake("$ilike"), "ilike");
        assert_eq!(snake("type"), "type_");
        assert_eq!(pascal("customer_seat.assigned"), "CustomerSeatAssigned");
        assert_eq!(pascal("UNIQUE_COUNT"), "UniqueCount");
        assert_eq!(type_name("LLMMetadata"), "LLMMetadata");
        assert_eq!(type_name("CostMetadata-Input"), "CostMetadataInput");
    }

    #[test]
    fn plus_and_minus_do_not_collide() {
        assert_eq!(pascal("Etc/GMT+1"), "EtcGmtPlus1");
        assert_eq!(pascal("Etc/GMT-1"), "EtcGmtMinus1");
        assert_eq!(pascal("-created_at"), "MinusCreatedAt");
        assert_eq!(pascal("created_at"), "CreatedAt");
        assert_eq!(pascal("en-US"), "EnUs");
    }
}
