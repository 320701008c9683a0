use client_core::{ErrorKind, PageStyle, PageToken};
use futures_util::StreamExt;

use crate::api::{Api, List, Thing};
use crate::server::{Exchange, Reply, Server};
use crate::timer::TestTimer;

const NUMBERS: PageStyle = PageStyle::PageNumber {
    page: "page",
    size: "limit",
    max_size: 100,
};
const V3: PageStyle = PageStyle::PageNumber {
    page: "page[number]",
    size: "page[size]",
    max_size: 100,
};
const OFFSET: PageStyle = PageStyle::Offset {
    offset: "offset",
    size: "limit",
    max_size: 3,
};
const CURSOR: PageStyle = PageStyle::Cursor {
    cursor: "cursor",
    size: "limit",
    max_size: 100,
};
const AFTER: PageStyle = PageStyle::After {
    after: "page[after]",
    size: "page[size]",
    max_size: 100,
};

fn things(ids: &[&str]) -> String {
    let items: Vec<_> = ids
        .iter()
        .map(|id| format!(r#"{{"id":"{id}","size":1}}"#))
        .collect();
    format!("[{}]", items.join(","))
}

fn page(ids: &[&str], info: &str) -> Reply {
    Reply::json(
        200,
        &format!(r#"{{"items":{},"info":{info}}}"#, things(ids)),
    )
}

async fn start() -> (Server, Api) {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    (server, api)
}

fn ids(things: &[Thing]) -> Vec<&str> {
    things.iter().map(|thing| thing.id.as_str()).collect()
}

fn targets(seen: &[Exchange]) -> Vec<&str> {
    seen.iter()
        .map(|exchange| exchange.target().trim_start_matches("/v1/things/"))
        .collect()
}

/// Streams a list against a script and checks the items and the requests.
async fn streams(
    style: PageStyle,
    configure: impl FnOnce(List) -> List,
    replies: Vec<Reply>,
    items: &[&str],
    requests: &[&str],
) {
    let (server, api) = start().await;
    let stream = configure(api.list_by(style)).stream();
    let (result, seen) = server.script(stream.try_collect(), replies).await;
    assert_eq!(ids(&result.unwrap()), items);
    assert_eq!(targets(&seen), requests);
}

#[tokio::test]
async fn pages_by_number_end_at_the_last_page() {
    let info = r#"{"total_count":3,"max_page":2}"#;
    let replies = vec![page(&["a", "b"], info), page(&["c"], info)];
    let requests = ["?limit=100&page=1", "?limit=100&page=2"];
    streams(NUMBERS, |list| list, replies, &["a", "b", "c"], &requests).await;
}

#[tokio::test]
async fn pages_by_number_end_with_the_total_count() {
    let info = r#"{"total_count":4,"page_size":2}"#;
    let replies = vec![page(&["a", "b"], info), page(&["c", "d"], info)];
    let requests = [
        "?page%5Bsize%5D=100&page%5Bnumber%5D=1",
        "?page%5Bsize%5D=100&page%5Bnumber%5D=2",
    ];
    streams(V3, |list| list, replies, &["a", "b", "c", "d"], &requests).await;
}

#[tokio::test]
async fn a_size_that_the_api_cuts_down_loses_nothing() {
    // 500 asked for, 100 given: three pages, although one of 500 would have held everything.
    let full: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    let replies = vec![
        page(&full, r#"{"total_count":201}"#),
        page(&full, r#"{"total_count":201}"#),
        page(&["last"], r#"{"total_count":201}"#),
    ];
    let (server, api) = start().await;
    let stream = api.list().param("limit", 500).stream();
    let (result, _) = server.script(stream.try_collect(), replies).await;
    assert_eq!(result.unwrap().len(), 201);
}

#[tokio::test]
async fn a_total_counts_more_than_the_size_that_was_asked_for() {
    // 100 asked for and at most 100 allowed, but the server gives two.
    let info = r#"{"total_count":5}"#;
    let replies = vec![
        page(&["a", "b"], info),
        page(&["c", "d"], info),
        page(&["e"], info),
    ];
    let (server, api) = start().await;
    let (result, _) = server
        .script(api.list().stream().try_collect(), replies)
        .await;
    assert_eq!(ids(&result.unwrap()), ["a", "b", "c", "d", "e"]);
    // So does the size that the server names, where there is no total.
    let info = |number| format!(r#"{{"page":{number},"page_size":1}}"#);
    let replies = vec![
        page(&["a"], &info(1)),
        page(&["b"], &info(2)),
        page(&[], &info(3)),
    ];
    let (server, api) = start().await;
    let (result, _) = server
        .script(api.list().stream().try_collect(), replies)
        .await;
    assert_eq!(ids(&result.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn a_list_that_says_nothing_ends_with_a_short_page() {
    let replies = vec![page(&["a", "b"], "{}"), page(&["c"], "{}")];
    let requests = ["?limit=2&page=1", "?limit=2&page=2"];
    let two = |list: List| list.param("limit", 2);
    streams(NUMBERS, two, replies, &["a", "b", "c"], &requests).await;
}

#[tokio::test]
async fn has_next_decides_where_it_is_known() {
    let replies = vec![
        page(&["a"], r#"{"has_next":true}"#),
        page(&["b"], r#"{"has_next":false}"#),
    ];
    let requests = ["?limit=100&page=1", "?limit=100&page=2"];
    streams(NUMBERS, |list| list, replies, &["a", "b"], &requests).await;
}

#[tokio::test]
async fn empty_lists_take_one_request() {
    let request = ["?limit=100&page=1"];
    let empty = page(&[], r#"{"total_count":0,"max_page":0}"#);
    streams(NUMBERS, |list| list, vec![empty], &[], &request).await;
    streams(NUMBERS, |list| list, vec![page(&[], "{}")], &[], &request).await;
    let lying = page(&[], r#"{"max_page":7}"#);
    streams(NUMBERS, |list| list, vec![lying], &[], &request).await;
}

#[tokio::test]
async fn filters_and_the_callers_own_place_are_kept() {
    let replies = vec![
        page(&["c"], r#"{"max_page":4}"#),
        page(&["d"], r#"{"max_page":4}"#),
    ];
    let requests = [
        "?email=a%40b.c&page=3&limit=10",
        "?email=a%40b.c&page=4&limit=10",
    ];
    let configure = |list: List| {
        list.param("email", "a@b.c")
            .param("page", 3)
            .param("limit", 10)
    };
    streams(NUMBERS, configure, replies, &["c", "d"], &requests).await;
}

#[tokio::test]
async fn bare_arrays_are_one_page_or_offsets() {
    let array = |ids: &[&str]| Reply::json(200, &things(ids));
    streams(
        PageStyle::None,
        |list| list,
        vec![array(&["a"])],
        &["a"],
        &[""],
    )
    .await;
    let replies = vec![
        array(&["a", "b", "c"]),
        array(&["d", "e", "f"]),
        array(&["g"]),
    ];
    let requests = [
        "?limit=3&offset=0",
        "?limit=3&offset=3",
        "?limit=3&offset=6",
    ];
    streams(
        OFFSET,
        |list| list,
        replies,
        &["a", "b", "c", "d", "e", "f", "g"],
        &requests,
    )
    .await;
}

#[tokio::test]
async fn an_offset_or_limit_is_followed_where_pages_are_offered_too() {
    const BOTH: PageStyle = PageStyle::PageOrOffset {
        page: "page",
        size: "pageSize",
        offset: "offset",
        limit: "limit",
        max_size: 100,
    };
    let array = |ids: &[&str]| Reply::json(200, &things(ids));
    streams(
        BOTH,
        |list| list.param("offset", 4).param("limit", 2),
        vec![array(&["e", "f"]), array(&["g"])],
        &["e", "f", "g"],
        &["?offset=4&limit=2", "?offset=6&limit=2"],
    )
    .await;
    streams(
        BOTH,
        |list| list,
        vec![page(&["a"], r#"{"total_count":1}"#)],
        &["a"],
        &["?pageSize=100&page=1"],
    )
    .await;
    let (server, api) = start().await;
    let first = api.list_by(BOTH).param("limit", 2).send();
    let (first, _) = server.script(first, [array(&["a", "b"])]).await;
    let token = first.unwrap().token().unwrap().clone();
    let rest = api.list_by(BOTH).resume_from(token).stream();
    let (rest, seen) = server.script(rest.try_collect(), [array(&["c"])]).await;
    assert_eq!(ids(&rest.unwrap()), ["c"]);
    assert_eq!(targets(&seen), ["?limit=2&offset=2"]);
}

#[tokio::test]
async fn a_list_that_is_cut_off_is_asked_for_as_much_as_there_may_be() {
    const CUT: PageStyle = PageStyle::Cut {
        size: "limit",
        max_size: 100,
    };
    let array = |ids: &[&str]| Reply::json(200, &things(ids));
    let request = ["?limit=100"];
    streams(CUT, |list| list, vec![array(&["a"])], &["a"], &request).await;
    let one = |list: List| list.param("limit", 1);
    streams(CUT, one, vec![array(&["a"])], &["a"], &["?limit=1"]).await;
}

#[tokio::test]
async fn what_only_guides_the_walk_loses_no_page() {
    let body = r#"{"items":[{"id":"a","size":1}],"pagination":null,"totalCount":"many"}"#;
    let page: client_core::Page<Thing> = client_core::json::from_slice(body.as_bytes()).unwrap();
    assert_eq!(ids(&page.items), ["a"]);
}

#[tokio::test]
async fn a_server_that_ignores_page_numbers_gives_its_list_once() {
    let array = || Reply::json(200, &things(&["a", "b"]));
    streams(
        NUMBERS,
        |list| list.param("limit", 2),
        vec![array(), array()],
        &["a", "b"],
        &["?limit=2&page=1", "?limit=2&page=2"],
    )
    .await;
}

#[tokio::test]
async fn cursors_are_followed_until_there_is_none() {
    let replies = vec![
        page(&["a"], r#"{"next":"c1+/="}"#),
        page(&["b"], r#"{"next":"c2"}"#),
        page(&["c"], "{}"),
    ];
    let requests = [
        "?limit=100",
        "?limit=100&cursor=c1%2B%2F%3D",
        "?limit=100&cursor=c2",
    ];
    streams(CURSOR, |list| list, replies, &["a", "b", "c"], &requests).await;
}

#[tokio::test]
async fn the_cursor_of_the_last_item_leads_to_an_empty_page() {
    let replies = vec![
        page(&["a"], r#"{"next":"c1"}"#),
        page(&[], r#"{"next":"c1"}"#),
    ];
    let requests = ["?limit=100", "?limit=100&cursor=c1"];
    streams(CURSOR, |list| list, replies, &["a"], &requests).await;
}

#[tokio::test]
async fn a_stream_that_is_asked_again_after_an_empty_page_has_nothing_more() {
    let (server, api) = start().await;
    let replies = vec![
        page(&["a", "b"], r#"{"next":"c1"}"#),
        page(&[], r#"{"next":"c1"}"#),
    ];
    let mut items = api.list_by(CURSOR).stream();
    let walk = async {
        let mut given = Vec::new();
        for _ in 0..4 {
            given.push(items.try_next().await.unwrap().map(|item| item.id));
        }
        given
    };
    let (given, _) = server.script(walk, replies).await;
    let given: Vec<Option<&str>> = given.iter().map(Option::as_deref).collect();
    assert_eq!(given, [Some("a"), Some("b"), None, None]);
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error_after_the_items_and_not_the_end_of_the_list() {
    let replies = vec![
        page(&["a"], r#"{"next":"c1"}"#),
        page(&["b"], r#"{"next":"c2"}"#),
        page(&["c"], r#"{"next":"c1"}"#),
    ];
    let (server, api) = start().await;
    let mut items = api.list_by(CURSOR).stream();
    let walk = async {
        let mut given = Vec::new();
        let error = loop {
            match items.try_next().await {
                Ok(Some(item)) => given.push(item.id),
                Ok(None) => panic!("the list cannot be complete"),
                Err(error) => break error,
            }
        };
        assert!(items.try_next().await.unwrap().is_none());
        (given, error)
    };
    let ((given, error), seen) = server.script(walk, replies).await;
    assert_eq!(given, ["a", "b", "c"]);
    assert_eq!(
        error.to_string(),
        "things.list: 200 OK: the answer did not decode: \
         expected the cursor of another page, found one that was followed"
    );
    let requests = ["?limit=100", "?limit=100&cursor=c1", "?limit=100&cursor=c2"];
    assert_eq!(targets(&seen), requests);
}

#[tokio::test]
async fn cursors_inside_of_uris_are_found() {
    let next = r#"{"next":"/api/v3/things?page%5Bsize%5D=2&page%5Bafter%5D=x%20y%2B"}"#;
    let replies = vec![
        page(&["a"], next),
        page(&["b"], r#"{"next":"plain"}"#),
        page(&["c"], "{}"),
    ];
    let requests = [
        "?page%5Bsize%5D=100",
        "?page%5Bsize%5D=100&page%5Bafter%5D=x%20y%2B",
        "?page%5Bsize%5D=100&page%5Bafter%5D=plain",
    ];
    streams(AFTER, |list| list, replies, &["a", "b", "c"], &requests).await;
}

#[tokio::test]
async fn nothing_is_fetched_that_nobody_asked_for() {
    let (server, api) = start().await;
    let mut stream = api.list().stream();
    assert!(server.is_idle());
    let replies = [page(&["a", "b"], r#"{"max_page":9}"#)];
    let (first, _) = server.script(stream.next(), replies).await;
    assert_eq!(first.unwrap().unwrap().id, "a");
    assert_eq!(stream.next().await.unwrap().unwrap().id, "b");
    assert!(server.is_idle());
}

#[tokio::test]
async fn prefetching_asks_for_the_next_page_while_this_one_is_worked_on() {
    let (server, api) = start().await;
    let mut stream = api.list().prefetch(true).stream();
    let info = r#"{"max_page":2}"#;
    let (first, seen) = tokio::join!(stream.next(), server.answer([page(&["a", "b"], info)]));
    assert_eq!(first.unwrap().unwrap().id, "a");
    assert_eq!(seen.len(), 1);
    // The second page is asked for although "b" is still there.
    let mut ahead = server.accept().await;
    assert_eq!(ahead.target(), "/v1/things/?limit=100&page=2");
    ahead.reply(&page(&["c"], info)).await;
    assert_eq!(ids(&stream.try_collect().await.unwrap()), ["b", "c"]);
    assert!(server.is_idle());
}

#[tokio::test]
async fn one_page_is_awaited_as_it_is() {
    let (server, api) = start().await;
    let list = api.list().param("page", 2);
    let replies = [page(&["a"], r#"{"total_count":9,"max_page":5}"#)];
    let (result, seen) = server.script(list.into_future(), replies).await;
    let page = result.unwrap();
    assert_eq!(targets(&seen), ["?page=2"]);
    assert_eq!(page.info.total_count, Some(9));
    assert_eq!(ids(&page.items), ["a"]);
    let token = page.token().unwrap().clone();
    let list = api.list().resume_from(token);
    let replies = [self::page(&["b"], r#"{"max_page":3}"#)];
    let (result, seen) = server.script(list.into_future(), replies).await;
    assert_eq!(targets(&seen), ["?page=3"]);
    assert!(result.unwrap().token().is_none());
}

#[tokio::test]
async fn pages_come_whole_and_an_empty_list_has_one() {
    let (server, api) = start().await;
    let info = r#"{"max_page":2}"#;
    let pages = api.list().pages().map(|page| page.unwrap().items.len());
    let replies = [page(&["a", "b"], info), page(&["c"], info)];
    let (sizes, _) = server.script(pages.collect::<Vec<_>>(), replies).await;
    assert_eq!(sizes, [2, 1]);

    let pages = api
        .list()
        .pages()
        .map(|page| page.unwrap().info.total_count);
    let empty = [page(&[], r#"{"total_count":0,"max_page":0}"#)];
    let (counts, _) = server.script(pages.collect::<Vec<_>>(), empty).await;
    assert_eq!(counts, [Some(0)]);
}

#[tokio::test]
async fn a_stream_goes_on_from_its_token_at_the_very_item() {
    let (server, api) = start().await;
    let info = r#"{"max_page":2}"#;
    let mut stream = api.list().param("limit", 3).stream();
    let all = [page(&["a", "b", "c"], info), page(&["d"], info)];

    let (_, _) = server.script(stream.next(), [all[0].clone()]).await;
    stream.next().await.unwrap().unwrap();
    let stored = serde_json::to_string(&stream.token().unwrap()).unwrap();
    drop(stream);

    let token: PageToken = serde_json::from_str(&stored).unwrap();
    assert_eq!(token.operation(), "things.list");
    let stream = api.list().resume_from(token).stream();
    let (rest, seen) = server.script(stream.try_collect(), all).await;
    assert_eq!(ids(&rest.unwrap()), ["c", "d"]);
    assert_eq!(targets(&seen), ["?limit=3&page=1", "?limit=3&page=2"]);
}

#[tokio::test]
async fn tokens_of_cursors_resume_too_and_end_with_the_list() {
    let (server, api) = start().await;
    let mut stream = api.list_by(CURSOR).stream();
    server
        .script(stream.next(), [page(&["a"], r#"{"next":"c1"}"#)])
        .await
        .0
        .unwrap()
        .unwrap();
    let token = stream.token().unwrap();
    let mut stream = api.list_by(CURSOR).resume_from(token).stream();
    let (item, seen) = server.script(stream.next(), [page(&["b"], "{}")]).await;
    assert_eq!(item.unwrap().unwrap().id, "b");
    assert_eq!(targets(&seen), ["?limit=100&cursor=c1"]);
    assert_eq!(stream.token(), None);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_page_of_the_servers_own_size_is_followed_in_that_size() {
    let (server, api) = start().await;
    let first = [page(&["a", "b"], r#"{"max_page":2}"#)];
    let (first, _) = server.script(api.list().send(), first).await;
    let token = first.unwrap().token().unwrap().clone();
    let last = [page(&["c"], r#"{"max_page":2}"#)];
    let stream = api.list().resume_from(token).stream();
    let (rest, seen) = server.script(stream.try_collect(), last.clone()).await;
    assert_eq!(ids(&rest.unwrap()), ["c"]);
    assert_eq!(
        targets(&seen),
        ["?page=2"],
        "100 a page would pass over items"
    );
    let stream = api.list().param("page", 2).stream();
    let (_, seen) = server.script(stream.try_collect(), last).await;
    assert_eq!(targets(&seen), ["?page=2"]);
}

#[tokio::test]
async fn foreign_tokens_are_refused() {
    let (server, api) = start().await;
    let foreign = r#"{"operation":"others.list","place":{"page":2}}"#;
    let misfit = r#"{"operation":"things.list","place":{"cursor":"c"}}"#;
    for token in [foreign, misfit] {
        let token: PageToken = serde_json::from_str(token).unwrap();
        let error = api
            .list()
            .resume_from(token)
            .stream()
            .next()
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    assert!(server.is_idle());
}

#[tokio::test]
async fn an_error_ends_the_stream_and_the_token_repeats_the_page() {
    let (server, api) = start().await;
    let mut stream = api.list().stream();
    let replies = [
        page(&["a"], r#"{"max_page":2}"#),
        Reply::json(403, r#"{"error":"No"}"#),
    ];
    let call = async {
        assert_eq!(stream.next().await.unwrap().unwrap().id, "a");
        let error = stream.next().await.unwrap().unwrap_err();
        assert!(stream.next().await.is_none());
        (error, stream.token())
    };
    let ((error, token), _) = server.script(call, replies).await;
    assert!(error.is_forbidden());
    let stream = api.list().resume_from(token.unwrap()).stream();
    let (rest, seen) = server
        .script(stream.try_collect(), [page(&["b"], r#"{"max_page":2}"#)])
        .await;
    assert_eq!(ids(&rest.unwrap()), ["b"]);
    assert_eq!(targets(&seen), ["?limit=100&page=2"]);
}

const ONE_BAD: &str = r#"{"items":[
    {"id":"a","size":1},{"id":"b","size":"huge"},{"id":"c","size":3}
],"info":{"max_page":1}}"#;

#[tokio::test]
async fn one_bad_item_does_not_lose_its_page() {
    let (server, api) = start().await;
    let (result, _) = server
        .script(api.list().send(), [Reply::json(200, ONE_BAD)])
        .await;
    let page = result.unwrap();
    assert_eq!(ids(&page.items), ["a", "c"]);
    let bad = &page.rejected[0];
    assert_eq!((bad.index, bad.error.path()), (1, "items[1].size"));
    assert_eq!(bad.raw, serde_json::json!({"id": "b", "size": "huge"}));
}

#[tokio::test]
async fn a_stream_reports_a_bad_item_in_its_place_and_goes_on() {
    let (server, api) = start().await;
    let stream = api.list().stream().collect::<Vec<_>>();
    let (items, _) = server.script(stream, [Reply::json(200, ONE_BAD)]).await;
    assert_eq!(items.len(), 3);
    assert_eq!(items[0].as_ref().unwrap().id, "a");
    let error = items[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.rejected().unwrap().raw["id"], "b");
    assert!(
        error
            .to_string()
            .starts_with("things.list: item 1 did not decode: items[1].size: ")
    );
    assert_eq!(items[2].as_ref().unwrap().id, "c");
}

#[tokio::test]
async fn strict_lists_fail_on_a_bad_item() {
    let (server, api) = start().await;
    let bad = || [Reply::json(200, ONE_BAD)];
    let (result, _) = server.script(api.list().strict().send(), bad()).await;
    assert_eq!(result.unwrap_err().rejected().unwrap().index, 1);

    let mut pages = api.list().strict().pages();
    let (result, _) = server.script(pages.next(), bad()).await;
    assert!(result.unwrap().unwrap_err().is_decode());
    assert!(pages.next().await.is_none());

    let mut stream = api.list().strict().stream();
    let call = async {
        assert_eq!(stream.next().await.unwrap().unwrap().id, "a");
        assert!(stream.next().await.unwrap().unwrap_err().is_decode());
        assert!(stream.next().await.is_none());
        stream.token()
    };
    let (token, _) = server.script(call, bad()).await;
    let stream = api.list().resume_from(token.unwrap()).stream();
    let (rest, _) = server.script(stream.try_collect(), bad()).await;
    assert_eq!(ids(&rest.unwrap()), ["c"]);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_an_error() {
    let (server, api) = start().await;
    let (result, _) = server
        .script(api.list().send(), [Reply::json(200, r#"{"items":{}}"#)])
        .await;
    assert_eq!(result.unwrap_err().decode_error().unwrap().path(), "items");
}

#[test]
fn pages_are_read_out_of_each_apis_envelope() {
    use client_core::{Page, PageInfo, json};
    let items = things(&["a"]);
    let cases = [
        (
            format!(r#"{{"items":{items},"pagination":{{"total_count":7,"max_page":2}}}}"#),
            PageInfo {
                total_count: Some(7),
                max_page: Some(2),
                ..PageInfo::default()
            },
        ),
        (
            format!(r#"{{"items":{items},"pagination":{{"has_next_page":true}}}}"#),
            PageInfo {
                has_next: Some(true),
                ..PageInfo::default()
            },
        ),
        (
            format!(r#"{{"totalCount":7,"page":1,"pageSize":5,"items":{items}}}"#),
            PageInfo {
                total_count: Some(7),
                page: Some(1),
                page_size: Some(5),
                ..PageInfo::default()
            },
        ),
        (
            format!(r#"{{"items":{items},"nextCursor":"c1"}}"#),
            PageInfo {
                next_cursor: Some("c1".into()),
                ..PageInfo::default()
            },
        ),
        (
            format!(r#"{{"data":{items},"meta":{{"page":{{"number":1,"size":5,"total":7}}}}}}"#),
            PageInfo {
                total_count: Some(7),
                page: Some(1),
                page_size: Some(5),
                ..PageInfo::default()
            },
        ),
        (
            format!(
                r#"{{"data":{items},"meta":{{"page":{{"size":5,"next":"/x?a","previous":null}}}}}}"#
            ),
            PageInfo {
                page_size: Some(5),
                next_cursor: Some("/x?a".into()),
                ..PageInfo::default()
            },
        ),
        (items, PageInfo::default()),
    ];
    for (text, info) in cases {
        let page: Page<Thing> = json::from_slice(text.as_bytes()).unwrap();
        assert_eq!(page.info, info, "{text}");
        assert_eq!(ids(&page.items), ["a"]);
    }
}
