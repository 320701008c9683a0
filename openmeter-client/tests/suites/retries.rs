use openmeter_client::client_core::TransportError;
use openmeter_client::models::{CustomerCreate, MeterQueryRequest};
use openmeter_client::{Error, Event, OpenMeter};

use crate::replay::{Replay, answer, now};

/// How often a request is sent when the connection breaks, the server fails, or is overloaded.
fn attempts<T>(call: impl Fn(&OpenMeter) -> Result<T, Error>) -> [usize; 3] {
    let after = |fail: &dyn Fn() -> _| {
        let replay = Replay::of((0..3).map(|_| fail()));
        assert!(call(&replay.om()).is_err());
        replay.sent().len()
    };
    [
        after(&|| Err(TransportError::reset("reset"))),
        after(&|| answer(503, &[], "")),
        after(&|| answer(429, &[("retry-after", "1")], "")),
    ]
}

#[test]
fn ingestion_is_repeated_with_the_same_ids() {
    let events = || [Event::new("tokens", "org_1"), Event::new("tokens", "org_2")];
    assert_eq!(attempts(|om| now(om.events().ingest(events()))), [3, 3, 3]);

    let replay = Replay::of([answer(502, &[], ""), answer(204, &[], "")]);
    now(replay.om().events().ingest(events())).unwrap();
    let sent = replay.sent();
    assert_eq!(sent[0].body(), sent[1].body());
}

#[test]
fn queries_are_reads_also_when_they_are_posted() {
    let query = |om: &OpenMeter| now(om.meters().query("tokens"));
    assert_eq!(attempts(query), [3, 3, 3]);
    let posted = |om: &OpenMeter| now(om.meters().query_post("tokens", MeterQueryRequest::new()));
    assert_eq!(attempts(posted), [3, 3, 3]);
    let access = |om: &OpenMeter| now(om.customers().entitlements("c").value("f"));
    assert_eq!(attempts(access), [3, 3, 3]);
}

#[test]
fn what_takes_effect_twice_is_not_repeated() {
    let create = |om: &OpenMeter| now(om.customers().create(CustomerCreate::new("Acme")));
    assert_eq!(attempts(create), [1, 1, 3]);
}
