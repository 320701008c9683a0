use billing_core::effects::{Effect, GrantBalance};
use billing_core::entitlement::{Change, GrantSpec, Policy, Unresolved, Verdict, captured};
use billing_core::event::{MoneySignal, SubscriptionStatus as Status};
use time::macros::datetime;

use super::support::{Desk, day, event, payment, reports, snapshot};

fn paid(id: &str, on: i64) -> billing_core::event::BillingEvent {
    event(id, day(on)).payment(payment("ord_1", MoneySignal::Paid, "prod_pack"))
}

fn refunded(id: &str, on: i64) -> billing_core::event::BillingEvent {
    event(id, day(on)).payment(payment("ord_1", MoneySignal::RefundedInFull, "prod_pack"))
}

fn grants(effects: &[Effect]) -> Vec<&GrantSpec> {
    let created = effects.iter().filter_map(|effect| match effect {
        Effect::CreateGrant { grant } => Some(grant),
        _ => None,
    });
    created.collect()
}

#[test]
fn a_paid_order_grants_its_top_up_once() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let decision = desk.take(&paid("e2", 1));
    let [grant] = grants(&decision.effects)[..] else {
        panic!("{:?}", decision.effects)
    };
    assert_eq!(
        (grant.key.as_str(), grant.amount),
        ("polar:ord_1:tokenPack", 1_000_000.0)
    );
    assert_eq!(
        (grant.feature_key.as_str(), grant.priority),
        ("ai_tokens", Some(1))
    );
    assert_eq!(grant.expires_at, Some(datetime!(2027-11-02 00:00 UTC)));
    assert_eq!(grant.metadata["catalogTopupId"], "tokenPack");

    for (id, on) in [("e2", 1), ("e3", 2), ("e4", 1)] {
        assert!(grants(&desk.take(&paid(id, on)).effects).is_empty(), "{id}");
    }
}

#[test]
fn an_order_that_is_not_paid_grants_nothing() {
    for signal in [MoneySignal::None, MoneySignal::Failed] {
        let mut desk = Desk::new();
        desk.take(&reports("e1", 0, Status::Active));
        let order = event("e2", day(1)).payment(payment("ord_1", signal, "prod_pack"));
        assert!(desk.take(&order).effects.is_empty());
    }
}

#[test]
fn several_packs_in_one_order_are_one_larger_grant() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let mut order = payment("ord_1", MoneySignal::Paid, "prod_pack");
    order.items[0].quantity = Some(3);
    let decision = desk.take(&event("e2", day(1)).payment(order));
    assert_eq!(grants(&decision.effects)[0].amount, 3_000_000.0);
}

#[test]
fn a_top_up_that_comes_before_its_plan_waits_and_is_not_lost() {
    let mut desk = Desk::new();
    let early = desk.take(&paid("e1", 0));
    assert!(early.effects.is_empty());
    let waits = Change::TopupWaits {
        topup: "tokenPack".into(),
        feature_key: "ai_tokens".into(),
    };
    assert_eq!(
        early.verdict,
        Verdict::Applied {
            changes: vec![waits]
        }
    );
    let decision = desk.take(&reports("e2", 1, Status::Active));
    assert_eq!(grants(&decision.effects).len(), 1);
    let is_grant = |effect: &Effect| matches!(effect, Effect::CreateGrant { .. });
    let is_put = |effect: &Effect| matches!(effect, Effect::PutEntitlement { .. });
    assert!(decision.effects.iter().position(is_put) < decision.effects.iter().position(is_grant));
}

#[test]
fn a_top_up_without_a_plan_can_be_used_when_the_policy_says_so() {
    let mut desk = Desk::with(Policy::new().topups_without_plan(true));
    let decision = desk.take(&paid("e1", 0));
    assert_eq!(grants(&decision.effects).len(), 1);
    assert_eq!(desk.tokens(), Some(0.0));
    assert_eq!(desk.state.next_due, Some(datetime!(2027-11-01 00:00 UTC)));
}

