use polar_client::client_core::ErrorKind;

use crate::replay::{Replay, json, now};

fn event_type(name: &str) -> String {
    format!(
        r#"{{"id":"1","created_at":"2026-01-01T00:00:00Z","modified_at":null,"name":"{name}",
        "label":"L","label_property_selector":null,"organization_id":"o","source":"user",
        "occurrences":1,"first_seen":"2026-01-01T00:00:00Z","last_seen":"2026-01-02T00:00:00Z"}}"#
    )
}

fn page(items: &[String], pagination: &str) -> String {
    format!(
        r#"{{"items":[{}],"pagination":{pagination}}}"#,
        items.join(",")
    )
}

#[test]
fn the_whole_list_is_walked_in_the_largest_pages() {
    let pages = [["a", "b"], ["c", "d"]].map(|names| {
        let items = names.map(event_type);
        json(200, &page(&items, r#"{"total_count":4,"max_page":2}"#))
    });
    let replay = Replay::of(pages);
    let stream = replay.polar().event_types().list().stream();
    let names: Vec<_> = now(stream.try_collect()).unwrap();
    let names: Vec<_> = names.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(
        replay.targets(),
        [
            "/v1/event-types/?limit=100&page=1",
            "/v1/event-types/?limit=100&page=2"
        ]
    );
}

#[test]
fn prefetching_works_without_a_runtime() {
    let pages = ["a", "b", "c"].map(|name| {
        json(
            200,
            &page(&[event_type(name)], r#"{"total_count":3,"max_page":3}"#),
        )
    });
    let replay = Replay::of(pages);
    let mut stream = replay.polar().event_types().list().prefetch(true).stream();
    assert_eq!(now(stream.next()).unwrap().unwrap().name, "a");
    assert_eq!(
        replay.targets().len(),
        2,
        "the next page is asked for already"
    );
    assert_eq!(now(stream.try_collect()).unwrap().len(), 2);
    assert_eq!(replay.targets().len(), 1);
}

#[test]
fn one_page_is_asked_for_as_the_caller_says() {
    let answer = page(&[event_type("a")], r#"{"total_count":9,"max_page":5}"#);
    let replay = Replay::of([json(200, &answer)]);
    let page = now(replay.polar().event_types().list().page(2).limit(2)).unwrap();
    assert_eq!(
        (page.info.total_count, page.info.max_page),
        (Some(9), Some(5))
    );
    assert!(page.token().is_some());
    assert_eq!(replay.targets(), ["/v1/event-types/?page=2&limit=2"]);
}

#[test]
fn lists_that_only_say_whether_more_follows_end_there() {
    let more = page(&[], r#"{"has_next_page":false}"#);
    let replay = Replay::of([json(200, &more)]);
    let events = now(replay.polar().events().list().stream().try_collect()).unwrap();
    assert!(events.is_empty());
    assert_eq!(replay.targets(), ["/v1/events/?limit=100&page=1"]);
}

#[test]
fn an_item_that_does_not_decode_comes_apart_with_path_and_json() {
    let odd = event_type("b").replace(r#""occurrences":1"#, r#""occurrences":"many""#);
    let answer = page(
        &[event_type("a"), odd, event_type("c")],
        r#"{"total_count":3,"max_page":1}"#,
    );
    let replay = Replay::of([json(200, &answer), json(200, &answer)]);
    let polar = replay.polar();
    let page = now(polar.event_types().list()).unwrap();
    assert_eq!(page.items.len(), 2);
    let rejected = &page.rejected[0];
    assert_eq!(
        (rejected.index, rejected.error.path()),
        (1, "items[1].occurrences")
    );
    assert_eq!(rejected.raw["name"], "b");
    assert_eq!(rejected.raw["occurrences"], "many");

    let mut stream = polar.event_types().list().stream();
    assert_eq!(now(stream.next()).unwrap().unwrap().name, "a");
    let error = now(stream.next()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error.to_string().starts_with("event_types.list: item 1 "),
        "{error}"
    );
    assert_eq!(now(stream.next()).unwrap().unwrap().name, "c");
    assert!(now(stream.next()).is_none());
}
