use std::fmt;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::BoxFuture;

/// The clock of a client: everything that waits or measures time goes through it.
///
/// Tests pass their own, so that nothing sleeps.
pub trait Timer: Send + Sync + 'static {
    /// Returns the monotonic time, for timeouts and deadlines.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Returns the time of day, for `Retry-After` dates.
    fn wall_clock(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    /// Returns a future that completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The default timer: tokio's clock inside a tokio runtime (feature `reqwest`), a helper thread
/// anywhere else, so that no runtime is needed.
///
/// A tokio runtime must have its time driver enabled, as `#[tokio::main]` does.
#[derive(Clone, Copy, Default)]
pub struct SystemTimer;

impl Timer for SystemTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        #[cfg(feature = "reqwest")]
        if tokio::runtime::Handle::try_current().is_ok() {
            return Box::pin(tokio::time::sleep(duration));
        }
        Box::pin(futures_timer::Delay::new(duration))
    }
}

impl fmt::Debug for SystemTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemTimer")
    }
}
