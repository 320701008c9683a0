//! Faults of an earlier implementation of this idea, each with a test that none of them is ours.

use billing_core::effects::Effect;
use billing_core::entitlement::{Policy, Verdict};
use billing_core::event::{
    EventCustomer, EventKind, Matching, MoneySignal, Reference, SubscriptionStatus as Status,
};
use billing_core::webhook::Webhooks;
use client_core::webhook::{KeyDerivation, Keys};
use serde_json::{Value, json};

use super::polar_events::receive;
use super::support::{
    DAY_0, Desk, House, TestClock, catalog, day, event, payment, period_payment, polar_order,
    polar_subscription, reports, snapshot,
};

fn gives(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| {
        matches!(
            effect,
            Effect::PutEntitlement { .. } | Effect::CreateGrant { .. }
        )
    })
}

#[test]
fn general_1_entitlements_created_on_canceled_refunded_or_failed_events() {
    let subscription = [
        ("subscription.canceled", "canceled"),
        ("subscription.revoked", "canceled"),
        ("subscription.revoked", "unpaid"),
        ("subscription.paused", "paused"),
        ("subscription.updated", "incomplete_expired"),
    ];
    for (event_type, status) in subscription {
        let body = polar_subscription(event_type, &json!({"status": status}));
        assert!(
            !gives(&Desk::new().take(&receive(&body)).effects),
            "{event_type} {status}"
        );
    }
    for (event_type, status) in [
        ("order.refunded", "refunded"),
        ("order.created", "pending"),
        ("order.updated", "void"),
    ] {
        let mut desk = Desk::new();
        desk.take(&reports("e0", 0, Status::Active));
        let body = polar_order(event_type, &json!({"status": status, "paid": false}));
        assert!(
            !gives(&desk.take(&receive(&body)).effects),
            "{event_type} {status}"
        );
    }
    // And what was given is taken away again.
    let mut desk = Desk::new();
    desk.take(&receive(&polar_subscription(
        "subscription.active",
        &json!({}),
    )));
    assert!(!desk.features().is_empty());
    let mut ended = polar_subscription("subscription.revoked", &json!({"status": "canceled"}));
    ended["timestamp"] = json!("2026-11-20T00:00:00Z");
    desk.take(&billing_core_event(&ended, "evt_2"));
    assert!(desk.features().is_empty());
}

fn billing_core_event(body: &Value, id: &str) -> billing_core::event::BillingEvent {
    let mut event = receive(body);
    event.id = id.to_owned();
    event
}

#[tokio::test]
async fn general_2_no_deduplication_of_deliveries() {
    let house = House::new();
    let plan = reports("e1", 0, Status::Active);
    let pack = event("e2", day(1)).payment(payment("ord_1", MoneySignal::Paid, "prod_pack"));
    for _ in 0..3 {
        house
            .billing
            .handle(vec![plan.clone(), pack.clone()])
            .await
            .unwrap();
    }
    assert_eq!(
        house.backend.balance("user_1", "ai_tokens"),
        Some(1_100_000.0)
    );
    assert_eq!(house.backend.grants("user_1", "ai_tokens").len(), 1);
}

#[test]
fn general_3_plan_identity_by_display_name() {
    let renamed = json!({"product_id": "prod_cheap", "prices": [],
        "product": {"id": "prod_cheap", "name": "Team", "metadata": {}}});
    let decision = Desk::new().take(&receive(&polar_subscription(
        "subscription.active",
        &renamed,
    )));
    assert!(matches!(decision.verdict, Verdict::Unresolved { .. }));
    assert!(!gives(&decision.effects));
}

#[test]
fn general_4_entitlements_written_to_a_provider_customer_id() {
    let anonymous = json!({"customer": {"id": "cus_1", "external_id": null, "metadata": {}}});
    let event = receive(&polar_subscription("subscription.active", &anonymous));
    assert_eq!(event.customer.external_id, None);
    let decision = Desk::new().take(&event);
    assert!(matches!(decision.verdict, Verdict::Unresolved { .. }));
    assert!(decision.effects.is_empty());
}

