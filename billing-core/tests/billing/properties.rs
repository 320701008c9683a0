use billing_core::effects::Effect;
use billing_core::entitlement::{Change, EntitlementSpec, State, expire};
use billing_core::event::{BillingEvent, MoneySignal, SubscriptionStatus as Status};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::polar_events::receive;
use super::support::{
    Desk, House, day, event, payment, period_payment, polar_order, polar_subscription, snapshot,
};

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        3 => Just(Status::Active),
        1 => Just(Status::Trialing),
        1 => Just(Status::PastDue),
        1 => Just(Status::Paused),
        1 => Just(Status::Unpaid),
        1 => Just(Status::Canceled),
        1 => Just(Status::Incomplete),
        1 => Just(Status::Unknown("hibernating".into())),
    ]
}

/// An event without its id: a snapshot of one of two subscriptions, or news of a payment.
fn news() -> impl Strategy<Value = BillingEvent> {
    let products = prop::sample::select(vec!["prod_pro", "prod_team", "prod_extra", "prod_else"]);
    let of_subscription = (status(), products, 0..2, 0..12_i64, 0..4_u64, any::<bool>()).prop_map(
        |(status, product, which, on, quantity, ends)| {
            let mut found = snapshot(status, product, on - on % 6);
            found.id = format!("sub_{which}");
            found.quantity = Some(quantity);
            found.cancel_at_period_end = ends;
            event("", day(on)).subscription(found)
        },
    );
    let signal = prop::sample::select(vec![
        MoneySignal::None,
        MoneySignal::Paid,
        MoneySignal::RefundedInPart,
        MoneySignal::RefundedInFull,
    ]);
    let of_payment = (signal, 0..3, 0..12_i64).prop_map(|(signal, which, on)| {
        let paid = match which {
            0 => period_payment(signal, 0),
            1 => payment("ord_1", signal, "prod_pack"),
            _ => payment("ord_2", signal, "prod_pack"),
        };
        event("", day(on)).payment(paid)
    });
    prop_oneof![3 => of_subscription, 2 => of_payment]
}

fn history() -> impl Strategy<Value = Vec<BillingEvent>> {
    vec(news(), 1..14).prop_map(|mut events| {
        let mut paid = Vec::new();
        for (number, event) in events.iter_mut().enumerate() {
            event.id = format!("e{number}");
            // A provider gives the signal once; further reports describe the same payment.
            if let Some(payment) = &mut event.payment
                && payment.signal == MoneySignal::Paid
            {
                if paid.contains(&payment.id) {
                    payment.signal = MoneySignal::None;
                }
                paid.push(payment.id.clone());
            }
        }
        events
    })
}

/// A history, and the same with repetitions and in another order.
fn shuffled() -> impl Strategy<Value = (Vec<BillingEvent>, Vec<BillingEvent>)> {
    history().prop_flat_map(|events| {
        let doubled: Vec<_> = events.iter().chain(&events).cloned().collect();
        (Just(events), Just(doubled).prop_shuffle())
    })
}

/// What of a state must not depend on the order of arrival.
fn essence(state: &State) -> impl PartialEq + std::fmt::Debug + use<> {
    let entitlements: Vec<EntitlementSpec> = state.entitlements.values().cloned().collect();
    let grants: Vec<_> = state
        .grants
        .iter()
        .map(|(key, grant)| {
            (
                key.clone(),
                grant.revoked,
                grant.spec.amount,
                grant.spec.expires_at,
            )
        })
        .collect();
    (
        entitlements,
        grants,
        state.subscriptions.clone(),
        state.payments.clone(),
        state.next_due,
    )
}

