use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::catalog::{Expiration, Reset};

/// An entitlement that a customer is meant to have: one per customer and feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EntitlementSpec {
    /// The key of the feature.
    pub feature_key: String,
    /// What the customer may do with it.
    pub allowance: Allowance,
    /// Where it comes from: `catalogPlanId` or `catalogAddonId`, `catalogFeatureId`, `provider`,
    /// `subscriptionId`, and the catalog's own metadata. Says nothing about access.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What an entitlement allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Allowance {
    /// Use of the feature.
    Boolean,
    /// Use of the feature with a configuration.
    Static {
        /// The configuration: any JSON.
        config: Value,
    },
    /// Use up to an amount, more with top-ups.
    Metered {
        /// The amount that each usage period begins with, in units of the feature's meter.
        amount: f64,
        /// The length of a usage period; `None`: one period without end.
        reset: Option<Reset>,
        /// A time at which a usage period begins; the billing period's begin when it is known.
        #[serde(
            default,
            with = "rfc3339::option",
            skip_serializing_if = "Option::is_none"
        )]
        anchor: Option<OffsetDateTime>,
    },
}

impl EntitlementSpec {
    /// Returns whether both allow the same. Metadata and the anchor make no difference, so that a
    /// renewal does not replace an entitlement and start its usage anew.
    pub fn allows_same(&self, other: &Self) -> bool {
        self.feature_key == other.feature_key
            && match (&self.allowance, &other.allowance) {
                (
                    Allowance::Metered { amount, reset, .. },
                    Allowance::Metered {
                        amount: other_amount,
                        reset: other_reset,
                        ..
                    },
                ) => amount == other_amount && reset == other_reset,
                (one, other) => one == other,
            }
    }
}

/// Balance to be granted once on a metered entitlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GrantSpec {
    /// The idempotency key: at most one grant of this key ever exists for a customer and feature.
    pub key: String,
    /// The key of the feature.
    pub feature_key: String,
    /// The amount, in units of the feature's meter.
    pub amount: f64,
    /// From when it can be used, UTC.
    #[serde(with = "rfc3339")]
    pub effective_at: OffsetDateTime,
    /// How long it can be used, as the catalog says it; `None`: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// When it can no longer be used, counted from the payment, UTC. For a grant that is made
    /// again after a change of entitlement this is earlier than `effective_at` + `expiration`, and
    /// is what counts.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// The order of use: a lower number is used first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// The most that is carried over a reset, in units of the feature's meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rollover_amount: Option<f64>,
    /// Where it comes from, and the catalog's own metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A top-up that was paid for, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GrantRecord {
    /// The catalog id of the top-up.
    pub topup: String,
    /// The key of the payment in [`State::payments`](super::State::payments).
    pub payment: String,
    /// The grant as it was bought, or what was left of it when it was last taken down.
    pub spec: GrantSpec,
    /// Whether the balance is, or is about to be, on the customer's entitlement. If not, it waits
    /// for one.
    pub issued: bool,
    /// How often the balance was put on a new entitlement.
    pub generation: u32,
    /// Whether it was taken back after a full refund.
    pub revoked: bool,
}

impl GrantRecord {
    /// The key of the grant that is, or will be, in the entitlement store.
    pub fn current_key(&self) -> String {
        match self.generation {
            0 => self.spec.key.clone(),
            generation => format!("{}#{generation}", self.spec.key),
        }
    }

    /// Returns whether there is something left to be used.
    pub fn is_usable(&self, now: OffsetDateTime) -> bool {
        !self.revoked
            && self.spec.amount > 0.0
            && self.spec.expires_at.is_none_or(|expires| now < expires)
    }
}
