use std::time::Duration;

use billing_core::effects::Effect;
use billing_core::entitlement::{
    Access, Allowance, Change, IgnoredReason, Policy, Standing, Unresolved, Verdict, expire,
};
use billing_core::event::{
    EventCustomer, MoneySignal, PurchasedItem, SubscriptionStatus as Status, UnresolvedReason,
};
use serde_json::json;

use super::support::{Desk, day, event, payment, period_payment, reports, snapshot};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn applied(changes: Vec<Change>) -> Verdict {
    Verdict::Applied { changes }
}

#[test]
fn an_active_subscription_entitles_to_what_its_plan_says() {
    let mut desk = Desk::new();
    let decision = desk.take(&reports("e1", 0, Status::Active));
    assert_eq!(desk.features(), ["ai_tokens", "api_access"]);
    assert_eq!(desk.tokens(), Some(100_000.0));
    assert_eq!(
        decision.verdict,
        applied(vec![
            Change::Granted {
                feature_key: "ai_tokens".into()
            },
            Change::Granted {
                feature_key: "api_access".into()
            },
        ])
    );
    let Effect::EnsureCustomer { profile } = &decision.effects[0] else {
        panic!("{:?}", decision.effects)
    };
    assert_eq!(profile.key, "user_1");
    let Effect::PutEntitlement { entitlement } = &decision.effects[1] else {
        panic!("{:?}", decision.effects)
    };
    let Allowance::Metered {
        amount,
        reset,
        anchor,
    } = &entitlement.allowance
    else {
        panic!("{entitlement:?}")
    };
    assert_eq!(
        (*amount, reset.as_ref().unwrap().as_str(), *anchor),
        (100_000.0, "month", Some(day(0)))
    );
    assert_eq!(entitlement.metadata["catalogPlanId"], "pro");
    assert_eq!(entitlement.metadata["subscriptionId"], "sub_1");
    assert_eq!(decision.effects.len(), 3);
}

#[test]
fn only_access_statuses_give_access() {
    for (status, expected) in [
        (Status::Trialing, true),
        (Status::Active, true),
        (Status::PastDue, true),
        (Status::Incomplete, false),
        (Status::IncompleteExpired, false),
        (Status::Unpaid, false),
        (Status::Canceled, false),
        (Status::Paused, false),
        (Status::Expired, false),
        (Status::Scheduled, false),
        (Status::Unknown("hibernating".into()), false),
    ] {
        let mut desk = Desk::new();
        let decision = desk.take(&reports("e1", 0, status.clone()));
        assert_eq!(!desk.features().is_empty(), expected, "{status}");
        assert_eq!(!decision.effects.is_empty(), expected, "{status}");
    }
}

