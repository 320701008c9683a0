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
    /// Not at all: the whole list is one page.
    None,
}

impl PageStyle {
    /// Returns the parameter for the number of items and its largest value.
    pub(super) fn size(self) -> Option<(&'static str, u64)> {
        match self {
            Self::PageNumber { size, max_size, .. }
            | Self::Offset { size, max_size, .. }
            | Self::Cursor { size, max_size, .. }
            | Self::After { size, max_size, .. } => Some((size, max_size)),
            Self::None => None,
        }
    }

    /// Returns the parameter for the place.
    pub(super) fn place(self) -> Option<&'static str> {
        match self {
            Self::PageNumber { page: name, .. }
            | Self::Offset { offset: name, .. }
            | Self::Cursor { cursor: name, .. }
            | Self::After { after: name, .. } => Some(name),
            Self::None => None,
        }
    }
}
