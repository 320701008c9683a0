use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// What of an object is managed, by field.
pub(super) type View = Map<String, Value>;

/// A field that is not as the catalog says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The field, such as `name` or `metadata.catalogPlanKey`.
    pub field: String,
    /// What the provider has; null when it has nothing.
    pub from: Value,
    /// What the catalog says; null when it says nothing any more.
    pub to: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        describe(&self.field, &self.from, &self.to, &mut lines);
        f.write_str(&lines.join("\n"))
    }
}

/// One line for each place inside of two values in which they differ.
fn describe(place: &str, from: &Value, to: &Value, lines: &mut Vec<String>) {
    match (from, to) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let of =
                    |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                let (one, other) = (of(one), of(other));
                if one != other {
                    describe(&format!("{place}.{name}"), &one, &other, lines);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                if one != other {
                    let key = one.get("key").filter(|key| Some(*key) == other.get("key"));
                    let label = match key.and_then(Value::as_str) {
                        Some(key) => key.to_owned(),
                        None => index.to_string(),
                    };
                    describe(&format!("{place}[{label}]"), one, other, lines);
                }
            }
        }
        (Value::Null, to) => lines.push(format!("{place}: {}", short(to))),
        (from, Value::Null) => lines.push(format!("{place}: {} -> nothing", short(from))),
        (from, to) => lines.push(format!("{place}: {} -> {}", short(from), short(to))),
    }
}

impl Difference {
    /// Whether people want to see it of a new object: not stamps, and not what goes without saying.
    pub(super) fn is_telling(&self) -> bool {
        let empty = match &self.to {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        let plain = matches!(self.field.as_str(), "archived" | "status" | "name");
        !(empty || plain || self.field.starts_with(METADATA))
    }
}

fn short(value: &Value) -> String {
    const MOST: usize = 160;
    let text = value.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    let mut cut: String = text.chars().take(MOST).collect();
    cut.push('…');
    cut
}

/// The differences between what is wanted and what is there, in fields that are wanted or were
/// applied before.
pub(super) fn differences(
    wanted: &View,
    present: &View,
    applied: Option<&View>,
) -> Vec<Difference> {
    let of = |view: &View, field: &str| view.get(field).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (field, to) in wanted {
        let from = of(present, field);
        if from != *to {
            found.push(Difference {
                field: field.clone(),
                from,
                to: to.clone(),
            });
        }
    }
    // Metadata that was taken out of the catalog goes; what others added stays.
    for (field, value) in applied.into_iter().flatten() {
        let gone = field.starts_with(METADATA)
            && !wanted.contains_key(field)
            && present.get(field) == Some(value);
        if gone {
            found.push(Difference {
                field: field.clone(),
                from: value.clone(),
                to: Value::Null,
            });
        }
    }
    found
}

const METADATA: &str = "metadata.";

/// Adds metadata to a view, one field for each name.
pub(super) fn add_metadata<'a, V: Into<Value>>(
    view: &mut View,
    metadata: impl IntoIterator<Item = (&'a str, V)>,
) {
    for (name, value) in metadata {
        view.insert(format!("{METADATA}{name}"), value.into());
    }
}

/// The metadata to send: what is wanted, and what others added.
pub(super) fn merged_metadata(
    wanted: &View,
    present: &View,
    differences: &[Difference],
) -> Vec<(String, Value)> {
    let gone = |field: &str| {
        differences
            .iter()
            .any(|difference| difference.field == field && difference.to.is_null())
    };
    let mut metadata = Vec::new();
    for (field, value) in present {
        if let Some(name) = field.strip_prefix(METADATA)
            && !wanted.contains_key(field)
            && !gone(field)
        {
            metadata.push((name.to_owned(), value.clone()));
        }
    }
    for (field, value) in wanted {
        if let Some(name) = field.strip_prefix(METADATA) {
            metadata.push((name.to_owned(), value.clone()));
        }
    }
    metadata
}

/// Whether any of these fields differs; `metadata` stands for all of its names.
#[cfg(feature = "polar")]
pub(super) fn touches(differences: &[Difference], field: &str) -> bool {
    differences.iter().any(|difference| {
        difference.field == field || (field == "metadata" && difference.field.starts_with(METADATA))
    })
}

/// A decimal without the zeros that say nothing: `10.50` as `10.5`.
pub(super) fn plain_decimal(text: &str) -> String {
    let text = text.strip_prefix('+').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, rest)) => {
            let rest = rest.trim_end_matches('0');
            let whole = plain_whole(whole);
            if rest.is_empty() {
                whole
            } else {
                format!("{whole}.{rest}")
            }
        }
        None => plain_whole(text),
    }
}

fn plain_whole(text: &str) -> String {
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        whole => whole.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(value: Value) -> View {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn only_what_is_wanted_or_was_applied_is_compared() {
        let wanted = view(json!({"name": "Pro", "metadata.plan": "pro"}));
        let present = view(json!({
            "name": "Old", "description": "by hand", "metadata.plan": "pro",
            "metadata.theirs": 1, "metadata.ours": 2, "metadata.edited": 4,
        }));
        let applied = view(json!({"name": "Old", "metadata.ours": 2, "metadata.edited": 3}));
        let found = differences(&wanted, &present, Some(&applied));
        let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["name", "metadata.ours"]);
        let metadata = merged_metadata(&wanted, &present, &found);
        let names: Vec<&str> = metadata.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["edited", "theirs", "plan"]);
    }

    #[test]
    fn a_change_deep_inside_is_shown_where_it_is() {
        let difference = Difference {
            field: "phases".into(),
            from: json!([{"key": "default", "cards": [{"key": "fee", "amount": "20"}], "n": 1}]),
            to: json!([{"key": "default", "cards": [{"key": "fee", "amount": "25"}]}]),
        };
        assert_eq!(
            difference.to_string(),
            "phases[default].cards[fee].amount: \"20\" -> \"25\"\nphases[default].n: 1 -> nothing"
        );
    }

    #[test]
    fn decimals_are_compared_by_value() {
        for (one, other) in [
            ("10.50", "10.5"),
            ("1000.000", "1000"),
            ("00.5", "0.5"),
            ("0", "0.0"),
        ] {
            assert_eq!(plain_decimal(one), plain_decimal(other));
        }
        assert_ne!(plain_decimal("100"), plain_decimal("1"));
    }
}