#[test]
fn every_ending_status_takes_everything_away() {
    for status in [
        Status::Unpaid,
        Status::Canceled,
        Status::Paused,
        Status::Expired,
        Status::Incomplete,
    ] {
        let mut desk = Desk::new();
        desk.take(&reports("e1", 0, Status::Active));
        let decision = desk.take(&reports("e2", 1, status.clone()));
        assert!(desk.features().is_empty(), "{status}");
        let deleted: Vec<_> = decision
            .effects
            .iter()
            .map(|effect| match effect {
                Effect::DeleteEntitlement { feature_key } => feature_key.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(deleted, ["ai_tokens", "api_access"]);
    }
}

#[test]
fn a_cancellation_at_period_end_keeps_access_until_then() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let mut planned = snapshot(Status::Active, "prod_pro", 0);
    planned.cancel_at_period_end = true;
    planned.ends_at = Some(day(30));
    let decision = desk.take(&event("e2", day(5)).subscription(planned));
    assert_eq!(decision.verdict, applied(vec![]));
    assert_eq!(desk.state.next_due, Some(day(30)));
    assert!(!desk.state.due(day(29)) && desk.state.due(day(30)));

    let (before, effects, _) = expire(&desk.state, &desk.catalog, &desk.policy, day(29));
    assert!(effects.is_empty() && !before.entitlements.is_empty());
    let (after, effects, changes) = expire(&desk.state, &desk.catalog, &desk.policy, day(30));
    assert!(after.entitlements.is_empty() && after.next_due.is_none());
    assert_eq!((effects.len(), changes.len()), (2, 2));
    let again = expire(&after, &desk.catalog, &desk.policy, day(31));
    assert!(again.1.is_empty());
}

#[test]
fn taking_a_cancellation_back_forgets_the_end() {
    let mut desk = Desk::new();
    let mut planned = snapshot(Status::Active, "prod_pro", 0);
    planned.cancel_at_period_end = true;
    desk.take(&event("e1", day(5)).subscription(planned));
    assert_eq!(desk.state.next_due, Some(day(30)));
    desk.take(&reports("e2", 6, Status::Active));
    assert_eq!(desk.state.next_due, None);
    assert!(!desk.features().is_empty());
}

#[test]
fn a_planned_pause_takes_access_with_the_period() {
    let mut desk = Desk::new();
    let mut planned = snapshot(Status::Active, "prod_pro", 0);
    planned.pause_at_period_end = true;
    desk.take(&event("e1", day(5)).subscription(planned));
    let (after, ..) = expire(&desk.state, &desk.catalog, &desk.policy, day(30));
    assert!(after.entitlements.is_empty());
}

#[test]
fn a_late_payment_keeps_access_for_the_grace_period() {
    let mut desk = Desk::with(Policy::new().without_audit().past_due_grace(DAY * 7));
    let mut late = snapshot(Status::PastDue, "prod_pro", 30);
    late.past_due_at = Some(day(31));
    desk.take(&event("e1", day(31)).subscription(late));
    assert!(!desk.features().is_empty());
    assert_eq!(desk.state.next_due, Some(day(38)));
    let (after, ..) = expire(&desk.state, &desk.catalog, &desk.policy, day(38));
    assert!(after.entitlements.is_empty());
}

#[test]
fn repeating_past_due_does_not_prolong_the_grace_period() {
    let mut desk = Desk::new();
    for (id, on) in [("e1", 1), ("e2", 2), ("e3", 3)] {
        desk.take(&reports(id, on, Status::PastDue));
    }
    assert!(desk.features().is_empty());
    let mut none = Desk::with(Policy::new().past_due_grace(Duration::ZERO));
    none.take(&reports("e1", 0, Status::PastDue));
    assert!(none.features().is_empty());
}

#[test]
fn a_recovered_payment_gives_access_back() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&reports("e2", 10, Status::PastDue));
    assert!(desk.features().is_empty());
    desk.take(&reports("e3", 11, Status::Active));
    assert_eq!(desk.features(), ["ai_tokens", "api_access"]);
}

#[test]
fn a_trial_gives_access_unless_the_policy_says_no() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Trialing));
    assert!(!desk.features().is_empty());
    let mut strict = Desk::with(Policy::new().trials_give_access(false));
    strict.take(&reports("e1", 0, Status::Trialing));
    assert!(strict.features().is_empty());
    let record = &strict.state.subscriptions["polar:sub_1"];
    let access = record.access(strict.state.payments.values(), &strict.policy);
    assert_eq!(access, Access::Denied(Standing::TrialsGiveNone));
}

#[test]
fn begin_and_end_of_a_trial_are_in_the_audit_trail() {
    let mut desk = Desk::with(Policy::new());
    let types = |effects: &[Effect]| -> Vec<String> {
        let entries = effects.iter().filter_map(|effect| match effect {
            Effect::Audit { entry } => Some(format!("{} {}", entry.entry_type, entry.id)),
            _ => None,
        });
        entries.collect()
    };
    let begun = desk.take(&reports("e1", 0, Status::Trialing));
    let expected = [
        "billing.subscription.updated polar:e1",
        "billing.trial.started polar:sub_1:trial.started",
    ];
    assert_eq!(types(&begun.effects), expected);
    let ended = desk.take(&reports("e2", 14, Status::Active));
    assert_eq!(
        types(&ended.effects)[1],
        "billing.trial.ended polar:sub_1:trial.ended"
    );
    let renewed = desk.take(&reports("e3", 30, Status::Active));
    assert_eq!(types(&renewed.effects).len(), 1);
}

