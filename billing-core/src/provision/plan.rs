use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::difference::{Difference, View, differences};
use super::lock::Lock;
use super::record::Recorder;
use crate::catalog::Issue;
use crate::provider::Provider;

/// What is to be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Change {
    /// It does not exist, and is made.
    Create,
    /// The catalog changed, and the object follows.
    Update,
    /// It is as the catalog says.
    Unchanged,
    /// It was changed at the provider since it was last applied, and is put back.
    Drift,
    /// The catalog no longer has it. It is archived if that was asked for, else left alone.
    Orphan,
    /// It is not as the catalog says, and the provider cannot change it. Nothing is applied until
    /// somebody does.
    Blocked,
}

impl Change {
    /// Every kind, in the order of a summary.
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Update,
        Self::Drift,
        Self::Unchanged,
        Self::Orphan,
        Self::Blocked,
    ];

    fn sign(self) -> char {
        match self {
            Self::Create => '+',
            Self::Update => '~',
            Self::Unchanged => '=',
            Self::Drift => '!',
            Self::Orphan => '-',
            Self::Blocked => 'x',
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Create => "to create",
            Self::Update => "to update",
            Self::Unchanged => "unchanged",
            Self::Drift => "drifted",
            Self::Orphan => "orphaned",
            Self::Blocked => "blocked",
        }
    }
}

/// One object of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Action {
    /// The object's name in plans and lock files, such as `products.plans.pro.monthly`.
    pub address: String,
    /// The name shown to people.
    pub name: String,
    /// What is to be done.
    pub change: Change,
    /// The provider's id, when the object exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is not as the catalog says; for a new object, everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// Whether applying the plan sends requests for it.
    pub applies: bool,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Action {
    /// An object that the catalog has, compared with the one that the provider has.
    pub(super) fn compare(
        address: &str,
        name: &str,
        wanted: &View,
        present: Option<(&str, &View)>,
        recorder: &Recorder,
    ) -> Self {
        let Some((id, present)) = present else {
            return Self {
                address: address.to_owned(),
                name: name.to_owned(),
                change: Change::Create,
                id: None,
                differences: differences(wanted, &View::new(), None),
                applies: true,
                note: None,
            };
        };
        let applied = recorder
            .entry(address)
            .filter(|entry| !entry.applied.is_empty())
            .map(|entry| &entry.applied);
        let differences = differences(wanted, present, applied);
        let change = if differences.is_empty() {
            Change::Unchanged
        } else if applied == Some(wanted) {
            Change::Drift
        } else {
            Change::Update
        };
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            change,
            id: Some(id.to_owned()),
            differences,
            applies: change != Change::Unchanged,
            note: None,
        }
    }

    pub(super) fn orphan(
        address: &str,
        name: &str,
        id: &str,
        archives: bool,
        note: Option<String>,
    ) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            change: Change::Orphan,
            id: Some(id.to_owned()),
            differences: Vec::new(),
            applies: archives,
            note,
        }
    }

    #[cfg(feature = "openmeter")]
    pub(super) fn block(&mut self, reason: impl Into<String>) {
        self.change = Change::Blocked;
        self.applies = false;
        self.note = Some(reason.into());
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change.sign(), self.address)?;
        if !self.name.is_empty() {
            write!(f, " \"{}\"", self.name)?;
        }
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        match self.change {
            Change::Drift => f.write_str(": changed at the provider, to be put back")?,
            Change::Orphan if self.applies => {
                f.write_str(": not in the catalog, to be archived")?
            }
            Change::Orphan => f.write_str(": not in the catalog")?,
            _ => {}
        }
        if let Some(note) = &self.note {
            write!(f, "\n    {note}")?;
        }
        if self.change != Change::Unchanged {
            let create = self.change == Change::Create;
            let shown = self.differences.iter();
            for difference in shown.filter(|found| !create || found.is_telling()) {
                let text = difference.to_string().replace('\n', "\n    ");
                write!(f, "\n    {text}")?;
            }
        }
        Ok(())
    }
}

/// What has to be done so that a provider has what a catalog says.
///
/// `Display` shows it to people, with everything but the unchanged; `Serialize` gives
/// `{provider, url, actions, issues}` to machines.
#[derive(Debug)]
pub struct Plan {
    pub(super) actions: Vec<Action>,
    pub(super) issues: Vec<Issue>,
    pub(super) work: Work,
    pub(super) recorder: Recorder,
}

/// The requests behind the actions, one to one.
#[derive(Debug)]
pub(super) enum Work {
    #[cfg(feature = "polar")]
    Polar(super::polar::Work),
    #[cfg(feature = "openmeter")]
    OpenMeter(super::openmeter::Work),
}

impl Plan {
    /// Returns every object, in the order in which the plan is applied.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Returns the objects to which this happens.
    pub fn changes(&self, change: Change) -> impl Iterator<Item = &Action> {
        let actions = self.actions.iter();
        actions.filter(move |action| action.change == change)
    }

    /// Returns what the provider cannot take of the catalog, and is therefore left out.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Returns whether applying the plan would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self
            .actions
            .iter()
            .any(|action| action.applies || action.change == Change::Blocked)
    }

    /// Returns the provider.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.recorder.provider()
    }

    /// Returns the base URL of the provider's API.
    #[must_use]
    pub fn url(&self) -> &str {
        self.recorder.url()
    }

    /// Returns what former runs recorded.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        self.recorder.lock()
    }

    /// Returns one line of numbers, such as `2 to create, 5 unchanged`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        for change in Change::ALL {
            let count = self.changes(change).count();
            if count > 0 {
                parts.push(format!("{count} {}", change.words()));
            }
        }
        if parts.is_empty() {
            "nothing to do".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}: {}",
            self.provider().display_name(),
            self.url(),
            self.summary()
        )?;
        let shown = |action: &&Action| action.change != Change::Unchanged;
        for action in self.actions.iter().filter(shown) {
            let text = action.to_string().replace('\n', "\n  ");
            write!(f, "\n  {text}")?;
        }
        if !self.issues.is_empty() {
            f.write_str("\nLeft out:")?;
            for issue in &self.issues {
                write!(f, "\n  {issue}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut plan = serializer.serialize_struct("Plan", 4)?;
        plan.serialize_field("provider", &self.provider())?;
        plan.serialize_field("url", self.url())?;
        plan.serialize_field("actions", &self.actions)?;
        plan.serialize_field("issues", &self.issues)?;
        plan.end()
    }
}
