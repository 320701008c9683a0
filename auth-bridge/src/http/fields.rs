use serde_json::{Map, Value};

use super::reply::Refusal;

/// Reads members of a body, or parameters of a query, and collects what does not fit, each with its
/// path: `[body.slug] expected string, received number`.
pub(super) struct Fields {
    place: &'static str,
    members: Map<String, Value>,
    issues: Vec<String>,
}

impl Fields {
    /// Reads a body; none at all counts as empty.
    pub(super) fn of_body(body: Option<Value>) -> Result<Self, Refusal> {
        let members = match body {
            None => Map::new(),
            Some(Value::Object(members)) => members,
            Some(other) => {
                let found = kind(&other);
                let message = format!("[body] Invalid input: expected object, received {found}");
                return Err(Refusal::invalid(message));
            }
        };
        Ok(Self {
            place: "body",
            members,
            issues: Vec::new(),
        })
    }

    /// Reads a query. The first of several parameters of a name counts, and empty ones count as
    /// absent.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let mut members = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !value.is_empty() && !members.contains_key(&*name) {
                members.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
        Self {
            place: "query",
            members,
            issues: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    pub(super) fn issue(&mut self, path: &str, problem: &str) {
        let place = self.place;
        self.issues.push(if path.is_empty() {
            format!("[{place}] {problem}")
        } else {
            format!("[{place}.{path}] {problem}")
        });
    }

    fn mismatch(&mut self, path: &str, expected: &str, found: &Value) {
        let problem = format!(
            "Invalid input: expected {expected}, received {}",
            kind(found)
        );
        self.issue(path, &problem);
    }

    /// Takes a text that must be there.
    pub(super) fn required_text(&mut self, name: &str) -> String {
        if !self.members.contains_key(name) {
            self.issue(name, "Invalid input: expected string, received undefined");
            return String::new();
        }
        match self.text(name) {
            Some(text) if text.is_empty() => {
                self.issue(name, "Too small: expected string to have >=1 characters");
                text
            }
            Some(text) => text,
            None => String::new(),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.mismatch(name, "string", &other);
                None
            }
        }
    }

    /// Takes a boolean; also `"true"`, `"false"`, 1, 0 and their texts.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        let read = match &value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            Value::String(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if read.is_none() {
            self.mismatch(name, "boolean", &value);
        }
        read
    }

    /// Takes an integer between two bounds; in a query, its text.
    pub(super) fn integer(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.take(name)?;
        let read = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if self.place == "query" => text.parse().ok(),
            _ => None,
        };
        let Some(number) = read else {
            self.issue(name, "Invalid input: expected number, received NaN");
            return None;
        };
        if !(least..=most).contains(&number) {
            let problem = format!("Invalid input: expected a number from {least} to {most}");
            self.issue(name, &problem);
            return None;
        }
        Some(number)
    }

    pub(super) fn one_of<'a>(&mut self, name: &str, allowed: &[&'a str]) -> Option<&'a str> {
        let text = self.text(name)?;
        let found = allowed.iter().find(|option| **option == text).copied();
        if found.is_none() {
            let problem = format!("Invalid option: expected one of {}", allowed.join("|"));
            self.issue(name, &problem);
        }
        found
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(members) => Some(members),
            other => {
                self.mismatch(name, "record", &other);
                None
            }
        }
    }

    /// Takes a text or a list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.take(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    match item {
                        Value::String(text) => texts.push(text),
                        other => self.mismatch(&format!("{name}.{index}"), "string", &other),
                    }
                }
                Some(texts)
            }
            other => {
                self.mismatch(name, "string or array", &other);
                None
            }
        }
    }

    /// Refuses the request if anything did not fit.
    pub(super) fn finish(&mut self) -> Result<(), Refusal> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(Refusal::invalid(self.issues.join("; ")))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
