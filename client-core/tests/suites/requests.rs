use client_core::{Client, Query, RawResponse, RetrySafety};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::api::{Api, CREATE, DELETE, EXPORT, GET, LIST, POKE, PUBLIC, TOKEN};
use crate::server::{Exchange, Reply, Server};
use crate::timer::TestTimer;

const OK: &str = r#"{"id":"t1","size":1}"#;

/// Sends what `call` makes of the API and returns the request as it arrived.
async fn sent<T, F>(call: impl FnOnce(&Api) -> F) -> Exchange
where
    F: IntoFuture<Output = Result<T, crate::api::Error>>,
{
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let (result, mut seen) = server
        .script(call(&api).into_future(), [Reply::json(200, OK)])
        .await;
    if let Err(error) = result {
        panic!("{error}");
    }
    seen.remove(0)
}

#[tokio::test]
async fn a_request_carries_credential_user_agent_and_accept() {
    let seen = sent(|api| api.get("t1")).await;
    assert_eq!(seen.line(), "GET /v1/things/t1");
    assert_eq!(
        seen.header("authorization"),
        Some(format!("Bearer {TOKEN}").as_str())
    );
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(
        seen.header("user-agent"),
        Some(concat!("client-core/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(seen.header("content-length"), None);
    assert_eq!(seen.header("content-type"), None);
}

#[tokio::test]
async fn path_arguments_are_encoded_as_one_segment() {
    let cases = [
        ("a b", "a%20b"),
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        (
            "Zoë 日本 🎉",
            "Zo%C3%AB%20%E6%97%A5%E6%9C%AC%20%F0%9F%8E%89",
        ),
        ("a+b@c;d=e", "a%2Bb%40c%3Bd%3De"),
        ("..a", "..a"),
        ("...", "..."),
        ("x-._~", "x-._~"),
        ("a\\b\0\n", "a%5Cb%00%0A"),
    ];
    for (argument, encoded) in cases {
        let seen = sent(|api| api.get(argument)).await;
        assert_eq!(seen.target(), format!("/v1/things/{encoded}"));
    }
}

#[tokio::test]
async fn path_arguments_stand_in_order_and_prefixes_are_kept() {
    let server = Server::start().await;
    let url = format!("{}/prefix/", server.url);
    let api = Api::with(&server, &TestTimer::new(), |builder| builder.base_url(url));
    let call = api
        .plain(&DELETE, RawResponse::empty)
        .path("t 1")
        .path("p/2");
    let (result, seen) = server.script(call.send(), [Reply::empty(204)]).await;
    result.unwrap();
    assert_eq!(seen[0].line(), "DELETE /prefix/v1/things/t%201/parts/p%2F2");
}

#[tokio::test]
async fn queries_are_encoded_exactly() {
    let seen = sent(|api| {
        let mut request = api.plain(&LIST, RawResponse::empty);
        let query = request.query_mut();
        query.push("query", "a+b c&d=e/ü");
        query.extend("sorting", ["-created_at", "email"]);
        query.deep_object("metadata", "the key]", true);
        query.push("filter[labels.env][oeq]", "a,b");
        query.push("filter", json!({"a": [1]}));
        query.push("from", time::macros::datetime!(2026-10-30 01:02:03.5 +2));
        query.push("day", time::macros::date!(2026 - 01 - 02));
        query.push("ratio", 0.5);
        query.push("empty", "");
        request
    })
    .await;
    assert_eq!(
        seen.line(),
        "GET /v1/things/?query=a%2Bb%20c%26d%3De%2F%C3%BC&sorting=-created_at&sorting=email\
         &metadata%5Bthe%20key%5D%5D=true&filter%5Blabels.env%5D%5Boeq%5D=a%2Cb\
         &filter=%7B%22a%22%3A%5B1%5D%7D&from=2026-10-29T23%3A02%3A03.5Z&day=2026-01-02\
         &ratio=0.5&empty="
    );
}

#[test]
fn deep_and_joined_parameters_take_the_forms_of_the_servers() {
    let mut query = Query::new();
    query.join("expand", "lines");
    query.join("expand", "customer");
    query.deep_list("filter", "id", "a");
    query.deep_list("filter", "id", "b");
    query.deep_list("filter", "key", "c");
    query.deep_value(
        "filter",
        &json!({"name": {"contains": "x y"}, "key": {"oeq": ["a", "b"]}, "n": 1, "no": null}),
    );
    let read: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let expected = [
        "expand=lines,customer",
        "filter[id][0]=a",
        "filter[id][1]=b",
        "filter[key][0]=c",
        "filter[key][oeq]=a,b",
        "filter[n]=1",
        "filter[name][contains]=x y",
    ];
    let (mut read, mut expected) = (read, expected.map(str::to_owned));
    read.sort();
    expected.sort();
    assert_eq!(read, expected);
}

proptest! {
    /// Another implementation reads back what was set, whatever it was.
    #[test]
    fn queries_read_back(pairs in prop::collection::vec((".{1,8}", ".{0,12}"), 0..6)) {
        let mut query = Query::new();
        for (name, value) in &pairs {
            query.push(name.clone(), value);
        }
        let url = url::Url::parse(&format!("http://h/?{}", query.encode())).unwrap();
        let read: Vec<_> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(read, pairs);
        prop_assert!(query.encode().bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%=&".contains(&b)));
    }

    /// Setting a parameter leaves exactly one of its name, and the others in their order.
    #[test]
    fn setting_replaces_all(names in prop::collection::vec("[abc]", 0..8)) {
        let mut query = Query::new();
        for (index, name) in names.iter().enumerate() {
            query.push(name.clone(), index);
        }
        query.set("a", "new");
        let others = |pairs: Vec<(String, String)>| -> Vec<_> {
            pairs.into_iter().filter(|(name, _)| name != "a").collect()
        };
        let read: Vec<_> = query.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let expected = names.iter().enumerate().map(|(i, n)| (n.clone(), i.to_string())).collect();
        prop_assert_eq!(read.iter().filter(|(name, _)| name == "a").count(), 1);
        prop_assert_eq!(query.get("a"), Some("new"));
        prop_assert_eq!(others(read), others(expected));
    }
}

#[tokio::test]
async fn json_bodies_have_type_and_length() {
    let seen = sent(|api| api.create(&json!({"name": "Zoë"}))).await;
    assert_eq!(seen.line(), "POST /v1/things/");
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("content-length"), Some("15"));
    assert_eq!(seen.body_text(), r#"{"name":"Zoë"}"#);
    assert_eq!(seen.header("transfer-encoding"), None);
}

#[tokio::test]
async fn a_write_without_body_says_so() {
    let seen = sent(|api| api.plain(&POKE, RawResponse::empty).path("t1")).await;
    assert_eq!(seen.line(), "POST /v1/things/t1/poke");
    assert_eq!(seen.header("content-length"), Some("0"));
    assert_eq!(seen.header("content-type"), None);
}

#[tokio::test]
async fn bodies_of_other_types_are_sent_as_they_are() {
    let batch = "application/cloudevents-batch+json";
    let seen = sent(|api| {
        api.plain(&CREATE, RawResponse::empty)
            .json_as(batch, &json!([]))
    })
    .await;
    assert_eq!(seen.header("content-type"), Some(batch));
    assert_eq!(seen.body, b"[]");

    let bytes = vec![0, 159, 146, 150];
    let seen = sent(|api| {
        api.plain(&CREATE, RawResponse::empty)
            .body("application/octet-stream", bytes.clone())
    })
    .await;
    assert_eq!(
        seen.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(seen.body, bytes);
}

#[tokio::test]
async fn forms_are_encoded_and_leave_null_out() {
    let fields = json!({
        "grant_type": "authorization_code",
        "code": "a+b c&d",
        "scope": null,
        "n": 3,
        "resource": ["x", "y"],
    });
    let seen = sent(|api| api.plain(&CREATE, RawResponse::empty).form(&fields)).await;
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let read: std::collections::BTreeSet<_> = url::form_urlencoded::parse(&seen.body)
        .into_owned()
        .collect();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "a+b c&d"),
        ("n", "3"),
        ("resource", "x"),
        ("resource", "y"),
    ];
    assert_eq!(
        read,
        expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into()
    );
}

#[tokio::test]
async fn a_form_cannot_hold_nested_values() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    for body in [json!({"a": {"b": 1}}), json!({"a": [[1]]}), json!([1])] {
        let error = api
            .plain(&CREATE, RawResponse::empty)
            .form(&body)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), client_core::ErrorKind::InvalidRequest);
    }
    assert!(server.is_idle());
}

