//! A process may die between any two steps. What it leaves behind is carried on by the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::effects::{
    AuditEntry, BackendError, CustomerProfile, EntitlementBackend, GrantBalance, MemoryBackend,
};
use billing_core::entitlement::{EntitlementSpec, GrantSpec};
use billing_core::event::{BillingEvent, MoneySignal, SubscriptionStatus as Status};
use billing_core::ledger::{
    Account, Claim, Commit, Committed, EventId, Ledger, LedgerError, Link, MemoryLedger,
    PendingEffect,
};
use time::OffsetDateTime;

use super::support::{TestClock, catalog, day, event, payment, reports, snapshot};

/// Counts steps; from one on, everything fails as it does for a process that is gone. The step at
/// which it dies is either not taken, or taken without anybody hearing of it.
struct Fuse {
    steps: AtomicUsize,
    dies_at: usize,
    takes_the_last_step: bool,
}

impl Fuse {
    fn before(&self) -> bool {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        step < self.dies_at || (step == self.dies_at && self.takes_the_last_step)
    }

    fn after(&self) -> bool {
        self.steps.load(Ordering::SeqCst) <= self.dies_at
    }
}

struct Mortal<T> {
    inner: Arc<T>,
    fuse: Arc<Fuse>,
}

macro_rules! step {
    ($self:ident, $error:expr, $call:expr) => {{
        if !$self.fuse.before() {
            return Err($error);
        }
        let answer = $call.await;
        if !$self.fuse.after() {
            return Err($error);
        }
        answer
    }};
}

fn dead_ledger() -> LedgerError {
    LedgerError::new("the process is gone")
}

fn dead_store() -> BackendError {
    BackendError::transient("the process is gone")
}

