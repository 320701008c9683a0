use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::effects::{
    AuditEntry, BackendError, CustomerProfile, EntitlementBackend, GrantBalance, MemoryBackend,
};
use billing_core::entitlement::{
    EntitlementSpec, GrantSpec, IgnoredReason, Policy, Unresolved, Verdict,
};
use billing_core::event::{EventCustomer, MoneySignal, SubscriptionStatus as Status};
use billing_core::ledger::{Ledger, MemoryLedger};

use super::polar_events::receive;
use super::support::{
    House, TestClock, catalog, customer, day, event, payment, reports, shared, snapshot,
};

fn pack(id: &str, order: &str, on: i64) -> billing_core::event::BillingEvent {
    event(id, day(on)).payment(payment(order, MoneySignal::Paid, "prod_pack"))
}

#[tokio::test]
async fn a_customers_life_from_subscription_to_end() {
    let house = House::new();
    let started = house
        .billing
        .handle(vec![reports("e1", 0, Status::Active)])
        .await
        .unwrap();
    assert_eq!(started.events[0].customer.as_deref(), Some("user_1"));
    assert!(started.effects.failed.is_empty());
    assert!(house.has("api_access") && house.has("ai_tokens") && !house.has("labs"));

    house.backend.consume("user_1", "ai_tokens", 100_000.0);
    assert!(!house.has("ai_tokens"));
    house
        .billing
        .handle(vec![pack("e2", "ord_1", 1)])
        .await
        .unwrap();
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(1_000_000.0)
    );

    let mut planned = snapshot(Status::Active, "prod_pro", 0);
    planned.cancel_at_period_end = true;
    planned.ends_at = Some(day(30));
    let canceled = event("e3", day(5)).subscription(planned);
    house.billing.handle(vec![canceled]).await.unwrap();
    house.billing.run_due(day(29)).await.unwrap();
    assert!(house.has("api_access"));

    let outcome = house.billing.run_due(day(30)).await.unwrap();
    assert_eq!(outcome.customers.len(), 1);
    assert!(!house.has("api_access") && !house.has("ai_tokens"));
    let types: Vec<String> = house
        .backend
        .audit()
        .into_iter()
        .map(|entry| entry.entry_type)
        .collect();
    assert!(types.contains(&"billing.topup.applied".to_owned()));
}

#[tokio::test]
async fn repeated_and_reordered_deliveries_change_nothing() {
    let house = House::new();
    house.clock.set(day(9));
    let events = vec![
        reports("e1", 0, Status::Active),
        pack("e2", "ord_1", 1),
        reports("e3", 8, Status::PastDue),
    ];
    house.billing.handle(events.clone()).await.unwrap();
    let before = house.ledger.account("user_1").await.unwrap();
    let mut backwards = events;
    backwards.reverse();
    for _ in 0..2 {
        let outcome = house.billing.handle(backwards.clone()).await.unwrap();
        assert_eq!(outcome.effects.done, 0);
        for event in outcome.events {
            assert_eq!(
                event.verdict,
                Verdict::Ignored {
                    reason: IgnoredReason::Repeated
                }
            );
        }
    }
    assert_eq!(house.ledger.account("user_1").await.unwrap(), before);
}

#[tokio::test]
async fn an_upgrade_keeps_bought_balance() {
    let house = House::new();
    house
        .billing
        .handle(vec![
            reports("e1", 0, Status::Active),
            pack("e2", "ord_1", 1),
        ])
        .await
        .unwrap();
    house
        .backend
        .consume("user_1", "ai_tokens", 100_000.0 + 250_000.0);
    let upgrade = event("e3", day(2)).subscription(snapshot(Status::Active, "prod_team", 2));
    house.billing.handle(vec![upgrade]).await.unwrap();
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(500_000.0 + 750_000.0)
    );

    house
        .billing
        .handle(vec![reports("e4", 3, Status::Paused)])
        .await
        .unwrap();
    assert!(!house.has("ai_tokens"));
    house
        .billing
        .handle(vec![reports("e5", 4, Status::Active)])
        .await
        .unwrap();
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(100_000.0 + 750_000.0)
    );
    assert_eq!(house.backend.grants("user_1", "ai_tokens").len(), 1);
}

