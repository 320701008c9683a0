//! The OpenMeter API in memory.

pub(crate) mod problem;

use crate::http::{Reply, Request};
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct OpenMeter {
    pub(crate) now: OffsetDateTime,
}
impl OpenMeter {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self { now }
    }
    pub(crate) fn set_now(&mut self, now: OffsetDateTime) {
        self.now = now;
    }
    pub(crate) fn dispatch(&mut self, _r: &Request) -> (Option<&'static str>, Reply) {
        (None, Reply::empty(501))
    }
}
