//! The way through the pages of a list, whatever its items are.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::PageInfo;
use super::style::PageStyle;
use super::token::{PageToken, Place};
use crate::operation::Operation;
use crate::query::Query;

/// Where the next page begins, and what is needed to tell whether there is one.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    operation: &'static Operation,
    style: PageStyle,
    place: Place,
    size: Option<u64>,
    cursors: HashSet<String>,
}

impl Walk {
    /// Begins where the query says, on the first page if it says nothing.
    pub(super) fn new(operation: &'static Operation, style: PageStyle, query: &Query) -> Self {
        let place = style.place().and_then(|name| query.get(name));
        let number = place.and_then(|text| text.parse().ok());
        let place = match style {
            PageStyle::PageNumber { .. } => Place::Page(number.unwrap_or(1)),
            PageStyle::Offset { .. } => Place::Offset(number.unwrap_or(0)),
            PageStyle::Cursor { .. } | PageStyle::After { .. } => {
                place.map_or(Place::Start, |cursor| Place::Cursor(cursor.to_owned()))
            }
            PageStyle::None => Place::Start,
        };
        let size = style
            .size()
            .and_then(|(name, _)| query.get(name)?.parse().ok());
        let mut walk = Self {
            operation,
            style,
            place,
            size,
            cursors: HashSet::new(),
        };
        walk.remember();
        walk
    }

    /// Begins where the token says.
    pub(super) fn resume(&mut self, token: &PageToken) -> Result<(), String> {
        if token.operation != self.operation.name {
            return Err(format!("the page token belongs to `{}`", token.operation));
        }
        let fits = match self.style {
            PageStyle::PageNumber { .. } => matches!(token.place, Place::Page(_)),
            PageStyle::Offset { .. } => matches!(token.place, Place::Offset(_)),
            PageStyle::Cursor { .. } | PageStyle::After { .. } => {
                matches!(token.place, Place::Start | Place::Cursor(_))
            }
            PageStyle::None => token.place == Place::Start,
        };
        if !fits {
            return Err("the page token does not fit the way this list is paged".to_owned());
        }
        self.place = token.place.clone();
        self.size = token.size.or(self.size);
        self.cursors.clear();
        self.remember();
        Ok(())
    }

    /// Asks for pages as large as the API gives, unless the caller chose a size, or begins at a
    /// page number, which is counted in pages of the size that the server has by default.
    pub(super) fn maximize(&mut self) {
        if matches!(self.place, Place::Page(number) if number != 1) {
            return;
        }
        if let Some((_, max)) = self.style.size() {
            self.size.get_or_insert(max);
        }
    }

    /// Returns the token of a place.
    pub(super) fn token(&self, place: Place, skip: u64) -> PageToken {
        PageToken {
            operation: self.operation.name.to_owned(),
            place,
            size: self.size,
            skip,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Sets the parameters of the next page.
    pub(super) fn write(&self, query: &mut Query) {
        if let (Some((name, _)), Some(size)) = (self.style.size(), self.size) {
            query.set(name, size);
        }
        let Some(name) = self.style.place() else {
            return;
        };
        match &self.place {
            Place::Start => {}
            Place::Page(number) | Place::Offset(number) => query.set(name, *number),
            Place::Cursor(cursor) => query.set(name, cursor),
        }
    }

    /// Moves on from a page of `count` items; false when it was the last.
    pub(super) fn advance(&mut self, info: &PageInfo, count: u64) -> bool {
        if self.size.is_none() && matches!(self.place, Place::Page(_)) {
            self.size = info.page_size.filter(|size| *size > 0);
        }
        match self.next(info, count) {
            Some(place) => {
                self.place = place;
                self.remember()
            }
            None => false,
        }
    }

    fn next(&self, info: &PageInfo, count: u64) -> Option<Place> {
        if info.has_next == Some(false) {
            return None;
        }
        match (&self.place, self.style) {
            (_, PageStyle::None) => None,
            (Place::Page(page), PageStyle::PageNumber { max_size, .. }) => {
                let last = match (info.max_page, info.total_count) {
                    (Some(max), _) => *page >= max,
                    (None, Some(total)) => info
                        .page_size
                        .or_else(|| self.effective_size(max_size))
                        .is_some_and(|size| page.saturating_mul(size) >= total),
                    (None, None) => self.is_short(info, count, max_size),
                };
                if last || count == 0 {
                    None
                } else {
                    Some(Place::Page(page.checked_add(1)?))
                }
            }
            (Place::Offset(offset), PageStyle::Offset { max_size, .. }) => {
                let next = offset.checked_add(count)?;
                let last = match info.total_count {
                    Some(total) => next >= total,
                    None => self.is_short(info, count, max_size),
                };
                if last || count == 0 {
                    None
                } else {
                    Some(Place::Offset(next))
                }
            }
            (_, PageStyle::Cursor { .. }) => self.cursor(info, count),
            (_, PageStyle::After { after, .. }) => {
                let cursor = self.cursor(info, count)?;
                let Place::Cursor(text) = &cursor else {
                    return Some(cursor);
                };
                Some(parameter(text, after).map_or(cursor, Place::Cursor))
            }
            _ => None,
        }
    }

    fn cursor(&self, info: &PageInfo, count: u64) -> Option<Place> {
        if count == 0 && info.has_next != Some(true) {
            return None;
        }
        info.next_cursor
            .as_ref()
            .filter(|cursor| !cursor.is_empty())
            .cloned()
            .map(Place::Cursor)
    }

    /// Whether a list that says nothing about its length ends here. Where the API says whether
    /// more follows, that counts instead.
    fn is_short(&self, info: &PageInfo, count: u64, max_size: u64) -> bool {
        info.has_next.is_none()
            && self
                .effective_size(max_size)
                .is_some_and(|size| count < size)
    }

    /// The size that pages really have: APIs cut larger ones down without saying so.
    fn effective_size(&self, max_size: u64) -> Option<u64> {
        self.size.map(|size| size.min(max_size))
    }

    /// Notes the cursor of the place; false when it has been there before, which would go round
    /// in circles.
    fn remember(&mut self) -> bool {
        let Place::Cursor(cursor) = &self.place else {
            return true;
        };
        let new = self.cursors.insert(cursor.clone());
        if !new {
            tracing::warn!(
                target: "client_core",
                operation = self.operation.name,
                "the API repeated a page cursor; the list ends here"
            );
        }
        new
    }
}

/// Returns a parameter of a URI's query.
fn parameter(uri: &str, name: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (decode(key) == name)
            .then(|| decode(value))
            .filter(|value| !value.is_empty())
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}
