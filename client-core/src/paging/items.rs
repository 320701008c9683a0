use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;

use super::fetch::Fetch;
use super::plan::Plan;
use super::{Page, PageToken};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody, Failure};
use crate::json::Rejected;
use crate::request::Decoder;

/// The items of all pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An item that does not decode
/// comes as an error in its place ([`Error::rejected`]) and the items after it follow, unless the
/// request is [`strict`](super::PageRequest::strict); any other error ends the stream.
#[must_use = "nothing is fetched until the items are asked for"]
pub struct Items<T, B> {
    fetch: Fetch,
    decode: Decoder<Page<T>>,
    /// What is left of the page and decoded.
    items: vec::IntoIter<T>,
    order: Order,
    poll: PollItems<T, B>,
}

/// Polls for the next item; see [`PollPages`](super::pages::PollPages).
pub(super) type PollItems<T, B> =
    fn(&mut Items<T, B>, &mut Context<'_>) -> Poll<Option<Result<T, Error<B>>>>;

pub(super) fn poll<T, B: ErrorBody>(
    items: &mut Items<T, B>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<T, Error<B>>>> {
    loop {
        if let Some(item) = items.take() {
            items.fetch.drive(context);
            return Poll::Ready(Some(item.map_err(Error::from)));
        }
        if items.order.stopped {
            return Poll::Ready(None);
        }
        let Some(arrived) = ready!(items.fetch.poll(context)) else {
            return Poll::Ready(None);
        };
        let page = items.fetch.read(arrived, items.decode);
        items.fetch.prefetch(context);
        match page {
            Some(Ok(page)) => items.fill(page),
            Some(Err(failure)) => return Poll::Ready(Some(Err(failure.into()))),
            None => return Poll::Ready(None),
        }
    }
}

// Nothing in it is ever pinned: the futures are boxed inside.
impl<T, B> Unpin for Items<T, B> {}

impl<T, B> Items<T, B> {
    #[inline]
    pub(super) fn new(
        mut plan: Boxed<Plan>,
        decode: Decoder<Page<T>>,
        poll: PollItems<T, B>,
    ) -> Self {
        let order = Order::new(&mut plan);
        Self {
            fetch: Fetch::new(plan, true),
            decode,
            items: Vec::new().into_iter(),
            order,
            poll,
        }
    }

    /// Returns the place of the next item; `None` after the last one.
    ///
    /// After an item that ended a strict stream, it is the place of the item that follows.
    pub fn token(&self) -> Option<PageToken> {
        self.order.token(&self.fetch)
    }

    /// Returns the next item, or `None` after the last.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the name that streams use")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, Error<B>>>> {
        poll_fn(|context| (self.poll)(self, context))
    }

    /// Returns the next item, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request, or that of the item.
    #[inline]
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<T>, Error<B>>> {
        poll_fn(|context| (self.poll)(self, context).map(Option::transpose))
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

    fn fill(&mut self, page: Page<T>) {
        self.items = page.items.into_iter();
        for _ in 0..self.order.begin(page.rejected) {
            match self.order.next(self.items.len()) {
                Turn::Item => drop(self.items.next()),
                Turn::Rejected(_) => {}
                Turn::Over => break,
            }
        }
    }

    fn take(&mut self) -> Option<Result<T, Failure>> {
        match self.order.next(self.items.len()) {
            Turn::Item => self.items.next().map(Ok),
            Turn::Rejected(rejected) => {
                self.order.stopped = self.order.strict;
                Some(Err(Failure::rejected(self.fetch.operation(), rejected)))
            }
            Turn::Over => None,
        }
    }
}

/// The order in which the items of a page come, whatever they are.
struct Order {
    rejected: vec::IntoIter<Rejected>,
    /// How many items of the page were handed out, when there is a page.
    done: Option<u64>,
    strict: bool,
    /// What to pass over on the first page.
    skip: u64,
    /// Whether a bad item ended a strict stream.
    stopped: bool,
}

enum Turn {
    Item,
    Rejected(Rejected),
    /// The page is done with.
    Over,
}

impl Order {
    fn new(plan: &mut Plan) -> Self {
        Self {
            rejected: Vec::new().into_iter(),
            done: None,
            // Pages are taken as they are, so that the items before a bad one still come.
            strict: std::mem::take(&mut plan.strict),
            skip: plan.resume.as_ref().map_or(0, |token| token.skip),
            stopped: false,
        }
    }

    /// Begins a page; returns how many items to pass over.
    fn begin(&mut self, rejected: Vec<Rejected>) -> u64 {
        self.rejected = rejected.into_iter();
        self.done = Some(0);
        std::mem::take(&mut self.skip)
    }

    /// Returns what comes next when `left` items that decoded are left.
    fn next(&mut self, left: usize) -> Turn {
        let Some(done) = self.done.filter(|_| !self.stopped) else {
            return Turn::Over;
        };
        let position = usize::try_from(done).unwrap_or(usize::MAX);
        let first = self.rejected.as_slice().first();
        let turn = if first.is_some_and(|rejected| rejected.index <= position) || left == 0 {
            self.rejected.next().map_or(Turn::Over, Turn::Rejected)
        } else {
            Turn::Item
        };
        let after = left - usize::from(matches!(turn, Turn::Item));
        // Once nothing is left, the place of the next item is the next page.
        self.done = (after > 0 || self.rejected.len() > 0).then_some(done + 1);
        turn
    }

    fn token(&self, fetch: &Fetch) -> Option<PageToken> {
        match self.done {
            Some(done) => fetch.token_within(done),
            None => fetch.token().map(|mut token| {
                token.skip = self.skip;
                token
            }),
        }
    }
}

impl<T, B> Stream for Items<T, B> {
    type Item = Result<T, Error<B>>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        (self.poll)(&mut self, context)
    }
}

impl<T, B> fmt::Debug for Items<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("request", self.fetch.plan())
            .field("strict", &self.order.strict)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Items<T, B> {
    /// Returns an iterator that waits for each page on this thread.
    #[inline]
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

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let items = &mut self.0;
        loop {
            if let Some(item) = items.take() {
                return Some(item.map_err(Error::from));
            }
            if items.order.stopped {
                return None;
            }
            let arrived = items.fetch.wait()?;
            match items.fetch.read(arrived, items.decode)? {
                Ok(page) => items.fill(page),
                Err(failure) => return Some(Err(failure.into())),
            }
        }
    }
}
