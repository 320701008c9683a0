use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::fetch::{Came, Fetch};
use super::slot::Slot;
use super::{Page, PageToken};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody};
use crate::request::Decoder;

/// The pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An empty page ends it; an empty
/// list still gives its one page, which tells so. An error ends it too;
/// [`token`](Self::token) then is where to go on.
#[must_use = "nothing is fetched until the pages are asked for"]
pub struct Pages<T, B> {
    pub(super) fetch: Boxed<Fetch>,
    pub(super) decode: Decoder<Page<T>>,
    pub(super) poll: PollPage<T, B>,
}

/// Polls for the next page, or for the only one; a pointer for the reason of [`Ways`](super::request::Ways).
pub(super) type PollPage<T, B> =
    fn(&mut Fetch, Decoder<Page<T>>, &mut Context<'_>) -> Poll<Option<Result<Page<T>, Error<B>>>>;

pub(super) fn poll<T, B: ErrorBody>(
    fetch: &mut Fetch,
    decode: Decoder<Page<T>>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Page<T>, Error<B>>>> {
    let mut slot = Slot::new(decode);
    match fetch.poll_page(&mut slot, context) {
        Poll::Ready(Came::Page) => Poll::Ready(Some(Ok(slot.page))),
        Poll::Ready(Came::Failed) => Poll::Ready(Some(Err(fetch.error()))),
        Poll::Ready(Came::End) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    }
}

// Nothing in it is ever pinned: the futures are boxed inside.
impl<T, B> Unpin for Pages<T, B> {}

impl<T, B> Pages<T, B> {
    /// Returns where the next page begins: after an error, the page that failed; `None` after
    /// the last page.
    pub fn token(&self) -> Option<PageToken> {
        self.fetch.token()
    }

    /// Returns the next page, or `None` after the last.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the name that streams use")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Page<T>, Error<B>>>> {
        poll_fn(|context| (self.poll)(&mut self.fetch, self.decode, context))
    }

    /// Returns the next page, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request.
    #[inline]
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<Page<T>>, Error<B>>> {
        poll_fn(|context| {
            let next = (self.poll)(&mut self.fetch, self.decode, context);
            next.map(Option::transpose)
        })
    }
}

impl<T, B> Stream for Pages<T, B> {
    type Item = Result<Page<T>, Error<B>>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (poll, decode) = (self.poll, self.decode);
        poll(&mut self.fetch, decode, context)
    }
}

impl<T, B> fmt::Debug for Pages<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("request", self.fetch.plan())
            .field("token", &self.token())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Pages<T, B> {
    /// Returns an iterator that waits for each page on this thread.
    #[inline]
    pub fn blocking(self) -> BlockingPages<T, B> {
        BlockingPages(self)
    }
}

/// The pages of a list as an iterator; see [`Pages`].
#[cfg(feature = "blocking")]
#[derive(Debug)]
pub struct BlockingPages<T, B>(Pages<T, B>);

#[cfg(feature = "blocking")]
impl<T, B: ErrorBody> Iterator for BlockingPages<T, B> {
    type Item = Result<Page<T>, Error<B>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Pages { fetch, decode, .. } = &mut self.0;
        let mut slot = Slot::new(*decode);
        match fetch.wait_page(&mut slot) {
            Came::Page => Some(Ok(slot.page)),
            Came::Failed => Some(Err(fetch.error())),
            Came::End => None,
        }
    }
}
