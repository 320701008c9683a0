//! Which events a meter counts, and what they are worth.

use super::OpenMeter;
use super::filter::passes;
use super::model::{Customer, Meter, StoredEvent};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The steps of a simple JSONPath: `$.a.b`, `$['a']`, `$.a[0]`; `None` for anything richer.
pub(crate) fn parse_path(path: &str) -> Option<Vec<String>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('[') {
            let (inside, tail) = tail.split_once(']')?;
            let quoted = inside.len() >= 2
                && ((inside.starts_with('\'') && inside.ends_with('\''))
                    || (inside.starts_with('"') && inside.ends_with('"')));
            let step = if quoted {
                inside.get(1..inside.len() - 1)?
            } else {
                inside
            };
            if !quoted && step.parse::<usize>().is_err() {
                return None;
            }
            steps.push(step.to_owned());
            rest = tail;
        } else {
            let tail = rest.strip_prefix('.')?;
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            let (step, tail) = tail.split_at(end);
            let plain = !step.is_empty()
                && step
                    .chars()
                    .all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '-'));
            if !plain {
                return None;
            }
            steps.push(step.to_owned());
            rest = tail;
        }
    }
    Some(steps)
}

fn lookup<'v>(data: &'v Value, path: &str) -> Option<&'v Value> {
    let mut value = data;
    for step in parse_path(path)? {
        value = match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => value.get(&step)?,
        };
    }
    Some(value)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// What an event is worth to a meter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Worth {
    Number(f64),
    Text(String),
}

impl Meter {
    /// The event's worth, or why the meter cannot take it; `None` when it is of another type.
    pub(crate) fn worth(&self, event: &StoredEvent) -> Option<Result<Worth, String>> {
        if event.kind != self.event_type
            || self.stamps.deleted.is_some()
            || self.event_from.is_some_and(|from| event.time < from)
        {
            return None;
        }
        if self.aggregation == "COUNT" {
            return Some(Ok(Worth::Number(1.0)));
        }
        let path = self.value_property.as_deref().unwrap_or_default();
        let Some(value) = lookup(&event.data, path).filter(|value| !value.is_null()) else {
            return Some(Err(format!(
                "event data is missing value property at \"{path}\""
            )));
        };
        if self.aggregation == "UNIQUE_COUNT" {
            return Some(Ok(Worth::Text(text(value))));
        }
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let unusable = || {
            format!(
                "event data value cannot be parsed as float64: {}",
                text(value)
            )
        };
        Some(
            number
                .filter(|number| number.is_finite())
                .map(Worth::Number)
                .ok_or_else(unusable),
        )
    }

    /// An event's value for one of the meter's groups.
    pub(crate) fn group(&self, event: &StoredEvent, name: &str) -> Option<String> {
        let path = self.group_by.get(name)?.as_str()?;
        lookup(&event.data, path)
            .filter(|value| !value.is_null())
            .map(text)
    }

    /// Whether an event passes filters on the meter's groups.
    pub(crate) fn passes(&self, event: &StoredEvent, filters: &Value) -> bool {
        filters.as_object().is_none_or(|filters| {
            filters
                .iter()
                .all(|(name, filter)| passes(filter, &self.group(event, name).unwrap_or_default()))
        })
    }
}

/// Combines what events are worth; without any there is no value.
pub(crate) fn aggregate(aggregation: &str, worths: &[Worth]) -> Option<f64> {
    if worths.is_empty() {
        return None;
    }
    if aggregation == "UNIQUE_COUNT" {
        let seen: HashSet<&str> = worths
            .iter()
            .filter_map(|worth| match worth {
                Worth::Text(text) => Some(text.as_str()),
                Worth::Number(_) => None,
            })
            .collect();
        return Some(seen.len() as f64);
    }
    let numbers: Vec<f64> = worths
        .iter()
        .filter_map(|worth| match worth {
            Worth::Number(number) => Some(*number),
            Worth::Text(_) => None,
        })
        .collect();
    let sum: f64 = numbers.iter().sum();
    Some(match aggregation {
        "AVG" => sum / numbers.len() as f64,
        "MIN" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        "MAX" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "LATEST" => numbers.last().copied().unwrap_or_default(),
        _ => sum,
    })
}

impl OpenMeter {
    pub(crate) fn meter(&self, id_or_slug: &str) -> Option<&Meter> {
        self.meters.iter().find(|meter| {
            meter.stamps.deleted.is_none() && (meter.id == id_or_slug || meter.slug == id_or_slug)
        })
    }

    /// The customer whose events a subject's are.
    pub(crate) fn owner(&self, subject: &str) -> Option<&Customer> {
        self.customers
            .iter()
            .find(|customer| customer.stamps.deleted.is_none() && customer.owns(subject))
    }

    /// Why an event counts nowhere, as listings tell it.
    pub(crate) fn validation_error(&self, event: &StoredEvent) -> Option<String> {
        let mut seen = false;
        for meter in &self.meters {
            match meter.worth(event) {
                Some(Err(fault)) => return Some(fault),
                Some(Ok(_)) => seen = true,
                None => {}
            }
        }
        if !seen {
            return Some(format!("no meter found for event type: {}", event.kind));
        }
        self.owner(&event.subject)
            .is_none()
            .then(|| format!("no customer found for event subject: {}", event.subject))
    }
}

/// Filters of the older form, `{"model": "gpt-4"}`, in the newer one.
pub(crate) fn exact(filters: &Map<String, Value>) -> Value {
    let map = filters
        .iter()
        .map(|(name, value)| {
            let operator = if value.is_array() { "$in" } else { "$eq" };
            (name.clone(), serde_json::json!({operator: value}))
        })
        .collect();
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_paths_are_read() {
        assert_eq!(parse_path("$.a.b"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(
            parse_path("$['a b'][0]"),
            Some(vec!["a b".into(), "0".into()])
        );
        assert_eq!(parse_path("a"), None);
        assert_eq!(parse_path("$..a"), None);
        assert_eq!(parse_path("$.a[*]"), None);
    }

    #[test]
    fn aggregations_combine_values() {
        let numbers = [Worth::Number(1.0), Worth::Number(4.0), Worth::Number(1.0)];
        for (name, value) in [
            ("SUM", 6.0),
            ("COUNT", 6.0),
            ("AVG", 2.0),
            ("MIN", 1.0),
            ("MAX", 4.0),
            ("LATEST", 1.0),
        ] {
            assert_eq!(aggregate(name, &numbers), Some(value), "{name}");
        }
        let texts = [
            Worth::Text("a".into()),
            Worth::Text("b".into()),
            Worth::Text("a".into()),
        ];
        assert_eq!(aggregate("UNIQUE_COUNT", &texts), Some(2.0));
        assert_eq!(aggregate("SUM", &[]), None);
    }
}
