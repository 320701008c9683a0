use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::plan::Plan;
use super::token::{PageToken, Place};
use super::walk::Walk;
use super::{Page, PageInfo};
use crate::boxed::Boxed;
use crate::error::Failure;
use crate::json::{DecodeError, Rejected};
use crate::operation::Operation;
use crate::request::{Answer, Decoder};
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
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    AtLastPage,
    WithError,
}

impl Fetch {
    /// Begins to walk the whole list, or to get one page.
    pub(super) fn new(mut plan: Boxed<Plan>, whole_list: bool) -> Self {
        let walk = Boxed::new(plan.begin(whole_list));
        Self {
            plan,
            walk,
            waiting: None,
            early: None,
            current: None,
            previous: None,
            ended: Ended::No,
            beyond: false,
        }
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
            Ended::No | Ended::WithError => Some(self.walk.token(self.walk.place().clone(), 0)),
        }
    }

    /// Returns a place within the page that was last handed out.
    pub(super) fn token_within(&self, done: u64) -> Option<PageToken> {
        self.current
            .clone()
            .map(|place| self.walk.token(place, done))
    }

    /// Returns the next answer, or `None` after the last page.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<RawResponse, Failure>>> {
        self.start(false);
        self.drive(context);
        match self.early.take() {
            Some(result) => Poll::Ready(Some(self.arrive(result))),
            None if self.waiting.is_some() => Poll::Pending,
            None => Poll::Ready(None),
        }
    }

    /// Returns the answer of a fetch that is for one page.
    pub(super) fn poll_once(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<RawResponse, Failure>> {
        match ready!(self.poll(context)) {
            Some(result) => Poll::Ready(result),
            None => Poll::Ready(Err(self.over())),
        }
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

    /// Asks for the page after the one that was handed out, if the caller wants that.
    pub(super) fn prefetch(&mut self, context: &mut Context<'_>) {
        if self.plan.ahead {
            self.start(true);
            self.drive(context);
        }
    }

    #[cfg(feature = "blocking")]
    pub(super) fn wait(&mut self) -> Option<Result<RawResponse, Failure>> {
        if self.ended != Ended::No {
            return None;
        }
        let result = match self.early.take() {
            Some(result) => result,
            None => {
                self.waiting = None;
                self.plan.at(&self.walk).into_inner().send_blocking()
            }
        };
        Some(self.arrive(result))
    }

    #[cfg(feature = "blocking")]
    pub(super) fn wait_once(&mut self) -> Result<RawResponse, Failure> {
        self.wait().unwrap_or_else(|| Err(self.over()))
    }

    /// Reads the page out of what arrived and moves on; nothing when that is beyond the last
    /// page.
    pub(super) fn read<T>(
        &mut self,
        arrived: Result<RawResponse, Failure>,
        decode: Decoder<Page<T>>,
    ) -> Option<Result<Page<T>, Failure>> {
        let page = arrived.and_then(|raw| self.decode(raw, decode));
        if self.beyond { None } else { Some(page) }
    }

    /// Decodes an answer and moves on.
    pub(super) fn decode<T>(
        &mut self,
        raw: RawResponse,
        decode: Decoder<Page<T>>,
    ) -> Result<Page<T>, Failure> {
        match decode(&raw) {
            Ok(mut page) => {
                let count = page.count();
                self.accept(raw, count, &page.info, &mut page.rejected, &mut page.next)?;
                Ok(page)
            }
            Err(error) => Err(self.undecodable(raw, error)),
        }
    }

    fn over(&self) -> Failure {
        Failure::invalid(self.operation(), "polled again after the page had come")
    }

    /// Asks for the next page unless that was done.
    fn start(&mut self, ahead: bool) {
        if self.ended == Ended::No && self.waiting.is_none() && self.early.is_none() {
            let page = self.plan.ask(&self.walk);
            self.waiting = Some(if ahead { page.ahead() } else { page });
        }
    }

    fn arrive(&mut self, result: Result<RawResponse, Failure>) -> Result<RawResponse, Failure> {
        if result.is_err() {
            self.ended = Ended::WithError;
        }
        result
    }

    fn undecodable(&mut self, raw: RawResponse, error: DecodeError) -> Failure {
        self.ended = Ended::WithError;
        Failure::decode(self.operation(), raw, error)
    }

    /// Moves on past a page.
    fn accept(
        &mut self,
        raw: RawResponse,
        count: u64,
        info: &PageInfo,
        rejected: &mut Vec<Rejected>,
        next: &mut Option<PageToken>,
    ) -> Result<(), Failure> {
        if self.plan.strict && !rejected.is_empty() {
            self.ended = Ended::WithError;
            return Err(Failure::rejected(self.operation(), rejected.swap_remove(0)));
        }
        let is_first = self.current.is_none();
        if *info == PageInfo::NONE {
            let previous = self.previous.replace(raw.bytes().clone());
            // A server that ignores page numbers answers with the same list to all of them.
            if previous.as_ref() == Some(raw.bytes()) {
                self.ended = Ended::AtLastPage;
                self.beyond = true;
                return Ok(());
            }
        }
        self.current = Some(self.walk.place().clone());
        if self.walk.advance(info, count) {
            *next = Some(self.walk.token(self.walk.place().clone(), 0));
        } else {
            self.ended = Ended::AtLastPage;
        }
        self.beyond = self.ended != Ended::No && count == 0 && !is_first;
        Ok(())
    }
}
