use client_core::{ErrorKind, RetryPolicy};

use crate::api::Api;
use crate::server::{Exchange, Reply, Server};
use crate::timer::TestTimer;

/// Answers from another thread while `call` blocks this one.
pub(crate) fn against<T>(replies: Vec<Reply>, call: impl FnOnce(Api) -> T) -> (T, Vec<Exchange>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::start().await;
            sender.send(Api::new(&server, &TestTimer::new())).unwrap();
            server.answer(replies).await
        })
    });
    let result = call(receiver.recv().unwrap());
    (result, server.join().unwrap())
}

const OK: &str = r#"{"id":"t1","size":1}"#;

#[test]
fn requests_block_without_a_runtime() {
    let replies = vec![Reply::empty(503), Reply::json(200, OK)];
    let (thing, seen) = against(replies, |api| api.get("t1").send_blocking());
    assert_eq!(thing.unwrap().size, 1);
    assert_eq!(seen.len(), 2);
}

#[test]
fn errors_are_the_same() {
    let replies = vec![Reply::json(404, r#"{"error":"ResourceNotFound"}"#)];
    let (result, _) = against(replies, |api| api.get("t1").send_blocking());
    let error = result.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.code(), Some("ResourceNotFound"));
    let (result, _) = against(vec![], |api| api.get("").send_blocking());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn blocking_inside_a_runtime_does_not_panic() {
    for mut builder in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let runtime = builder.enable_all().build().unwrap();
        let (thing, _) = against(vec![Reply::json(200, OK)], |api| {
            runtime.block_on(async {
                api.get("t1")
                    .with_retry(RetryPolicy::none())
                    .send_blocking()
            })
        });
        assert_eq!(thing.unwrap().size, 1);
    }
}

#[test]
fn lists_are_iterators() {
    let page = |id: &str| {
        let body = format!(r#"{{"items":[{{"id":"{id}","size":1}}],"info":{{"max_page":2}}}}"#);
        Reply::json(200, &body)
    };
    let (things, seen) = against(vec![page("a"), page("b")], |api| {
        api.list()
            .stream()
            .blocking()
            .collect::<Result<Vec<_>, _>>()
    });
    let ids: Vec<_> = things.unwrap().into_iter().map(|thing| thing.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(seen[1].target(), "/v1/things/?limit=100&page=2");

    let (sizes, _) = against(vec![page("a"), page("b")], |api| {
        api.list()
            .pages()
            .blocking()
            .map(|page| page.unwrap().items.len())
            .collect::<Vec<_>>()
    });
    assert_eq!(sizes, [1, 1]);
    let (page, _) = against(vec![page("a")], |api| api.list().send_blocking());
    assert!(page.unwrap().token().is_some());
}
