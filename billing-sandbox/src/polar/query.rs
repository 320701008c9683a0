//! Query parameters of list operations: filters, sorting, pages.

use super::error;
use crate::check::rules::{expected, uuid_fault};
use crate::check::{Check, Issue, Seg};
use crate::http::{Reply, Request};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use time::OffsetDateTime;

/// What a list can be sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey {
    Nothing,
    Number(i64),
    Text(String),
}

impl SortKey {
    pub(crate) fn time(time: OffsetDateTime) -> Self {
        Self::Number(i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(0))
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// The query of a list request; faults are collected and end the request in [`Query::finish`].
pub(crate) struct Query<'r> {
    request: &'r Request,
    check: Check,
    page: usize,
    limit: usize,
    sorting: Vec<(String, bool)>,
}

impl<'r> Query<'r> {
    pub(crate) fn new(request: &'r Request) -> Self {
        let mut query = Self {
            request,
            check: Check::new(),
            page: 1,
            limit: 10,
            sorting: Vec::new(),
        };
        query.page = query.count("page", 1);
        // Larger limits are cut silently.
        query.limit = query.count("limit", 10).min(100);
        query
    }

    fn fail(
        &self,
        loc: Vec<Seg>,
        kind: &'static str,
        msg: String,
        input: Value,
        ctx: Option<Value>,
    ) {
        let mut full = vec![Seg::Key("query".to_owned())];
        full.extend(loc);
        self.check.push(Issue {
            kind,
            loc: full,
            msg,
            input,
            ctx,
        });
    }

    fn fault(&self, name: &str, kind: &'static str, msg: String, text: &str, ctx: Option<Value>) {
        self.fail(vec![Seg::Key(name.to_owned())], kind, msg, json!(text), ctx);
    }

    fn count(&self, name: &str, default: usize) -> usize {
        let Some(text) = self.request.first(name) else {
            return default;
        };
        match text.parse::<i64>() {
            Ok(value) if value > 0 => usize::try_from(value).unwrap_or(default),
            Ok(_) => {
                let msg = "Input should be greater than 0".to_owned();
                self.fault(name, "greater_than", msg, text, Some(json!({"gt": 0})));
                default
            }
            Err(_) => {
                let msg = "Input should be a valid integer, unable to parse string as an integer";
                self.fault(name, "int_parsing", msg.to_owned(), text, None);
                default
            }
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'r str> {
        self.request.first(name)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.request.all(name).map(str::to_owned).collect()
    }

    pub(crate) fn uuids(&self, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        for text in self.request.all(name) {
            match uuid_fault(text) {
                None => out.push(text.to_ascii_lowercase()),
                Some(fault) => self.fault(
                    name,
                    "uuid_parsing",
                    format!("Input should be a valid UUID, {fault}"),
                    text,
                    Some(json!({"error": fault})),
                ),
            }
        }
        out
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        let text = self.request.first(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" | "t" | "y" => Some(true),
            "false" | "0" | "off" | "no" | "f" | "n" => Some(false),
            _ => {
                let msg = "Input should be a valid boolean, unable to interpret input";
                self.fault(name, "bool_parsing", msg.to_owned(), text, None);
                None
            }
        }
    }

    pub(crate) fn words(&self, name: &str, allowed: &[&str]) -> Vec<String> {
        let mut out = Vec::new();
        for text in self.request.all(name) {
            if allowed.contains(&text) {
                out.push(text.to_owned());
            } else {
                let expected = expected(allowed);
                let ctx = json!({"expected": expected});
                let msg = format!("Input should be {expected}");
                self.fault(name, "enum", msg, text, Some(ctx));
            }
        }
        out
    }

    pub(crate) fn time(&self, name: &str) -> Option<OffsetDateTime> {
        let text = self.request.first(name)?;
        let time = crate::calendar::parse(text);
        if time.is_none() {
            let msg = "Input should be a valid datetime with timezone info".to_owned();
            self.fault(name, "datetime_from_date_parsing", msg, text, None);
        }
        time
    }

    /// Reads `sorting`, repeated; `default` is used when there is none.
    pub(crate) fn sorting(&mut self, allowed: &[&str], default: &str) {
        let names: Vec<String> = allowed
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("-{name}")])
            .collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut chosen: Vec<String> = Vec::new();
        for (index, text) in self.request.all("sorting").enumerate() {
            if known.contains(&text) {
                chosen.push(text.to_owned());
            } else {
                let expected = expected(&known);
                self.fail(
                    vec![Seg::Key("sorting".to_owned()), Seg::Index(index)],
                    "enum",
                    format!("Input should be {expected}"),
                    json!(text),
                    Some(json!({"expected": expected})),
                );
            }
        }
        if chosen.is_empty() {
            chosen.push(default.to_owned());
        }
        self.sorting = chosen
            .into_iter()
            .map(|text| match text.strip_prefix('-') {
                Some(name) => (name.to_owned(), true),
                None => (text, false),
            })
            .collect();
    }

    /// Whether an object's metadata passes every `metadata[key]=value`: one key's values are
    /// alternatives, and values are compared as text.
    pub(crate) fn metadata_matches(&self, metadata: &Map<String, Value>) -> bool {
        let mut wanted: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in &self.request.query {
            let Some(key) = name
                .strip_prefix("metadata[")
                .and_then(|rest| rest.strip_suffix(']'))
            else {
                continue;
            };
            match wanted.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => wanted.push((key, vec![value])),
            }
        }
        wanted.iter().all(|(key, values)| {
            metadata.get(*key).is_some_and(|have| {
                let text = have
                    .as_str()
                    .map_or_else(|| have.to_string(), str::to_owned);
                values.contains(&text.as_str())
            })
        })
    }

    /// Ends the request with a 422 when a parameter was faulty.
    pub(crate) fn finish(&self) -> Result<(), Box<Reply>> {
        error::finish(&self.check)
    }

    /// Whether an optional filter lets a value pass.
    pub(crate) fn passes(filter: &[String], value: &str) -> bool {
        filter.is_empty() || filter.iter().any(|wanted| wanted == value)
    }

    /// Like [`Query::passes`], for values that may be missing.
    pub(crate) fn passes_optional(filter: &[String], value: Option<&str>) -> bool {
        filter.is_empty() || value.is_some_and(|value| Self::passes(filter, value))
    }

    /// Sorts, cuts the page and answers it; equal keys keep the order of creation.
    pub(crate) fn page<T>(
        &self,
        mut items: Vec<T>,
        key: impl Fn(&T, &str) -> SortKey,
        render: impl Fn(&T) -> Value,
    ) -> Reply {
        let mut order: Vec<(usize, T)> = items.drain(..).enumerate().collect();
        order.sort_by(|(left_index, left), (right_index, right)| {
            for (name, descending) in &self.sorting {
                let mut ordering = key(left, name).cmp(&key(right, name));
                if ordering == Ordering::Equal && name == "created_at" {
                    ordering = left_index.cmp(right_index);
                }
                if *descending {
                    ordering = ordering.reverse();
                }
                if ordering != Ordering::Equal {
                    return ordering;
                }
            }
            left_index.cmp(right_index)
        });
        let total = order.len();
        let shown: Vec<Value> = order
            .iter()
            .skip((self.page - 1).saturating_mul(self.limit))
            .take(self.limit)
            .map(|(_, item)| render(item))
            .collect();
        let max_page = total.div_ceil(self.limit);
        Reply::json(
            200,
            &json!({
                "items": shown,
                "pagination": {"total_count": total, "max_page": max_page},
            }),
        )
    }
}
