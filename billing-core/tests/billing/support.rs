use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use billing_core::Provider;
use billing_core::billing::Billing;
use billing_core::catalog::{
    Addon, Catalog, Currency, Entitlement, Expiration, Feature, Meter, Plan, Price, Reset, Topup,
};
use billing_core::effects::MemoryBackend;
use billing_core::entitlement::{Allowance, Decision, Policy, State, decide};
use billing_core::event::{
    BillingEvent, EventCustomer, EventKind, MoneySignal, PaymentReason, PaymentSnapshot,
    PurchasedItem, SubscriptionSnapshot, SubscriptionStatus,
};
use billing_core::ledger::MemoryLedger;
use serde_json::{Value, json};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub(crate) const DAY_0: OffsetDateTime = datetime!(2026-11-01 00:00 UTC);

/// Midnight at the begin of a day, counted from 1 November 2026.
pub(crate) fn day(number: i64) -> OffsetDateTime {
    DAY_0 + Duration::days(number)
}

pub(crate) fn catalog() -> Catalog {
    Catalog::builder()
        .meter("tokens", Meter::sum("ai.tokens", "tokens"))
        .feature("aiTokens", Feature::metered("tokens").key("ai_tokens"))
        .feature("apiAccess", Feature::boolean().key("api_access"))
        .feature("labs", Feature::boolean())
        .feature("support", Feature::boolean().key("priority_support"))
        .feature("models", Feature::fixed())
        .plan(
            "pro",
            Plan::new("Pro")
                .provider_id(Provider::Polar, "prod_pro")
                .entitle(
                    "aiTokens",
                    Entitlement::metered(100_000).reset(Reset::Month),
                )
                .entitle("apiAccess", true)
                .entitle("labs", false)
                .price(
                    "monthly",
                    Price::monthly(2_000, Currency::USD)
                        .provider_id(Provider::Polar, "price_pro_monthly"),
                )
                .price(
                    "yearly",
                    Price::yearly(20_000, Currency::USD)
                        .provider_id(Provider::Polar, "prod_pro_yearly"),
                ),
        )
        .plan(
            "team",
            Plan::new("Team")
                .key("team_plan")
                .provider_id(Provider::Polar, "prod_team")
                .entitle(
                    "aiTokens",
                    Entitlement::metered(500_000).reset(Reset::Month),
                )
                .entitle("apiAccess", true)
                .entitle("models", Entitlement::fixed(json!({"models": ["large"]})))
                .price("monthly", Price::monthly(9_000, Currency::USD)),
        )
        .addon(
            "prioritySupport",
            Addon::new("Priority support")
                .compatible_with(["team_plan"])
                .provider_id(Provider::Polar, "prod_support")
                .entitle("support", true)
                .price("monthly", Price::monthly(1_000, Currency::USD)),
        )
        .addon(
            "extraTokens",
            Addon::new("Extra tokens")
                .multiple()
                .provider_id(Provider::Polar, "prod_extra")
                .entitle("aiTokens", Entitlement::metered(50_000).reset(Reset::Month))
                .price("monthly", Price::monthly(500, Currency::USD)),
        )
        .topup(
            "tokenPack",
            Topup::of("aiTokens", 1_000_000)
                .provider_id(Provider::Polar, "prod_pack")
                .expires(Expiration::years(1))
                .priority(1)
                .price("oneTime", Price::one_time(1_000, Currency::USD)),
        )
        .build()
        .expect("the catalog is valid")
}

pub(crate) fn customer() -> EventCustomer {
    EventCustomer::external("user_1").provider_id("cus_1")
}

/// A month's snapshot that began on a day.
pub(crate) fn snapshot(
    status: SubscriptionStatus,
    product: &str,
    begin: i64,
) -> SubscriptionSnapshot {
    let mut snapshot = SubscriptionSnapshot::new("sub_1", status, PurchasedItem::product(product));
    snapshot.started_at = Some(DAY_0);
    snapshot.current_period_start = Some(day(begin));
    snapshot.current_period_end = Some(day(begin + 30));
    snapshot
}

pub(crate) fn event(id: &str, at: OffsetDateTime) -> BillingEvent {
    BillingEvent::new(Provider::Polar, id, EventKind::SubscriptionUpdated, at).customer(customer())
}

/// An event on a day, with a snapshot of the period that began on day 0.
pub(crate) fn reports(id: &str, on: i64, status: SubscriptionStatus) -> BillingEvent {
    event(id, day(on)).subscription(snapshot(status, "prod_pro", 0))
}

pub(crate) fn payment(id: &str, signal: MoneySignal, product: &str) -> PaymentSnapshot {
    let mut payment = PaymentSnapshot::new(id, signal, PurchasedItem::product(product));
    payment.reason = Some(PaymentReason::Purchase);
    payment
}

/// The payment of a subscription's first period.
pub(crate) fn period_payment(signal: MoneySignal, created: i64) -> PaymentSnapshot {
    let mut payment = payment("ord_period", signal, "prod_pro");
    payment.reason = Some(PaymentReason::SubscriptionStart);
    payment.subscription_id = Some("sub_1".to_owned());
    payment.created_at = Some(day(created));
    payment
}

