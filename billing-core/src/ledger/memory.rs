use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Account, Claim, Commit, Committed, EventId, Ledger, LedgerError, Link, PendingEffect};
use crate::event::BillingEvent;
use crate::provider::Provider;

/// A ledger in memory: for tests, and for one process whose provider can send everything again.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    accounts: BTreeMap<String, Account>,
    processed: BTreeSet<EventId>,
    parked: BTreeMap<EventId, BillingEvent>,
    links: BTreeMap<Link, String>,
    effects: BTreeMap<u64, PendingEffect>,
    queues: BTreeMap<String, Queue>,
    last_effect: u64,
    last_token: u64,
}

/// When a customer's effects are to be looked at, and who does it at present.
#[derive(Debug, Clone, Copy)]
struct Queue {
    awake_at: OffsetDateTime,
    lease: Option<Lease>,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    token: u64,
    until: OffsetDateTime,
}

impl MemoryLedger {
    /// Makes an empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn held(&mut self, customer: &str, token: u64) -> Option<&mut Queue> {
        let queue = self.queues.get_mut(customer)?;
        queue
            .lease
            .is_some_and(|lease| lease.token == token)
            .then_some(queue)
    }

    fn pending(&self, customer: &str) -> impl Iterator<Item = &PendingEffect> {
        self.effects
            .values()
            .filter(move |pending| pending.customer == customer)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn account(&self, customer: &str) -> Result<Account, LedgerError> {
        Ok(self
            .tables()
            .accounts
            .get(customer)
            .cloned()
            .unwrap_or_default())
    }

    async fn is_processed(&self, event: &EventId) -> Result<bool, LedgerError> {
        Ok(self.tables().processed.contains(event))
    }

    async fn owner(&self, link: &Link) -> Result<Option<String>, LedgerError> {
        Ok(self.tables().links.get(link).cloned())
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, LedgerError> {
        let mut tables = self.tables();
        if commit
            .event
            .as_ref()
            .is_some_and(|event| tables.processed.contains(event))
        {
            return Ok(Committed::Repeated);
        }
        let version = tables
            .accounts
            .get(&commit.customer)
            .map_or(0, |account| account.version);
        if version != commit.expected_version {
            return Ok(Committed::Conflict);
        }
        if let Some((token, _)) = commit.settled
            && tables.held(&commit.customer, token).is_none()
        {
            return Ok(Committed::TakenOver);
        }
        let account = Account {
            state: commit.state,
            version: version + 1,
        };
        tables.accounts.insert(commit.customer.clone(), account);
        if let Some(event) = commit.event {
            tables.parked.remove(&event);
            tables.processed.insert(event);
        }
        for link in commit.links {
            tables
                .links
                .entry(link)
                .or_insert_with(|| commit.customer.clone());
        }
        if !commit.effects.is_empty() {
            let queue = Queue {
                awake_at: commit.at,
                lease: None,
            };
            let queue = tables
                .queues
                .entry(commit.customer.clone())
                .or_insert(queue);
            queue.awake_at = queue.awake_at.min(commit.at);
        }
        for effect in commit.effects {
            tables.last_effect += 1;
            let id = tables.last_effect;
            let pending = PendingEffect {
                id,
                customer: commit.customer.clone(),
                effect,
                attempts: 0,
                retry_at: commit.at,
                last_error: None,
            };
            tables.effects.insert(id, pending);
        }
        if let Some((_, effect_id)) = commit.settled {
            tables.effects.remove(&effect_id);
        }
        Ok(Committed::Kept)
    }

    async fn park(&self, event: &BillingEvent) -> Result<(), LedgerError> {
        let mut tables = self.tables();
        let id = EventId::of(event);
        if !tables.processed.contains(&id) {
            tables.parked.insert(id, event.clone());
        }
        Ok(())
    }

    async fn parked(
        &self,
        provider: Provider,
        provider_customer_id: &str,
    ) -> Result<Vec<BillingEvent>, LedgerError> {
        let tables = self.tables();
        let of_customer = tables.parked.values().filter(|event| {
            event.provider == provider
                && event.customer.provider_id.as_deref() == Some(provider_customer_id)
        });
        let mut events: Vec<BillingEvent> = of_customer.cloned().collect();
        events.sort_by_key(|event| event.occurred_at);
        Ok(events)
    }

    async fn due(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<String>, LedgerError> {
        let tables = self.tables();
        let mut due: Vec<(OffsetDateTime, &String)> = tables
            .accounts
            .iter()
            .filter_map(|(customer, account)| Some((account.state.next_due?, customer)))
            .filter(|(next_due, _)| *next_due <= now)
            .collect();
        due.sort();
        Ok(due
            .into_iter()
            .take(limit)
            .map(|(_, customer)| customer.clone())
            .collect())
    }

    async fn claim(
        &self,
        customer: Option<&str>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, LedgerError> {
        let mut tables = self.tables();
        let found = tables
            .queues
            .iter()
            .filter(|(name, queue)| {
                customer.is_none_or(|wanted| wanted == *name)
                    && queue.awake_at <= now
                    && queue.lease.is_none_or(|lease| lease.until <= now)
                    && tables.pending(name).next().is_some()
            })
            .min_by_key(|(_, queue)| queue.awake_at);
        let Some(customer) = found.map(|(name, _)| name.clone()) else {
            return Ok(None);
        };
        tables.last_token += 1;
        let token = tables.last_token;
        if let Some(queue) = tables.queues.get_mut(&customer) {
            queue.lease = Some(Lease {
                token,
                until: now + lease,
            });
        }
        let effects = tables.pending(&customer).cloned().collect();
        Ok(Some(Claim {
            customer,
            token,
            effects,
        }))
    }

    async fn settle(
        &self,
        claim: &Claim,
        effect_id: u64,
        lease_until: OffsetDateTime,
    ) -> Result<bool, LedgerError> {
        let mut tables = self.tables();
        let Some(queue) = tables.held(&claim.customer, claim.token) else {
            return Ok(false);
        };
        queue.lease = Some(Lease {
            token: claim.token,
            until: lease_until,
        });
        tables.effects.remove(&effect_id);
        Ok(true)
    }

    async fn postpone(
        &self,
        claim: &Claim,
        effect_id: u64,
        retry_at: OffsetDateTime,
        error: &str,
    ) -> Result<bool, LedgerError> {
        let mut tables = self.tables();
        if tables.held(&claim.customer, claim.token).is_none() {
            return Ok(false);
        }
        if let Some(pending) = tables.effects.get_mut(&effect_id) {
            pending.attempts = pending.attempts.saturating_add(1);
            pending.retry_at = retry_at;
            pending.last_error = Some(error.to_owned());
        }
        Ok(true)
    }

    async fn release(
        &self,
        claim: &Claim,
        sleep_until: Option<OffsetDateTime>,
    ) -> Result<(), LedgerError> {
        let mut tables = self.tables();
        let last_seen = claim.effects.iter().map(|pending| pending.id).max();
        let newest = tables
            .pending(&claim.customer)
            .map(|pending| pending.id)
            .max();
        if let Some(queue) = tables.held(&claim.customer, claim.token) {
            queue.lease = None;
            if let Some(until) = sleep_until.filter(|_| newest <= last_seen) {
                queue.awake_at = until;
            }
        }
        Ok(())
    }

    async fn failing(&self, limit: usize) -> Result<Vec<PendingEffect>, LedgerError> {
        let tables = self.tables();
        let failing = tables
            .effects
            .values()
            .filter(|pending| pending.attempts > 0);
        Ok(failing.take(limit).cloned().collect())
    }
}
