use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;

use super::course::{Course, Step};
use super::plan::Plan;
use super::slot::Slot;
use super::{Page, PageToken};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody};
use crate::request::Decoder;

/// The items of all pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An item that does not decode
/// comes as an error in its place ([`Error::rejected`]) and the items after it follow, unless the
/// request is [`strict`](super::PageRequest::strict); any other error ends the stream.
#[must_use = "nothing is fetched until the items are asked for"]
pub struct Items<T, B> {
    source: Box<dyn Source<T, B>>,
}

/// Where items come from.
///
/// It is held without its type, so that what walks a page and what drops one are compiled where
/// the request is made, in the client, and not again in each crate that walks a list.
trait Source<T, B>: Send + Sync {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error<B>>>>;

    fn course(&self) -> &Course;

    #[cfg(feature = "blocking")]
    fn wait(&mut self) -> Option<Result<T, Error<B>>>;
}

/// Makes a stream of items; see [`Starts`](super::request::Starts).
pub(super) type StartItems<T, B> = fn(Boxed<Plan>, Decoder<Page<T>>) -> Items<T, B>;

pub(super) fn start<T, B>(plan: Boxed<Plan>, decode: Decoder<Page<T>>) -> Items<T, B>
where
    T: Send + Sync + 'static,
    B: ErrorBody,
{
    Items {
        source: Box::new(Walked {
            course: Course::new(plan),
            slot: Slot::new(decode),
            items: Vec::new().into_iter(),
        }),
    }
}

impl<T, B> Items<T, B> {
    /// Returns the place of the next item; `None` after the last one.
    ///
    /// After an item that ended a strict stream, it is the place of the item that follows.
    pub fn token(&self) -> Option<PageToken> {
        self.source.course().token()
    }

    /// Returns the next item, or `None` after the last.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the name that streams use")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, Error<B>>>> {
        poll_fn(|context| self.source.poll_next(context))
    }

    /// Returns the next item, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request, or that of the item.
    #[inline]
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<T>, Error<B>>> {
        poll_fn(|context| self.source.poll_next(context).map(Option::transpose))
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
}

/// The items of the pages that a request gives.
struct Walked<T> {
    course: Course,
    slot: Slot<T>,
    /// What is left of the page and decoded.
    items: vec::IntoIter<T>,
}

impl<T> Walked<T> {
    /// Does a step; `None` when a page was opened or an item passed over.
    fn take<B: ErrorBody>(&mut self, step: Step) -> Option<Option<Result<T, Error<B>>>> {
        match step {
            Step::Item => return Some(self.items.next().map(Ok)),
            Step::Failed(failure) => return Some(Some(Err(failure.into()))),
            Step::End => return Some(None),
            Step::PassOver => drop(self.items.next()),
            Step::Page => self.items = std::mem::take(&mut self.slot.page.items).into_iter(),
        }
        None
    }
}

impl<T: Send + Sync, B: ErrorBody> Source<T, B> for Walked<T> {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error<B>>>> {
        loop {
            let left = self.items.len();
            let step = ready!(self.course.poll(left, &mut self.slot, context));
            if let Some(next) = self.take(step) {
                return Poll::Ready(next);
            }
        }
    }

    fn course(&self) -> &Course {
        &self.course
    }

    #[cfg(feature = "blocking")]
    fn wait(&mut self) -> Option<Result<T, Error<B>>> {
        loop {
            let step = self.course.wait(self.items.len(), &mut self.slot);
            if let Some(next) = self.take(step) {
                return next;
            }
        }
    }
}

impl<T, B> Stream for Items<T, B> {
    type Item = Result<T, Error<B>>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.source.poll_next(context)
    }
}

impl<T, B> fmt::Debug for Items<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let course = self.source.course();
        f.debug_struct("Items")
            .field("request", course.plan())
            .field("strict", &course.is_strict())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "blocking")]
impl<T, B> Items<T, B> {
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
impl<T, B> Iterator for BlockingItems<T, B> {
    type Item = Result<T, Error<B>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.source.wait()
    }
}
