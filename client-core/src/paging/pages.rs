use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::request::at;
use super::token::{PageToken, Place};
use super::walk::Walk;
use super::{Page, PageRequest};
use crate::error::{Error, ErrorBody, Failure};
use crate::request::ResponseFuture;

/// The pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An empty page ends it; an empty
/// list still gives its one page, which tells so. An error ends it too;
/// [`token`](Self::token) then is where to go on.
#[must_use = "nothing is fetched until the pages are asked for"]
pub struct Pages<T, B> {
    request: PageRequest<T, B>,
    walk: Walk,
    waiting: Option<ResponseFuture<Page<T>, B>>,
    arrived: Option<Result<Page<T>, Error<B>>>,
    /// Where the page that was last handed out begins.
    current: Option<Place>,
    ended: Ended,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    AtLastPage,
    WithError,
}

// Nothing in it is ever pinned: the futures are boxed inside.
impl<T, B> Unpin for Pages<T, B> {}

impl<T, B> Pages<T, B> {
    pub(super) fn new(request: PageRequest<T, B>) -> Self {
        let (request, walk) = request.begin(true);
        Self {
            request,
            walk,
            waiting: None,
            arrived: None,
            current: None,
            ended: Ended::No,
        }
    }

    /// Returns where the next page begins: after an error, the page that failed; `None` after
    /// the last page.
    pub fn token(&self) -> Option<PageToken> {
        match self.ended {
            Ended::AtLastPage => None,
            Ended::No | Ended::WithError => Some(self.walk.token(self.walk.place().clone(), 0)),
        }
    }

    /// Returns a place within the page that was last handed out.
    pub(super) fn token_within(&self, done: u64) -> Option<PageToken> {
        self.current
            .clone()
            .map(|place| self.walk.token(place, done))
    }

    pub(super) fn request(&self) -> &PageRequest<T, B> {
        &self.request
    }

    pub(super) fn walk(&self) -> &Walk {
        &self.walk
    }

    /// Asks for the next page unless that was done.
    fn start(&mut self, ahead: bool) {
        if self.ended == Ended::No && self.waiting.is_none() && self.arrived.is_none() {
            let page = at(&self.request.request, &self.walk).send();
            self.waiting = Some(if ahead { page.ahead() } else { page });
        }
    }
}

impl<T, B: ErrorBody> Pages<T, B> {
    /// Returns the next page, or `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Page<T>, Error<B>>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Returns the next page, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error<B>> {
        self.next().await.transpose()
    }

    /// Makes progress with the page that is fetched ahead.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(waiting) = &mut self.waiting
            && let Poll::Ready(result) = Pin::new(waiting).poll(context)
        {
            self.waiting = None;
            self.arrived = Some(result);
        }
    }

    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Page<T>, Error<B>>>> {
        self.start(false);
        self.drive(context);
        let Some(result) = self.arrived.take() else {
            return if self.waiting.is_some() {
                Poll::Pending
            } else {
                Poll::Ready(None)
            };
        };
        let page = self.accept(result);
        if self.request.ahead && matches!(page, Some(Ok(_))) {
            self.start(true);
            self.drive(context);
        }
        Poll::Ready(page)
    }

    /// Moves on past a page that has arrived.
    pub(super) fn accept(
        &mut self,
        result: Result<Page<T>, Error<B>>,
    ) -> Option<Result<Page<T>, Error<B>>> {
        let mut page = match result {
            Ok(page) => page,
            Err(error) => {
                self.ended = Ended::WithError;
                return Some(Err(error));
            }
        };
        if self.request.strict && !page.rejected.is_empty() {
            self.ended = Ended::WithError;
            let rejected = page.rejected.swap_remove(0);
            return Some(Err(
                Failure::rejected(self.walk.operation(), rejected).into()
            ));
        }
        let is_first = self.current.is_none();
        self.current = Some(self.walk.place().clone());
        if self.walk.advance(&page.info, page.count()) {
            page.next = Some(self.walk.token(self.walk.place().clone(), 0));
        } else {
            self.ended = Ended::AtLastPage;
        }
        let ends_empty = self.ended != Ended::No && page.count() == 0 && !is_first;
        if ends_empty { None } else { Some(Ok(page)) }
    }
}

impl<T, B: ErrorBody> Stream for Pages<T, B> {
    type Item = Result<Page<T>, Error<B>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T, B> fmt::Debug for Pages<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("request", &self.request)
            .field("token", &self.token())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Pages<T, B> {
    /// Returns an iterator that waits for each page on this thread.
    pub fn blocking(self) -> BlockingPages<T, B> {
        BlockingPages(self)
    }

    pub(super) fn next_blocking(&mut self) -> Option<Result<Page<T>, Error<B>>> {
        if self.ended != Ended::No {
            return None;
        }
        let result = match self.arrived.take() {
            Some(result) => result,
            None => {
                self.waiting = None;
                at(&self.request.request, &self.walk).send_blocking()
            }
        };
        self.accept(result)
    }
}

/// The pages of a list as an iterator; see [`Pages`].
#[cfg(feature = "blocking")]
#[derive(Debug)]
pub struct BlockingPages<T, B>(Pages<T, B>);

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Iterator for BlockingPages<T, B> {
    type Item = Result<Page<T>, Error<B>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_blocking()
    }
}
