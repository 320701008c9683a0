//! The objects that the OpenMeter server holds.

use crate::calendar::Interval;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// When something was made, changed and deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamps {
    pub(crate) created: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    pub(crate) deleted: Option<OffsetDateTime>,
}

impl Stamps {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            created: now,
            updated: now,
            deleted: None,
        }
    }

    pub(crate) fn delete(&mut self, now: OffsetDateTime) {
        self.updated = now;
        self.deleted = Some(now);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) slug: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) aggregation: String,
    pub(crate) event_type: String,
    pub(crate) event_from: Option<OffsetDateTime>,
    pub(crate) value_property: Option<String>,
    pub(crate) group_by: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct StoredEvent {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) time: OffsetDateTime,
    pub(crate) ingested_at: OffsetDateTime,
    /// The event as it is listed.
    pub(crate) body: Value,
    pub(crate) data: Value,
}

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) key: Option<String>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) subject_keys: Option<Vec<String>>,
    pub(crate) primary_email: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) billing_address: Value,
}

impl Customer {
    /// Whether events of a subject are this customer's.
    pub(crate) fn owns(&self, subject: &str) -> bool {
        self.id == subject
            || self.key.as_deref() == Some(subject)
            || self.subject_keys.iter().flatten().any(|key| key == subject)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) key: String,
    pub(crate) fields: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Feature {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) archived_at: Option<OffsetDateTime>,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) metadata: Value,
    pub(crate) meter_slug: Option<String>,
    pub(crate) simple_filters: Value,
    pub(crate) filters: Value,
    pub(crate) unit_cost: Value,
}

/// A repeating period: its interval as it was written, and from where it counts.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    pub(crate) text: String,
    pub(crate) interval: Interval,
    pub(crate) anchor: OffsetDateTime,
}

#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) amount: f64,
    pub(crate) priority: i64,
    pub(crate) effective_at: OffsetDateTime,
    pub(crate) expiration: Option<(String, i64)>,
    pub(crate) min_rollover: f64,
    pub(crate) max_rollover: f64,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) voided_at: Option<OffsetDateTime>,
    pub(crate) metadata: Value,
    pub(crate) annotations: Value,
}

impl Grant {
    pub(crate) fn expires_at(&self) -> Option<OffsetDateTime> {
        let (unit, count) = self.expiration.as_ref()?;
        Some(Interval::of(unit, *count)?.after(self.effective_at, 1))
    }

    /// When it stops counting.
    pub(crate) fn ends_at(&self) -> Option<OffsetDateTime> {
        match (self.expires_at(), self.voided_at) {
            (Some(expires), Some(voided)) => Some(expires.min(voided)),
            (expires, voided) => expires.or(voided),
        }
    }
}

/// A reset that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ManualReset {
    pub(crate) at: OffsetDateTime,
    pub(crate) preserve_overage: bool,
    pub(crate) moves_anchor: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) amount: f64,
    pub(crate) priority: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Metered {
    pub(crate) usage_period: Recurrence,
    pub(crate) measure_from: OffsetDateTime,
    pub(crate) is_soft_limit: bool,
    pub(crate) preserve_overage: bool,
    pub(crate) issue: Option<Issue>,
    pub(crate) resets: Vec<ManualReset>,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Clone, Debug)]
pub(crate) enum EntitlementKind {
    Metered(Box<Metered>),
    Static { config: String },
    Boolean,
}

#[derive(Clone, Debug)]
pub(crate) struct Entitlement {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) customer_id: String,
    pub(crate) feature_id: String,
    pub(crate) feature_key: String,
    pub(crate) metadata: Value,
    pub(crate) active_from: OffsetDateTime,
    pub(crate) active_to: Option<OffsetDateTime>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) kind: EntitlementKind,
}

impl Entitlement {
    pub(crate) fn type_name(&self) -> &'static str {
        match self.kind {
            EntitlementKind::Metered(_) => "metered",
            EntitlementKind::Static { .. } => "static",
            EntitlementKind::Boolean => "boolean",
        }
    }

    pub(crate) fn is_active(&self, at: OffsetDateTime) -> bool {
        self.stamps.deleted.is_none_or(|deleted| deleted > at)
            && self.active_from <= at
            && self.active_to.is_none_or(|to| to > at)
    }
}

/// What plans and add-ons share: a key with versions and a life from draft to archive.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) key: String,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) currency: String,
    pub(crate) effective_from: Option<OffsetDateTime>,
    pub(crate) effective_to: Option<OffsetDateTime>,
}

impl Version {
    pub(crate) fn status(&self, now: OffsetDateTime) -> &'static str {
        match (self.effective_from, self.effective_to) {
            (None, _) => "draft",
            (_, Some(to)) if to <= now => "archived",
            (Some(from), _) if from > now => "scheduled",
            _ => "active",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) base: Version,
    pub(crate) billing_cadence: String,
    pub(crate) pro_rating: Value,
    pub(crate) settlement_mode: String,
    pub(crate) alignment: Value,
    pub(crate) phases: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Addon {
    pub(crate) base: Version,
    pub(crate) instance_type: String,
    pub(crate) rate_cards: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct PlanAddon {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) plan_id: String,
    pub(crate) addon_id: String,
    pub(crate) from_phase: String,
    pub(crate) max_quantity: Option<i64>,
    pub(crate) metadata: Value,
}

#[derive(Clone, Debug)]
pub(crate) struct SubscriptionPhase {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: Value,
    pub(crate) metadata: Value,
    pub(crate) active_from: OffsetDateTime,
    pub(crate) active_to: Option<OffsetDateTime>,
    /// Rate cards with the ids of the items that they became.
    pub(crate) items: Vec<(String, Value)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) customer_id: String,
    pub(crate) plan: Option<(String, String, i64)>,
    pub(crate) currency: String,
    pub(crate) billing_cadence: String,
    pub(crate) pro_rating: Value,
    pub(crate) settlement_mode: String,
    pub(crate) billing_anchor: OffsetDateTime,
    pub(crate) active_from: OffsetDateTime,
    pub(crate) active_to: Option<OffsetDateTime>,
    pub(crate) phases: Vec<SubscriptionPhase>,
}

impl Subscription {
    pub(crate) fn status(&self, now: OffsetDateTime) -> &'static str {
        if self.active_from > now {
            return "scheduled";
        }
        match self.active_to {
            None => "active",
            Some(to) if to <= now => "inactive",
            Some(_) => "canceled",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct PortalToken {
    pub(crate) token: String,
    pub(crate) subject: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) slugs: Option<Vec<String>>,
}
