use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{AuditEntry, BackendError, CustomerProfile, EntitlementBackend, GrantBalance};
use crate::entitlement::{Allowance, EntitlementSpec, GrantSpec};

/// An entitlement store in memory, for tests and for trying things out.
///
/// Strict where a real store is: an entitlement needs its customer, a grant needs a metered
/// entitlement, and grants are gone when their entitlement is replaced or deleted. Usage periods
/// and expiry of grants are not modelled.
#[derive(Debug, Default)]
pub struct MemoryBackend {
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    customers: BTreeMap<String, Customer>,
    audit: BTreeMap<String, AuditEntry>,
}

#[derive(Debug)]
struct Customer {
    profile: CustomerProfile,
    entitlements: BTreeMap<String, Held>,
}

#[derive(Debug)]
struct Held {
    spec: EntitlementSpec,
    used: f64,
    grants: BTreeMap<String, HeldGrant>,
}

#[derive(Debug)]
struct HeldGrant {
    spec: GrantSpec,
    remaining: f64,
    revoked: bool,
}

impl MemoryBackend {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the customers, by key.
    pub fn customers(&self) -> Vec<CustomerProfile> {
        self.store()
            .customers
            .values()
            .map(|customer| customer.profile.clone())
            .collect()
    }

    /// Returns a customer's entitlements, by feature key.
    pub fn entitlements(&self, customer: &str) -> Vec<EntitlementSpec> {
        let store = self.store();
        let held = store
            .customers
            .get(customer)
            .into_iter()
            .flat_map(|found| &found.entitlements);
        held.map(|(_, held)| held.spec.clone()).collect()
    }

    /// Returns the grants that can be used on a customer's entitlement, each with what is left.
    pub fn grants(&self, customer: &str, feature_key: &str) -> Vec<(GrantSpec, f64)> {
        let store = self.store();
        let Some(held) = store.held(customer, feature_key) else {
            return Vec::new();
        };
        let usable = held.grants.values().filter(|grant| !grant.revoked);
        usable
            .map(|grant| (grant.spec.clone(), grant.remaining))
            .collect()
    }

    /// Returns whether the customer may use the feature now: a metered one while balance is left.
    pub fn has_access(&self, customer: &str, feature_key: &str) -> bool {
        match self.balance(customer, feature_key) {
            Some(balance) => balance > 0.0,
            None => self.store().held(customer, feature_key).is_some(),
        }
    }

    /// Returns what is left of a metered entitlement, bought balance included.
    pub fn balance(&self, customer: &str, feature_key: &str) -> Option<f64> {
        let store = self.store();
        let held = store.held(customer, feature_key)?;
        let Allowance::Metered { amount, .. } = held.spec.allowance else {
            return None;
        };
        let bought = held.grants.values().filter(|grant| !grant.revoked);
        Some((amount - held.used).max(0.0) + bought.map(|grant| grant.remaining).sum::<f64>())
    }

    /// Uses up balance: what the entitlement brings first, then grants by priority and key.
    pub fn consume(&self, customer: &str, feature_key: &str, mut amount: f64) {
        let mut store = self.store();
        let Some(held) = store.held_mut(customer, feature_key) else {
            return;
        };
        if let Allowance::Metered { amount: own, .. } = held.spec.allowance {
            let taken = amount.min((own - held.used).max(0.0));
            held.used += taken;
            amount -= taken;
        }
        let mut grants: Vec<_> = held
            .grants
            .values_mut()
            .filter(|grant| !grant.revoked)
            .collect();
        grants.sort_by_key(|grant| grant.spec.priority.unwrap_or(0));
        for grant in grants {
            let taken = amount.min(grant.remaining);
            grant.remaining -= taken;
            amount -= taken;
        }
    }

    /// Returns the audit entries, by id.
    pub fn audit(&self) -> Vec<AuditEntry> {
        self.store().audit.values().cloned().collect()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn held(&self, customer: &str, feature_key: &str) -> Option<&Held> {
        self.customers.get(customer)?.entitlements.get(feature_key)
    }

    fn held_mut(&mut self, customer: &str, feature_key: &str) -> Option<&mut Held> {
        self.customers
            .get_mut(customer)?
            .entitlements
            .get_mut(feature_key)
    }
}

#[async_trait]
impl EntitlementBackend for MemoryBackend {
    async fn ensure_customer(&self, profile: &CustomerProfile) -> Result<(), BackendError> {
        let mut store = self.store();
        store
            .customers
            .entry(profile.key.clone())
            .or_insert_with(|| Customer {
                profile: profile.clone(),
                entitlements: BTreeMap::new(),
            });
        Ok(())
    }

    async fn put_entitlement(
        &self,
        customer: &str,
        entitlement: &EntitlementSpec,
    ) -> Result<(), BackendError> {
        let mut store = self.store();
        let Some(found) = store.customers.get_mut(customer) else {
            return Err(BackendError::permanent(format!(
                "customer {customer} does not exist"
            )));
        };
        let present = found.entitlements.get(&entitlement.feature_key);
        if !present.is_some_and(|held| held.spec.allows_same(entitlement)) {
            let held = Held {
                spec: entitlement.clone(),
                used: 0.0,
                grants: BTreeMap::new(),
            };
            found
                .entitlements
                .insert(entitlement.feature_key.clone(), held);
        }
        Ok(())
    }

    async fn delete_entitlement(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<(), BackendError> {
        if let Some(found) = self.store().customers.get_mut(customer) {
            found.entitlements.remove(feature_key);
        }
        Ok(())
    }

    async fn create_grant(&self, customer: &str, grant: &GrantSpec) -> Result<(), BackendError> {
        let mut store = self.store();
        let held = store.held_mut(customer, &grant.feature_key);
        let metered = held.filter(|held| matches!(held.spec.allowance, Allowance::Metered { .. }));
        let Some(held) = metered else {
            return Err(BackendError::permanent(format!(
                "customer {customer} has no metered entitlement for {}",
                grant.feature_key
            )));
        };
        held.grants
            .entry(grant.key.clone())
            .or_insert_with(|| HeldGrant {
                spec: grant.clone(),
                remaining: grant.amount,
                revoked: false,
            });
        Ok(())
    }

    async fn revoke_grant(
        &self,
        customer: &str,
        feature_key: &str,
        key: &str,
    ) -> Result<(), BackendError> {
        let mut store = self.store();
        let held = store.held_mut(customer, feature_key);
        if let Some(grant) = held.and_then(|held| held.grants.get_mut(key)) {
            grant.revoked = true;
        }
        Ok(())
    }

    async fn grant_balances(
        &self,
        customer: &str,
        feature_key: &str,
    ) -> Result<Vec<GrantBalance>, BackendError> {
        let grants = self.grants(customer, feature_key).into_iter();
        Ok(grants
            .map(|(spec, remaining)| GrantBalance {
                key: spec.key,
                remaining,
            })
            .collect())
    }

    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), BackendError> {
        let mut store = self.store();
        store
            .audit
            .entry(entry.id.clone())
            .or_insert_with(|| entry.clone());
        Ok(())
    }
}
