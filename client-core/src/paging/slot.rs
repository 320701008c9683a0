use super::{Page, PageInfo, PageToken};
use crate::error::{Error, ErrorBody, Failure};
use crate::json::{DecodeError, Rejected};
use crate::request::Decoder;
use crate::response::RawResponse;

/// A page that is being read, whatever its items are: what walks a list is compiled once and not
/// for each type of items.
pub(super) trait AnyPage {
    /// Decodes an answer into it.
    fn decode(&mut self, answer: &RawResponse) -> Result<(), DecodeError>;

    /// The number of items, the rejected ones included.
    fn count(&self) -> u64;

    fn info(&self) -> &PageInfo;

    fn rejected(&mut self) -> &mut Vec<Rejected>;

    fn set_next(&mut self, token: PageToken);
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

    /// Returns the page, unless it failed to come.
    pub(super) fn finish<B: ErrorBody>(
        self,
        came: Result<(), Failure>,
    ) -> Result<Page<T>, Error<B>> {
        match came {
            Ok(()) => Ok(self.page),
            Err(failure) => Err(failure.into()),
        }
    }
}

impl<T> AnyPage for Slot<T> {
    fn decode(&mut self, answer: &RawResponse) -> Result<(), DecodeError> {
        self.page = (self.decode)(answer)?;
        Ok(())
    }

    fn count(&self) -> u64 {
        let count = self.page.items.len() + self.page.rejected.len();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    fn info(&self) -> &PageInfo {
        &self.page.info
    }

    fn rejected(&mut self) -> &mut Vec<Rejected> {
        &mut self.page.rejected
    }

    fn set_next(&mut self, token: PageToken) {
        self.page.next = Some(token);
    }
}
