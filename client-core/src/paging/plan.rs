use std::fmt;

use super::PageToken;
use super::style::PageStyle;
use super::walk::Walk;
use crate::boxed::Boxed;
use crate::request::{Answer, State};

/// What a list is asked for with, whatever its items are.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) request: Boxed<State>,
    pub(super) style: PageStyle,
    pub(super) strict: bool,
    pub(super) ahead: bool,
    pub(super) resume: Option<PageToken>,
}

impl Plan {
    pub(super) fn new(request: Boxed<State>, style: PageStyle) -> Boxed<Self> {
        Boxed::new(Self {
            request,
            style,
            strict: false,
            ahead: false,
            resume: None,
        })
    }

    /// Returns the walk that begins where the plan says; through the whole list in pages as large
    /// as the API gives.
    pub(super) fn begin(&mut self, whole_list: bool) -> Walk {
        let call = &mut self.request.call;
        let mut walk = Walk::new(call.operation, self.style, &call.query);
        if let Some(token) = &self.resume
            && let Err(reason) = walk.resume(token)
        {
            call.refuse(reason);
        }
        if whole_list {
            walk.maximize();
        }
        walk
    }

    /// Returns the request for the page at which the walk is.
    pub(super) fn at(&self, walk: &Walk) -> Boxed<State> {
        let mut request = self.request.clone();
        walk.write(&mut request.call.query);
        request
    }

    /// Returns the answer for the one page where the plan says.
    pub(super) fn once(&mut self) -> Answer {
        let walk = self.begin(false);
        Answer::to(self.at(&walk))
    }

    pub(super) fn ask(&self, walk: &Walk) -> Answer {
        Answer::to(self.at(walk))
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest")
            .field("request", &self.request.call)
            .field("style", &self.style)
            .field("strict", &self.strict)
            .field("prefetch", &self.ahead)
            .finish_non_exhaustive()
    }
}
