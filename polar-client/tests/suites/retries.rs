use polar_client::client_core::{RetryPolicy, TransportError};
use polar_client::models::{
    CheckoutCreate, CustomerUpdate, EventCreateExternalCustomer, EventsIngest,
};
use polar_client::{Error, Polar};

use crate::replay::{Replay, answer, json, now};

/// How often a request is sent when the server fails in four ways.
fn attempts<T>(call: impl Fn(&Polar) -> Result<T, Error>) -> [usize; 4] {
    let after = |fail: &dyn Fn() -> _| {
        let replay = Replay::of((0..3).map(|_| fail()));
        assert!(call(&replay.polar()).is_err());
        replay.sent().len()
    };
    [
        after(&|| Err(TransportError::connect("refused"))),
        after(&|| Err(TransportError::reset("reset"))),
        after(&|| answer(503, &[], "")),
        after(&|| answer(429, &[("retry-after", "1")], "")),
    ]
}

#[test]
fn reads_are_repeated_after_every_passing_failure() {
    assert_eq!(
        attempts(|polar| now(polar.orders().get("o1"))),
        [3, 3, 3, 3]
    );
    assert_eq!(attempts(|polar| now(polar.orders().list())), [3, 3, 3, 3]);
}

#[test]
fn a_checkout_is_never_created_twice() {
    let create = |polar: &Polar| now(polar.checkouts().create(CheckoutCreate::new(["p1"])));
    // Only what provably did nothing: no connection, or turned away by the rate limiter.
    assert_eq!(attempts(create), [3, 1, 1, 3]);
    let replay = Replay::of([Err(TransportError::reset("reset"))]);
    let error = create(&replay.polar()).unwrap_err();
    assert!(error.may_have_been_sent() && !error.is_retryable());
}

#[test]
fn updates_are_not_repeated_unless_the_caller_says_so() {
    let change = || CustomerUpdate::new().name("Ada");
    assert_eq!(
        attempts(|polar| now(polar.customers().update("c1", change()))),
        [3, 1, 1, 3]
    );
    assert_eq!(
        attempts(|polar| now(polar.customers().update("c1", change()).with_idempotent())),
        [3, 3, 3, 3]
    );
}

#[test]
fn usage_is_sent_again_when_every_event_can_be_recognized() {
    let event = || EventCreateExternalCustomer::new("ai.tokens", "usr_1");
    let with_ids = || EventsIngest::new([event().external_id("e1"), event().external_id("e2")]);
    let not_all = || EventsIngest::new([event().external_id("e1"), event()]);
    assert_eq!(
        attempts(|polar| now(polar.events().ingest(with_ids()))),
        [3, 3, 3, 3]
    );
    assert_eq!(
        attempts(|polar| now(polar.events().ingest(not_all()))),
        [3, 1, 1, 3]
    );
    // The repetition is the same request to the byte.
    let replay = Replay::of([
        answer(502, &[], ""),
        json(200, r#"{"inserted":0,"duplicates":2}"#),
    ]);
    let report = now(replay.polar().events().ingest(with_ids())).unwrap();
    assert_eq!(report.duplicates, Some(2));
    let sent = replay.sent();
    assert_eq!(sent[0].body(), sent[1].body());
}

#[test]
fn the_limit_of_an_operation_itself_is_not_waited_for() {
    let own = || {
        json(
            429,
            r#"{"error":"ManualRetryLimitExceeded","detail":"Try later."}"#,
        )
    };
    let replay = Replay::of((0..3).map(|_| own()));
    let call = replay
        .polar()
        .customer_portal("polar_cst_1")
        .orders()
        .confirm_retry_payment(
            "o1",
            polar_client::models::CustomerOrderConfirmPayment::new(),
        );
    assert!(now(call).is_err());
    assert_eq!(replay.sent().len(), 1);
}

#[test]
fn policies_hold_for_the_client_and_for_one_request() {
    let fail = || Replay::of((0..5).map(|_| answer(503, &[], "")));
    let replay = fail();
    let patient = RetryPolicy::new().max_attempts(5);
    now(replay
        .polar()
        .orders()
        .get("o1")
        .with_retry(patient.clone()))
    .unwrap_err();
    assert_eq!(replay.sent().len(), 5);
    let replay = fail();
    let polar = replay.polar_with(|builder| builder.retry(patient));
    now(polar.orders().get("o1").with_retry(RetryPolicy::none())).unwrap_err();
    assert_eq!(replay.sent().len(), 1);
}
