use http::HeaderMap;
use polar_client::models::{
    CheckoutConfirmStripe, CountAggregation, CustomerSubscriptionUpdateClear, DiscountCreate,
    DiscountFixedCreate, DiscountPercentageCreate, MeterAggregation, S3FileUploadCompletedPart,
    SubscriptionUpdateClear, UniqueAggregation,
};
use polar_client::webhooks::{KeyDerivation, Verifier, WebhookEvent, sign};
use polar_client::{Polar, RetryPolicy};
use serde_json::{Value, json as value};
use time::OffsetDateTime;

use crate::replay::{Replay, answer, json, now};

fn failing() -> Replay {
    Replay::of([answer(500, &[], "")])
}

fn quick(builder: polar_client::PolarBuilder) -> polar_client::PolarBuilder {
    builder.retry(RetryPolicy::none())
}

#[test]
fn clients_and_requests_are_shared_between_threads_and_cheap_to_clone() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn anywhere<T: Send + Sync + 'static>(value: T) {
        drop(value);
    }
    let polar = Polar::new("polar_oat_x").unwrap();
    shared(&polar);
    shared(&polar.orders());
    shared(&polar.orders().list());
    anywhere(polar.orders().list().stream());
    anywhere(polar.orders().list().pages());
    anywhere(polar.orders().list().send());
    anywhere(polar.orders().get("o1").send());
    assert_eq!(
        size_of::<Polar>(),
        size_of::<usize>(),
        "a clone counts a reference"
    );
}

#[test]
fn the_kind_of_a_union_is_sent_without_being_asked_for() {
    let fixed: DiscountCreate = DiscountFixedCreate::new("5 off", "once").into();
    assert_eq!(serde_json::to_value(fixed).unwrap()["type"], "fixed");
    let part: DiscountCreate = DiscountPercentageCreate::new("5 %", "once", 500).into();
    assert_eq!(serde_json::to_value(part).unwrap()["type"], "percentage");
    let count: MeterAggregation = CountAggregation::new().into();
    assert_eq!(
        serde_json::to_value(count).unwrap(),
        value!({"func": "count"})
    );
    let unique: MeterAggregation = UniqueAggregation::new("user").into();
    let expected = value!({"func": "unique", "property": "user"});
    assert_eq!(serde_json::to_value(unique).unwrap(), expected);
}

#[test]
fn what_anybody_may_do_is_asked_without_the_organization_token() {
    let replay = failing();
    let confirm = CheckoutConfirmStripe::new().confirmation_token_id("ct_1");
    let checkouts = replay.polar_with(quick).checkouts();
    let _ = now(checkouts.client_confirm("polar_c_1", confirm.clone()));
    assert_eq!(replay.sent()[0].headers().get("authorization"), None);

    let replay = failing();
    let checkouts = replay.polar_with(quick).checkouts();
    let request = checkouts.client_confirm("polar_c_1", confirm);
    let _ = now(request.with_credential("polar_at_u_1"));
    let sent = replay.sent();
    assert_eq!(sent[0].headers()["authorization"], "Bearer polar_at_u_1");
    assert_eq!(
        sent[0].uri().path(),
        "/v1/checkouts/client/polar_c_1/confirm"
    );
}

#[test]
fn keys_that_are_required_but_may_be_null_are_sent_as_null() {
    let replay = failing();
    let update = SubscriptionUpdateClear::new();
    let _ = now(replay
        .polar_with(quick)
        .subscriptions()
        .update("s1", update));
    let body: Value = serde_json::from_slice(replay.sent()[0].body()).unwrap();
    assert_eq!(body, value!({"pending_update": null}));

    let replay = failing();
    let update = CustomerSubscriptionUpdateClear::new();
    let portal = replay.polar_with(quick).customer_portal("polar_cst_1");
    let _ = now(portal.subscriptions().update("s1", update));
    let body: Value = serde_json::from_slice(replay.sent()[0].body()).unwrap();
    assert_eq!(body, value!({"pending_update": null}));

    let part = S3FileUploadCompletedPart::new(1, "etag");
    let body: Value =
        serde_json::from_slice(&polar_client::client_core::json::to_vec(&part)).unwrap();
    assert_eq!(
        body,
        value!({"number": 1, "checksum_etag": "etag", "checksum_sha256_base64": null})
    );
}

