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
    /// How the list can be paged, and how it is.
    offered: PageStyle,
    style: PageStyle,
    place: Place,
    size: Option<u64>,
    /// The items on the pages before, where that is known.
    before: Option<u64>,
    cursors: HashSet<String>,
}

/// What comes after a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another page.
    Page,
    /// Nothing.
    End,
    /// A page that was there already: following it would go round in circles.
    Circle,
}

impl Walk {
    /// Begins where the query says, on the first page if it says nothing.
    pub(super) fn new(operation: &'static Operation, offered: PageStyle, query: &Query) -> Self {
        let style = offered.chosen(offered.is_by_offset(query));
        let place = style.place().and_then(|name| query.get(name));
        let number = place.and_then(|text| text.parse().ok());
        let place = match style {
            PageStyle::PageNumber { .. } | PageStyle::PageOrOffset { .. } => {
                Place::Page(number.unwrap_or(1))
            }
            PageStyle::Offset { .. } => Place::Offset(number.unwrap_or(0)),
            PageStyle::Cursor { .. } | PageStyle::After { .. } => {
                place.map_or(Place::Start, |cursor| Place::Cursor(cursor.to_owned()))
            }
            PageStyle::Cut { .. } | PageStyle::None => Place::Start,
        };
        let size = style
            .size()
            .and_then(|(name, _)| query.get(name)?.parse().ok());
        let mut walk = Self {
            operation,
            offered,
            style,
            before: items_before(&place),
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
        let style = match token.place {
            Place::Offset(_) => self.offered.chosen(true),
            Place::Page(_) => self.offered.chosen(false),
            _ => self.style,
        };
        let fits = match style {
            PageStyle::PageNumber { .. } | PageStyle::PageOrOffset { .. } => {
                matches!(token.place, Place::Page(_))
            }
            PageStyle::Offset { .. } => matches!(token.place, Place::Offset(_)),
            PageStyle::Cursor { .. } | PageStyle::After { .. } => {
                matches!(token.place, Place::Start | Place::Cursor(_))
            }
            PageStyle::Cut { .. } | PageStyle::None => token.place == Place::Start,
        };
        if !fits {
            return Err("the page token does not fit the way this list is paged".to_owned());
        }
        self.style = style;
        self.before = items_before(&token.place);
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

    /// Moves on from a page of `count` items.
    pub(super) fn advance(&mut self, info: &PageInfo, count: u64) -> Next {
        if self.size.is_none() && matches!(self.place, Place::Page(_)) {
            self.size = info.page_size.filter(|size| *size > 0);
        }
        let Some(place) = self.next(info, count) else {
            return Next::End;
        };
        self.place = place;
        self.before = self.before.map(|before| before.saturating_add(count));
        match self.remember() {
            true => Next::Page,
            false => Next::Circle,
        }
    }

    fn next(&self, info: &PageInfo, count: u64) -> Option<Place> {
        if info.has_next == Some(false) {
            return None;
        }
        match (&self.place, self.style) {
            (_, PageStyle::None | PageStyle::Cut { .. }) => None,
            (Place::Page(page), PageStyle::PageNumber { max_size, .. }) => {
                let last = match (info.max_page, info.total_count) {
                    (Some(max), _) => *page >= max,
                    (None, Some(total)) => self.is_complete(info, *page, count, total, max_size),
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

    /// Whether the pages up to this one hold the total. The size of pages is the server's to say:
    /// one that gives fewer items than asked for must not end the list early.
    fn is_complete(
        &self,
        info: &PageInfo,
        page: u64,
        count: u64,
        total: u64,
        max_size: u64,
    ) -> bool {
        if let Some(size) = info.page_size {
            return page.saturating_mul(size) >= total;
        }
        match (self.before, self.effective_size(max_size)) {
            (Some(before), _) => before.saturating_add(count) >= total,
            (None, Some(size)) => count == size && page.saturating_mul(size) >= total,
            (None, None) => false,
        }
    }

    /// Whether a list that says nothing about its length ends here. Where the API says whether
    /// more follows, that counts instead.
    fn is_short(&self, info: &PageInfo, count: u64, max_size: u64) -> bool {
        let size = info.page_size.filter(|size| *size > 0);
        info.has_next.is_none()
            && size
                .or_else(|| self.effective_size(max_size))
                .is_some_and(|size| count < size)
    }

    /// The size that pages really have: APIs cut larger ones down without saying so.
    fn effective_size(&self, max_size: u64) -> Option<u64> {
        self.size.map(|size| size.min(max_size))
    }

    /// Notes the cursor of the place; false when it has been there before.
    fn remember(&mut self) -> bool {
        match &self.place {
            Place::Cursor(cursor) => self.cursors.insert(cursor.clone()),
            _ => true,
        }
    }
}

/// Only lists by page number need to know, and only the first page says it.
fn items_before(place: &Place) -> Option<u64> {
    (*place == Place::Page(1)).then_some(0)
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
