use std::task::{Context, Poll};

use bytes::Bytes;

use super::PageInfo;
use super::plan::Plan;
use super::slot::AnyPage;
use super::token::{PageToken, Place};
use super::walk::{Next, Walk};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody, Failure};
use crate::json::{DecodeError, Rejected};
use crate::operation::Operation;
use crate::request::Answer;
use crate::response::RawResponse;

/// The pages of a list on their way, whatever their items are.
pub(super) struct Fetch {
    plan: Boxed<Plan>,
    walk: Boxed<Walk>,
    waiting: Option<Answer>,
    /// What came while nobody asked for it.
    early: Option<Result<RawResponse, Failure>>,
    /// Where the page that was last handed out begins.
    current: Option<Place>,
    /// The last answer that was a list and nothing else.
    previous: Option<Bytes>,
    ended: Ended,
    /// Whether the last answer had nothing new: the list ended with the page before.
    beyond: bool,
    /// Why the last page did not come.
    failure: Option<Failure>,
    /// The last answer, when it has items that did not decode or leads back to an earlier page.
    faulty: Option<RawResponse>,
}

/// What asking for a page gave. It owns nothing: what is compiled for every type of items would
/// otherwise have to drop it.
#[derive(Clone, Copy)]
pub(super) enum Came {
    /// The page.
    Page,
    /// An error, which the fetch has.
    Failed,
    /// Nothing: the list has ended.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    AtLastPage,
    /// At a page that leads back to an earlier one.
    InCircle,
    WithError,
}

impl Fetch {
    /// Begins to walk the whole list, or to get one page.
    pub(super) fn new(mut plan: Boxed<Plan>, whole_list: bool) -> Boxed<Self> {
        let walk = Boxed::new(plan.begin(whole_list));
        plan.ahead &= whole_list;
        Boxed::new(Self {
            plan,
            walk,
            waiting: None,
            early: None,
            current: None,
            previous: None,
            ended: Ended::No,
            beyond: false,
            failure: None,
            faulty: None,
        })
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.walk.operation()
    }

    /// Returns where the next page begins: after an error, the page that failed; `None` after
    /// the last page.
    pub(super) fn token(&self) -> Option<PageToken> {
        match self.ended {
            Ended::AtLastPage => None,
            Ended::No | Ended::InCircle | Ended::WithError => {
                Some(self.walk.token(self.walk.place().clone(), 0))
            }
        }
    }

    /// Returns a place within the page that was last handed out.
    pub(super) fn token_within(&self, done: u64) -> Option<PageToken> {
        self.current
            .clone()
            .map(|place| self.walk.token(place, done))
    }

    /// Gets the next page into `page`.
    pub(super) fn poll_page(
        &mut self,
        page: &mut dyn AnyPage,
        context: &mut Context<'_>,
    ) -> Poll<Came> {
        self.start(false);
        self.drive(context);
        let came = match self.early.take() {
            Some(answer) => self.read(answer, page),
            None if self.waiting.is_some() => return Poll::Pending,
            None => return Poll::Ready(self.end()),
        };
        // Ask for the page after this one, if the caller wants that.
        if self.plan.ahead {
            self.start(true);
            self.drive(context);
        }
        Poll::Ready(came)
    }

    /// Makes progress with the page that is fetched ahead.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(waiting) = &mut self.waiting
            && let Poll::Ready(result) = waiting.poll(context)
        {
            self.early = Some(result);
            self.waiting = None;
        }
    }

    #[cfg(feature = "blocking")]
    pub(super) fn wait_page(&mut self, page: &mut dyn AnyPage) -> Came {
        if self.ended != Ended::No {
            return self.end();
        }
        let answer = match self.early.take() {
            Some(answer) => answer,
            None => {
                self.waiting = None;
                self.plan.at(&self.walk).into_inner().send_blocking()
            }
        };
        self.read(answer, page)
    }

    /// Says that there are no more pages: an error when the list cannot be complete.
    fn end(&mut self) -> Came {
        if self.ended != Ended::InCircle {
            return Came::End;
        }
        self.ended = Ended::WithError;
        self.failure = self.faulty.take().map(|answer| {
            let error = DecodeError::new("", "the cursor of another page", "one that was followed");
            Failure::decode(self.operation(), answer, error)
        });
        Came::Failed
    }

    /// Returns the failure of an item of the last page that did not decode.
    pub(super) fn rejected(&self, rejected: Rejected) -> Failure {
        Failure::rejected(self.operation(), rejected, self.faulty.clone())
    }

    /// Returns why the last page did not come.
    pub(super) fn failure(&mut self) -> Failure {
        self.failure.take().unwrap_or_else(|| {
            Failure::invalid(self.operation(), "polled again after the page had come")
        })
    }

    /// Returns why the last page did not come, with the error body that the API gave.
    pub(super) fn error<B: ErrorBody>(&mut self) -> Error<B> {
        self.failure().into()
    }

    /// Reads the page out of an answer and moves on; the end when that is beyond the last page.
    fn read(&mut self, answer: Result<RawResponse, Failure>, page: &mut dyn AnyPage) -> Came {
        match answer.and_then(|answer| self.accept(answer, page)) {
            Ok(()) if self.beyond => Came::End,
            Ok(()) => Came::Page,
            Err(failure) => {
                self.ended = Ended::WithError;
                self.failure = Some(failure);
                Came::Failed
            }
        }
    }

    /// Asks for the next page unless that was done.
    fn start(&mut self, ahead: bool) {
        if self.ended == Ended::No && self.waiting.is_none() && self.early.is_none() {
            let page = self.plan.ask(&self.walk);
            self.waiting = Some(if ahead { page.ahead() } else { page });
        }
    }

    /// Decodes a page and moves on past it.
    fn accept(&mut self, answer: RawResponse, page: &mut dyn AnyPage) -> Result<(), Failure> {
        if let Err(error) = page.decode(&answer) {
            return Err(Failure::decode(self.operation(), answer, error));
        }
        let page = page.parts();
        if self.plan.strict && !page.rejected.is_empty() {
            let first = page.rejected.swap_remove(0);
            return Err(Failure::rejected(self.operation(), first, Some(answer)));
        }
        let is_first = self.current.is_none();
        if *page.info == PageInfo::NONE {
            let previous = self.previous.replace(answer.bytes().clone());
            // A server that ignores page numbers answers with the same list to all of them.
            if previous.as_ref() == Some(answer.bytes()) {
                self.ended = Ended::AtLastPage;
                self.beyond = true;
                return Ok(());
            }
        }
        let count = u64::try_from(page.decoded + page.rejected.len()).unwrap_or(u64::MAX);
        self.current = Some(self.walk.place().clone());
        let has_faults = !page.rejected.is_empty();
        match self.walk.advance(page.info, count) {
            Next::Page => *page.next = Some(self.walk.token(self.walk.place().clone(), 0)),
            Next::End => self.ended = Ended::AtLastPage,
            Next::Circle => self.ended = Ended::InCircle,
        }
        self.faulty = (has_faults || self.ended == Ended::InCircle).then_some(answer);
        self.beyond = self.ended == Ended::AtLastPage && count == 0 && !is_first;
        Ok(())
    }
}
