//! Everything that a sandbox holds, behind one lock.

use crate::control;
use crate::http::fault::Fault;
use crate::http::log::{RecordedRequest, Service};
use crate::http::{Reply, Request};
use crate::openmeter::OpenMeter;
use crate::polar::Polar;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

pub(crate) type Shared = Arc<Mutex<World>>;

pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, World> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: OffsetDateTime,
    /// How far the test clock is ahead of the machine's, when it runs with it.
    pub(crate) running: Option<Duration>,
    pub(crate) polar: Polar,
    pub(crate) openmeter: OpenMeter,
    pub(crate) log: Vec<RecordedRequest>,
    pub(crate) faults: Vec<Fault>,
}

impl World {
    /// Follows a running clock and lets everything happen that has become due.
    pub(crate) fn tick(&mut self) {
        if let Some(ahead) = self.running {
            self.now = OffsetDateTime::now_utc().saturating_add(ahead);
        }
        self.polar.settle(self.now);
        self.openmeter.set_now(self.now);
    }

    /// Moves the clock ahead; an earlier moment does nothing.
    pub(crate) fn move_to(&mut self, target: OffsetDateTime) {
        if target <= self.now {
            return;
        }
        let step = target - self.now;
        if let Some(ahead) = self.running.as_mut() {
            *ahead = ahead.saturating_add(step);
        }
        self.now = target;
        self.polar.settle(target);
        self.openmeter.set_now(target);
    }

    pub(crate) fn dispatch(
        &mut self,
        service: Service,
        request: &Request,
    ) -> (Option<&'static str>, Reply) {
        if service == Service::Polar
            && let Some(reply) = control::dispatch(self, request)
        {
            return (None, reply);
        }
        match service {
            Service::Polar => self.polar.dispatch(request),
            Service::OpenMeter => self.openmeter.dispatch(request),
        }
    }
}
