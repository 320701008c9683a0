use std::fmt;
use std::future::poll_fn;
use std::iter::Peekable;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;

use super::{Page, PageRequest, PageToken, Pages};
use crate::error::{Error, ErrorBody, Failure};
use crate::json::Rejected;

/// The items of all pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An item that does not decode
/// comes as an error in its place ([`Error::rejected`]) and the items after it follow, unless the
/// request is [`strict`](PageRequest::strict); any other error ends the stream.
#[must_use = "nothing is fetched until the items are asked for"]
pub struct Items<T, B> {
    pages: Pages<T, B>,
    strict: bool,
    /// What to pass over on the first page.
    skip: u64,
    page: Option<Entries<T>>,
    /// Whether a bad item ended a strict stream.
    stopped: bool,
}

/// The items of a page, good and bad, in their order.
struct Entries<T> {
    items: vec::IntoIter<T>,
    rejected: Peekable<vec::IntoIter<Rejected>>,
    done: u64,
}

enum Entry<T> {
    Item(T),
    Rejected(Rejected),
}

impl<T> Entries<T> {
    fn new(page: Page<T>) -> Self {
        Self {
            items: page.items.into_iter(),
            rejected: page.rejected.into_iter().peekable(),
            done: 0,
        }
    }

    fn next(&mut self) -> Option<Entry<T>> {
        let position = usize::try_from(self.done).unwrap_or(usize::MAX);
        let entry = match self.rejected.next_if(|rejected| rejected.index <= position) {
            Some(rejected) => Entry::Rejected(rejected),
            None => match self.items.next() {
                Some(item) => Entry::Item(item),
                None => Entry::Rejected(self.rejected.next()?),
            },
        };
        self.done += 1;
        Some(entry)
    }

    fn is_empty(&mut self) -> bool {
        self.items.len() == 0 && self.rejected.peek().is_none()
    }
}

// Nothing in it is ever pinned: the futures are boxed inside.
impl<T, B> Unpin for Items<T, B> {}

impl<T, B> Items<T, B> {
    pub(super) fn new(mut request: PageRequest<T, B>) -> Self {
        // Pages are taken as they are, so that the items before a bad one still come.
        let strict = std::mem::take(&mut request.strict);
        let skip = request.resume.as_ref().map_or(0, |token| token.skip);
        Self {
            pages: Pages::new(request),
            strict,
            skip,
            page: None,
            stopped: false,
        }
    }

    /// Returns the place of the next item; `None` after the last one.
    ///
    /// After an item that ended a strict stream, it is the place of the item that follows.
    pub fn token(&self) -> Option<PageToken> {
        match &self.page {
            Some(page) => self.pages.token_within(page.done),
            None => self.pages.token().map(|mut token| {
                token.skip = self.skip;
                token
            }),
        }
    }
}

impl<T, B: ErrorBody> Items<T, B> {
    /// Returns the next item, or `None` after the last.
    pub async fn next(&mut self) -> Option<Result<T, Error<B>>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Returns the next item, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request, or that of the item.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error<B>> {
        self.next().await.transpose()
    }

    /// Returns all items that are left.
    ///
    /// # Errors
    /// The first error, also that of an item that does not decode.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error<B>> {
        let mut all = Vec::new();
        while let Some(item) = self.try_next().await? {
            all.push(item);
        }
        Ok(all)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error<B>>>> {
        if self.stopped {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = self.take() {
                if self.pages.request().ahead {
                    self.pages.drive(context);
                }
                return Poll::Ready(Some(item));
            }
            match ready!(self.pages.poll(context)) {
                Some(Ok(page)) => self.fill(page),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn fill(&mut self, page: Page<T>) {
        let mut entries = Entries::new(page);
        for _ in 0..std::mem::take(&mut self.skip) {
            if entries.next().is_none() {
                break;
            }
        }
        self.page = Some(entries);
    }

    fn take(&mut self) -> Option<Result<T, Error<B>>> {
        let page = self.page.as_mut()?;
        let entry = page.next();
        if page.is_empty() {
            self.page = None;
        }
        match entry? {
            Entry::Item(item) => Some(Ok(item)),
            Entry::Rejected(rejected) => {
                if self.strict {
                    self.stopped = true;
                }
                let operation = self.pages.walk().operation();
                Some(Err(Failure::rejected(operation, rejected).into()))
            }
        }
    }
}

impl<T, B: ErrorBody> Stream for Items<T, B> {
    type Item = Result<T, Error<B>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T, B> fmt::Debug for Items<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Items<T, B> {
    /// Returns an iterator that waits for each page on this thread.
    pub fn blocking(self) -> BlockingItems<T, B> {
        BlockingItems(self)
    }
}

/// The items of a list as an iterator; see [`Items`].
#[cfg(feature = "blocking")]
#[derive(Debug)]
pub struct BlockingItems<T, B>(Items<T, B>);

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Iterator for BlockingItems<T, B> {
    type Item = Result<T, Error<B>>;

    fn next(&mut self) -> Option<Self::Item> {
        let items = &mut self.0;
        if items.stopped {
            return None;
        }
        loop {
            if let Some(item) = items.take() {
                return Some(item);
            }
            match items.pages.next_blocking()? {
                Ok(page) => items.fill(page),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
