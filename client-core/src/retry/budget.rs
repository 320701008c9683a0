use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens for repetitions, shared by all requests of a client, so that an outage does not
/// multiply its load.
///
/// A repetition takes [`RETRY_COST`](Self::RETRY_COST) tokens,
/// [`TIMEOUT_COST`](Self::TIMEOUT_COST) after a timeout. When it succeeds it puts them back; a
/// request that succeeds at once puts one back, up to the capacity. Without enough tokens, errors
/// are returned at once. The full budget of 500 lets about a hundred repetitions fail in a row.
pub struct RetryBudget {
    tokens: AtomicU32,
    capacity: u32,
}

impl RetryBudget {
    /// The capacity of the default budget.
    pub const DEFAULT_CAPACITY: u32 = 500;
    /// What a repetition takes.
    pub const RETRY_COST: u32 = 5;
    /// What a repetition after a timeout takes.
    pub const TIMEOUT_COST: u32 = 10;

    /// Creates a full budget.
    pub fn new(capacity: u32) -> Self {
        Self {
            tokens: AtomicU32::new(capacity),
            capacity,
        }
    }

    /// Creates a budget that never runs out.
    pub fn unlimited() -> Self {
        Self::new(u32::MAX)
    }

    /// Returns the tokens that are left.
    pub fn remaining(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }

    fn take(&self, cost: u32) -> bool {
        self.capacity == u32::MAX
            || self
                .tokens
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(cost)
                })
                .is_ok()
    }

    fn put(&self, amount: u32) {
        if self.remaining() < self.capacity {
            let _ = self
                .tokens
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    Some(left.saturating_add(amount).min(self.capacity))
                });
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RetryBudget({} of {})", self.remaining(), self.capacity)
    }
}

/// What one call has taken from the budget.
#[derive(Debug)]
pub(crate) struct Draw<'a> {
    budget: &'a RetryBudget,
    last: u32,
    /// Whether the last tokens are for a repetition that was not sent yet.
    unsent: bool,
}

impl<'a> Draw<'a> {
    pub(crate) fn from(budget: &'a RetryBudget) -> Self {
        Self {
            budget,
            last: 0,
            unsent: false,
        }
    }

    /// Takes the tokens of one repetition, if there are enough.
    pub(crate) fn take(&mut self, after_timeout: bool) -> bool {
        let cost = if after_timeout {
            RetryBudget::TIMEOUT_COST
        } else {
            RetryBudget::RETRY_COST
        };
        let taken = self.budget.take(cost);
        self.last = cost;
        self.unsent = taken;
        taken
    }

    /// Says that the repetition is being sent.
    pub(crate) fn send(&mut self) {
        self.unsent = false;
    }

    /// Puts back what a successful call is due.
    pub(crate) fn succeed(&mut self) {
        self.budget.put(self.last.max(1));
    }
}

/// A call that is abandoned while it waits puts back what its repetition would have cost.
impl Drop for Draw<'_> {
    fn drop(&mut self) {
        if self.unsent {
            self.budget.put(self.last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Draw, RetryBudget};

    fn repeat(budget: &RetryBudget, after_timeout: bool) -> bool {
        let mut draw = Draw::from(budget);
        let taken = draw.take(after_timeout);
        draw.send();
        taken
    }

    #[test]
    fn runs_out_and_recovers() {
        let budget = RetryBudget::new(12);
        assert!(repeat(&budget, false));
        assert!(repeat(&budget, false));
        assert!(!repeat(&budget, false));
        assert_eq!(budget.remaining(), 2);

        for _ in 0..3 {
            Draw::from(&budget).succeed();
        }
        let mut retried = Draw::from(&budget);
        assert!(retried.take(false));
        retried.send();
        retried.succeed();
        drop(retried);
        assert_eq!(budget.remaining(), 5);
        assert!(!repeat(&budget, true));
    }

    #[test]
    fn an_abandoned_wait_costs_nothing() {
        let budget = RetryBudget::new(12);
        let mut abandoned = Draw::from(&budget);
        assert!(abandoned.take(true));
        assert_eq!(budget.remaining(), 2);
        drop(abandoned);
        assert_eq!(budget.remaining(), 12);
    }

    #[test]
    fn never_exceeds_its_capacity() {
        let budget = RetryBudget::new(3);
        Draw::from(&budget).succeed();
        assert_eq!(budget.remaining(), 3);
        let unlimited = RetryBudget::unlimited();
        assert!((0..1000).all(|_| repeat(&unlimited, true)));
    }
}