#[test]
fn the_application_shows_in_the_user_agent_with_both_versions() {
    let replay = failing();
    let polar = replay.polar_with(|builder| quick(builder).user_agent_suffix("shop/2.1"));
    let _ = now(polar.orders().get("o1"));
    assert_eq!(
        replay.sent()[0].headers()["user-agent"],
        concat!("polar-client-rust/", env!("CARGO_PKG_VERSION"), " shop/2.1")
    );
}

#[test]
fn headers_base_url_and_organization_are_the_callers() {
    let replay = failing();
    let polar = replay.polar_with(|builder| {
        quick(builder)
            .base_url("http://localhost:4000/polar/")
            .default_header("x-team", "a")
            .organization("org_1")
    });
    let _ = now(polar
        .orders()
        .get("o1")
        .with_header("polar-organization", "org_2"));
    let request = &replay.sent()[0];
    assert_eq!(request.uri(), "http://localhost:4000/polar/v1/orders/o1");
    assert_eq!(request.headers()["x-team"], "a");
    assert_eq!(request.headers()["polar-organization"], "org_2");
}

#[test]
fn the_raw_answer_decodes_into_another_type() {
    #[derive(serde::Deserialize)]
    struct Little {
        name: String,
    }
    let replay = Replay::of([answer(
        200,
        &[("polar-version", "2026-10")],
        r#"{"name":"Ada","more":1}"#,
    )]);
    let raw = now(replay.polar().customers().get("c1").send_raw()).unwrap();
    assert_eq!(raw.status().as_u16(), 200);
    assert_eq!(raw.header("polar-version"), Some("2026-10"));
    assert_eq!(raw.bytes().as_ref(), br#"{"name":"Ada","more":1}"#);
    assert_eq!(raw.json::<Little>().unwrap().name, "Ada");
}

#[test]
fn receipts_that_are_not_ready_are_none() {
    let replay = Replay::of([
        answer(202, &[], ""),
        json(200, r#"{"url":"https://polar.sh/receipt.pdf"}"#),
    ]);
    let polar = replay.polar();
    assert!(now(polar.orders().receipt("o1")).unwrap().is_none());
    assert!(now(polar.orders().receipt("o1")).unwrap().is_some());
}

#[test]
fn tables_come_as_csv_text() {
    let replay = Replay::of([answer(
        200,
        &[("content-type", "text/csv")],
        "Email\r\nada@x.y\r\n",
    )]);
    let text = now(replay.polar().orders().export()).unwrap();
    assert_eq!(text, "Email\r\nada@x.y\r\n");
    assert_eq!(replay.sent()[0].headers()["accept"], "text/csv");
}

#[test]
fn webhooks_come_in_header_maps_and_secrets_rotate() {
    let body = value!({"type": "moon.landed", "data": {}}).to_string();
    let at = OffsetDateTime::from_unix_timestamp(1_764_600_000).unwrap();
    let old = "whsec_the_old_secret_that_is_plain_text_x";
    let new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let verifier = Verifier::new(new).unwrap().and(old).unwrap();
    for (secret, derivation) in [(old, KeyDerivation::Utf8), (new, KeyDerivation::Base64)] {
        let signed = sign(secret, derivation, "evt_1", at, body.as_bytes()).unwrap();
        let map: HeaderMap = signed.to_header_map();
        let verified = verifier.verify_at(&map, body.as_bytes(), at).unwrap();
        assert!(matches!(verified.event, WebhookEvent::Unknown(_)));
        assert!(
            Verifier::new("whsec_another_secret_altogether_0123456789")
                .unwrap()
                .verify_at(&map, body.as_bytes(), at)
                .is_err()
        );
    }
}

#[test]
fn metadata_comes_back_as_it_came_also_when_a_number_fits_no_variant() {
    use polar_client::client_core::json;
    use polar_client::models::MetadataValue;
    let came = r#"{"big":12345678901234567890,"small":-3,"part":1.5}"#;
    let metadata: polar_client::client_core::json::Map<MetadataValue> =
        json::from_slice(came.as_bytes()).unwrap();
    assert_eq!(metadata["small"], MetadataValue::Integer(-3));
    assert_eq!(metadata["part"], MetadataValue::Number(1.5));
    assert!(matches!(metadata["big"], MetadataValue::Unknown(_)));
    assert_eq!(json::to_string(&metadata), came);
}