#[tokio::test]
async fn general_5_a_reference_id_from_the_buyer_binds_or_ends_somebody_elses_access() {
    let house = House::new();
    let victim = reports("e1", 0, Status::Active).customer(EventCustomer::external("org_victim"));
    house.billing.handle(vec![victim]).await.unwrap();

    let mut own = snapshot(Status::Canceled, "prod_pro", 0);
    own.id = "sub_attacker".into();
    let attacker = EventCustomer::external("user_attacker").reference_id("org_victim");
    let attack = event("e2", day(1))
        .subscription(own)
        .customer(attacker.clone());
    house.billing.handle(vec![attack]).await.unwrap();
    assert!(house.backend.has_access("org_victim", "api_access"));

    let mut cheap = snapshot(Status::Active, "prod_extra", 0);
    cheap.id = "sub_cheap".into();
    let gift = event("e3", day(2)).subscription(cheap).customer(attacker);
    house.billing.handle(vec![gift]).await.unwrap();
    assert_eq!(
        house.backend.balance("org_victim", "ai_tokens"),
        Some(100_000.0)
    );
    assert_eq!(
        house.backend.balance("user_attacker", "ai_tokens"),
        Some(50_000.0)
    );

    // An application that writes the metadata itself can say so.
    let trusting = House::with(Policy::new().trust_reference_id());
    let member = EventCustomer::external("user_1").reference_id("org_1");
    let bought = reports("e1", 0, Status::Active).customer(member);
    trusting.billing.handle(vec![bought]).await.unwrap();
    assert!(trusting.backend.has_access("org_1", "api_access"));
    assert!(!trusting.backend.has_access("user_1", "api_access"));
}

#[test]
fn general_6_a_late_update_grants_again_after_the_end() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&reports("e3", 9, Status::Canceled));
    let late = desk.take_at(&reports("e2", 5, Status::Active), day(10));
    assert!(late.effects.is_empty() && desk.features().is_empty());
}

#[test]
fn general_7_a_boolean_false_grants() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    assert!(!desk.features().contains(&"labs"));
}

#[test]
fn general_8_one_product_for_all_prices() {
    let catalog = catalog();
    for (product, price) in [("prod_pro", None), ("prod_pro_yearly", Some("yearly"))] {
        let found = reports("e1", 0, Status::Active)
            .subscription(snapshot(Status::Active, product, 0))
            .references(&catalog, Matching::Ids);
        let plan = Reference::Plan {
            plan: "pro".into(),
            price: price.map(str::to_owned),
        };
        assert_eq!(found, [plan]);
    }
}

#[test]
fn polar_1_the_external_id_is_ignored() {
    let body = polar_subscription("subscription.active", &json!({"metadata": {}}));
    let mut desk = Desk::new();
    desk.take(&receive(&body));
    assert_eq!(desk.state.customer.as_deref(), Some("user_1"));
}

#[tokio::test]
async fn polar_2_a_customer_state_event_fails_until_the_endpoint_is_disabled() {
    let house = House::new();
    let body = json!({"type": "customer.state_changed", "timestamp": "2026-11-01T00:00:00Z",
        "data": {"id": "cus_1", "external_id": "user_1", "metadata": {},
            "active_subscriptions": [], "granted_benefits": [], "active_meters": []}});
    let event = receive(&body);
    assert_eq!(event.kind, EventKind::CustomerStateChanged);
    assert_eq!(event.customer.provider_id.as_deref(), Some("cus_1"));
    let outcome = house.billing.handle(vec![event]).await.unwrap();
    assert!(matches!(outcome.events[0].verdict, Verdict::Ignored { .. }));
}

