//! Query parameters of lists: pages, order, filters.

use super::problem::schema;
use crate::http::{Reply, Request};
use serde_json::{Value, json};
use std::cmp::Ordering;
use time::OffsetDateTime;

const MAX_PAGE_SIZE: usize = 1000;

fn invalid(name: &str, reason: &str) -> Box<Reply> {
    schema(format!(
        "parameter \"{name}\" in query has an error: {reason}"
    ))
}

/// A whole number of `min..=max`.
pub(crate) fn number(
    request: &Request,
    name: &str,
    min: usize,
    max: usize,
) -> Result<Option<usize>, Box<Reply>> {
    let Some(text) = request.first(name) else {
        return Ok(None);
    };
    let value: usize = text
        .parse()
        .map_err(|_| invalid(name, &format!("value {text}: an invalid integer")))?;
    if value < min {
        return Err(invalid(name, &format!("number must be at least {min}")));
    }
    if value > max {
        return Err(invalid(name, &format!("number must be at most {max}")));
    }
    Ok(Some(value))
}

pub(crate) fn boolean(request: &Request, name: &str) -> Result<bool, Box<Reply>> {
    match request.first(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(invalid(name, &format!("value {other}: an invalid boolean"))),
    }
}

pub(crate) fn time(request: &Request, name: &str) -> Result<Option<OffsetDateTime>, Box<Reply>> {
    let Some(text) = request.first(name) else {
        return Ok(None);
    };
    let time = crate::calendar::parse(text);
    time.map(Some)
        .ok_or_else(|| invalid(name, "string doesn't match the format \"date-time\""))
}

/// One of a closed list of words.
pub(crate) fn word<'r>(
    request: &'r Request,
    name: &str,
    allowed: &[&str],
) -> Result<Option<&'r str>, Box<Reply>> {
    match request.first(name) {
        Some(text) if !allowed.contains(&text) => Err(invalid(
            name,
            &format!("value is not one of the allowed values {}", json!(allowed)),
        )),
        found => Ok(found),
    }
}

/// The words of a repeated parameter.
pub(crate) fn words(
    request: &Request,
    name: &str,
    allowed: &[&str],
) -> Result<Vec<String>, Box<Reply>> {
    for text in request.all(name) {
        if !allowed.contains(&text) {
            return Err(invalid(
                name,
                &format!("value is not one of the allowed values {}", json!(allowed)),
            ));
        }
    }
    Ok(request.all(name).map(str::to_owned).collect())
}

/// What a list can be ordered by.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Key {
    Time(OffsetDateTime),
    Text(String),
    Number(i64),
}

/// The order of a list: field and direction.
pub(crate) fn sort<T>(
    request: &Request,
    items: &mut [T],
    allowed: &[&str],
    key: impl Fn(&T, &str) -> Key,
) -> Result<(), Box<Reply>> {
    let order = word(request, "order", &["ASC", "DESC"])?.unwrap_or("ASC");
    let Some(by) = word(request, "orderBy", allowed)? else {
        if order == "DESC" {
            items.reverse();
        }
        return Ok(());
    };
    items.sort_by(|left, right| {
        let ordering = key(left, by)
            .partial_cmp(&key(right, by))
            .unwrap_or(Ordering::Equal);
        if order == "DESC" {
            ordering.reverse()
        } else {
            ordering
        }
    });
    Ok(())
}

/// Cuts a page and wraps it: `{totalCount, page, pageSize, items}`.
pub(crate) fn paged<T>(
    request: &Request,
    items: &[T],
    render: impl Fn(&T) -> Value,
) -> Result<Reply, Box<Reply>> {
    let page = number(request, "page", 1, usize::MAX)?.unwrap_or(1);
    let size = number(request, "pageSize", 1, MAX_PAGE_SIZE)?.unwrap_or(100);
    let shown: Vec<Value> = items
        .iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(render)
        .collect();
    Ok(Reply::json(
        200,
        &json!({"totalCount": items.len(), "page": page, "pageSize": size, "items": shown}),
    ))
}

/// Cuts a page without wrapping it.
pub(crate) fn bare<T>(
    request: &Request,
    items: &[T],
    render: impl Fn(&T) -> Value,
) -> Result<Reply, Box<Reply>> {
    let limit = number(request, "limit", 1, MAX_PAGE_SIZE)?.unwrap_or(MAX_PAGE_SIZE);
    let offset = number(request, "offset", 0, usize::MAX)?.unwrap_or(0);
    let shown: Vec<Value> = items.iter().skip(offset).take(limit).map(render).collect();
    Ok(Reply::json(200, &json!(shown)))
}

/// Whether a field contains a text, letter case aside.
pub(crate) fn contains(field: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| {
        field.is_some_and(|field| field.to_lowercase().contains(&wanted.to_lowercase()))
    })
}
