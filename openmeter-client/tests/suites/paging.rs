use crate::replay::{Replay, json, now};

fn feature(key: &str) -> String {
    format!(
        r#"{{"id":"01G65Z755AFWAKHE12NY0CQ9FH","key":"{key}","name":"N",
        "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}}"#
    )
}

fn event(id: &str) -> String {
    format!(
        r#"{{"event":{{"id":"{id}","source":"s","specversion":"1.0","type":"t","subject":"u"}},
        "ingestedAt":"2026-01-01T00:00:00Z","storedAt":"2026-01-01T00:00:00Z",
        "ingested_at":"2026-01-01T00:00:00Z","stored_at":"2026-01-01T00:00:00Z"}}"#
    )
}

#[test]
fn lists_that_are_arrays_or_pages_are_walked_as_pages() {
    let page = |number: u32, keys: &[&str]| {
        let items: Vec<_> = keys.iter().map(|key| feature(key)).collect();
        let body = format!(
            r#"{{"totalCount":3,"page":{number},"pageSize":2,"items":[{}]}}"#,
            items.join(",")
        );
        json(200, &body)
    };
    let replay = Replay::of([page(1, &["a", "b"]), page(2, &["c"])]);
    let features = now(replay.om().features().list().stream().try_collect()).unwrap();
    let keys: Vec<_> = features
        .iter()
        .map(|feature| feature.key.as_str())
        .collect();
    assert_eq!(keys, ["a", "b", "c"]);
    assert_eq!(
        replay.targets(),
        [
            "/api/v1/features?pageSize=1000&page=1",
            "/api/v1/features?pageSize=1000&page=2"
        ]
    );
}

#[test]
fn a_server_that_answers_with_an_array_gives_one_page() {
    let array = || json(200, &format!("[{},{}]", feature("a"), feature("b")));
    let replay = Replay::of([array(), array()]);
    let om = replay.om();
    let page = now(om.features().list()).unwrap();
    assert_eq!((page.items.len(), page.info.total_count), (2, None));
    // The shape of the answer hangs on the parameter, so it is sent in any case.
    assert_eq!(replay.targets(), ["/api/v1/features?page=1"]);
    let all = now(om.features().list().stream().try_collect()).unwrap();
    assert_eq!(all.len(), 2);
}

#[test]
fn cursors_of_v2_are_followed_to_the_empty_page() {
    let page = |events: &[String], next: &str| {
        json(200, &format!(r#"{{"items":[{}]{next}}}"#, events.join(",")))
    };
    let replay = Replay::of([
        page(&[event("e1"), event("e2")], r#","nextCursor":"Y+/=""#),
        page(&[], r#","nextCursor":"Y+/=""#),
    ]);
    let events = now(replay.om().events().list().stream().try_collect()).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(
        replay.targets(),
        [
            "/api/v2/events?limit=100",
            "/api/v2/events?limit=100&cursor=Y%2B%2F%3D"
        ]
    );
}

#[test]
fn cursors_of_v3_are_taken_out_of_their_uris() {
    let next = r#""/api/v3/openmeter/events?page%5Bafter%5D=c%201&page%5Bsize%5D=100""#;
    let page = |id: &str, next: &str| {
        let body = format!(
            r#"{{"data":[{}],"meta":{{"page":{{"size":100,"next":{next},"previous":null}}}}}}"#,
            event(id)
        );
        json(200, &body)
    };
    let replay = Replay::of([page("e1", next), page("e2", "null")]);
    let events = now(replay.om().v3().events().list().stream().try_collect()).unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.event.id.as_str()).collect();
    assert_eq!(ids, ["e1", "e2"]);
    assert_eq!(
        replay.targets(),
        [
            "/api/v3/openmeter/events?page%5Bsize%5D=100",
            "/api/v3/openmeter/events?page%5Bsize%5D=100&page%5Bafter%5D=c%201"
        ]
    );
}

#[test]
fn pages_of_v3_are_counted() {
    let page = |number: u32| {
        let body = format!(
            r#"{{"data":[{}],"meta":{{"page":{{"number":{number},"size":1,"total":2}}}}}}"#,
            r#"{"id":"01G65Z755AFWAKHE12NY0CQ9FH","key":"k","name":"N","aggregation":"count",
                "event_type":"t","created_at":"2026-01-01T00:00:00Z",
                "updated_at":"2026-01-01T00:00:00Z"}"#
        );
        json(200, &body)
    };
    let replay = Replay::of([page(1), page(2)]);
    let meters = now(replay.om().v3().meters().list().stream().try_collect()).unwrap();
    assert_eq!(meters.len(), 2);
    assert_eq!(
        replay.targets(),
        [
            "/api/v3/openmeter/meters?page%5Bsize%5D=100&page%5Bnumber%5D=1",
            "/api/v3/openmeter/meters?page%5Bsize%5D=100&page%5Bnumber%5D=2"
        ]
    );
}

#[test]
fn an_item_that_does_not_decode_comes_apart_with_path_and_json() {
    let body = format!(
        r#"{{"totalCount":2,"page":1,"pageSize":100,"items":[{{"id":7}},{}]}}"#,
        feature("a")
    );
    let replay = Replay::of([json(200, &body)]);
    let page = now(replay.om().features().list()).unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.rejected[0].error.path(), "items[0].id");
    assert_eq!(page.rejected[0].raw, serde_json::json!({"id": 7}));
}
