use std::fmt;

use serde::Serialize;

use super::error::ProvisionError;
use super::lock::Lock;
use super::plan::{Action, Change, Plan, Work};
use super::record::Recorder;

/// What an apply did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Applied {
    /// The objects that were made, changed or archived, with their ids.
    pub done: Vec<Action>,
    /// What is recorded now.
    #[serde(skip)]
    pub lock: Lock,
}

/// An apply that broke off. Planning and applying again finishes it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApplyError {
    /// The address of the object at which it broke off.
    pub address: Option<String>,
    /// What was done before.
    pub done: Vec<Action>,
    /// What is recorded so far.
    pub lock: Lock,
    /// Why.
    pub error: ProvisionError,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Some(address) => write!(f, "{address}: {}", self.error),
            None => write!(f, "{}", self.error),
        }
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Plan {
    /// Does what the plan says, in order, and stops at the first failure.
    ///
    /// The lock is handed over after every request that changed something. Whatever happens in
    /// between, the next plan goes on from there.
    ///
    /// # Errors
    /// When an action is blocked (nothing was done then), when a request fails, or when what was
    /// done cannot be recorded.
    pub async fn apply(self) -> Result<Applied, ApplyError> {
        self.apply_with(|_| {}).await
    }

    /// Like [`apply`](Self::apply), and reports each object before its requests are sent.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn apply_with(
        self,
        mut progress: impl FnMut(&Action) + Send,
    ) -> Result<Applied, ApplyError> {
        let Self {
            actions,
            mut work,
            mut recorder,
            ..
        } = self;
        let mut done = Vec::new();
        let outcome = run(&actions, &mut work, &mut recorder, &mut progress, &mut done).await;
        let lock = recorder.into_lock();
        match outcome {
            Ok(()) => Ok(Applied { done, lock }),
            Err((address, error)) => Err(ApplyError {
                address,
                done,
                lock,
                error,
            }),
        }
    }
}

async fn run(
    actions: &[Action],
    work: &mut Work,
    recorder: &mut Recorder,
    progress: &mut (impl FnMut(&Action) + Send),
    done: &mut Vec<Action>,
) -> Result<(), (Option<String>, ProvisionError)> {
    let blocked: Vec<String> = actions
        .iter()
        .filter(|action| action.change == Change::Blocked)
        .map(|action| {
            let note = action.note.as_deref().unwrap_or_default();
            format!("{}: {note}", action.address)
        })
        .collect();
    if !blocked.is_empty() {
        return Err((None, ProvisionError::Blocked(blocked)));
    }
    note_unchanged(actions, work, recorder).map_err(|error| (None, error))?;
    for (slot, action) in actions.iter().enumerate() {
        if !action.applies {
            continue;
        }
        progress(action);
        let result = match work {
            #[cfg(feature = "polar")]
            Work::Polar(work) => work.run(slot, action, recorder).await,
            #[cfg(feature = "openmeter")]
            Work::OpenMeter(work) => work.run(slot, action, recorder).await,
        };
        let id = result.map_err(|error| (Some(action.address.clone()), error))?;
        done.push(Action {
            id: Some(id),
            ..action.clone()
        });
    }
    Ok(())
}

/// Takes into the lock what is as it should be, so that later changes can be told from drift.
fn note_unchanged(
    actions: &[Action],
    work: &Work,
    recorder: &mut Recorder,
) -> Result<(), ProvisionError> {
    let mut changed = false;
    for (slot, action) in actions.iter().enumerate() {
        let (Change::Unchanged, Some(id)) = (action.change, &action.id) else {
            continue;
        };
        let wanted = match work {
            #[cfg(feature = "polar")]
            Work::Polar(work) => work.wanted(slot),
            #[cfg(feature = "openmeter")]
            Work::OpenMeter(work) => work.wanted(slot),
        };
        if let Some(wanted) = wanted {
            changed |= recorder.note(&action.address, id, wanted.clone());
        }
    }
    if changed {
        recorder.hand_over()
    } else {
        Ok(())
    }
}
