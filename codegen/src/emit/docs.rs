use std::fmt::Write as _;

use super::Context;
use crate::ir::{Facts, QueryParameter, Type};
use crate::names::phrase;

/// Writes a doc comment, one line of source for each line of text.
pub(super) fn comment(indent: &str, marker: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let line = line.trim_end();
        if line.is_empty() {
            let _ = writeln!(out, "{indent}{marker}");
        } else {
            let _ = writeln!(out, "{indent}{marker} {line}");
        }
    }
    out
}

impl Context<'_> {
    /// The docs of a field: the most specific phrase, then what the schema says.
    pub(super) fn field_doc(&self, schema: &str, wire: &str, ty: &Type, facts: &Facts) -> String {
        let phrase = self.phrases.about_field(self.target.name, schema, wire);
        told(phrase.map(|(_, _, text)| text), wire, ty, facts)
    }

    /// The docs of a query parameter, likewise.
    pub(super) fn query_doc(&self, builder: &str, parameter: &QueryParameter) -> String {
        let wire = parameter.innermost();
        let phrase = self.phrases.about_query(self.target.name, builder, wire);
        let text = phrase.map(|(_, _, text)| text);
        told(text, wire, &parameter.ty, &parameter.facts)
    }

    /// The docs of a type: what is written by hand, else what it is used for.
    pub(super) fn type_doc(&self, rust: &str, origin: &str) -> String {
        self.type_phrase(rust, origin)
            .or_else(|| self.usage_doc(rust))
            .unwrap_or_else(|| format!("{}.", sentence(rust)))
    }

    /// The docs of a type where it is plain what it is used for.
    pub(super) fn type_doc_in_place(&self, rust: &str, origin: &str) -> String {
        self.type_phrase(rust, origin)
            .unwrap_or_else(|| format!("{}.", sentence(rust)))
    }

    fn type_phrase(&self, rust: &str, origin: &str) -> Option<String> {
        let (_, text) = self.phrases.about_type(self.target.name, origin, rust)?;
        let text = text.trim();
        Some(if text.ends_with(['.', '!', '?', ')']) {
            text.to_owned()
        } else {
            format!("{text}.")
        })
    }
}

fn told(phrase: Option<&str>, wire: &str, ty: &Type, facts: &Facts) -> String {
    let mut text = match phrase {
        Some(text) => text.trim().to_owned(),
        None => fallback(wire, ty),
    };
    if !text.ends_with(['.', '!', '?', ')']) {
        text.push('.');
    }
    for fact in notes(ty, facts, &text) {
        text.push(' ');
        text.push_str(&fact);
    }
    text
}

fn fallback(wire: &str, ty: &Type) -> String {
    let words = phrase(wire);
    match ty {
        Type::Bool => format!("Whether {words}."),
        Type::Time if words.ends_with("before") || words.ends_with("after") => {
            format!("{} this time.", capital(&words))
        }
        Type::Time => format!("When: {}.", words.strip_suffix(" at").unwrap_or(&words)),
        _ => format!("The {words}."),
    }
}

/// `CustomerCreate` as the start of a sentence: `Customer create`.
pub(super) fn sentence(name: &str) -> String {
    capital(&phrase(name))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

fn notes(ty: &Type, facts: &Facts, text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if matches!(ty, Type::Time) && !text.contains("UTC") {
        notes.push("UTC.".to_owned());
    }
    if matches!(ty, Type::Duration) && !text.contains("8601") {
        notes.push("An ISO 8601 duration.".to_owned());
    }
    if let Some(format) = facts.format.as_ref().filter(|format| {
        let key = format.trim_start_matches("an ").trim_start_matches("a ");
        !text.to_lowercase().contains(&key.to_lowercase())
    }) {
        notes.push(format!("{}.", capital(format)));
    }
    for limit in &facts.limits {
        if limit == "at least 1 characters" {
            notes.push("Not empty.".to_owned());
            continue;
        }
        let digits = limit
            .split(|c: char| !c.is_ascii_digit())
            .rfind(|part| !part.is_empty());
        if !digits.is_some_and(|digits| text.contains(digits)) {
            notes.push(format!("{}.", capital(limit)));
        }
    }
    if let Some(default) = &facts.default
        && !text.to_lowercase().contains("default")
    {
        notes.push(format!("The server's default is `{default}`."));
    }
    if facts.deprecated && !text.to_lowercase().contains("deprecated") {
        notes.push("Deprecated by the API.".to_owned());
    }
    notes
}