#[async_trait]
impl Ledger for Mortal<MemoryLedger> {
    async fn account(&self, customer: &str) -> Result<Account, LedgerError> {
        step!(self, dead_ledger(), self.inner.account(customer))
    }
    async fn is_processed(&self, event: &EventId) -> Result<bool, LedgerError> {
        step!(self, dead_ledger(), self.inner.is_processed(event))
    }
    async fn owner(&self, link: &Link) -> Result<Option<String>, LedgerError> {
        step!(self, dead_ledger(), self.inner.owner(link))
    }
    async fn commit(&self, commit: Commit) -> Result<Committed, LedgerError> {
        step!(self, dead_ledger(), self.inner.commit(commit))
    }
    async fn park(&self, event: &BillingEvent) -> Result<(), LedgerError> {
        step!(self, dead_ledger(), self.inner.park(event))
    }
    async fn parked(&self, of: Provider, id: &str) -> Result<Vec<BillingEvent>, LedgerError> {
        step!(self, dead_ledger(), self.inner.parked(of, id))
    }
    async fn due(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<String>, LedgerError> {
        step!(self, dead_ledger(), self.inner.due(now, limit))
    }
    async fn claim(
        &self,
        customer: Option<&str>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, LedgerError> {
        step!(self, dead_ledger(), self.inner.claim(customer, now, lease))
    }
    async fn settle(
        &self,
        claim: &Claim,
        effect_id: u64,
        until: OffsetDateTime,
    ) -> Result<bool, LedgerError> {
        step!(
            self,
            dead_ledger(),
            self.inner.settle(claim, effect_id, until)
        )
    }
    async fn postpone(
        &self,
        claim: &Claim,
        effect_id: u64,
        retry_at: OffsetDateTime,
        error: &str,
    ) -> Result<bool, LedgerError> {
        step!(
            self,
            dead_ledger(),
            self.inner.postpone(claim, effect_id, retry_at, error)
        )
    }
    async fn release(
        &self,
        claim: &Claim,
        until: Option<OffsetDateTime>,
    ) -> Result<(), LedgerError> {
        step!(self, dead_ledger(), self.inner.release(claim, until))
    }
    async fn failing(&self, limit: usize) -> Result<Vec<PendingEffect>, LedgerError> {
        step!(self, dead_ledger(), self.inner.failing(limit))
    }
}

#[async_trait]
impl EntitlementBackend for Mortal<MemoryBackend> {
    async fn ensure_customer(&self, profile: &CustomerProfile) -> Result<(), BackendError> {
        step!(self, dead_store(), self.inner.ensure_customer(profile))
    }
    async fn put_entitlement(
        &self,
        customer: &str,
        entitlement: &EntitlementSpec,
    ) -> Result<(), BackendError> {
        step!(
            self,
            dead_store(),
            self.inner.put_entitlement(customer, entitlement)
        )
    }
    async fn delete_entitlement(&self, customer: &str, key: &str) -> Result<(), BackendError> {
        step!(
            self,
            dead_store(),
            self.inner.delete_entitlement(customer, key)
        )
    }
    async fn create_grant(&self, customer: &str, grant: &GrantSpec) -> Result<(), BackendError> {
        step!(self, dead_store(), self.inner.create_grant(customer, grant))
    }
    async fn revoke_grant(&self, customer: &str, of: &str, key: &str) -> Result<(), BackendError> {
        step!(
            self,
            dead_store(),
            self.inner.revoke_grant(customer, of, key)
        )
    }
    async fn grant_balances(&self, of: &str, key: &str) -> Result<Vec<GrantBalance>, BackendError> {
        step!(self, dead_store(), self.inner.grant_balances(of, key))
    }
    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), BackendError> {
        step!(self, dead_store(), self.inner.record_audit(entry))
    }
}

/// What a customer ends up with: entitlements, grants with what is left, and the audit trail.
fn result(backend: &MemoryBackend) -> String {
    let grants: Vec<(String, f64)> = backend
        .grants("user_1", "ai_tokens")
        .into_iter()
        .map(|(grant, left)| (grant.key, left))
        .collect();
    let audit: Vec<String> = backend.audit().into_iter().map(|entry| entry.id).collect();
    format!(
        "{:#?}\n{grants:?}\n{audit:?}",
        backend.entitlements("user_1")
    )
}

fn pack(id: &str, order: &str) -> BillingEvent {
    event(id, day(1)).payment(payment(order, MoneySignal::Paid, "prod_pack"))
}

/// What is delivered before use, and after it.
fn deliveries() -> [Vec<BillingEvent>; 2] {
    let mut planned = snapshot(Status::Active, "prod_team", 2);
    planned.cancel_at_period_end = true;
    planned.current_period_end = Some(day(40));
    [
        vec![
            pack("e0", "ord_0"),
            reports("e1", 0, Status::Active),
            pack("e2", "ord_1"),
            event("e3", day(2)).payment(payment("ord_0", MoneySignal::RefundedInFull, "prod_pack")),
        ],
        vec![
            event("e4", day(2)).subscription(snapshot(Status::Active, "prod_team", 2)),
            event("e5", day(3)).subscription(planned),
        ],
    ]
}

async fn live(
    ledger: &Arc<MemoryLedger>,
    backend: &Arc<MemoryBackend>,
    phase: usize,
    fuse: Fuse,
) -> usize {
    let fuse = Arc::new(fuse);
    let billing = Billing::new(
        catalog(),
        Arc::new(Mortal {
            inner: ledger.clone(),
            fuse: fuse.clone(),
        }),
        Arc::new(Mortal {
            inner: backend.clone(),
            fuse: fuse.clone(),
        }),
    )
    .clock(TestClock::at(day(5)));
    for event in &deliveries()[phase] {
        let _dead = billing.handle(vec![event.clone()]).await;
    }
    fuse.steps.load(Ordering::SeqCst)
}

fn immortal() -> Fuse {
    Fuse {
        steps: AtomicUsize::new(0),
        dies_at: usize::MAX,
        takes_the_last_step: true,
    }
}

/// Runs both phases; the process of one of them dies. Then another one gets all deliveries again.
async fn life(dying: usize, dies_at: usize, takes_the_last_step: bool) -> (String, usize) {
    let (ledger, backend) = (
        Arc::new(MemoryLedger::new()),
        Arc::new(MemoryBackend::new()),
    );
    let mut steps = 0;
    for phase in 0..2 {
        let fuse = Fuse {
            steps: AtomicUsize::new(0),
            dies_at,
            takes_the_last_step,
        };
        if phase == dying {
            steps = live(&ledger, &backend, phase, fuse).await;
        }
        live(&ledger, &backend, phase, immortal()).await;
        let billing =
            Billing::new(catalog(), ledger.clone(), backend.clone()).clock(TestClock::at(day(6)));
        billing.run_due(day(6)).await.unwrap();
        if phase == 0 {
            backend.consume("user_1", "ai_tokens", 100_000.0 + 300_000.0);
        }
    }
    assert!(ledger.failing(10).await.unwrap().is_empty());
    assert_eq!(
        ledger
            .claim(None, day(99), Duration::from_secs(1))
            .await
            .unwrap(),
        None
    );
    (result(&backend), steps)
}

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_and_repeats_nothing() {
    let (expected, _) = life(9, 0, false).await;
    assert!(
        expected.contains("(\"polar:ord_1:tokenPack#1\", 700000.0)"),
        "{expected}"
    );
    for phase in 0..2 {
        let (_, steps) = life(phase, usize::MAX, true).await;
        assert!(steps > 30, "{steps}");
        for dies_at in 0..steps {
            for takes_the_last_step in [false, true] {
                let (found, _) = life(phase, dies_at, takes_the_last_step).await;
                assert_eq!(found, expected, "phase {phase}, step {dies_at}");
            }
        }
    }
}