/// One customer and the decisions about them.
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) catalog: Catalog,
    pub(crate) policy: Policy,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Policy::new().without_audit())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        Self {
            state: State::default(),
            catalog: catalog(),
            policy,
        }
    }

    pub(crate) fn take_at(&mut self, event: &BillingEvent, now: OffsetDateTime) -> Decision {
        let decision = decide(&self.state, event, &self.catalog, &self.policy, now);
        self.state = decision.state.clone();
        decision
    }

    /// Takes an event at the time at which it happened.
    pub(crate) fn take(&mut self, event: &BillingEvent) -> Decision {
        self.take_at(event, event.occurred_at)
    }

    pub(crate) fn features(&self) -> Vec<&str> {
        self.state.entitlements.keys().map(String::as_str).collect()
    }

    pub(crate) fn tokens(&self) -> Option<f64> {
        match self.state.entitlements.get("ai_tokens")?.allowance {
            Allowance::Metered { amount, .. } => Some(amount),
            _ => None,
        }
    }
}

/// A clock that tests set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<OffsetDateTime>>);

impl TestClock {
    pub(crate) fn at(now: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub(crate) fn set(&self, now: OffsetDateTime) {
        *self.0.lock().unwrap() = now;
    }
}

impl billing_core::billing::Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// An engine on memory parts, and its parts.
pub(crate) struct House {
    pub(crate) billing: Billing,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) backend: Arc<MemoryBackend>,
    pub(crate) clock: TestClock,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(Policy::new())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        let (ledger, backend) = (
            Arc::new(MemoryLedger::new()),
            Arc::new(MemoryBackend::new()),
        );
        let clock = TestClock::at(DAY_0);
        let billing = Billing::new(catalog(), ledger.clone(), backend.clone())
            .policy(policy)
            .clock(clock.clone());
        Self {
            billing,
            ledger,
            backend,
            clock,
        }
    }

    pub(crate) fn has(&self, feature: &str) -> bool {
        self.backend.has_access("user_1", feature)
    }
}

/// The folder with recordings and vectors, when this checkout has it beside it.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    std::fs::read_to_string(root.join(path)).ok()
}

/// A Polar body in its wire format, with a subscription of the plan `pro`.
pub(crate) fn polar_subscription(event_type: &str, changes: &Value) -> Value {
    let mut data = json!({
        "id": "sub_1",
        "created_at": "2026-11-01T00:00:00Z",
        "modified_at": null,
        "status": "active",
        "amount": 2000,
        "currency": "usd",
        "recurring_interval": "month",
        "current_period_start": "2026-11-01T00:00:00Z",
        "current_period_end": "2026-12-01T00:00:00Z",
        "trial_start": null,
        "trial_end": null,
        "cancel_at_period_end": false,
        "canceled_at": null,
        "started_at": "2026-11-01T00:00:00Z",
        "ends_at": null,
        "ended_at": null,
        "past_due_at": null,
        "pause_at_period_end": false,
        "paused_at": null,
        "resumes_at": null,
        "customer_id": "cus_1",
        "product_id": "prod_pro",
        "seats": null,
        "units": null,
        "metadata": {},
        "customer": {"id": "cus_1", "external_id": "user_1", "email": "ada@example.com",
            "name": "Ada", "metadata": {}},
        "product": {"id": "prod_pro", "name": "Pro (monthly)", "metadata": {}},
        "prices": [{"id": "price_pro_monthly", "amount_type": "fixed"}],
    });
    change(&mut data, changes);
    json!({"type": event_type, "timestamp": "2026-11-01T00:00:01Z", "api_version": "2026-10",
        "data": data})
}

/// A Polar body in its wire format, with a one-time order of the token pack.
pub(crate) fn polar_order(event_type: &str, changes: &Value) -> Value {
    let mut data = json!({
        "id": "ord_1",
        "created_at": "2026-11-02T00:00:00Z",
        "status": "paid",
        "paid": true,
        "net_amount": 1000,
        "tax_amount": 190,
        "total_amount": 1190,
        "refunded_amount": 0,
        "currency": "usd",
        "billing_reason": "purchase",
        "customer_id": "cus_1",
        "product_id": "prod_pack",
        "subscription_id": null,
        "checkout_id": "che_1",
        "seats": null,
        "units": null,
        "metadata": {},
        "customer": {"id": "cus_1", "external_id": "user_1", "metadata": {}},
        "product": {"id": "prod_pack", "name": "Token pack", "metadata": {}},
        "subscription": null,
        "items": [{"id": "item_1", "product_price_id": "price_pack"}],
    });
    change(&mut data, changes);
    json!({"type": event_type, "timestamp": "2026-11-02T00:00:01Z", "api_version": "2026-10",
        "data": data})
}

fn change(data: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().into_iter().flatten() {
        data[name.as_str()] = value.clone();
    }
}