#[tokio::test]
async fn operations_without_auth_keep_the_credential_back() {
    let seen = sent(|api| api.plain(&PUBLIC, RawResponse::empty)).await;
    assert_eq!(seen.header("authorization"), None);
    let seen = sent(|api| {
        api.plain(&PUBLIC, RawResponse::empty)
            .with_credential("own")
    })
    .await;
    assert_eq!(seen.header("authorization"), Some("Bearer own"));
}

#[tokio::test]
async fn credentials_change_per_client_and_per_request() {
    let seen = sent(|api| {
        Api {
            core: api.core.with_credential("cst"),
        }
        .get("t1")
    })
    .await;
    assert_eq!(seen.header("authorization"), Some("Bearer cst"));
    let seen = sent(|api| {
        Api {
            core: api.core.without_credential(),
        }
        .get("t1")
    })
    .await;
    assert_eq!(seen.header("authorization"), None);
    let seen = sent(|api| api.get("t1").with_credential("own")).await;
    assert_eq!(seen.header("authorization"), Some("Bearer own"));
}

#[tokio::test]
async fn a_credential_in_a_default_header_is_kept_back_as_well() {
    let server = Server::start().await;
    let api = Api {
        core: Client::builder()
            .base_url(&server.url)
            .default_header("authorization", "Basic YTpi")
            .build()
            .unwrap(),
    };
    let anonymous = Api {
        core: api.core.without_credential(),
    };
    let ok = || [Reply::json(200, "{}")];
    for (call, expected) in [
        (
            api.plain(&GET, RawResponse::empty).path("t1"),
            Some("Basic YTpi"),
        ),
        (api.plain(&PUBLIC, RawResponse::empty), None),
        (anonymous.plain(&GET, RawResponse::empty).path("t1"), None),
    ] {
        let (_, seen) = server.script(call.send(), ok()).await;
        assert_eq!(seen[0].header("authorization"), expected);
    }
}

