//! What requests look like on the wire.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use polar_client::client_core::{ErrorKind, RetryPolicy};
use polar_client::models::{
    Address, AddressInput, CheckoutCreate, CustomerIndividualCreate, CustomerSortProperty,
    CustomerUpdate, EventCreateExternalCustomer, EventsIngest, SubscriptionUpdateBase,
    SubscriptionUpdateClear,
};
use polar_client::{Error, Polar};
use serde_json::{Value, json};
use test_support::{Impatient, Replay, now};

fn status(status: u16) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(Bytes::new())
        .unwrap()
}

fn polar() -> (Polar, Replay) {
    recording(|| status(500), RetryPolicy::none())
}

fn recording(answer: fn() -> Response<Bytes>, retry: RetryPolicy) -> (Polar, Replay) {
    let replay = Replay::always(answer);
    let polar = Polar::builder()
        .access_token("polar_oat_test")
        .organization("org_1")
        .transport(Arc::new(replay.clone()))
        .timer(Arc::new(Impatient))
        .retry(retry)
        .build()
        .unwrap();
    (polar, replay)
}

/// Sends a request and returns what was sent.
fn sent<T>(
    build: impl FnOnce(&Polar) -> Box<dyn FnOnce() -> Result<T, Error>>,
) -> (Option<Request<Bytes>>, Result<T, Error>) {
    let (polar, replay) = polar();
    let result = build(&polar)();
    (replay.last(), result)
}

macro_rules! wire {
    (|$polar:ident| $request:expr) => {{
        let (request, result) = sent(|$polar| {
            let request = $request;
            Box::new(move || now(request))
        });
        (request, result.map(|_| ()))
    }};
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn every_request_pins_the_version_and_carries_credential_and_organization() {
    let (request, _) = wire!(|polar| polar.customers().get("id"));
    let request = request.unwrap();
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("polar-version"), "2026-10");
    assert_eq!(header("authorization"), "Bearer polar_oat_test");
    assert_eq!(header("polar-organization"), "org_1");
    assert!(header("user-agent").starts_with("polar-client-rust/"));
    assert_eq!(request.uri(), "https://api.polar.sh/v1/customers/id");
}

#[test]
fn a_request_can_take_another_token_and_public_operations_send_none() {
    let (request, _) = wire!(|polar| polar.customers().list().with_credential("polar_pat_other"));
    assert_eq!(
        request.unwrap().headers()["authorization"],
        "Bearer polar_pat_other"
    );
    let (request, _) = wire!(|polar| polar.checkouts().client_get("polar_c_secret"));
    assert!(!request.unwrap().headers().contains_key("authorization"));
}

#[test]
fn the_portal_acts_with_the_customers_own_token() {
    let (request, _) = wire!(|polar| polar.customer_portal("polar_cst_1").orders().list());
    let request = request.unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer polar_cst_1");
    assert_eq!(request.uri().path(), "/v1/customer-portal/orders/");
}

#[test]
fn an_update_leaves_out_clears_or_sets_each_field() {
    let (request, _) = wire!(|polar| polar
        .customers()
        .update("id", CustomerUpdate::new().name("Ada").clear_tax_id(),));
    assert_eq!(
        body(&request.unwrap()),
        json!({"name": "Ada", "tax_id": null})
    );
}

#[test]
fn a_country_of_an_answer_is_what_a_request_takes() {
    let stored: Address = serde_json::from_value(json!({"country": "DE"})).unwrap();
    let (request, _) = wire!(|polar| polar.customers().update(
        "id",
        CustomerUpdate::new().billing_address(AddressInput::new(stored.country)),
    ));
    assert_eq!(
        body(&request.unwrap()),
        json!({"billing_address": {"country": "DE"}})
    );
}

