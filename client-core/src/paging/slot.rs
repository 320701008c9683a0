use super::{Page, PageInfo, PageToken};
use crate::json::{DecodeError, Rejected};
use crate::request::Decoder;
use crate::response::RawResponse;

/// A page that is being read, whatever its items are: what walks a list is compiled once and not
/// for each type of items.
pub(super) trait AnyPage {
    /// Decodes an answer into it.
    fn decode(&mut self, answer: &RawResponse) -> Result<(), DecodeError>;

    /// Returns what is there besides the items that decoded.
    fn parts(&mut self) -> Parts<'_>;
}

/// What a page holds besides the items that decoded.
pub(super) struct Parts<'a> {
    /// The number of items that decoded.
    pub(super) decoded: usize,
    pub(super) rejected: &'a mut Vec<Rejected>,
    pub(super) info: &'a PageInfo,
    pub(super) next: &'a mut Option<PageToken>,
}

/// Where the next page goes.
pub(super) struct Slot<T> {
    decode: Decoder<Page<T>>,
    pub(super) page: Page<T>,
}

impl<T> Slot<T> {
    pub(super) fn new(decode: Decoder<Page<T>>) -> Self {
        Self {
            decode,
            page: Page::EMPTY,
        }
    }
}

impl<T> AnyPage for Slot<T> {
    fn decode(&mut self, answer: &RawResponse) -> Result<(), DecodeError> {
        match (self.decode)(answer) {
            Ok(page) => {
                self.page = page;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            decoded: self.page.items.len(),
            rejected: &mut self.page.rejected,
            info: &self.page.info,
            next: &mut self.page.next,
        }
    }
}
