use crate::query::Query;

/// How an API is asked for the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageStyle {
    /// By the number of the page, from 1.
    PageNumber {
        /// The parameter for the number, such as `page`.
        page: &'static str,
        /// The parameter for the number of items, such as `limit`.
        size: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// By the number of items to leave out.
    Offset {
        /// The parameter for the number of items to leave out, such as `offset`.
        offset: &'static str,
        /// The parameter for the number of items, such as `limit`.
        size: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// By the number of the page, or by the number of items to leave out when the caller sets one
    /// of the parameters for that, `offset` or `limit`, and no page.
    PageOrOffset {
        /// The parameter for the number, such as `page`.
        page: &'static str,
        /// The parameter for the number of items of a page, such as `pageSize`.
        size: &'static str,
        /// The parameter for the number of items to leave out, such as `offset`.
        offset: &'static str,
        /// The parameter for the number of items after those, such as `limit`.
        limit: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// By a cursor of the answer before.
    Cursor {
        /// The parameter for the cursor, such as `cursor`.
        cursor: &'static str,
        /// The parameter for the number of items, such as `limit`.
        size: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// By a cursor that the answer before holds as it is or in the URI of its next page.
    After {
        /// The parameter for the cursor, such as `page[after]`.
        after: &'static str,
        /// The parameter for the number of items, such as `page[size]`.
        size: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// Not at all: the list is cut off after a number of items that the caller may set.
    Cut {
        /// The parameter for the number of items, such as `limit`.
        size: &'static str,
        /// The largest number of items that the API gives.
        max_size: u64,
    },
    /// Not at all: the whole list is one page.
    None,
}

impl PageStyle {
    /// Returns the way in which a list is paged that leaves the choice to its parameters.
    pub(super) fn chosen(self, by_offset: bool) -> Self {
        match self {
            Self::PageOrOffset {
                offset,
                limit: size,
                max_size,
                ..
            } if by_offset => Self::Offset {
                offset,
                size,
                max_size,
            },
            Self::PageOrOffset {
                page,
                size,
                max_size,
                ..
            } => Self::PageNumber {
                page,
                size,
                max_size,
            },
            other => other,
        }
    }

    /// Whether the query asks for items from an offset on rather than for a page.
    pub(super) fn is_by_offset(self, query: &Query) -> bool {
        match self {
            Self::PageOrOffset {
                page,
                offset,
                limit,
                ..
            } => {
                let set = |name| query.get(name).is_some();
                !set(page) && (set(offset) || set(limit))
            }
            _ => false,
        }
    }

    /// Returns the parameter for the number of items and its largest value.
    pub(super) fn size(self) -> Option<(&'static str, u64)> {
        match self {
            Self::PageNumber { size, max_size, .. }
            | Self::Offset { size, max_size, .. }
            | Self::Cursor { size, max_size, .. }
            | Self::After { size, max_size, .. }
            | Self::PageOrOffset { size, max_size, .. }
            | Self::Cut { size, max_size } => Some((size, max_size)),
            Self::None => None,
        }
    }

    /// Returns the parameter for the place.
    pub(super) fn place(self) -> Option<&'static str> {
        match self {
            Self::PageNumber { page: name, .. }
            | Self::PageOrOffset { page: name, .. }
            | Self::Offset { offset: name, .. }
            | Self::Cursor { cursor: name, .. }
            | Self::After { after: name, .. } => Some(name),
            Self::Cut { .. } | Self::None => None,
        }
    }
}
