//! Effects: what has to be done outside to make a decision true.
//!
//! Every effect is idempotent: doing it twice is the same as doing it once, so that a crash at any
//! point is answered by doing it again.

mod backend;
mod memory;
#[cfg(feature = "openmeter")]
mod openmeter;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

pub use backend::{BackendError, EntitlementBackend, GrantBalance};
pub use memory::MemoryBackend;
#[cfg(feature = "openmeter")]
pub use openmeter::OpenMeterBackend;

use crate::entitlement::{EntitlementSpec, GrantSpec};

/// One thing to be done for one customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "effect",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Effect {
    /// Make sure that the store knows the customer.
    EnsureCustomer {
        /// The customer.
        profile: CustomerProfile,
    },
    /// Give the customer this entitlement, in place of any other for the same feature.
    PutEntitlement {
        /// The entitlement.
        entitlement: EntitlementSpec,
    },
    /// Take the customer's entitlement for a feature away.
    DeleteEntitlement {
        /// The feature's key.
        feature_key: String,
    },
    /// Note what is left of bought top-ups, because the entitlement that holds them is about to be
    /// replaced or deleted.
    CaptureGrants {
        /// The feature's key.
        feature_key: String,
    },
    /// Grant balance once.
    CreateGrant {
        /// The grant.
        grant: GrantSpec,
    },
    /// Take granted balance back.
    RevokeGrant {
        /// The feature's key.
        feature_key: String,
        /// The grant's idempotency key.
        key: String,
    },
    /// Write an entry to the audit trail.
    Audit {
        /// The entry.
        entry: AuditEntry,
    },
}

/// The part of a customer that effects must not overtake each other in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane<'a> {
    /// The customer as a whole: everything but audit entries waits for it.
    Customer,
    /// One feature, by its key.
    Feature(&'a str),
    /// The audit trail.
    Audit,
}

impl Effect {
    /// Returns the lane: effects of one lane are done in the order in which they were decided.
    pub fn lane(&self) -> Lane<'_> {
        match self {
            Self::EnsureCustomer { .. } => Lane::Customer,
            Self::PutEntitlement { entitlement } => Lane::Feature(&entitlement.feature_key),
            Self::DeleteEntitlement { feature_key }
            | Self::CaptureGrants { feature_key }
            | Self::RevokeGrant { feature_key, .. } => Lane::Feature(feature_key),
            Self::CreateGrant { grant } => Lane::Feature(&grant.feature_key),
            Self::Audit { .. } => Lane::Audit,
        }
    }
}

/// What the entitlement store is told about a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomerProfile {
    /// The application's id, which is the key in the store and the subject of usage.
    pub key: String,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// An entry of the audit trail: a billing event, or a consequence of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEntry {
    /// Unique and stable, so that a repetition can be told: `{provider}:{event id}` and more.
    pub id: String,
    /// The type: the policy's prefix, a dot, and the event's kind.
    pub entry_type: String,
    /// The customer.
    pub subject: String,
    /// When it happened, UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// `provider`, `providerType`, `referenceId`, `subscriptionId`, `paymentId`, `plan`, … as far
    /// as they are known.
    pub data: BTreeMap<String, Value>,
}
