use std::time::Duration;

/// How often and how patiently a request is repeated.
///
/// What is repeated does not depend on the policy: answers 408, 429, 500, 502, 503 and 504 and
/// broken connections, for operations that are safe to repeat; for others only what provably did
/// nothing (no connection, or turned away by a rate limiter). The wait before try *n* + 1 is
/// random between zero and `base_delay` · 2ⁿ⁻¹, at most `max_delay` (exponential backoff with
/// full jitter). When the server says `Retry-After`, the wait is that long, plus the jitter of the
/// first try. The whole call stays within its timeout: a wait that would outlast it ends the call
/// at once, with the last error.
///
/// ```
/// use std::time::Duration;
/// use client_core::RetryPolicy;
///
/// let patient = RetryPolicy::new().max_attempts(6).max_delay(Duration::from_secs(20));
/// assert_eq!(patient.get_max_attempts(), 6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy {
    /// The default: 3 tries, delays from 200 ms up to 10 s, `Retry-After` up to 60 s.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
        }
    }

    /// One try, whatever happens.
    pub const fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// Sets the number of tries, the first included; 0 means 1.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Sets the longest delay before the second try; it doubles with each further one.
    #[must_use]
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest delay between two tries, where the server does not ask for one.
    #[must_use]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest `Retry-After` that is waited for. A longer one ends the call at once;
    /// [`Error::retry_after`](crate::Error::retry_after) has it then.
    #[must_use]
    pub const fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Returns the number of tries, the first included.
    pub const fn get_max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Returns the wait after the given number of tries; `None` when the server asks for longer
    /// than allowed.
    pub(crate) fn delay(&self, attempts: u32, retry_after: Option<Duration>) -> Option<Duration> {
        match retry_after {
            Some(wait) if wait > self.max_retry_after => None,
            Some(wait) => Some(wait.saturating_add(jitter(self.ceiling(1)))),
            None => Some(jitter(self.ceiling(attempts))),
        }
    }

    fn ceiling(&self, attempts: u32) -> Duration {
        let factor = 1_u32
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.base_delay.saturating_mul(factor).min(self.max_delay)
    }
}

fn jitter(ceiling: Duration) -> Duration {
    let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(fastrand::u64(0..=nanos))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RetryPolicy;

    #[test]
    fn delays_stay_below_a_ceiling_that_doubles_until_the_cap() {
        let policy = RetryPolicy::new()
            .base_delay(Duration::from_millis(100))
            .max_delay(Duration::from_millis(500));
        let ceilings: Vec<_> = (1..=5).map(|n| policy.ceiling(n).as_millis()).collect();
        assert_eq!(ceilings, [100, 200, 400, 500, 500]);
        assert_eq!(policy.ceiling(u32::MAX), Duration::from_millis(500));
        for attempts in 1..40 {
            let delay = policy.delay(attempts, None).unwrap();
            assert!(delay <= policy.ceiling(attempts));
        }
    }

    #[test]
    fn jitter_is_spread_over_the_whole_range() {
        let policy = RetryPolicy::new().base_delay(Duration::from_secs(1));
        let delays: Vec<_> = (0..200).map(|_| policy.delay(1, None).unwrap()).collect();
        assert!(
            delays
                .iter()
                .any(|delay| *delay < Duration::from_millis(250))
        );
        assert!(
            delays
                .iter()
                .any(|delay| *delay > Duration::from_millis(750))
        );
    }

    #[test]
    fn retry_after_is_a_lower_bound_and_has_a_limit() {
        let policy = RetryPolicy::new();
        let wait = Duration::from_secs(7);
        let delay = policy.delay(3, Some(wait)).unwrap();
        assert!(delay >= wait && delay <= wait + Duration::from_millis(200));
        assert_eq!(policy.delay(1, Some(Duration::from_secs(61))), None);
    }
}