#[test]
fn fixed_fields_of_a_body_are_written_for_the_caller() {
    let (request, _) = wire!(|polar| polar
        .subscriptions()
        .update("id", SubscriptionUpdateClear::new()));
    assert_eq!(body(&request.unwrap()), json!({"pending_update": null}));
    let change = SubscriptionUpdateBase::new()
        .product_id("p2")
        .clear_discount_id();
    let (request, _) = wire!(|polar| polar.subscriptions().update("id", change));
    assert_eq!(
        body(&request.unwrap()),
        json!({"product_id": "p2", "discount_id": null})
    );
}

#[test]
fn nothing_is_sent_that_the_caller_did_not_set() {
    let (request, _) = wire!(|polar| polar
        .checkouts()
        .create(CheckoutCreate::new(["p1"]).external_customer_id("usr_1")));
    let request = request.unwrap();
    assert_eq!(
        body(&request),
        json!({"products": ["p1"], "external_customer_id": "usr_1"})
    );
    assert_eq!(request.uri(), "https://api.polar.sh/v1/checkouts/");
}

#[test]
fn filters_repeat_keys_and_metadata_goes_in_brackets() {
    let (request, _) = wire!(|polar| polar
        .customers()
        .list()
        .email("ada+1@example.com")
        .sorting(CustomerSortProperty::MinusCreatedAt)
        .sorting("email")
        .metadata("plan name", "pro")
        .metadata("beta", true)
        .limit(50));
    assert_eq!(
        request.unwrap().uri().query(),
        Some(
            "email=ada%2B1%40example.com&sorting=-created_at&sorting=email\
             &metadata%5Bplan%20name%5D=pro&metadata%5Bbeta%5D=true&limit=50&page=1"
        )
    );
}

#[test]
fn external_ids_are_encoded_and_those_that_name_another_path_are_refused() {
    let (request, _) = wire!(|polar| polar.customers().get_external("a b%ü?#+"));
    assert_eq!(
        request.unwrap().uri().path(),
        "/v1/customers/external/a%20b%25%C3%BC%3F%23%2B"
    );
    for id in ["", ".", ".."] {
        let (request, result) = wire!(|polar| polar.customers().get_external(id));
        let error = result.unwrap_err();
        assert!(request.is_none(), "nothing is sent for {id:?}");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(
            error.to_string().contains("customers.get_external"),
            "{error}"
        );
        assert!(error.to_string().contains("external_id"), "{error}");
    }
}

#[test]
fn writes_without_a_body_still_say_so() {
    let (request, _) = wire!(|polar| polar.orders().generate_invoice("id"));
    assert_eq!(request.unwrap().headers()["content-length"], "0");
}

#[test]
fn token_requests_are_forms() {
    let (request, _) =
        wire!(|polar| polar
            .oauth2()
            .revoke_token(polar_client::models::RevokeTokenRequest::new(
                "a token", "client", "secret"
            )));
    let request = request.unwrap();
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    let text = String::from_utf8(request.body().to_vec()).unwrap();
    assert!(
        text.contains("token=a") && text.contains("client_id=client"),
        "{text}"
    );
}

#[test]
fn usage_is_sent_again_only_when_every_event_can_be_recognized() {
    let attempts = |ingest: EventsIngest| {
        let (polar, replay) = recording(|| status(503), RetryPolicy::new());
        now(polar.events().ingest(ingest)).unwrap_err();
        replay.sent().len()
    };
    let event = || EventCreateExternalCustomer::new("ai.tokens", "usr_1");
    let recognized = EventsIngest::new([event().external_id("e1"), event().external_id("e2")]);
    let not_all = EventsIngest::new([event().external_id("e1"), event()]);
    let nameless = EventsIngest::new([event().external_id("")]);
    assert!(recognized.is_deduplicated() && !not_all.is_deduplicated());
    assert!(!nameless.is_deduplicated());
    assert_eq!(attempts(not_all), 1);
    assert_eq!(attempts(recognized), 3);
}

#[test]
fn creating_customers_takes_either_form() {
    let (request, _) = wire!(|polar| polar
        .customers()
        .create(CustomerIndividualCreate::new("ada@example.com").external_id("usr_1")));
    assert_eq!(
        body(&request.unwrap()),
        json!({"email": "ada@example.com", "external_id": "usr_1"})
    );
}
