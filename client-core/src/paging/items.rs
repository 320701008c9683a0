use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::course::{Course, Step};
use super::plan::Plan;
use super::slot::Slot;
use super::{Page, PageToken};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody};
use crate::json::Decode;
use crate::request::Decoder;

/// The items of all pages of a list, fetched as they are asked for.
///
/// It is a [`Stream`] and has a [`next`](Self::next) of its own. An item that does not decode
/// comes as an error in its place ([`Error::rejected`]) and the items after it follow, unless the
/// request is [`strict`](super::PageRequest::strict); any other error ends the stream.
#[must_use = "nothing is fetched until the items are asked for"]
pub struct Items<T, B> {
    course: Boxed<Course>,
    source: Box<dyn Source<T, B>>,
}

/// The page that items come from.
///
/// It is held without its type, so that what walks a page and what drops one are compiled where
/// the request is made, in the client, and not again in each crate that walks a list.
trait Source<T, B>: Send + Sync {
    fn poll_next(
        &mut self,
        course: &mut Course,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error<B>>>>;

    #[cfg(feature = "blocking")]
    fn wait(&mut self, course: &mut Course) -> Option<Result<T, Error<B>>>;
}

/// Makes a stream of items; see [`Ways`](super::request::Ways).
pub(super) type StartItems<T, B> = fn(Boxed<Plan>, Decoder<Page<T>>) -> Items<T, B>;

pub(super) fn start<T: Decode, B: ErrorBody>(
    plan: Boxed<Plan>,
    decode: Decoder<Page<T>>,
) -> Items<T, B> {
    Items {
        course: Course::new(plan),
        source: Box::new(Slot::new(decode)),
    }
}

impl<T, B> Items<T, B> {
    /// Returns the place of the next item; `None` after the last one.
    ///
    /// After an item that ended a strict stream, it is the place of the item that follows.
    pub fn token(&self) -> Option<PageToken> {
        self.course.token()
    }

    /// Returns the next item, or `None` after the last.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the name that streams use")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, Error<B>>>> {
        poll_fn(|context| self.source.poll_next(&mut self.course, context))
    }

    /// Returns the next item, or `None` after the last, for use with `?`.
    ///
    /// # Errors
    /// The error of the page's request, or that of the item.
    #[inline]
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<T>, Error<B>>> {
        poll_fn(|context| {
            let next = self.source.poll_next(&mut self.course, context);
            next.map(Option::transpose)
        })
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

impl<T: Decode, B: ErrorBody> Source<T, B> for Slot<T> {
    fn poll_next(
        &mut self,
        course: &mut Course,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error<B>>>> {
        match course.poll(self, context) {
            Poll::Ready(step) => Poll::Ready(take(course, &mut self.page, step)),
            Poll::Pending => Poll::Pending,
        }
    }

    #[cfg(feature = "blocking")]
    fn wait(&mut self, course: &mut Course) -> Option<Result<T, Error<B>>> {
        let step = course.wait(self);
        take(course, &mut self.page, step)
    }
}

fn take<T: Decode, B: ErrorBody>(
    course: &mut Course,
    page: &mut Page<T>,
    step: Step,
) -> Option<Result<T, Error<B>>> {
    match step {
        // What stays behind is blank, and goes with the page: an iterator over the items would be
        // compiled again for every type of them.
        Step::Item(at) => match page.items.get_mut(at) {
            Some(item) => Some(Ok(std::mem::replace(item, T::BLANK))),
            None => None,
        },
        Step::Failed => Some(Err(course.error())),
        Step::End => None,
    }
}

impl<T, B> Stream for Items<T, B> {
    type Item = Result<T, Error<B>>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { course, source } = &mut *self;
        source.poll_next(course, context)
    }
}

impl<T, B> fmt::Debug for Items<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("request", self.course.plan())
            .field("strict", &self.course.is_strict())
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
        self.0.source.wait(&mut self.0.course)
    }
}
