//! The test clock.

use crate::world::{Shared, lock};
use std::fmt;
use time::{Duration, OffsetDateTime, UtcOffset};

/// The clock that both servers of a sandbox follow.
///
/// Moving it lets everything happen that becomes due on the way, in order: subscriptions renew or
/// end, trials convert, checkouts expire, payments are retried, entitlement periods reset. Webhooks
/// that this causes are queued; [`Sandbox::deliver_webhooks`](crate::Sandbox::deliver_webhooks)
/// sends them.
#[derive(Clone)]
pub struct Clock {
    pub(crate) shared: Shared,
}

impl Clock {
    /// The current time, UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let mut world = lock(&self.shared);
        world.tick();
        world.now
    }

    /// Moves the clock forward; durations are never negative, so it only goes ahead.
    pub fn advance(&self, by: std::time::Duration) {
        let by = Duration::try_from(by).unwrap_or(Duration::MAX);
        let mut world = lock(&self.shared);
        world.tick();
        let target = world.now.saturating_add(by);
        world.move_to(target);
    }

    /// Moves the clock to a moment; it never goes back, an earlier moment does nothing.
    pub fn set(&self, to: OffsetDateTime) {
        let mut world = lock(&self.shared);
        world.tick();
        world.move_to(to.to_offset(UtcOffset::UTC));
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("now", &lock(&self.shared).now)
            .finish()
    }
}
