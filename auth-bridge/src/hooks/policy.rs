use std::fmt;
use std::sync::Arc;

use super::HookError;

/// What happens when a hook fails.
///
/// Every failure is logged, whatever the policy.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum FailurePolicy {
    /// The hook succeeds all the same, and reports the failure in
    /// [`HookReport::failures`](super::HookReport::failures): an outage of a billing provider does
    /// not keep people from signing up. Repeating the hook later makes up for it.
    #[default]
    LogAndContinue,
    /// The hook fails.
    Propagate,
    /// The application decides; see [`FailurePolicy::callback`].
    Callback(Arc<dyn Fn(&HookError) -> Reaction + Send + Sync>),
}

/// What a callback wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The hook goes on and succeeds.
    Continue,
    /// The hook fails.
    Fail,
}

impl FailurePolicy {
    /// Asks the application about each failure. It can also keep them for a later repetition.
    pub fn callback(decide: impl Fn(&HookError) -> Reaction + Send + Sync + 'static) -> Self {
        Self::Callback(Arc::new(decide))
    }

    pub(super) fn reaction(&self, error: &HookError) -> Reaction {
        match self {
            Self::LogAndContinue => Reaction::Continue,
            Self::Propagate => Reaction::Fail,
            Self::Callback(decide) => decide(error),
        }
    }
}

impl fmt::Debug for FailurePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LogAndContinue => "LogAndContinue",
            Self::Propagate => "Propagate",
            Self::Callback(_) => "Callback(..)",
        })
    }
}