#[test]
fn a_renewal_changes_no_entitlement() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let renewed = event("e2", day(30)).subscription(snapshot(Status::Active, "prod_pro", 30));
    let decision = desk.take(&renewed);
    assert_eq!(
        (decision.verdict, decision.effects.len()),
        (applied(vec![]), 0)
    );
    let recorded = &desk.state.subscriptions["polar:sub_1"].snapshot;
    assert_eq!(recorded.current_period_start, Some(day(30)));
}

#[test]
fn a_change_of_plan_moves_entitlements() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let upgraded = event("e2", day(3)).subscription(snapshot(Status::Active, "prod_team", 3));
    let decision = desk.take(&upgraded);
    assert_eq!(desk.features(), ["ai_tokens", "api_access", "models"]);
    assert_eq!(desk.tokens(), Some(500_000.0));
    let expected = vec![
        Change::Changed {
            feature_key: "ai_tokens".into(),
        },
        Change::Granted {
            feature_key: "models".into(),
        },
    ];
    assert_eq!(decision.verdict, applied(expected));
    let config = json!({"models": ["large"]});
    assert_eq!(
        desk.state.entitlements["models"].allowance,
        Allowance::Static { config }
    );

    desk.take(&reports("e3", 4, Status::Active));
    assert_eq!(desk.features(), ["ai_tokens", "api_access"]);
    assert_eq!(desk.tokens(), Some(100_000.0));
}

#[test]
fn a_change_of_quantity_moves_amounts() {
    let mut desk = Desk::new();
    let mut seats = snapshot(Status::Active, "prod_pro", 0);
    seats.quantity = Some(3);
    desk.take(&event("e1", day(0)).subscription(seats.clone()));
    assert_eq!(desk.tokens(), Some(300_000.0));
    seats.quantity = Some(5);
    desk.take(&event("e2", day(1)).subscription(seats.clone()));
    assert_eq!(desk.tokens(), Some(500_000.0));
    let mut flat = Desk::with(Policy::new().amounts_per_unit(false));
    flat.take(&event("e1", day(0)).subscription(seats.clone()));
    assert_eq!(flat.tokens(), Some(100_000.0));
    seats.quantity = Some(0);
    desk.take(&event("e3", day(2)).subscription(seats));
    assert!(desk.features().is_empty());
}

#[test]
fn several_subscriptions_add_up_and_end_one_by_one() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let mut extra = snapshot(Status::Active, "prod_extra", 0);
    extra.id = "sub_2".into();
    extra.quantity = Some(2);
    desk.take(&event("e2", day(1)).subscription(extra.clone()));
    assert_eq!(desk.tokens(), Some(200_000.0));
    extra.status = Status::Canceled;
    desk.take(&event("e3", day(2)).subscription(extra));
    assert_eq!(desk.tokens(), Some(100_000.0));
    assert_eq!(desk.features(), ["ai_tokens", "api_access"]);
}

#[test]
fn an_add_on_of_a_plan_waits_for_that_plan() {
    let mut desk = Desk::new();
    let mut support = snapshot(Status::Active, "prod_support", 0);
    support.id = "sub_2".into();
    desk.take(&reports("e1", 0, Status::Active));
    let decision = desk.take(&event("e2", day(1)).subscription(support));
    assert_eq!(
        decision.verdict,
        applied(vec![Change::AddonWaits {
            addon: "prioritySupport".into()
        }])
    );
    assert!(!desk.features().contains(&"priority_support"));
    desk.take(&event("e3", day(2)).subscription(snapshot(Status::Active, "prod_team", 2)));
    assert!(desk.features().contains(&"priority_support"));
    desk.take(&reports("e4", 3, Status::Canceled));
    assert!(desk.features().is_empty());
}