#[test]
fn a_full_refund_takes_the_top_up_back() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&paid("e2", 1));
    let decision = desk.take(&refunded("e3", 2));
    let key = "polar:ord_1:tokenPack".to_owned();
    let revoke = Effect::RevokeGrant {
        feature_key: "ai_tokens".into(),
        key,
    };
    assert_eq!(decision.effects, [revoke]);
    assert!(desk.take(&refunded("e4", 3)).effects.is_empty());
    assert!(!desk.features().is_empty(), "the plan was not refunded");
}

#[test]
fn a_refund_that_is_heard_of_before_the_payment_counts() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&refunded("e3", 2));
    let decision = desk.take_at(&paid("e2", 1), day(3));
    assert!(grants(&decision.effects).is_empty());
}

#[test]
fn a_partial_refund_keeps_the_top_up() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&paid("e2", 1));
    let part = payment("ord_1", MoneySignal::RefundedInPart, "prod_pack");
    assert!(
        desk.take(&event("e3", day(2)).payment(part))
            .effects
            .is_empty()
    );
}

#[test]
fn what_is_left_of_a_top_up_moves_to_the_new_plan() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&paid("e2", 1));
    let upgrade = event("e3", day(2)).subscription(snapshot(Status::Active, "prod_team", 2));
    let decision = desk.take(&upgrade);
    let capture = Effect::CaptureGrants {
        feature_key: "ai_tokens".into(),
    };
    let at = |wanted: &dyn Fn(&Effect) -> bool| decision.effects.iter().position(wanted).unwrap();
    let put = at(&|effect| {
        matches!(effect, Effect::PutEntitlement { entitlement }
            if entitlement.feature_key == "ai_tokens")
    });
    assert!(at(&|effect| *effect == capture) < put);
    assert!(
        grants(&decision.effects).is_empty(),
        "the balance is not known yet"
    );

    let left = GrantBalance {
        key: "polar:ord_1:tokenPack".into(),
        remaining: 400_000.0,
    };
    let feature = "ai_tokens";
    let (state, effects) = captured(
        &desk.state,
        feature,
        std::slice::from_ref(&left),
        &desk.catalog,
        &desk.policy,
        day(2),
    );
    let [grant] = grants(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (grant.key.as_str(), grant.amount),
        ("polar:ord_1:tokenPack#1", 400_000.0)
    );
    assert_eq!(grant.expires_at, Some(datetime!(2027-11-02 00:00 UTC)));
    let (again, effects) = captured(
        &state,
        feature,
        &[left],
        &desk.catalog,
        &desk.policy,
        day(2),
    );
    assert!(
        effects.is_empty(),
        "the answer of before is not taken twice"
    );
    assert_eq!(again.grants, state.grants);
}

#[test]
fn what_is_left_of_a_top_up_waits_for_the_next_plan() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&paid("e2", 1));
    desk.take(&reports("e3", 2, Status::Paused));
    assert!(desk.features().is_empty());
    let left = GrantBalance {
        key: "polar:ord_1:tokenPack".into(),
        remaining: 7.0,
    };
    let (state, effects) = captured(
        &desk.state,
        "ai_tokens",
        &[left],
        &desk.catalog,
        &desk.policy,
        day(2),
    );
    assert!(effects.is_empty());
    desk.state = state;
    let decision = desk.take(&reports("e4", 9, Status::Active));
    assert_eq!(grants(&decision.effects)[0].amount, 7.0);
    desk.take(&reports("e5", 10, Status::Paused));
    let expired = datetime!(2027-12-01 00:00 UTC);
    let decision = desk.take_at(&reports("e6", 11, Status::Active), expired);
    assert!(grants(&decision.effects).is_empty(), "it expired meanwhile");
}

#[test]
fn a_one_time_purchase_outside_the_catalog_is_reported() {
    let mut desk = Desk::new();
    let order = event("e1", day(0)).payment(payment("ord_1", MoneySignal::Paid, "prod_mug"));
    let Verdict::Unresolved { what, .. } = desk.take(&order).verdict else {
        panic!("applied")
    };
    assert!(matches!(what[0], Unresolved::Product { .. }));
}