#[tokio::test]
async fn events_of_an_unknown_customer_wait_until_somebody_knows() {
    let house = House::new();
    let anonymous = EventCustomer::provider("cus_1");
    let first = reports("e1", 0, Status::Active).customer(anonymous.clone());
    let outcome = house.billing.handle(vec![first]).await.unwrap();
    let what = vec![Unresolved::Customer {
        provider_customer_id: Some("cus_1".into()),
    }];
    assert_eq!(
        outcome.events[0].verdict,
        Verdict::Unresolved {
            what,
            changes: vec![]
        }
    );
    assert!(house.backend.customers().is_empty());

    let known = event("e2", day(1)).payment(payment("ord_1", MoneySignal::Paid, "prod_pack"));
    let outcome = house.billing.handle(vec![known]).await.unwrap();
    assert_eq!(outcome.events.len(), 2);
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(1_100_000.0)
    );

    // From now on the provider's id is enough.
    let ended = reports("e3", 2, Status::Canceled).customer(anonymous);
    house.billing.handle(vec![ended]).await.unwrap();
    assert!(!house.has("api_access"));
}

#[tokio::test]
async fn an_application_can_link_a_customer_itself() {
    let house = House::new();
    let anonymous = reports("e1", 0, Status::Active).customer(EventCustomer::provider("cus_1"));
    house.billing.handle(vec![anonymous]).await.unwrap();
    let outcome = house
        .billing
        .link_customer(Provider::Polar, "cus_1", "user_1")
        .await
        .unwrap();
    assert_eq!(outcome.events.len(), 1);
    assert!(house.has("api_access"));
}

#[tokio::test]
async fn the_end_of_a_deleted_customers_subscription_is_theirs() {
    let house = House::new();
    house
        .billing
        .handle(vec![reports("e1", 0, Status::Active)])
        .await
        .unwrap();
    let mut gone = EventCustomer::default();
    gone.provider_id = Some("cus_other".into());
    let ended = reports("e2", 1, Status::Canceled).customer(gone);
    let outcome = house.billing.handle(vec![ended]).await.unwrap();
    assert_eq!(outcome.events[0].customer.as_deref(), Some("user_1"));
    assert!(!house.has("api_access"));
}

#[tokio::test]
async fn a_refund_finds_its_payment_without_a_customer() {
    let house = House::new();
    house
        .billing
        .handle(vec![
            reports("e1", 0, Status::Active),
            pack("e2", "ord_1", 1),
        ])
        .await
        .unwrap();
    let refund = event("e3", day(2))
        .payment(payment("ord_1", MoneySignal::RefundedInFull, "prod_pack"))
        .customer(EventCustomer::default());
    house.billing.handle(vec![refund]).await.unwrap();
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(100_000.0)
    );
}

#[tokio::test]
async fn a_catalog_that_learned_a_product_gives_access_when_worked_out_anew() {
    let house = House::new();
    let unknown = event("e1", day(0)).subscription(snapshot(Status::Active, "prod_new", 0));
    house.billing.handle(vec![unknown]).await.unwrap();
    assert!(!house.has("api_access"));
    let text = serde_json::to_string(&catalog())
        .unwrap()
        .replace("prod_team", "prod_new");
    let ledger: Arc<dyn Ledger> = house.ledger.clone();
    let billing = Billing::new(
        serde_json::from_str(&text).unwrap(),
        ledger,
        house.backend.clone(),
    )
    .clock(house.clock.clone());
    billing.refresh("user_1").await.unwrap();
    assert!(house.has("api_access"));
}

