//! What holds for every Polar operation: versions, credentials, routing, lengths, paging, faults.

use super::api::{START, faults, start, text};
use super::schema;
use billing_sandbox::{Fault, Service};
use serde_json::{Value, json};

#[tokio::test]
async fn versions_are_those_of_the_service() {
    let world = start().await;
    for (version, status) in [
        ("2026-04", 200),
        ("2026-10", 200),
        ("1999-01", 404),
        ("2027-01", 501),
    ] {
        let request = world
            .polar
            .request("GET", "/v1/products/")
            .header("polar-version", version);
        let answer = world.polar.finish("GET", "/v1/products/", request).await;
        assert_eq!(answer.status, status, "{version}");
        if status == 404 {
            assert_eq!(answer.json(), json!({"detail": "Not Found"}));
            assert_eq!(answer.header("polar-version"), "");
        }
    }
    let answer = world.polar.call("GET", "/v1/products/", None).await;
    assert_eq!(answer.header("polar-version"), "2026-10");
}

#[tokio::test]
async fn missing_routes_methods_and_slashes_are_told_apart() {
    let world = start().await;
    let answer = world.polar.call("GET", "/v1/nope", None).await;
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"detail": "Not Found"}))
    );
    let zero = "00000000-0000-4000-8000-000000000000";
    let answer = world
        .polar
        .call("GET", &format!("/v1/products/{zero}"), None)
        .await;
    assert_eq!(
        answer.json(),
        json!({"error": "ResourceNotFound", "detail": "Not found"})
    );
    let answer = world.polar.call("GET", "/v1/customers", None).await;
    assert_eq!(answer.status, 307);
    assert_eq!(
        answer.header("location"),
        format!("{}/v1/customers/", world.sandbox.polar_url())
    );
    let answer = world
        .polar
        .call("PUT", "/v1/customers/", Some(json!({})))
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (405, json!({"detail": "Method Not Allowed"}))
    );
    let answer = world
        .polar
        .call("GET", "/v1/customers/external/org%2F1", None)
        .await;
    assert_eq!(answer.json(), json!({"detail": "Not Found"}));
    let answer = world.polar.call("GET", "/v1/files/", None).await;
    assert_eq!(answer.status, 501);
    assert!(text(&answer.json(), "/detail").contains("files.list"));
}

#[tokio::test]
async fn bodies_without_length_or_beyond_the_limit_are_refused() {
    let world = start().await;
    let stream = reqwest::Body::wrap_stream(tokio_stream_of("{}"));
    let request = world.polar.request("POST", "/v1/customers/").body(stream);
    let answer = world.polar.finish("POST", "/v1/customers/", request).await;
    assert_eq!(
        (answer.status, answer.json()["error"].clone()),
        (411, json!("LengthRequired"))
    );
    let large = "x".repeat(10 * 1024 * 1024 + 1);
    let request = world.polar.request("POST", "/v1/events/ingest").body(large);
    let answer = world
        .polar
        .finish("POST", "/v1/events/ingest", request)
        .await;
    assert_eq!(
        (answer.status, answer.json()["error"].clone()),
        (413, json!("RequestBodyTooLarge"))
    );
    let request = world
        .polar
        .request("POST", "/v1/customers/")
        .header("content-type", "application/json")
        .body("{bad json");
    let answer = world.polar.finish("POST", "/v1/customers/", request).await;
    assert_eq!(answer.json()["detail"][0]["type"], "json_invalid");
    let answer = world.polar.call("POST", "/v1/customers/", None).await;
    assert_eq!(faults(&answer.json()), ["body: Field required"]);
}

fn tokio_stream_of(
    text: &'static str,
) -> impl futures_core::Stream<Item = Result<&'static str, std::io::Error>> {
    struct Once(Option<&'static str>);
    impl futures_core::Stream for Once {
        type Item = Result<&'static str, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.take().map(Ok))
        }
    }
    Once(Some(text))
}

#[tokio::test]
async fn lists_page_sort_and_filter() {
    let world = start().await;
    for n in 0..12 {
        let team = if n % 2 == 0 { "a" } else { "b" };
        let customer = json!({
            "email": format!("c{n:02}@example.com"), "name": format!("C {}", 11 - n),
            "metadata": {"team": team, "n": n, "on": n > 5},
        });
        world.polar.post("/v1/customers/", customer).await;
    }
    let emails = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(item, "/email"))
            .collect()
    };
    let first = world.polar.get("/v1/customers/?sorting=email").await;
    assert_eq!(
        first["pagination"],
        json!({"total_count": 12, "max_page": 2})
    );
    assert_eq!(emails(&first)[..2], ["c00@example.com", "c01@example.com"]);
    let second = world.polar.get("/v1/customers/?sorting=email&page=2").await;
    assert_eq!(emails(&second), ["c10@example.com", "c11@example.com"]);
    let newest = world.polar.get("/v1/customers/?limit=1").await;
    assert_eq!(emails(&newest), ["c11@example.com"]);
    let past = world.polar.get("/v1/customers/?page=9&limit=1000").await;
    assert_eq!(
        (past["items"].clone(), &past["pagination"]["max_page"]),
        (json!([]), &json!(1))
    );
    let filtered = world
        .polar
        .get("/v1/customers/?metadata[team]=a&metadata[on]=true&sorting=email")
        .await;
    assert_eq!(
        emails(&filtered),
        ["c06@example.com", "c08@example.com", "c10@example.com"]
    );
    let either = world
        .polar
        .get("/v1/customers/?metadata%5Bn%5D=1&metadata%5Bn%5D=3")
        .await;
    assert_eq!(either["pagination"]["total_count"], 2);
    let by_mail = world
        .polar
        .get("/v1/customers/?email=C03@EXAMPLE.COM")
        .await;
    assert_eq!(emails(&by_mail), ["c03@example.com"]);
    let searched = world
        .polar
        .get("/v1/customers/?query=c%201&sorting=name")
        .await;
    assert_eq!(searched["pagination"]["total_count"], 3);
    for (query, place) in [
        ("limit=0", "query.limit"),
        ("page=x", "query.page"),
        ("sorting=nope", "query.sorting.0"),
    ] {
        let answer = world
            .polar
            .expect(422, "GET", &format!("/v1/customers/?{query}"), None)
            .await;
        assert!(faults(&answer)[0].starts_with(place), "{answer}");
    }
}

