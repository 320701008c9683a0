mod compare;
mod expiry;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use openmeter_client::client_core::ErrorKind;
use openmeter_client::client_core::wire::Patch;
use openmeter_client::models::{
    CustomerCreate, CustomerReplaceUpdate, CustomerUsageAttribution, EntitlementGrantCreateInputV2,
    EntitlementGrantV2, EntitlementMeteredV2, EntitlementV2, EntitlementV2CreateInputs,
};
use openmeter_client::{Error, Event, OpenMeter};
use serde_json::Value;

use super::{AuditEntry, BackendError, CustomerProfile, EntitlementBackend, GrantBalance};
use crate::billing::{Clock, SystemClock};
use crate::compile::openmeter::{
    PRIORITIES, boolean_body, metered_body, owned_metadata, static_body,
};
use crate::entitlement::{Allowance, EntitlementSpec, GrantSpec};

/// Name of a grant's key in its metadata.
const IDEMPOTENCY_KEY: &str = "idempotencyKey";

/// OpenMeter as the store of entitlements: customer entitlements of its API v2.
///
/// The customer's key is the application's id, and usage events count for the subject of the same
/// name. Features have to exist before anything is granted (see `Provisioner`).
///
/// A grant is found again by `idempotencyKey` in its metadata, over every page of the grants that
/// the entitlement ever had. Grants end at a whole hour, day, week, month or year after they begin:
/// one whose end cannot be met exactly ends up to an hour later (a day when it lasts longer than a
/// thousand hours), never earlier. Priorities are from 1 to 255: one beyond becomes the nearest, as
/// what was paid for is granted all the same.
///
/// An audit entry becomes a CloudEvent with the entry's id, from the source `billing`; OpenMeter
/// drops a repetition where its deduplication is on.
#[derive(Clone)]
pub struct OpenMeterBackend {
    om: OpenMeter,
    audit_source: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for OpenMeterBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenMeterBackend")
            .field("audit_source", &self.audit_source)
            .finish_non_exhaustive()
    }
}