/// Everything that the provider's own server delivered, in three orders.
#[tokio::test]
async fn recorded_deliveries_end_in_the_same_in_any_order() {
    let Some(text) = shared("live/webhooks.jsonl") else {
        return;
    };
    let mut events = Vec::new();
    for line in text.lines() {
        let recorded: serde_json::Value = serde_json::from_str(line).unwrap();
        let body: serde_json::Value =
            serde_json::from_str(recorded["body"].as_str().unwrap()).unwrap();
        let mut event = receive(&body);
        let headers = recorded["headers"].as_array().unwrap();
        let id = headers.iter().find(|pair| pair[0] == "webhook-id").unwrap();
        event.id = id[1].as_str().unwrap().to_owned();
        events.push(event);
    }
    let catalog = serde_json::to_string(&catalog()).unwrap();
    let catalog = catalog
        .replace("prod_pro_yearly", "b84c3ccd-d01f-4625-a44c-6ac1c2c6e66b")
        .replace("prod_team", "f7b43e58-3842-48fc-a3a6-4e6b542f8da5");
    let customers = ["cyc_d36dec", "usr_d36dec", "min_d36dec", "ext/d36dec ü.x"];
    let mut results = Vec::new();
    for order in 0..3 {
        let mut events = events.clone();
        match order {
            1 => events.reverse(),
            2 => events = events.iter().rev().chain(&events).cloned().collect(),
            _ => {}
        }
        let (ledger, backend) = (
            Arc::new(MemoryLedger::new()),
            Arc::new(MemoryBackend::new()),
        );
        let now = time::macros::datetime!(2026-11-21 18:00 UTC);
        let catalog = serde_json::from_str(&catalog).unwrap();
        let billing = Billing::new(catalog, ledger.clone(), backend.clone())
            .policy(Policy::new().without_audit())
            .clock(TestClock::at(now));
        for event in events {
            let outcome = billing.handle(vec![event]).await.unwrap();
            assert!(outcome.effects.failed.is_empty(), "{:?}", outcome.effects);
        }
        let mut result = Vec::new();
        for customer in customers {
            let state = ledger.account(customer).await.unwrap().state;
            let held = backend.entitlements(customer);
            assert_eq!(held.len(), state.entitlements.len());
            let as_decided = |(held, decided): (&EntitlementSpec, _)| held.allows_same(decided);
            assert!(held.iter().zip(state.entitlements.values()).all(as_decided));
            result.push((state.entitlements, state.subscriptions, state.payments));
        }
        results.push(result);
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
    // Late with a payment, within the grace period; and one whose subscriptions were revoked after
    // the customer was deleted at the provider.
    assert_eq!(results[0][0].0.len(), 3);
    let revoked = &results[0][1].1["polar:de63f898-a8ff-4b7a-b897-3f0fc51abd95"];
    assert_eq!(revoked.snapshot.status, Status::Canceled);
}

/// A store in memory that can be down, or refuse one feature, and counts.
#[derive(Default)]
struct Moody {
    inner: MemoryBackend,
    down: AtomicUsize,
    refuses: Option<&'static str>,
    grants_made: AtomicUsize,
}

impl Moody {
    fn check(&self, feature_key: &str) -> Result<(), BackendError> {
        let countdown = self
            .down
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if countdown.is_ok() {
            return Err(BackendError::transient("connection refused"));
        }
        if self.refuses == Some(feature_key) {
            return Err(BackendError::permanent(format!(
                "feature {feature_key} does not exist"
            )));
        }
        Ok(())
    }
}

#[async_trait]
impl EntitlementBackend for Moody {
    async fn ensure_customer(&self, profile: &CustomerProfile) -> Result<(), BackendError> {
        self.check("")?;
        self.inner.ensure_customer(profile).await
    }

    async fn put_entitlement(
        &self,
        customer: &str,
        entitlement: &EntitlementSpec,
    ) -> Result<(), BackendError> {
        self.check(&entitlement.feature_key)?;
        self.inner.put_entitlement(customer, entitlement).await
    }

    async fn delete_entitlement(&self, customer: &str, key: &str) -> Result<(), BackendError> {
        self.check(key)?;
        self.inner.delete_entitlement(customer, key).await
    }

    async fn create_grant(&self, customer: &str, grant: &GrantSpec) -> Result<(), BackendError> {
        self.check(&grant.feature_key)?;
        self.grants_made.fetch_add(1, Ordering::SeqCst);
        self.inner.create_grant(customer, grant).await
    }

    async fn revoke_grant(
        &self,
        customer: &str,
        feature: &str,
        key: &str,
    ) -> Result<(), BackendError> {
        self.inner.revoke_grant(customer, feature, key).await
    }

    async fn grant_balances(
        &self,
        customer: &str,
        key: &str,
    ) -> Result<Vec<GrantBalance>, BackendError> {
        self.check(key)?;
        self.inner.grant_balances(customer, key).await
    }

    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), BackendError> {
        self.inner.record_audit(entry).await
    }
}

