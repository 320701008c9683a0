//! Lists that come in pages.

mod course;
mod envelope;
mod fetch;
mod items;
mod pages;
mod plan;
mod request;
mod slot;
mod style;
mod token;
mod walk;

use crate::json::{List, Rejected};

#[cfg(feature = "blocking")]
pub use items::BlockingItems;
pub use items::Items;
#[cfg(feature = "blocking")]
pub use pages::BlockingPages;
pub use pages::Pages;
pub use request::{PageFuture, PageRequest};
pub use style::PageStyle;
pub use token::PageToken;

/// One page of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items that decoded, in the order of the answer.
    pub items: Vec<T>,
    /// The items that did not, with their place, the reason and their JSON.
    pub rejected: Vec<Rejected>,
    /// What the API says about the list as a whole.
    pub info: PageInfo,
    next: Option<PageToken>,
}

/// What an API says about a list; each API says only a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// The number of items on all pages.
    pub total_count: Option<u64>,
    /// The number of this page, from 1.
    pub page: Option<u64>,
    /// The largest number of items on a page.
    pub page_size: Option<u64>,
    /// The number of the last page; 0 for an empty list.
    pub max_page: Option<u64>,
    /// Whether another page follows.
    pub has_next: Option<bool>,
    /// What the next page begins after: a cursor, or a URI that holds it.
    pub next_cursor: Option<String>,
    /// What the page before ends at.
    pub previous_cursor: Option<String>,
}

impl PageInfo {
    const NONE: Self = Self {
        total_count: None,
        page: None,
        page_size: None,
        max_page: None,
        has_next: None,
        next_cursor: None,
        previous_cursor: None,
    };
}

impl<T> Page<T> {
    const EMPTY: Self = Self {
        items: Vec::new(),
        rejected: Vec::new(),
        info: PageInfo::NONE,
        next: None,
    };

    /// Creates a page from a decoded list, for decoders.
    pub fn new(list: List<T>, info: PageInfo) -> Self {
        Self {
            items: list.items,
            rejected: list.rejected,
            info,
            next: None,
        }
    }

    /// Returns where the following page begins, for
    /// [`resume_from`](PageRequest::resume_from); `None` after the last page.
    pub fn token(&self) -> Option<&PageToken> {
        self.next.as_ref()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