#[test]
fn polar_3_an_order_or_customer_id_is_taken_for_a_subscription_id() {
    let order = receive(&polar_order("order.paid", &json!({})));
    assert_eq!(order.subscription, None);
    let payment = order.payment.unwrap();
    assert_eq!(
        (payment.id.as_str(), payment.subscription_id),
        ("ord_1", None)
    );
    let state = json!({"type": "customer.state_changed", "timestamp": "2026-11-01T00:00:00Z",
        "data": {"id": "cus_1", "external_id": "user_1"}});
    assert_eq!(receive(&state).subscription, None);
}

#[test]
fn polar_4_renaming_a_product_in_the_dashboard_moves_access() {
    let renamed = json!({"product": {"id": "prod_pro", "name": "Team", "metadata": {}}});
    let mut desk = Desk::new();
    desk.take(&receive(&polar_subscription(
        "subscription.active",
        &renamed,
    )));
    assert_eq!(desk.tokens(), Some(100_000.0));
}

#[test]
fn polar_5_a_planned_cancellation_ends_paid_access_at_once() {
    let planned = json!({"status": "active", "cancel_at_period_end": true,
        "canceled_at": "2026-11-05T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"});
    let mut desk = Desk::new();
    let event = receive(&polar_subscription("subscription.canceled", &planned));
    assert_eq!(event.kind, EventKind::SubscriptionCanceled);
    desk.take(&event);
    assert!(!desk.features().is_empty());
    assert_eq!(desk.state.next_due, Some(day(30)));
}

#[test]
fn polar_6_past_due_paused_resumed_renewed_refunded_and_trials_are_ignored() {
    let mut desk = Desk::with(Policy::new());
    let mut steps = Vec::new();
    for (number, (event_type, changes)) in [
        ("subscription.created", json!({"status": "trialing"})),
        ("subscription.cycled", json!({"status": "active"})),
        (
            "subscription.past_due",
            json!({"status": "past_due",
            "past_due_at": "2026-10-01T00:00:00Z"}),
        ),
        ("subscription.active", json!({"status": "active"})),
        ("subscription.paused", json!({"status": "paused"})),
        ("subscription.resumed", json!({"status": "active"})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = polar_subscription(event_type, &changes);
        body["timestamp"] = json!(format!("2026-11-0{}T00:00:00Z", number + 1));
        let decision = desk.take(&billing_core_event(&body, &format!("evt_{number}")));
        let trial = decision.effects.iter().find_map(|effect| match effect {
            Effect::Audit { entry } if entry.entry_type.contains("trial") => {
                Some(entry.entry_type.clone())
            }
            _ => None,
        });
        steps.push((!desk.features().is_empty(), trial));
    }
    let (began, ended) = (
        "billing.trial.started".to_owned(),
        "billing.trial.ended".to_owned(),
    );
    let expected = [
        (true, Some(began)),
        (true, Some(ended)),
        (false, None),
        (true, None),
        (false, None),
        (true, None),
    ];
    assert_eq!(steps, expected);
    desk.take(&event("refund", day(8)).payment(period_payment(MoneySignal::RefundedInFull, 0)));
    assert!(desk.features().is_empty());
}

#[test]
fn polar_7_metadata_that_the_buyer_sends_names_the_customer() {
    let claimed = json!({"metadata": {"referenceId": "org_victim"}});
    let event = receive(&polar_subscription("subscription.active", &claimed));
    assert_eq!(event.customer.reference_id.as_deref(), Some("org_victim"));
    let mut desk = Desk::new();
    desk.take(&event);
    assert_eq!(desk.state.customer.as_deref(), Some("user_1"));
}

#[test]
fn polar_8_secrets_made_since_september_2026_cannot_be_verified() {
    let secret = "whsec_CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYY=";
    let body = polar_subscription("subscription.active", &json!({})).to_string();
    let keys = Keys::new(secret, KeyDerivation::Base64).unwrap();
    let headers = keys.sign("evt_1", DAY_0, body.as_bytes()).to_header_map();
    let receiver = Webhooks::polar(secret).clock(TestClock::at(DAY_0));
    assert_eq!(
        receiver.receive(&headers, body.as_bytes()).unwrap().len(),
        1
    );
}
