//! Strict reading of request bodies: every fault is collected with its place.

pub(crate) mod rules;

use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// One step of a path into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seg {
    Key(String),
    Index(usize),
}

impl Seg {
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Key(key) => json!(key),
            Self::Index(index) => json!(index),
        }
    }
}

/// One fault of a request.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) kind: &'static str,
    pub(crate) loc: Vec<Seg>,
    pub(crate) msg: String,
    pub(crate) input: Value,
    pub(crate) ctx: Option<Value>,
}

/// Collects the faults of one request.
#[derive(Debug, Default)]
pub(crate) struct Check {
    issues: RefCell<Vec<Issue>>,
}

impl Check {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn at<'a>(&'a self, value: &'a Value, loc: &[&str]) -> At<'a> {
        At {
            check: self,
            value,
            loc: loc.iter().map(|key| Seg::Key((*key).to_owned())).collect(),
        }
    }

    pub(crate) fn push(&self, issue: Issue) {
        self.issues.borrow_mut().push(issue);
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.issues.borrow().is_empty()
    }

    pub(crate) fn take(&self) -> Vec<Issue> {
        std::mem::take(&mut self.issues.borrow_mut())
    }
}

/// A value with its place in the request.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    pub(crate) check: &'a Check,
    pub(crate) value: &'a Value,
    pub(crate) loc: Vec<Seg>,
}

impl<'a> At<'a> {
    pub(crate) fn fail(&self, kind: &'static str, msg: impl Into<String>, ctx: Option<Value>) {
        self.check.push(Issue {
            kind,
            loc: self.loc.clone(),
            msg: msg.into(),
            input: self.value.clone(),
            ctx,
        });
    }

    pub(crate) fn under(&self, seg: Seg, value: &'a Value) -> Self {
        let mut loc = self.loc.clone();
        loc.push(seg);
        Self {
            check: self.check,
            value,
            loc,
        }
    }

    /// The same value under one more step of its path, as unions name their branch.
    pub(crate) fn branch(&self, name: &str) -> Self {
        self.under(Seg::Key(name.to_owned()), self.value)
    }

    /// Reads an object, or records the fault and gives an empty one.
    pub(crate) fn object(&self) -> Obj<'a> {
        let map = self.value.as_object();
        if map.is_none() {
            self.fail(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                None,
            );
        }
        Obj {
            at: self.clone(),
            map,
        }
    }
}

/// An object being read field by field.
#[derive(Clone, Debug)]
pub(crate) struct Obj<'a> {
    pub(crate) at: At<'a>,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Obj<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<At<'a>> {
        let value = self.map?.get(name)?;
        Some(self.at.under(Seg::Key(name.to_owned()), value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        self.map.into_iter().flat_map(Map::keys)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.is_some_and(|map| map.contains_key(name))
    }

    /// A field that must be there; a faulty one reads as the default, with the fault recorded.
    pub(crate) fn required<T: Default>(
        &self,
        name: &str,
        rule: impl Fn(&At<'a>) -> Option<T>,
    ) -> T {
        match self.get(name) {
            Some(at) => rule(&at).unwrap_or_default(),
            None => {
                if self.map.is_some() {
                    self.missing(name);
                }
                T::default()
            }
        }
    }

    /// Records that a required field is absent.
    pub(crate) fn missing(&self, name: &str) {
        let mut loc = self.at.loc.clone();
        loc.push(Seg::Key(name.to_owned()));
        self.at.check.push(Issue {
            kind: "missing",
            loc,
            msg: "Field required".to_owned(),
            input: self.at.value.clone(),
            ctx: None,
        });
    }

    /// A field that may be absent, but not null.
    pub(crate) fn optional<T>(&self, name: &str, rule: impl Fn(&At<'a>) -> Option<T>) -> Option<T> {
        self.get(name).and_then(|at| rule(&at))
    }

    /// A field that may be absent or null; both read as `None`.
    pub(crate) fn nullable<T>(&self, name: &str, rule: impl Fn(&At<'a>) -> Option<T>) -> Option<T> {
        self.patch(name, rule).flatten()
    }

    /// A field of an update: absent is `None`, null is `Some(None)`.
    pub(crate) fn patch<T>(
        &self,
        name: &str,
        rule: impl Fn(&At<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        let at = self.get(name)?;
        if at.value.is_null() {
            Some(None)
        } else {
            Some(rule(&at))
        }
    }

    /// Records every field that is not in `allowed`.
    pub(crate) fn forbid_others(&self, allowed: &[&str]) {
        for key in self.keys() {
            if !allowed.contains(&key.as_str())
                && let Some(at) = self.get(key)
            {
                at.fail("extra_forbidden", "Extra inputs are not permitted", None);
            }
        }
    }
}
