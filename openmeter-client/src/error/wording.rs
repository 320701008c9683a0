//! What OpenMeter says in words alone.
//!
//! The words hold keys and namespaces, which users choose: only what the server itself writes
//! counts, and words that are not known here mean nothing.

use http::StatusCode;

use super::ErrorBody;

/// Texts that follow each other; the first one begins the detail, and what stands between them is
/// of the user.
type Wording = &'static [&'static str];

const KEY: [Wording; 8] = [
    &["key \"", "\" is already used by an"],
    &["key ", " overlaps with "],
    &["customer with key ", " already exists"],
    &["feature with key ", " already exists"],
    &["feature ", " with key ", " already exists"],
    &["credit purchase charge with key ", " already exists"],
    &["subject with key already exists"],
    &["tax code with the same key already exists"],
];

/// v1 calls the key of a meter its slug, and so do the words of v3.
const SLUG: [Wording; 1] = [&["meter with the same slug already exists"]];

const SUBJECTS: [Wording; 2] = [
    &[
        "one or multiple subject keys ",
        "are already associated with",
    ],
    &["subject key ", " is already used by "],
];

/// What the server puts before its words, by the kind of failure.
const KINDS: [&str; 2] = ["conflict error: ", "precondition failed error: "];

/// Returns whether a conflict is about a field of the request.
pub(super) fn conflict_on(body: &ErrorBody, field: &str) -> bool {
    if body.status != StatusCode::CONFLICT {
        return false;
    }
    // The words of these repeat the keys of the feature and of the customer.
    if body.conflicting_entity_id.is_some() {
        return matches!(field, "featureKey" | "feature_key");
    }
    let said = of(body);
    let is_any = |wordings: &[Wording]| wordings.iter().any(|wording| says(&said, wording));
    match field {
        "key" => is_any(&KEY) || is_any(&SLUG),
        "slug" => is_any(&SLUG),
        "usageAttribution" | "subjectKeys" | "usage_attribution" | "subject_keys" => {
            is_any(&SUBJECTS)
        }
        _ => false,
    }
}

/// Returns the words of a failure in small letters, without the kind before them.
pub(super) fn of(body: &ErrorBody) -> String {
    let words = body.words().unwrap_or_default().to_lowercase();
    let mut said = words.as_str();
    while let Some(rest) = KINDS.iter().find_map(|kind| said.strip_prefix(kind)) {
        said = rest;
    }
    said.to_owned()
}

fn says(said: &str, wording: Wording) -> bool {
    let Some((first, more)) = wording.split_first() else {
        return false;
    };
    let Some(mut rest) = said.strip_prefix(first) else {
        return false;
    };
    more.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}