#[test]
fn a_full_refund_of_the_running_period_takes_access_away() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let part = period_payment(MoneySignal::RefundedInPart, 0);
    desk.take(&event("e2", day(2)).payment(part));
    assert!(!desk.features().is_empty());
    let full = period_payment(MoneySignal::RefundedInFull, 0);
    let decision = desk.take(&event("e3", day(3)).payment(full));
    assert!(desk.features().is_empty());
    assert_eq!(decision.verdict.changes().len(), 2);

    desk.take(&reports("e4", 4, Status::Active));
    assert!(
        desk.features().is_empty(),
        "a status alone does not undo a refund"
    );
    let renewed = event("e5", day(30)).subscription(snapshot(Status::Active, "prod_pro", 30));
    desk.take(&renewed);
    assert!(
        !desk.features().is_empty(),
        "the next period was not refunded"
    );
}

#[test]
fn a_refund_of_an_earlier_period_or_of_a_change_keeps_access() {
    let mut desk = Desk::new();
    desk.take(&event("e1", day(30)).subscription(snapshot(Status::Active, "prod_pro", 30)));
    desk.take(&event("e2", day(31)).payment(period_payment(MoneySignal::RefundedInFull, 0)));
    assert!(!desk.features().is_empty());
    let mut change = period_payment(MoneySignal::RefundedInFull, 31);
    change.id = "ord_change".into();
    change.reason = Some("subscription_update".into());
    desk.take(&event("e3", day(32)).payment(change));
    assert!(!desk.features().is_empty());
}

#[test]
fn a_late_event_changes_nothing() {
    let mut desk = Desk::new();
    desk.take(&reports("e2", 10, Status::Canceled));
    let before = desk.state.clone();
    let decision = desk.take_at(&reports("e1", 5, Status::Active), day(11));
    let reason = IgnoredReason::Late { newest: day(10) };
    assert_eq!(decision.verdict, Verdict::Ignored { reason });
    assert_eq!((decision.effects.len(), &desk.state), (0, &before));
}

#[test]
fn a_repeated_event_changes_nothing() {
    let mut desk = Desk::new();
    let first = reports("e1", 0, Status::Active);
    desk.take(&first);
    let before = desk.state.clone();
    let decision = desk.take_at(&first, day(9));
    assert_eq!(
        decision.verdict,
        Verdict::Ignored {
            reason: IgnoredReason::Repeated
        }
    );
    assert_eq!((decision.effects.len(), &desk.state), (0, &before));
}

#[test]
fn at_the_same_time_the_end_wins() {
    for order in [["a", "b"], ["b", "a"]] {
        let mut desk = Desk::new();
        for id in order {
            let status = if id == "a" {
                Status::Canceled
            } else {
                Status::Active
            };
            desk.take(&reports(id, 5, status));
        }
        assert!(desk.features().is_empty(), "{order:?}");
    }
}

#[test]
fn a_planned_end_that_has_passed_gives_no_access_to_a_late_reader() {
    let mut desk = Desk::new();
    let mut planned = snapshot(Status::Active, "prod_pro", 0);
    planned.ends_at = Some(day(30));
    let decision = desk.take_at(&event("e1", day(5)).subscription(planned), day(40));
    assert!(decision.effects.is_empty() && desk.features().is_empty());
}

#[test]
fn silence_after_a_period_takes_access_only_when_the_policy_says_so() {
    let mut desk = Desk::new();
    desk.take_at(&reports("e1", 0, Status::Active), day(90));
    assert!(!desk.features().is_empty());
    let mut strict = Desk::with(Policy::new().silence_grace(DAY * 5));
    strict.take(&reports("e1", 0, Status::Active));
    assert_eq!(strict.state.next_due, Some(day(35)));
    let (after, ..) = expire(&strict.state, &strict.catalog, &strict.policy, day(35));
    assert!(after.entitlements.is_empty());
}

#[test]
fn an_unknown_product_is_reported_and_grants_nothing() {
    let mut desk = Desk::new();
    let unknown = event("e1", day(0)).subscription(snapshot(Status::Active, "prod_other", 0));
    let decision = desk.take(&unknown);
    let item = PurchasedItem::product("prod_other");
    let product = Unresolved::Product {
        item,
        reason: UnresolvedReason::NotInCatalog,
    };
    assert_eq!(
        product.to_string(),
        "product prod_other is not in the catalog: add it to `providerIds`"
    );
    let what = vec![product];
    assert_eq!(
        decision.verdict,
        Verdict::Unresolved {
            what,
            changes: vec![]
        }
    );
    assert!(decision.effects.is_empty());
}