fn gives(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| {
        matches!(
            effect,
            Effect::PutEntitlement { .. } | Effect::CreateGrant { .. }
        )
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_ends_in_the_same((events, shuffled) in shuffled(), on in 0..60_i64) {
        let (mut one, mut other) = (Desk::new(), Desk::new());
        for event in &events {
            one.take_at(event, day(on));
        }
        for event in &shuffled {
            other.take_at(event, day(on));
        }
        prop_assert_eq!(essence(&one.state), essence(&other.state));
    }

    #[test]
    fn the_newest_snapshot_alone_decides(mut events in history(), on in 0..60_i64) {
        events.retain(|event| event.subscription.is_some());
        let mut all = Desk::new();
        for event in &events {
            all.take_at(event, day(on));
        }
        let mut newest = Desk::new();
        for record in all.state.subscriptions.values() {
            let event = events.iter().find(|event| event.id == record.event_id).unwrap();
            let is_newest = events.iter().all(|other| {
                other.subscription.as_ref().unwrap().id != record.snapshot.id
                    || other.occurred_at <= event.occurred_at
            });
            prop_assert!(is_newest);
            newest.take_at(event, day(on));
        }
        prop_assert_eq!(essence(&all.state), essence(&newest.state));
    }

    #[test]
    fn nothing_without_an_access_status_grants(mut events in history()) {
        events.retain(|event| {
            let access = [Status::Active, Status::Trialing, Status::PastDue];
            event.subscription.as_ref().is_none_or(|found| !access.contains(&found.status))
        });
        let mut desk = Desk::new();
        for event in &events {
            prop_assert!(!gives(&desk.take(event).effects));
        }
        prop_assert!(desk.features().is_empty());
    }

    #[test]
    fn time_alone_never_grants(events in history(), on in 12..60_i64) {
        let mut desk = Desk::new();
        for event in &events {
            desk.take_at(event, day(12));
        }
        let (after, effects, changes) = expire(&desk.state, &desk.catalog, &desk.policy, day(on));
        let granted = changes.iter().any(|change| {
            matches!(change, Change::Granted { .. } | Change::TopupGranted { .. })
        });
        prop_assert!(!granted);
        prop_assert!(!after.due(day(on)));
        if !desk.state.due(day(on)) {
            prop_assert!(effects.is_empty());
        }
    }

    #[test]
    fn a_payment_grants_at_most_once((_, shuffled) in shuffled()) {
        let mut desk = Desk::new();
        let mut keys = Vec::new();
        for event in &shuffled {
            for effect in desk.take_at(event, day(12)).effects {
                if let Effect::CreateGrant { grant } = effect {
                    prop_assert!(!keys.contains(&grant.key), "{}", grant.key);
                    keys.push(grant.key);
                }
            }
        }
    }

    #[test]
    fn the_store_ends_up_with_what_was_decided((_, shuffled) in shuffled()) {
        let house = House::new();
        house.clock.set(day(12));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            use billing_core::ledger::Ledger;
            for event in shuffled {
                let outcome = house.billing.handle(vec![event]).await.unwrap();
                prop_assert!(outcome.effects.failed.is_empty(), "{:?}", outcome.effects);
            }
            let state = house.ledger.account("user_1").await.unwrap().state;
            let held = house.backend.entitlements("user_1");
            prop_assert_eq!(held.len(), state.entitlements.len());
            for (held, decided) in held.iter().zip(state.entitlements.values()) {
                prop_assert!(held.allows_same(decided), "{held:?} {decided:?}");
            }
            let usable: f64 = state
                .grants
                .values()
                .filter(|grant| grant.issued && !grant.revoked)
                .map(|grant| grant.spec.amount)
                .sum();
            let granted: f64 =
                house.backend.grants("user_1", "ai_tokens").iter().map(|(_, left)| left).sum();
            if state.entitlements.contains_key("ai_tokens") {
                prop_assert_eq!(granted, usable);
            }
            Ok(())
        })?;
    }
}

/// Every place in a body, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => return,
    };
    for (name, child) in children {
        let place = format!("{at}/{name}");
        places(child, &place, found);
        found.push(place);
    }
}

#[test]
fn any_value_in_any_place_is_read_or_reported_and_never_a_panic() {
    let bodies = [
        polar_subscription("subscription.active", &json!({})),
        polar_order(
            "order.paid",
            &json!({"subscription_id": "sub_1", "product_id": "prod_pro",
                "product": {"id": "prod_pro", "metadata": {"catalogPlanId": "pro"}},
                "subscription": {"id": "sub_1", "status": "active", "product_id": "prod_pro"}}),
        ),
    ];
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!([]),
        json!([1]),
        json!({}),
        json!({"id": 1}),
    ];
    for body in bodies {
        let mut found = Vec::new();
        places(&body, "", &mut found);
        assert!(found.len() > 25);
        for place in found.iter().filter(|place| *place != "/type") {
            for value in &values {
                let mut changed = body.clone();
                *changed.pointer_mut(place).unwrap() = value.clone();
                let event = receive(&changed);
                let decision = Desk::new().take_at(&event, day(1));
                if place == "/data/status" && event.provider_type.starts_with("subscription") {
                    assert!(!gives(&decision.effects), "{value}");
                }
            }
        }
    }
}
