use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::walk::Walk;
use super::{Items, Page, PageStyle, PageToken, Pages};
use crate::error::{Error, ErrorBody, Failure};
use crate::query::Query;
use crate::request::{Request, ResponseFuture};
use crate::response::RawResponse;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

/// A request for a list. Awaiting it gives one page; [`stream`](Self::stream) and
/// [`pages`](Self::pages) walk the whole list.
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct PageRequest<T, B> {
    pub(super) request: Request<Page<T>, B>,
    pub(super) style: PageStyle,
    pub(super) strict: bool,
    pub(super) ahead: bool,
    pub(super) resume: Option<PageToken>,
}

impl<T, B> PageRequest<T, B> {
    /// Wraps the request for a page.
    pub fn new(request: Request<Page<T>, B>, style: PageStyle) -> Self {
        Self {
            request,
            style,
            strict: false,
            ahead: false,
            resume: None,
        }
    }

    /// Returns the query, to add parameters.
    pub fn query_mut(&mut self) -> &mut Query {
        self.request.query_mut()
    }

    /// Treats an item that does not decode as an error instead of setting it apart.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Begins where a token says, under the same filters.
    ///
    /// A token of another operation makes the request fail with
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    pub fn resume_from(mut self, token: PageToken) -> Self {
        self.resume = Some(token);
        self
    }

    /// Asks for the next page while the current one is worked on; off by default, so that no page
    /// is fetched that nobody asked for. It concerns [`stream`](Self::stream) and
    /// [`pages`](Self::pages). Inside a tokio runtime (feature `reqwest`) the page comes in the
    /// background; elsewhere it makes progress whenever the stream is polled.
    pub fn prefetch(mut self, ahead: bool) -> Self {
        self.ahead = ahead;
        self
    }

    /// Limits each page's call, repetitions and waiting included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.with_timeout(timeout);
        self
    }

    /// Limits each attempt, from connecting to the last byte of the answer.
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.with_attempt_timeout(timeout);
        self
    }

    /// Uses another retry policy.
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.request = self.request.with_retry(policy);
        self
    }

    /// Adds a header, in place of the one that would be sent under this name.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.with_header(name, value);
        self
    }

    /// Uses another credential.
    pub fn with_credential(mut self, credential: impl Into<Secret>) -> Self {
        self.request = self.request.with_credential(credential);
        self
    }

    /// Declares that repeating this request is harmless, so that it is retried like a read.
    pub fn with_idempotent(mut self) -> Self {
        self.request = self.request.with_idempotent();
        self
    }

    /// Sends the request for one page.
    ///
    /// The page is as large as the API makes it by default, unless the size was set. After a
    /// token of [`Items`], the items that were already done with are in the page again.
    pub fn send(self) -> PageFuture<T, B> {
        let (request, walk) = self.begin(false);
        PageFuture {
            response: at(&request.request, &walk).send(),
            walk,
            strict: request.strict,
        }
    }

    /// Sends the request for one page and returns the answer undecoded. An error status is still
    /// an error.
    pub fn send_raw(self) -> ResponseFuture<RawResponse, B> {
        let (request, walk) = self.begin(false);
        at(&request.request, &walk).send_raw()
    }

    /// Returns the items of all pages, fetched as they are asked for.
    ///
    /// Unless a size was set, pages are as large as the API gives. An item that does not decode
    /// comes as an error ([`Error::rejected`]) and the stream goes on after it; any other error
    /// ends the stream.
    pub fn stream(self) -> Items<T, B> {
        Items::new(self)
    }

    /// Returns all pages, fetched as they are asked for; an error ends them.
    ///
    /// Unless a size was set, pages are as large as the API gives.
    pub fn pages(self) -> Pages<T, B> {
        Pages::new(self)
    }

    /// Sends the request for one page and waits for the answer on this thread.
    ///
    /// # Errors
    /// The same as awaiting the request.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<Page<T>, Error<B>>
    where
        B: ErrorBody,
    {
        let (request, mut walk) = self.begin(false);
        let page = at(&request.request, &walk).send_blocking()?;
        finish(page, &mut walk, request.strict)
    }

    /// Returns the walk that begins where this request does.
    pub(super) fn begin(mut self, whole_list: bool) -> (Self, Walk) {
        let mut walk = Walk::new(self.request.operation(), self.style, self.request.query());
        if let Some(token) = &self.resume
            && let Err(reason) = walk.resume(token)
        {
            self.request = self.request.refuse(reason);
        }
        if whole_list {
            walk.maximize();
        }
        (self, walk)
    }
}

/// Returns the request for the page at which the walk is.
pub(super) fn at<T, B>(request: &Request<Page<T>, B>, walk: &Walk) -> Request<Page<T>, B> {
    let mut request = request.clone();
    walk.write(request.query_mut());
    request
}

fn finish<T, B: ErrorBody>(
    mut page: Page<T>,
    walk: &mut Walk,
    strict: bool,
) -> Result<Page<T>, Error<B>> {
    if strict && !page.rejected.is_empty() {
        let rejected = page.rejected.swap_remove(0);
        return Err(Failure::rejected(walk.operation(), rejected).into());
    }
    if walk.advance(&page.info, page.count()) {
        page.next = Some(walk.token(walk.place().clone(), 0));
    }
    Ok(page)
}

impl<T, B> Clone for PageRequest<T, B> {
    fn clone(&self) -> Self {
        Self {
            request: self.request.clone(),
            style: self.style,
            strict: self.strict,
            ahead: self.ahead,
            resume: self.resume.clone(),
        }
    }
}

impl<T, B> fmt::Debug for PageRequest<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest")
            .field("request", &self.request)
            .field("style", &self.style)
            .field("strict", &self.strict)
            .field("prefetch", &self.ahead)
            .finish_non_exhaustive()
    }
}

impl<T, B: ErrorBody> IntoFuture for PageRequest<T, B> {
    type Output = Result<Page<T>, Error<B>>;
    type IntoFuture = PageFuture<T, B>;

    fn into_future(self) -> PageFuture<T, B> {
        self.send()
    }
}

/// The request for a page on its way. Dropping it abandons the request.
#[must_use = "futures do nothing unless awaited"]
pub struct PageFuture<T, B> {
    response: ResponseFuture<Page<T>, B>,
    walk: Walk,
    strict: bool,
}

impl<T, B: ErrorBody> Future for PageFuture<T, B> {
    type Output = Result<Page<T>, Error<B>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let strict = self.strict;
        let page = ready!(Pin::new(&mut self.response).poll(context));
        Poll::Ready(page.and_then(|page| finish(page, &mut self.walk, strict)))
    }
}

impl<T, B> fmt::Debug for PageFuture<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.response, f)
    }
}
