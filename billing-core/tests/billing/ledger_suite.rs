//! What every ledger does. A further implementation is tested by one more call of [`behaves`].

use std::time::Duration;

use billing_core::Provider;
use billing_core::effects::Effect;
use billing_core::entitlement::State;
use billing_core::event::{EventCustomer, SubscriptionStatus as Status};
use billing_core::ledger::{
    Account, Claim, Commit, Committed, EventId, Ledger, Link, LinkKind, MemoryLedger,
};

use super::support::{day, reports};

const LEASE: Duration = Duration::from_secs(60);

/// Runs the whole suite; `empty` makes a ledger without anything in it.
pub(crate) async fn behaves<L: Ledger>(empty: impl Fn() -> L) {
    an_unknown_account_is_empty(&empty()).await;
    a_commit_is_kept_whole(&empty()).await;
    a_commit_from_an_old_version_keeps_nothing(&empty()).await;
    an_event_is_committed_once(&empty()).await;
    a_link_keeps_its_first_owner(&empty()).await;
    parked_events_wait_until_they_are_committed(&empty()).await;
    due_accounts_come_earliest_first(&empty()).await;
    effects_come_in_the_order_of_their_decisions(&empty()).await;
    a_claim_is_exclusive_until_its_lease_ends(&empty()).await;
    a_claim_that_was_taken_over_can_do_nothing(&empty()).await;
    a_failing_effect_lets_its_queue_sleep(&empty()).await;
    a_new_effect_wakes_a_sleeping_queue(&empty()).await;
    the_answer_of_an_effect_is_kept_with_it(&empty()).await;
    claims_can_be_made_for_one_customer(&empty()).await;
}

#[tokio::test]
async fn the_ledger_in_memory_behaves() {
    behaves(MemoryLedger::new).await;
}

fn delete(feature_key: &str) -> Effect {
    Effect::DeleteEntitlement {
        feature_key: feature_key.to_owned(),
    }
}

fn commit(customer: &str, version: u64, effects: &[&str]) -> Commit {
    Commit {
        customer: customer.to_owned(),
        expected_version: version,
        state: State::new(customer),
        event: None,
        links: Vec::new(),
        effects: effects.iter().map(|key| delete(key)).collect(),
        settled: None,
        at: day(0),
    }
}

async fn keep<L: Ledger>(ledger: &L, commit: Commit) {
    assert_eq!(ledger.commit(commit).await.unwrap(), Committed::Kept);
}

fn id(text: &str) -> EventId {
    EventId {
        provider: Provider::Polar,
        id: text.to_owned(),
    }
}

fn link(text: &str) -> Link {
    Link {
        provider: Provider::Polar,
        kind: LinkKind::Subscription,
        id: text.to_owned(),
    }
}

fn keys(claim: &Claim) -> Vec<&str> {
    let keys = claim.effects.iter().map(|pending| match &pending.effect {
        Effect::DeleteEntitlement { feature_key } => feature_key.as_str(),
        other => panic!("{other:?}"),
    });
    keys.collect()
}

async fn claimed<L: Ledger>(ledger: &L, on: i64) -> Option<Claim> {
    ledger.claim(None, day(on), LEASE).await.unwrap()
}

async fn an_unknown_account_is_empty<L: Ledger>(ledger: &L) {
    assert_eq!(ledger.account("a").await.unwrap(), Account::default());
    assert!(!ledger.is_processed(&id("e1")).await.unwrap());
    assert_eq!(ledger.owner(&link("sub_1")).await.unwrap(), None);
    assert_eq!(claimed(ledger, 0).await, None);
    assert!(ledger.due(day(999), 10).await.unwrap().is_empty());
}

async fn a_commit_is_kept_whole<L: Ledger>(ledger: &L) {
    let mut first = commit("a", 0, &["x"]);
    first.event = Some(id("e1"));
    first.links = vec![link("sub_1")];
    first.state.ensured = true;
    keep(ledger, first.clone()).await;
    let expected = Account {
        state: first.state,
        version: 1,
    };
    assert_eq!(ledger.account("a").await.unwrap(), expected);
    assert!(ledger.is_processed(&id("e1")).await.unwrap());
    assert_eq!(
        ledger.owner(&link("sub_1")).await.unwrap().as_deref(),
        Some("a")
    );
    assert_eq!(keys(&claimed(ledger, 0).await.unwrap()), ["x"]);
}

