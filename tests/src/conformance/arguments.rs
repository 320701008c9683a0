//! Where the arguments of a call come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use client_core::json::{Decode, Value, from_value};
use serde::Deserialize;

/// Arguments of every operation of a document, as `arguments.py` makes them.
#[derive(Debug, Deserialize)]
pub struct Source {
    /// By method and path.
    pub operations: BTreeMap<String, OperationSource>,
    /// What of the schemas no body covers.
    pub uncovered: Vec<String>,
}

/// Arguments of one operation.
#[derive(Debug, Deserialize)]
pub struct OperationSource {
    path: BTreeMap<String, Vec<Value>>,
    /// Values of the query parameters by name.
    pub query: BTreeMap<String, Vec<Value>>,
    /// The query parameters that must be sent.
    pub required: Vec<String>,
    /// Bodies: the smallest, the largest, and those that cover the schema.
    pub body: Vec<Value>,
    /// Whether there must be a body.
    #[serde(default)]
    pub body_required: bool,
    /// Whether the body is a form.
    #[serde(default)]
    pub form: bool,
}

/// How much of an operation is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Required arguments alone.
    Minimal,
    /// Every optional parameter set.
    Full,
    /// Every optional parameter set, and CSV asked for.
    Csv,
}

/// An argument that is not in the source, or is not what the client's type takes.
#[derive(Debug, Clone)]
pub struct MissingArgument(pub String);

impl fmt::Display for MissingArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The token of customers in the portal.
pub const SESSION_TOKEN: &str = "polar_cst_conformance";

/// The arguments of one call.
#[derive(Debug)]
pub struct Arguments<'a> {
    source: &'a OperationSource,
    mode: Mode,
    round: usize,
    session: bool,
    query: BTreeMap<String, &'a Value>,
    body: Option<&'a Value>,
    path: BTreeSet<String>,
}

impl<'a> Arguments<'a> {
    /// Chooses the arguments of a round.
    pub fn new(source: &'a OperationSource, mode: Mode, round: usize) -> Self {
        Self {
            source,
            mode,
            round,
            session: false,
            query: BTreeMap::new(),
            body: None,
            path: BTreeSet::new(),
        }
    }

    /// Whether optional parameters are set.
    pub fn full(&self) -> bool {
        self.mode != Mode::Minimal
    }

    /// Whether CSV is asked for.
    pub fn csv(&self) -> bool {
        self.mode == Mode::Csv
    }

    /// The token of a customer.
    pub fn session_token(&mut self) -> &'static str {
        self.session = true;
        SESSION_TOKEN
    }

    /// A path parameter.
    ///
    /// # Errors
    /// When there is none of that name, or the type does not take it.
    pub fn path<T: Decode>(&mut self, name: &str) -> Result<T, MissingArgument> {
        self.path.insert(name.to_owned());
        decode(name, pick(&self.source.path, name, self.round)?)
    }

    /// A query parameter; one that may be given several times as a list.
    ///
    /// # Errors
    /// When there is none of that name, or the type does not take it.
    pub fn query<T: Decode>(&mut self, name: &str) -> Result<T, MissingArgument> {
        let value = pick(&self.source.query, name, self.round)?;
        self.query.insert(name.to_owned(), value);
        decode(name, value)
    }

    /// A query parameter of keys and values, in which a key may come several times.
    ///
    /// # Errors
    /// When there is none of that name, or it is not an object.
    pub fn pairs(&mut self, name: &str) -> Result<Vec<(String, String)>, MissingArgument> {
        let value = pick(&self.source.query, name, self.round)?;
        self.query.insert(name.to_owned(), value);
        let fields = value
            .as_object()
            .ok_or_else(|| MissingArgument(format!("{name}: {value}")))?;
        let mut pairs = Vec::new();
        for (key, value) in fields {
            match value {
                Value::Array(values) => {
                    pairs.extend(values.iter().map(|value| (key.clone(), text(value))));
                }
                other => pairs.push((key.clone(), text(other))),
            }
        }
        Ok(pairs)
    }

    /// The body.
    ///
    /// # Errors
    /// When there is none, or the type does not take it.
    pub fn body<T: Decode>(&mut self) -> Result<T, MissingArgument> {
        decode("body", self.next_body()?)
    }

    /// The body as a list of events, of which it may be one.
    ///
    /// # Errors
    /// When there is none, or the type does not take it.
    pub fn events<T: Decode>(&mut self) -> Result<Vec<T>, MissingArgument> {
        match self.next_body()? {
            Value::Array(events) => events.iter().map(|event| decode("body", event)).collect(),
            event => Ok(vec![decode("body", event)?]),
        }
    }

    fn next_body(&mut self) -> Result<&'a Value, MissingArgument> {
        let bodies = &self.source.body;
        // An optional body is left out in the first round.
        let index = self
            .round
            .saturating_sub(usize::from(!self.source.body_required));
        let body = index
            .checked_rem(bodies.len())
            .and_then(|index| bodies.get(index));
        self.body = body;
        body.ok_or_else(|| MissingArgument("the document has no body".to_owned()))
    }

    /// The query parameters that the call took, with their values.
    pub fn taken(&self) -> &BTreeMap<String, &'a Value> {
        &self.query
    }

    /// The body that the call took.
    pub fn taken_body(&self) -> Option<&'a Value> {
        self.body
    }

    /// Whether the call is made with a customer's token.
    pub fn with_session(&self) -> bool {
        self.session
    }

    /// Parameters of the document that the call has no way to set.
    pub fn left_out(&self) -> Vec<String> {
        let needed = |name: &&String| self.full() || self.source.required.contains(*name);
        let query = self.source.query.keys().filter(needed);
        let mut out: Vec<String> = query
            .filter(|name| !self.query.contains_key(*name))
            .cloned()
            .collect();
        out.extend(
            self.source
                .path
                .keys()
                .filter(|name| !self.path.contains(*name))
                .cloned(),
        );
        let body = self.source.body_required || self.full() && !self.source.body.is_empty();
        if body && self.body.is_none() {
            out.push("body".to_owned());
        }
        out
    }
}

fn pick<'a>(
    from: &'a BTreeMap<String, Vec<Value>>,
    name: &str,
    round: usize,
) -> Result<&'a Value, MissingArgument> {
    let values = from.get(name).map_or(&[][..], Vec::as_slice);
    let index = round.checked_rem(values.len());
    index
        .and_then(|index| values.get(index))
        .ok_or_else(|| MissingArgument(format!("{name}: the document has no such parameter")))
}

fn decode<T: Decode>(name: &str, value: &Value) -> Result<T, MissingArgument> {
    from_value(value).map_err(|error| MissingArgument(format!("{name}: {error} in {value}")))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