impl OpenMeterBackend {
    /// Makes a store of what the client reaches.
    pub fn new(om: OpenMeter) -> Self {
        Self {
            om,
            audit_source: "billing".into(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the CloudEvents `source` of audit entries, instead of `billing`.
    #[must_use]
    pub fn audit_source(mut self, source: impl Into<String>) -> Self {
        self.audit_source = source.into().into();
        self
    }

    /// Sets the clock, instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn replace(
        &self,
        customer: &str,
        feature_key: &str,
        conflicting: Option<&str>,
        body: EntitlementV2CreateInputs,
    ) -> Result<(), BackendError> {
        let entitlements = self.om.customers().entitlements(customer);
        let present = match entitlements.get(conflicting.unwrap_or(feature_key)).await {
            Ok(present) => Some(present),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(failure(error)),
        };
        if present.is_some_and(|present| compare::allows_same(&present, &body)) {
            return Ok(());
        }
        match entitlements.override_(feature_key, body.clone()).await {
            Ok(_) => Ok(()),
            // It ended between the two requests.
            Err(error) if error.is_not_found() => {
                entitlements.create(body).await.map_err(failure)?;
                Ok(())
            }
            Err(error) => Err(failure(error)),
        }
    }

    /// Every grant that the customer's present entitlement ever had; without one, `None`.
    async fn grants(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<Option<Vec<EntitlementGrantV2>>, BackendError> {
        let grants = self
            .om
            .customers()
            .entitlements(customer)
            .list_grants(feature_key)
            .include_deleted(true)
            .stream();
        match grants.try_collect().await {
            Ok(grants) => Ok(Some(grants)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    async fn metered(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<EntitlementMeteredV2, BackendError> {
        let entitlements = self.om.customers().entitlements(customer);
        match entitlements.get(feature_key).await {
            Ok(EntitlementV2::Metered(metered)) => Ok(metered.into_inner()),
            Ok(_) => Err(BackendError::permanent(format!(
                "the entitlement of customer {customer} for {feature_key} is not metered"
            ))),
            Err(error) if error.is_not_found() => Err(BackendError::permanent(format!(
                "customer {customer} has no entitlement for {feature_key}"
            ))
            .caused_by(error)),
            Err(error) => Err(failure(error)),
        }
    }
}

#[async_trait]
impl EntitlementBackend for OpenMeterBackend {
    async fn ensure_customer(&self, profile: &CustomerProfile) -> Result<(), BackendError> {
        let customers = self.om.customers();
        let key = profile.key.as_str();
        match customers.get(key).await {
            Ok(found) if found.deleted_at.is_none() => {
                let subjects = found.usage_attribution.unwrap_or_else(no_subjects);
                if subjects.subject_keys.iter().any(|subject| subject == key) {
                    return Ok(());
                }
                let mut update = CustomerReplaceUpdate::new(found.name);
                update.description = found.description;
                update.metadata = Patch::or_absent(found.metadata);
                update.key = found.key;
                update.primary_email = found.primary_email;
                update.currency = found.currency;
                update.billing_address = found.billing_address;
                let mut keys = subjects.subject_keys;
                keys.push(key.to_owned());
                update.usage_attribution = Some(CustomerUsageAttribution::new(keys));
                customers.update(found.id, update).await.map_err(failure)?;
                return Ok(());
            }
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(failure(error)),
        }
        let name = profile.name.as_deref().filter(|name| !name.is_empty());
        let mut create = CustomerCreate::new(name.unwrap_or(key)).key(key);
        create.primary_email = profile.email.clone().filter(|email| !email.is_empty());
        create.usage_attribution = Some(CustomerUsageAttribution::new([key]));
        match customers.create(create).await {
            Ok(_) => Ok(()),
            // Somebody else made it first, if it can be found now.
            Err(error) if error.is_conflict() => match customers.get(key).await {
                Ok(found) if found.deleted_at.is_none() => Ok(()),
                _ => Err(failure(error)),
            },
            Err(error) => Err(failure(error)),
        }
    }

    async fn put_entitlement(
        &self,
        customer: &str,
        entitlement: &EntitlementSpec,
    ) -> Result<(), BackendError> {
        let body = body(entitlement)?;
        let entitlements = self.om.customers().entitlements(customer);
        match entitlements.create(body.clone()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() => {
                let conflicting = error
                    .body()
                    .and_then(|body| body.conflicting_entity_id.as_deref());
                self.replace(customer, &entitlement.feature_key, conflicting, body)
                    .await
            }
            Err(error) => Err(failure(error)),
        }
    }

    async fn delete_entitlement(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<(), BackendError> {
        let entitlements = self.om.customers().entitlements(customer);
        match entitlements.delete(feature_key).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(failure(error)),
        }
    }

    async fn create_grant(&self, customer: &str, grant: &GrantSpec) -> Result<(), BackendError> {
        let feature_key = grant.feature_key.as_str();
        let entitlement = self.metered(customer, feature_key).await?;
        let made = self.grants(customer, feature_key).await?;
        if made
            .iter()
            .flatten()
            .any(|made| key_of(made) == Some(&grant.key))
        {
            return Ok(());
        }
        let lifetime = expiry::lifetime(grant, &entitlement).ok_or_else(|| {
            BackendError::permanent(format!(
                "the expiration of grant {} is none that OpenMeter has",
                grant.key
            ))
        })?;
        let mut metadata = owned_metadata(&grant.metadata);
        metadata.insert(IDEMPOTENCY_KEY.to_owned(), grant.key.clone());
        let mut body = EntitlementGrantCreateInputV2::new(grant.amount, lifetime.effective_at)
            .metadata(metadata);
        body.expiration = lifetime.expiration;
        let nearest = |priority| i64::from(priority).clamp(*PRIORITIES.start(), *PRIORITIES.end());
        body.priority = grant.priority.map(nearest);
        body.max_rollover_amount = grant.max_rollover_amount;
        let entitlements = self.om.customers().entitlements(customer);
        entitlements
            .create_grant(feature_key, body)
            .await
            .map_err(failure)?;
        Ok(())
    }

    async fn revoke_grant(
        &self,
        customer: &str,
        feature_key: &str,
        key: &str,
    ) -> Result<(), BackendError> {
        for grant in self
            .grants(customer, feature_key)
            .await?
            .unwrap_or_default()
        {
            if key_of(&grant).is_some_and(|found| found == key) && !is_gone(&grant) {
                match self.om.grants().void(grant.id.as_str()).await {
                    Ok(()) => {}
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(failure(error)),
                }
            }
        }
        Ok(())
    }

    async fn grant_balances(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<Vec<GrantBalance>, BackendError> {
        let Some(grants) = self.grants(customer, feature_key).await? else {
            return Ok(Vec::new());
        };
        let entitlements = self.om.customers().entitlements(customer);
        let value = match entitlements.value(feature_key).await {
            Ok(value) => value,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(failure(error)),
        };
        let left = value.grant_balances.unwrap_or_default();
        let now = self.clock.now();
        let balance = |grant: &EntitlementGrantV2| {
            let key = key_of(grant)?.clone();
            let remaining = match left.get(grant.id.as_str()) {
                Some(remaining) => *remaining,
                None if grant.effective_at > now => grant.amount,
                None => 0.0,
            };
            Some(GrantBalance { key, remaining })
        };
        let held = grants.iter().filter(|grant| !is_gone(grant));
        Ok(held.filter_map(balance).collect())
    }

    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), BackendError> {
        let data: serde_json::Map<String, Value> = entry
            .data
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let event = Event::new(&entry.entry_type, &entry.subject)
            .id(&entry.id)
            .source(&*self.audit_source)
            .time(entry.time)
            .data(Value::Object(data));
        self.om.events().ingest(event).await.map_err(failure)
    }
}

fn body(spec: &EntitlementSpec) -> Result<EntitlementV2CreateInputs, BackendError> {
    let key = spec.feature_key.as_str();
    let metadata = owned_metadata(&spec.metadata);
    match &spec.allowance {
        Allowance::Boolean => Ok(boolean_body(key, metadata)),
        Allowance::Static { config } => Ok(static_body(key, config, metadata)),
        Allowance::Metered {
            amount,
            reset,
            anchor,
        } => metered_body(key, *amount, reset.as_ref(), *anchor, metadata).ok_or_else(|| {
            BackendError::permanent(format!(
                "the entitlement for {key} starts anew in an interval that OpenMeter does not have"
            ))
        }),
    }
}

fn no_subjects() -> CustomerUsageAttribution {
    CustomerUsageAttribution::new(std::iter::empty::<String>())
}

fn key_of(grant: &EntitlementGrantV2) -> Option<&String> {
    grant.metadata.as_ref()?.get(IDEMPOTENCY_KEY)
}

fn is_gone(grant: &EntitlementGrantV2) -> bool {
    grant.voided_at.is_some() || grant.deleted_at.is_some()
}

/// Every operation here looks at what there is before it adds anything, so that also a write whose
/// answer was lost can be repeated.
fn failure(error: Error) -> BackendError {
    let message = error.to_string();
    let outage = matches!(
        error.kind(),
        ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Transport
            | ErrorKind::RateLimited
            | ErrorKind::Server
    );
    let failure = if outage || error.is_retryable() {
        BackendError::transient(message)
    } else {
        BackendError::permanent(message)
    };
    failure.caused_by(error)
}
