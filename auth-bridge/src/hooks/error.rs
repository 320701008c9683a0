use std::fmt;

use billing_core::Provider;

use crate::BoxError;
use crate::openmeter::SyncFailure;
use crate::polar::CustomerFailure;

/// A hook could not do its work at a provider.
///
/// The message is for logs: it names users by id, and never contains credentials.
#[derive(Debug)]
pub struct HookError {
    hook: &'static str,
    provider: Provider,
    owner: String,
    kind: HookErrorKind,
    retryable: bool,
    source: BoxError,
}

/// What kind of failure a [`HookError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookErrorKind {
    /// The customer belongs to somebody else. Nothing was changed; people have to decide.
    Conflict,
    /// A customer has the user's e-mail address, which the user has not verified. Call the hook
    /// again (or [`user_updated`](super::Hooks::user_updated)) when they have.
    UnverifiedEmail,
    /// What the application gave does not suffice, such as a user without an e-mail address.
    InvalidInput,
    /// [`CustomerLinks`](crate::CustomerLinks) or the ledger of billing failed.
    Storage,
    /// The provider could not be reached, or refused.
    Provider,
}

impl HookError {
    /// Returns the hook, such as `user_created`.
    pub fn hook(&self) -> &'static str {
        self.hook
    }

    /// Returns the provider.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Returns the id of the user, organization or API key.
    pub fn owner_id(&self) -> &str {
        &self.owner
    }

    /// Returns what kind of failure it is.
    pub fn kind(&self) -> HookErrorKind {
        self.kind
    }

    /// Returns whether the same hook may succeed when it is called again, and does no harm then.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    pub(super) fn polar(hook: &'static str, owner: &str, failure: CustomerFailure) -> Self {
        let (kind, retryable) = match &failure {
            CustomerFailure::NoEmail => (HookErrorKind::InvalidInput, false),
            CustomerFailure::OtherOwner { .. } => (HookErrorKind::Conflict, false),
            CustomerFailure::UnverifiedEmail => (HookErrorKind::UnverifiedEmail, false),
            CustomerFailure::Polar(error) if error.is_conflict() => {
                (HookErrorKind::Conflict, false)
            }
            CustomerFailure::Polar(error) => (HookErrorKind::Provider, is_passing(error)),
        };
        Self {
            hook,
            provider: Provider::Polar,
            owner: owner.to_owned(),
            kind,
            retryable,
            source: failure.into(),
        }
    }

    pub(super) fn openmeter(hook: &'static str, owner: &str, failure: SyncFailure) -> Self {
        let (kind, retryable) = match &failure {
            SyncFailure::NoKey => (HookErrorKind::InvalidInput, false),
            SyncFailure::OtherOwner { .. } => (HookErrorKind::Conflict, false),
            SyncFailure::Link(_) => (HookErrorKind::Storage, true),
            SyncFailure::OpenMeter(error) if error.is_conflict() => {
                (HookErrorKind::Conflict, false)
            }
            SyncFailure::OpenMeter(error) => (HookErrorKind::Provider, is_passing(error)),
        };
        Self {
            hook,
            provider: Provider::OpenMeter,
            owner: owner.to_owned(),
            kind,
            retryable,
            source: failure.into(),
        }
    }

    pub(super) fn ingest(hook: &'static str, owner: &str, error: openmeter_client::Error) -> Self {
        // What may have been taken in would be counted twice.
        let retryable = is_passing(&error) && !error.may_have_been_sent();
        Self {
            hook,
            provider: Provider::OpenMeter,
            owner: owner.to_owned(),
            kind: HookErrorKind::Provider,
            retryable,
            source: error.into(),
        }
    }

    pub(super) fn other(
        hook: &'static str,
        owner: &str,
        provider: Provider,
        kind: HookErrorKind,
        source: impl Into<BoxError>,
    ) -> Self {
        Self {
            hook,
            provider,
            owner: owner.to_owned(),
            kind,
            retryable: kind == HookErrorKind::Storage,
            source: source.into(),
        }
    }
}

/// Whether the provider may be better by itself. Repeating what brings customers about is safe.
fn is_passing<B: client_core::ErrorBody>(error: &client_core::Error<B>) -> bool {
    error.is_server() || error.is_rate_limited() || error.transport_error().is_some()
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hook, provider) = (self.hook, self.provider.display_name());
        write!(f, "{hook}: {provider}: {}: {}", self.owner, self.source)
    }
}

impl std::error::Error for HookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