async fn a_commit_from_an_old_version_keeps_nothing<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &[])).await;
    let mut stale = commit("a", 0, &["x"]);
    stale.event = Some(id("e1"));
    stale.links = vec![link("sub_1")];
    assert_eq!(ledger.commit(stale).await.unwrap(), Committed::Conflict);
    assert!(!ledger.is_processed(&id("e1")).await.unwrap());
    assert_eq!(ledger.owner(&link("sub_1")).await.unwrap(), None);
    assert_eq!(claimed(ledger, 0).await, None);
    assert_eq!(ledger.account("a").await.unwrap().version, 1);
}

async fn an_event_is_committed_once<L: Ledger>(ledger: &L) {
    let mut first = commit("a", 0, &["x"]);
    first.event = Some(id("e1"));
    keep(ledger, first).await;
    let mut second = commit("a", 1, &["y"]);
    second.event = Some(id("e1"));
    assert_eq!(ledger.commit(second).await.unwrap(), Committed::Repeated);
    assert_eq!(ledger.account("a").await.unwrap().version, 1);
    assert_eq!(keys(&claimed(ledger, 0).await.unwrap()), ["x"]);
    let mut of_other_provider = commit("a", 1, &[]);
    of_other_provider.event = Some(EventId {
        provider: Provider::Stripe,
        id: "e1".into(),
    });
    keep(ledger, of_other_provider).await;
}

async fn a_link_keeps_its_first_owner<L: Ledger>(ledger: &L) {
    for customer in ["a", "b"] {
        let mut claim = commit(customer, 0, &[]);
        claim.links = vec![link("sub_1")];
        keep(ledger, claim).await;
    }
    assert_eq!(
        ledger.owner(&link("sub_1")).await.unwrap().as_deref(),
        Some("a")
    );
}

async fn parked_events_wait_until_they_are_committed<L: Ledger>(ledger: &L) {
    let parked = |id: &str, on: i64| {
        reports(id, on, Status::Active).customer(EventCustomer::provider("cus_1"))
    };
    for (id, on) in [("late", 2), ("early", 1), ("late", 2)] {
        ledger.park(&parked(id, on)).await.unwrap();
    }
    let waiting = ledger.parked(Provider::Polar, "cus_1").await.unwrap();
    assert_eq!(waiting, [parked("early", 1), parked("late", 2)]);
    assert!(
        ledger
            .parked(Provider::Polar, "cus_2")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        ledger
            .parked(Provider::Stripe, "cus_1")
            .await
            .unwrap()
            .is_empty()
    );
    let mut done = commit("a", 0, &[]);
    done.event = Some(id("early"));
    keep(ledger, done).await;
    ledger.park(&parked("early", 1)).await.unwrap();
    let waiting = ledger.parked(Provider::Polar, "cus_1").await.unwrap();
    assert_eq!(waiting, [parked("late", 2)]);
}

async fn due_accounts_come_earliest_first<L: Ledger>(ledger: &L) {
    for (customer, due) in [("a", Some(5)), ("b", Some(3)), ("c", None), ("d", Some(9))] {
        let mut with_due = commit(customer, 0, &[]);
        with_due.state.next_due = due.map(day);
        keep(ledger, with_due).await;
    }
    assert_eq!(ledger.due(day(5), 10).await.unwrap(), ["b", "a"]);
    assert_eq!(ledger.due(day(5), 1).await.unwrap(), ["b"]);
    keep(ledger, commit("b", 1, &[])).await;
    assert_eq!(ledger.due(day(5), 10).await.unwrap(), ["a"]);
}

async fn effects_come_in_the_order_of_their_decisions<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1", "2"])).await;
    keep(ledger, commit("a", 1, &["3"])).await;
    let claim = claimed(ledger, 0).await.unwrap();
    assert_eq!(keys(&claim), ["1", "2", "3"]);
    assert!(claim.effects.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert!(
        ledger
            .settle(&claim, claim.effects[1].id, day(1))
            .await
            .unwrap()
    );
    ledger.release(&claim, None).await.unwrap();
    assert_eq!(keys(&claimed(ledger, 0).await.unwrap()), ["1", "3"]);
}

