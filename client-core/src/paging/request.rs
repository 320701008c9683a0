use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "blocking")]
use super::fetch::Came;
use super::fetch::Fetch;
use super::items::{self, StartItems};
use super::pages::{self, PollPage};
use super::plan::Plan;
#[cfg(feature = "blocking")]
use super::slot::Slot;
use super::{Items, Page, PageStyle, PageToken, Pages};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody};
use crate::json::Decode;
use crate::operation::RetrySafety;
use crate::query::Query;
use crate::request::{Decoder, Request, ResponseFuture};
use crate::response::RawResponse;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

/// A request for a list. Awaiting it gives one page; [`stream`](Self::stream) and
/// [`pages`](Self::pages) walk the whole list.
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct PageRequest<T, B> {
    plan: Boxed<Plan>,
    decode: Decoder<Page<T>>,
    ways: Ways<T, B>,
}

/// How one page, all pages and all items are got.
///
/// A request carries it as pointers, so that it is compiled where the request is made, in the
/// client, and not again in each crate that walks a list.
pub(super) struct Ways<T, B> {
    page: PollPage<T, B>,
    items: StartItems<T, B>,
}

impl<T: Decode, B: ErrorBody> PageRequest<T, B> {
    /// Wraps the request for a page.
    #[inline]
    pub fn new(request: Request<Page<T>, B>, style: PageStyle) -> Self {
        Self {
            plan: Plan::new(request.state, style),
            decode: request.decode,
            ways: Ways {
                page: pages::poll,
                items: items::start,
            },
        }
    }

    /// Returns the query, to add parameters.
    #[inline]
    pub fn query_mut(&mut self) -> &mut Query {
        &mut self.plan.request.call.query
    }

    /// Treats an item that does not decode as an error instead of setting it apart.
    #[inline]
    pub fn strict(mut self) -> Self {
        self.plan.strict = true;
        self
    }

    /// Begins where a token says, under the same filters and in pages of the same size: after a
    /// page that was awaited without a size, that of the server.
    ///
    /// A token of another operation makes the request fail with
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    #[inline]
    pub fn resume_from(mut self, token: PageToken) -> Self {
        self.plan.resume = Some(token);
        self
    }

    /// Asks for the next page while the current one is worked on; off by default, so that no page
    /// is fetched that nobody asked for. It concerns [`stream`](Self::stream) and
    /// [`pages`](Self::pages). Inside a tokio runtime (feature `reqwest`) the page comes in the
    /// background; elsewhere it makes progress whenever the stream is polled.
    #[inline]
    pub fn prefetch(mut self, ahead: bool) -> Self {
        self.plan.ahead = ahead;
        self
    }

    /// Limits each page's call, repetitions and waiting included.
    #[inline]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.plan.request.call.options.timeout = Some(timeout);
        self
    }

    /// Limits each attempt, from connecting to the last byte of the answer.
    #[inline]
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.plan.request.call.options.attempt_timeout = Some(timeout);
        self
    }

    /// Uses another retry policy.
    #[inline]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.plan.request.call.options.retry = Some(policy);
        self
    }

    /// Adds a header, in place of the one that would be sent under this name.
    #[inline]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let call = &mut self.plan.request.call;
        call.set_header(name.as_ref(), value.as_ref());
        self
    }

    /// Uses another credential.
    #[inline]
    pub fn with_credential(mut self, credential: impl Into<Secret>) -> Self {
        self.plan.request.call.options.credential = Some(credential.into());
        self
    }

    /// Declares that repeating this request is harmless, so that it is retried like a read.
    #[inline]
    pub fn with_idempotent(mut self) -> Self {
        self.plan.request.call.options.retry_safety = Some(RetrySafety::Safe);
        self
    }

    /// Sends the request for one page.
    ///
    /// The page is as large as the API makes it by default, unless the size was set. After a
    /// token of [`Items`], the items that were already done with are in the page again.
    #[inline]
    pub fn send(self) -> PageFuture<T, B> {
        PageFuture {
            fetch: Fetch::new(self.plan, false),
            decode: self.decode,
            poll: self.ways.page,
        }
    }

    /// Sends the request for one page and returns the answer undecoded. An error status is still
    /// an error.
    #[inline]
    pub fn send_raw(mut self) -> ResponseFuture<RawResponse, B> {
        ResponseFuture::raw(self.plan.once())
    }

    /// Returns the items of all pages, fetched as they are asked for.
    ///
    /// Unless a size was set, or the list begins at a page number, pages are as large as the API
    /// gives. An item that does not decode comes as an error ([`Error::rejected`]) and the stream
    /// goes on after it; any other error ends the stream.
    #[inline]
    pub fn stream(self) -> Items<T, B> {
        (self.ways.items)(self.plan, self.decode)
    }

    /// Returns all pages, fetched as they are asked for; an error ends them.
    ///
    /// Unless a size was set, or the list begins at a page number, pages are as large as the API
    /// gives.
    #[inline]
    pub fn pages(self) -> Pages<T, B> {
        Pages {
            fetch: Fetch::new(self.plan, true),
            decode: self.decode,
            poll: self.ways.page,
        }
    }

    /// Sends the request for one page and waits for the answer on this thread.
    ///
    /// # Errors
    /// The same as awaiting the request.
    #[cfg(feature = "blocking")]
    #[inline]
    pub fn send_blocking(self) -> Result<Page<T>, Error<B>> {
        let mut slot = Slot::new(self.decode);
        let mut fetch = Fetch::new(self.plan, false);
        match fetch.wait_page(&mut slot) {
            Came::Page => Ok(slot.page),
            Came::Failed | Came::End => Err(fetch.error()),
        }
    }
}

impl<T, B> Clone for PageRequest<T, B> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            plan: self.plan.clone(),
            decode: self.decode,
            ways: Ways { ..self.ways },
        }
    }
}

impl<T, B> fmt::Debug for PageRequest<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.plan, f)
    }
}

impl<T: Decode, B: ErrorBody> IntoFuture for PageRequest<T, B> {
    type Output = Result<Page<T>, Error<B>>;
    type IntoFuture = PageFuture<T, B>;

    #[inline]
    fn into_future(self) -> PageFuture<T, B> {
        self.send()
    }
}

/// The request for a page on its way. Dropping it abandons the request.
#[must_use = "futures do nothing unless awaited"]
pub struct PageFuture<T, B> {
    fetch: Boxed<Fetch>,
    decode: Decoder<Page<T>>,
    poll: PollPage<T, B>,
}

impl<T, B: ErrorBody> Future for PageFuture<T, B> {
    type Output = Result<Page<T>, Error<B>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (poll, decode) = (self.poll, self.decode);
        match poll(&mut self.fetch, decode, context) {
            Poll::Ready(Some(page)) => Poll::Ready(page),
            // It was polled after the page had come.
            Poll::Ready(None) => Poll::Ready(Err(self.fetch.error())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T, B> fmt::Debug for PageFuture<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PageFuture")
            .field(&self.fetch.operation().name)
            .finish()
    }
}
