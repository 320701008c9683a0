//! The order in which the items of a list come, whatever they are.

use std::ops::Range;
use std::task::{Context, Poll, ready};
use std::vec;

use super::PageToken;
use super::fetch::{Came, Fetch};
use super::plan::Plan;
use super::slot::{AnyPage, Parts};
use crate::boxed::Boxed;
use crate::error::{Error, ErrorBody, Failure};
use crate::json::Rejected;

/// Goes through the pages of a list and through what is on each.
pub(super) struct Course {
    fetch: Boxed<Fetch>,
    order: Order,
    /// The fault of an item that is the next step.
    rejected: Option<Failure>,
}

/// What comes next. It owns nothing, for the reason of [`Came`].
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// The item at a place of the page.
    Item(usize),
    /// An error, which the course has.
    Failed,
    /// Nothing more.
    End,
}

impl Course {
    pub(super) fn new(mut plan: Boxed<Plan>) -> Boxed<Self> {
        let order = Order::new(&mut plan);
        Boxed::new(Self {
            fetch: Fetch::new(plan, true),
            order,
            rejected: None,
        })
    }

    /// Returns what comes next, of the page or of the one after it, which then is in `page`.
    pub(super) fn poll(&mut self, page: &mut dyn AnyPage, context: &mut Context<'_>) -> Poll<Step> {
        loop {
            if let Some(step) = self.within_page() {
                self.fetch.drive(context);
                return Poll::Ready(step);
            }
            let came = ready!(self.fetch.poll_page(page, context));
            if let Some(step) = self.open(came, page) {
                return Poll::Ready(step);
            }
        }
    }

    #[cfg(feature = "blocking")]
    pub(super) fn wait(&mut self, page: &mut dyn AnyPage) -> Step {
        loop {
            if let Some(step) = self.within_page() {
                return step;
            }
            let came = self.fetch.wait_page(page);
            if let Some(step) = self.open(came, page) {
                return step;
            }
        }
    }

    /// Returns the error of the last step.
    pub(super) fn error<B: ErrorBody>(&mut self) -> Error<B> {
        let rejected = self.rejected.take();
        rejected.unwrap_or_else(|| self.fetch.failure()).into()
    }

    pub(super) fn plan(&self) -> &Plan {
        self.fetch.plan()
    }

    pub(super) fn is_strict(&self) -> bool {
        self.order.strict
    }

    /// Returns the place of the next item.
    pub(super) fn token(&self) -> Option<PageToken> {
        match self.order.done {
            Some(done) => self.fetch.token_within(done),
            None => self.fetch.token().map(|mut token| {
                token.skip = self.order.skip;
                token
            }),
        }
    }

    /// Returns what comes next of the page; `None` when it is done with.
    fn within_page(&mut self) -> Option<Step> {
        loop {
            if self.order.stopped {
                return Some(Step::End);
            }
            let turn = self.order.next();
            let past = self.order.pass_over();
            match turn {
                Turn::Item(_) | Turn::Rejected(_) if past => {}
                Turn::Item(at) => return Some(Step::Item(at)),
                Turn::Rejected(rejected) => {
                    self.order.stopped = self.order.strict;
                    self.rejected = Some(self.fetch.rejected(rejected));
                    return Some(Step::Failed);
                }
                Turn::Over => {
                    self.order.past = 0;
                    return None;
                }
            }
        }
    }

    /// Begins with a page that came; otherwise returns what came instead.
    fn open(&mut self, came: Came, page: &mut dyn AnyPage) -> Option<Step> {
        match came {
            Came::Page => {
                self.order.begin(page.parts());
                None
            }
            Came::Failed => Some(Step::Failed),
            Came::End => Some(Step::End),
        }
    }
}

/// The order in which the items of a page come.
struct Order {
    /// The places of the decoded items that are left.
    items: Range<usize>,
    rejected: vec::IntoIter<Rejected>,
    /// How many items of the page were handed out, when there is a page.
    done: Option<u64>,
    strict: bool,
    /// What to pass over on the first page.
    skip: u64,
    /// What is still to be passed over on this page.
    past: u64,
    /// Whether a bad item ended a strict stream.
    stopped: bool,
}

enum Turn {
    Item(usize),
    Rejected(Rejected),
    /// The page is done with.
    Over,
}

impl Order {
    fn new(plan: &mut Plan) -> Self {
        Self {
            items: 0..0,
            rejected: Vec::new().into_iter(),
            done: None,
            // Pages are taken as they are, so that the items before a bad one still come.
            strict: std::mem::take(&mut plan.strict),
            skip: plan.resume.as_ref().map_or(0, |token| token.skip),
            past: 0,
            stopped: false,
        }
    }

    fn begin(&mut self, page: Parts<'_>) {
        self.items = 0..page.decoded;
        self.rejected = std::mem::take(page.rejected).into_iter();
        self.done = Some(0);
        self.past = std::mem::take(&mut self.skip);
    }

    /// Whether this turn is one to pass over.
    fn pass_over(&mut self) -> bool {
        let past = self.past > 0;
        self.past -= u64::from(past);
        past
    }

    fn next(&mut self) -> Turn {
        let Some(done) = self.done else {
            return Turn::Over;
        };
        let position = usize::try_from(done).unwrap_or(usize::MAX);
        let first = self.rejected.as_slice().first();
        let is_rejected = first.is_some_and(|rejected| rejected.index <= position);
        let item = if is_rejected { None } else { self.items.next() };
        let turn = match item {
            Some(at) => Turn::Item(at),
            None => self.rejected.next().map_or(Turn::Over, Turn::Rejected),
        };
        // Once nothing is left, the place of the next item is the next page.
        let left = self.items.len() + self.rejected.len();
        self.done = (left > 0).then_some(done + 1);
        turn
    }
}