#[tokio::test]
async fn injected_faults_strike_the_chosen_request() {
    let world = start().await;
    let customer = |n: i32| json!({"email": format!("f{n}@example.com")});
    world.sandbox.inject(
        Fault::on(Service::Polar)
            .method("POST")
            .path("/v1/customers/")
            .nth(2)
            .after_effect()
            .reset(),
    );
    world.polar.post("/v1/customers/", customer(1)).await;
    let lost = world
        .polar
        .request("POST", "/v1/customers/")
        .json(&customer(2))
        .send()
        .await;
    assert!(lost.is_err());
    // It took effect although its answer was lost.
    world
        .polar
        .expect(422, "POST", "/v1/customers/", Some(customer(2)))
        .await;
    world.sandbox.inject(
        Fault::on(Service::Polar)
            .path("/v1/customers/{id}")
            .times(2)
            .status(503),
    );
    for _ in 0..2 {
        let zero = "/v1/customers/00000000-0000-4000-8000-000000000000";
        assert_eq!(world.polar.call("GET", zero, None).await.status, 503);
    }
    world.sandbox.inject(Fault::on(Service::Polar).status(429));
    let limited = world.polar.call("GET", "/v1/customers/", None).await;
    assert_eq!(
        (
            limited.status,
            limited.text.as_str(),
            limited.header("retry-after")
        ),
        (429, "", "1")
    );
    let log = world.sandbox.requests();
    let statuses: Vec<Option<u16>> = log.iter().map(|request| request.status).collect();
    assert_eq!(
        statuses,
        [Some(201), None, Some(422), Some(503), Some(503), Some(429)]
    );
    assert_eq!(log[1].operation, Some("customers.create"));
    assert!(log[1].fault && log[1].at == START);
    assert_eq!(log[1].body, Some(customer(2)));
    let token = log[0]
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap();
    assert_eq!(token.1, "<redacted>");
}

#[tokio::test]
async fn a_browser_can_pay_and_curl_can_move_the_clock() {
    let world = start().await;
    let product = json!({"name": "Pro <plan>", "recurring_interval": "month",
        "prices": [{"amount_type": "fixed", "price_amount": 2000}]});
    let product = world.polar.post("/v1/products/", product).await;
    let checkout = json!({"products": [product["id"]], "success_url": "https://app.example.com/?c={CHECKOUT_ID}"});
    let checkout = world.polar.post("/v1/checkouts/", checkout).await;
    let path = text(&checkout, "/url").replace(&world.sandbox.polar_url(), "");
    let browser = world.polar.anonymous();
    let page = browser.call("GET", &path, None).await;
    assert!(
        page.text
            .contains("Pro &lt;plan&gt; for <strong>$20.00</strong>"),
        "{}",
        page.text
    );
    let pay = browser
        .request("POST", &path)
        .body("email=web%40example.com");
    let paid = browser.finish("POST", &path, pay).await;
    assert_eq!(paid.status, 303);
    assert_eq!(
        paid.header("location"),
        format!("https://app.example.com/?c={}", text(&checkout, "/id"))
    );
    let customers = world
        .polar
        .get("/v1/customers/?email=web@example.com")
        .await;
    assert_eq!(customers["pagination"]["total_count"], 1);
    let twice = browser.request("POST", &path).body("");
    assert_eq!(browser.finish("POST", &path, twice).await.status, 409);
    let moved = json!({"advance_seconds": 86_400});
    let moved = browser
        .expect(200, "POST", "/sandbox/clock", Some(moved))
        .await;
    assert_eq!(moved, json!({"now": "2026-12-02T10:00:00Z"}));
    browser
        .expect(400, "POST", "/sandbox/clock", Some(json!({})))
        .await;
}

#[test]
fn the_schema_checker_finds_what_is_wrong() {
    let Some(document) = schema::polar() else {
        return;
    };
    let bad = json!({"error": "ResourceNotFound"});
    let caught = std::panic::catch_unwind(|| {
        document.check_response("GET", "/v1/products/x", 200, &bad);
    });
    assert!(caught.is_err());
}