fn engine(backend: &Arc<Moody>) -> (Billing, Arc<MemoryLedger>) {
    let ledger = Arc::new(MemoryLedger::new());
    let billing =
        Billing::new(catalog(), ledger.clone(), backend.clone()).clock(TestClock::at(day(0)));
    (billing, ledger)
}

#[tokio::test]
async fn what_the_store_refused_is_done_later() {
    let backend = Arc::new(Moody {
        down: AtomicUsize::new(1),
        ..Moody::default()
    });
    let (billing, ledger) = engine(&backend);
    let outcome = billing
        .handle(vec![reports("e1", 0, Status::Active)])
        .await
        .unwrap();
    let [failed] = outcome.effects.failed.as_slice() else {
        panic!("{outcome:?}")
    };
    assert_eq!(failed.last_error.as_deref(), Some("connection refused"));
    // Nothing overtakes: without the customer there are no entitlements yet.
    assert!(backend.inner.entitlements("user_1").is_empty());
    assert_eq!(backend.inner.audit().len(), 1);
    assert_eq!(ledger.failing(10).await.unwrap().len(), 1);

    let soon = day(0) + time::Duration::seconds(4);
    assert_eq!(billing.run_due(soon).await.unwrap().effects.done, 0);
    let later = day(0) + time::Duration::seconds(5);
    assert_eq!(billing.run_due(later).await.unwrap().effects.done, 3);
    assert!(backend.inner.has_access("user_1", "api_access"));
    assert!(ledger.failing(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_feature_that_fails_does_not_hold_up_the_others() {
    let backend = Arc::new(Moody {
        refuses: Some("ai_tokens"),
        ..Moody::default()
    });
    let (billing, ledger) = engine(&backend);
    let events = vec![reports("e1", 0, Status::Active), pack("e2", "ord_1", 0)];
    let outcome = billing.handle(events).await.unwrap();
    assert_eq!(outcome.effects.failed.len(), 1);
    assert!(backend.inner.has_access("user_1", "api_access"));
    // The grant waits behind its entitlement instead of failing too.
    assert_eq!(backend.grants_made.load(Ordering::SeqCst), 0);
    let failing = ledger.failing(10).await.unwrap();
    assert_eq!(
        failing[0].last_error.as_deref(),
        Some("feature ai_tokens does not exist")
    );
    let mut attempts = 1;
    for minutes in 0..600 {
        let now = day(0) + time::Duration::minutes(minutes);
        attempts += billing.run_due(now).await.unwrap().effects.failed.len();
    }
    assert!(
        (8..20).contains(&attempts),
        "{attempts} attempts in ten hours"
    );
}

#[test]
fn many_processes_at_once_do_everything_once() {
    let backend = Arc::new(Moody::default());
    let ledger = Arc::new(MemoryLedger::new());
    let mut events = vec![reports("e0", 0, Status::Active)];
    events.extend((1..=20).map(|number| pack(&format!("e{number}"), &format!("ord_{number}"), 0)));
    std::thread::scope(|scope| {
        for start in 0..8 {
            let (backend, ledger, mut events) = (backend.clone(), ledger.clone(), events.clone());
            events.rotate_left(start * 2);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let billing = Billing::new(catalog(), ledger, backend).clock(TestClock::at(day(0)));
                for event in events {
                    // Somebody else may change the customer all the time; then the provider
                    // delivers again.
                    while runtime
                        .block_on(billing.handle(vec![event.clone()]))
                        .is_err()
                    {}
                }
            });
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let billing =
        Billing::new(catalog(), ledger.clone(), backend.clone()).clock(TestClock::at(day(0)));
    runtime.block_on(billing.run_due(day(0))).unwrap();
    assert_eq!(
        backend.inner.balance("user_1", "ai_tokens"),
        Some(20_100_000.0)
    );
    assert_eq!(backend.grants_made.load(Ordering::SeqCst), 20);
    let account = runtime.block_on(ledger.account("user_1")).unwrap();
    assert_eq!(account.version, 21);
    assert_eq!(account.state.customer, customer().external_id);
}