async fn a_claim_is_exclusive_until_its_lease_ends<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1"])).await;
    keep(ledger, commit("b", 0, &["2"])).await;
    let first = claimed(ledger, 0).await.unwrap();
    let second = claimed(ledger, 0).await.unwrap();
    assert_ne!(first.customer, second.customer);
    assert_eq!(claimed(ledger, 0).await, None);
    assert!(claimed(ledger, 1).await.is_some());
}

async fn a_claim_that_was_taken_over_can_do_nothing<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1"])).await;
    let old = claimed(ledger, 0).await.unwrap();
    let new = claimed(ledger, 1).await.unwrap();
    let effect = old.effects[0].id;
    assert!(!ledger.settle(&old, effect, day(2)).await.unwrap());
    assert!(!ledger.postpone(&old, effect, day(9), "late").await.unwrap());
    ledger.release(&old, Some(day(9))).await.unwrap();
    let mut answer = commit("a", 1, &["2"]);
    answer.settled = Some((old.token, effect));
    assert_eq!(ledger.commit(answer).await.unwrap(), Committed::TakenOver);
    assert!(ledger.settle(&new, effect, day(2)).await.unwrap());
    ledger.release(&new, None).await.unwrap();
    assert_eq!(claimed(ledger, 9).await, None);
}

async fn a_failing_effect_lets_its_queue_sleep<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1"])).await;
    let claim = claimed(ledger, 0).await.unwrap();
    assert!(ledger.failing(10).await.unwrap().is_empty());
    assert!(
        ledger
            .postpone(&claim, claim.effects[0].id, day(2), "store down")
            .await
            .unwrap()
    );
    ledger.release(&claim, Some(day(2))).await.unwrap();
    assert_eq!(claimed(ledger, 1).await, None);
    let again = claimed(ledger, 2).await.unwrap();
    let pending = &again.effects[0];
    assert_eq!((pending.attempts, pending.retry_at), (1, day(2)));
    assert_eq!(pending.last_error.as_deref(), Some("store down"));
    assert_eq!(ledger.failing(10).await.unwrap(), again.effects);
}

async fn a_new_effect_wakes_a_sleeping_queue<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1"])).await;
    let claim = claimed(ledger, 0).await.unwrap();
    // Added while the claim is held: the queue must not fall asleep over it.
    keep(ledger, commit("a", 1, &["2"])).await;
    ledger.release(&claim, Some(day(9))).await.unwrap();
    let claim = claimed(ledger, 0).await.unwrap();
    assert_eq!(keys(&claim), ["1", "2"]);
    ledger.release(&claim, Some(day(9))).await.unwrap();
    assert_eq!(claimed(ledger, 1).await, None);
    keep(ledger, commit("a", 2, &["3"])).await;
    assert_eq!(keys(&claimed(ledger, 1).await.unwrap()), ["1", "2", "3"]);
}

async fn the_answer_of_an_effect_is_kept_with_it<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1", "2"])).await;
    let claim = claimed(ledger, 0).await.unwrap();
    let mut answer = commit("a", 1, &["3"]);
    answer.settled = Some((claim.token, claim.effects[0].id));
    keep(ledger, answer).await;
    ledger.release(&claim, None).await.unwrap();
    assert_eq!(keys(&claimed(ledger, 0).await.unwrap()), ["2", "3"]);
}

async fn claims_can_be_made_for_one_customer<L: Ledger>(ledger: &L) {
    keep(ledger, commit("a", 0, &["1"])).await;
    keep(ledger, commit("b", 0, &["2"])).await;
    let claim = ledger
        .claim(Some("b"), day(0), LEASE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((claim.customer.as_str(), keys(&claim)), ("b", vec!["2"]));
    assert_eq!(ledger.claim(Some("b"), day(0), LEASE).await.unwrap(), None);
    assert_eq!(ledger.claim(Some("c"), day(0), LEASE).await.unwrap(), None);
}