#[tokio::test]
async fn parameters_without_a_setter_can_be_sent() {
    let seen = sent(|api| api.get("t1").with_query("include new", "a&b").send_raw()).await;
    assert_eq!(seen.target(), "/v1/things/t1?include%20new=a%26b");
}

#[tokio::test]
async fn headers_of_the_request_stand_in_place_of_the_clients() {
    let server = Server::start().await;
    let api = Api::with(&server, &TestTimer::new(), |builder| {
        builder
            .default_header("polar-version", "2026-10")
            .default_header("x-team", "a")
            .user_agent("polar-client/1.0")
            .user_agent_suffix("shop/2.1")
    });
    let call = api
        .get("t1")
        .with_header("X-Team", "b")
        .with_header("accept", "text/plain");
    let (_, seen) = server.script(call.send(), [Reply::json(200, OK)]).await;
    let head = &seen[0];
    assert_eq!(head.header("polar-version"), Some("2026-10"));
    assert_eq!(head.header("x-team"), Some("b"));
    assert_eq!(head.head.matches("x-team").count(), 1);
    assert_eq!(head.header("accept"), Some("text/plain"));
    assert_eq!(head.header("user-agent"), Some("polar-client/1.0 shop/2.1"));
}

#[tokio::test]
async fn the_raw_answer_is_there_when_wanted() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let headers = [("content-type", "text/csv"), ("x-total", "2")];
    let csv = Reply::new(200, &headers, "id,size\nt1,1\n");

    let call = api.plain(&EXPORT, RawResponse::text);
    let (text, seen) = server.script(call.clone().send(), [csv.clone()]).await;
    assert_eq!(text.unwrap(), "id,size\nt1,1\n");
    assert_eq!(seen[0].header("accept"), Some("text/csv"));

    let (raw, _) = server.script(call.send_raw(), [csv]).await;
    let raw = raw.unwrap();
    assert_eq!(raw.status().as_u16(), 200);
    assert_eq!(raw.header("x-total"), Some("2"));

    let (raw, _) = server
        .script(api.get("t1").send_raw(), [Reply::json(200, OK)])
        .await;
    assert_eq!(raw.unwrap().json::<Value>().unwrap()["size"], 1);
}

#[tokio::test]
async fn answers_without_a_body_decode_to_nothing() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    for body in ["", "null", " \n"] {
        let call = api
            .plain(&POKE, RawResponse::decode_optional::<crate::api::Thing>)
            .path("t1")
            .retry_safety(RetrySafety::Safe);
        let (result, _) = server.script(call.send(), [Reply::json(202, body)]).await;
        assert_eq!(result.unwrap(), None, "{body:?}");
    }
}

#[tokio::test]
async fn a_url_beyond_all_limits_is_refused() {
    let server = Server::start().await;
    let api = Api::new(&server, &TestTimer::new());
    let error = api.get(&"x".repeat(70_000)).await.unwrap_err();
    assert_eq!(error.kind(), client_core::ErrorKind::InvalidRequest);
    assert!(error.to_string().len() < 200, "{error}");
    let missing = api.plain(&GET, RawResponse::empty).await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "things.get: path parameter `id` is missing"
    );
}