#[test]
fn a_plan_bought_without_a_subscription_is_reported_and_grants_nothing() {
    let mut desk = Desk::new();
    let bought = event("e1", day(0)).payment(payment("ord_1", MoneySignal::Paid, "prod_pro"));
    let decision = desk.take(&bought);
    let what = vec![Unresolved::PlanWithoutSubscription { plan: "pro".into() }];
    assert_eq!(
        decision.verdict,
        Verdict::Unresolved {
            what,
            changes: vec![]
        }
    );
}

#[test]
fn nobodys_event_is_reported_and_grants_nothing() {
    let mut desk = Desk::new();
    let anonymous = reports("e1", 0, Status::Active).customer(EventCustomer::provider("cus_9"));
    let decision = desk.take(&anonymous);
    let what = vec![Unresolved::Customer {
        provider_customer_id: Some("cus_9".into()),
    }];
    assert_eq!(
        decision.verdict,
        Verdict::Unresolved {
            what,
            changes: vec![]
        }
    );
    assert_eq!(decision.state, Default::default());
}

#[test]
fn a_subscription_stays_with_its_owner() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let other = EventCustomer::external("user_2");
    let moved = desk.take(&reports("e2", 1, Status::Canceled).customer(other.clone()));
    let what = vec![Unresolved::OtherCustomer {
        owner: "user_1".into(),
        named: "user_2".into(),
    }];
    let Verdict::Unresolved {
        what: found,
        changes,
    } = &moved.verdict
    else {
        panic!("{:?}", moved.verdict)
    };
    assert_eq!((found, changes.len()), (&what, 2));
    assert_eq!(desk.state.customer.as_deref(), Some("user_1"));

    let mut foreign = snapshot(Status::Active, "prod_team", 0);
    foreign.id = "sub_9".into();
    let before = desk.state.clone();
    let refused = desk.take(&event("e3", day(2)).subscription(foreign).customer(other));
    assert_eq!(
        refused.verdict,
        Verdict::Unresolved {
            what,
            changes: vec![]
        }
    );
    assert_eq!((refused.effects.len(), &desk.state), (0, &before));
}

#[test]
fn audit_only_leaves_entitlements_alone() {
    let mut desk = Desk::with(
        Policy::new()
            .audit_only()
            .audit_prefix("better-auth.billing"),
    );
    let decision = desk.take(&reports("e1", 0, Status::Active));
    let [Effect::Audit { entry }] = decision.effects.as_slice() else {
        panic!("{:?}", decision.effects)
    };
    assert_eq!(entry.entry_type, "better-auth.billing.subscription.updated");
    assert_eq!(entry.subject, "user_1");
    assert_eq!(entry.data["plan"], "pro");
    assert!(desk.features().is_empty());
}

#[test]
fn a_changed_catalog_moves_entitlements_when_worked_out_anew() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    let text = serde_json::to_string(&desk.catalog).unwrap();
    let smaller = text.replacen("100000", "70000", 1);
    let smaller = serde_json::from_str(&smaller).unwrap();
    let (after, effects, changes) = expire(&desk.state, &smaller, &desk.policy, day(1));
    assert_eq!(
        changes,
        [Change::Changed {
            feature_key: "ai_tokens".into()
        }]
    );
    assert_eq!(effects.len(), 1);
    assert_ne!(after.entitlements, desk.state.entitlements);
}

#[test]
fn the_state_survives_storage() {
    let mut desk = Desk::new();
    desk.take(&reports("e1", 0, Status::Active));
    desk.take(&event("e2", day(1)).payment(payment("ord_1", MoneySignal::Paid, "prod_pack")));
    let stored = serde_json::to_string(&desk.state).unwrap();
    assert_eq!(
        serde_json::from_str::<billing_core::entitlement::State>(&stored).unwrap(),
        desk.state
    );
}
