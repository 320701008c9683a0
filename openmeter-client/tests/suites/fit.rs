use openmeter_client::client_core::wire::{Decimal, IsoDuration};
use openmeter_client::{Event, OpenMeter, RetryPolicy};
use serde_json::{Value, json as value};

use crate::replay::{Replay, answer, json, now};

#[test]
fn the_three_generations_share_one_cheap_client() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let om = OpenMeter::new("http://localhost:8888").unwrap();
    shared(&om);
    shared(&om.v3());
    shared(&om.events().list());
    assert!(size_of::<OpenMeter>() <= 2 * size_of::<usize>());
}

#[test]
fn a_meter_query_decodes_as_json() {
    let body = r#"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","windowSize":"DAY",
        "data":[{"value":12.5,"windowStart":"2026-01-01T00:00:00Z",
        "windowEnd":"2026-01-02T00:00:00Z","subject":"org_1",
        "groupBy":{"model":"gpt 4","region":null}}]}"#;
    let replay = Replay::of([json(200, body)]);
    let result = now(replay.om().meters().query("tokens").window_size("DAY")).unwrap();
    assert_eq!(result.data.len(), 1);
    assert!((result.data[0].value - 12.5).abs() < f64::EPSILON);
    assert_eq!(result.data[0].group_by["model"].as_deref(), Some("gpt 4"));
    assert_eq!(result.data[0].group_by["region"], None);
    assert_eq!(replay.sent()[0].headers()["accept"], "application/json");
}

#[test]
fn all_generations_answer_meter_queries_as_csv() {
    let csv = || answer(200, &[("content-type", "text/csv")], "from,value\n");
    let replay = Replay::of([csv(), csv(), csv(), csv()]);
    let om = replay.om();
    let query = openmeter_client::v3::models::MeterQueryRequest::new();
    for text in [
        now(om.meters().query("tokens").csv()),
        now(om
            .meters()
            .query_post("tokens", openmeter_client::models::MeterQueryRequest::new())
            .csv()),
        now(om
            .with_portal_token("t")
            .portal()
            .query_meter("tokens")
            .csv()),
        now(om
            .v3()
            .meters()
            .query("01G65Z755AFWAKHE12NY0CQ9FH", query)
            .csv()),
    ] {
        assert_eq!(text.unwrap(), "from,value\n");
    }
    for request in replay.sent() {
        assert_eq!(request.headers()["accept"], "text/csv", "{}", request.uri());
    }
}

#[test]
fn amounts_are_exact_and_durations_keep_their_text() {
    let price = openmeter_client::models::UnitPrice::new(
        "0.1000000000000000000001".parse::<Decimal>().unwrap(),
    );
    let text = openmeter_client::client_core::json::to_vec(&price);
    let sent: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(sent["amount"], "0.1000000000000000000001");
    let back: openmeter_client::models::UnitPrice =
        openmeter_client::client_core::json::from_slice(&text).unwrap();
    assert_eq!(back.amount.as_str(), "0.1000000000000000000001");
    let month: IsoDuration = openmeter_client::client_core::json::from_slice(br#""P1M""#).unwrap();
    assert_eq!(month.as_str(), "P1M");
}

#[test]
fn the_data_of_an_event_is_sent_as_it_is() {
    let data = value!({"tokens": 850, "big": 9_007_199_254_740_993_i64, "at": "2026-01-01T00:00:00Z",
                       "nested": {"a": [1, null, "x"]}});
    let replay = Replay::of([answer(204, &[], "")]);
    let event = Event::new("ai-tokens", "org 1/ü").data(data.clone());
    now(replay.om().events().ingest(event)).unwrap();
    let sent: Value = serde_json::from_slice(replay.sent()[0].body()).unwrap();
    assert_eq!(sent["data"], data);
    assert_eq!(sent["subject"], "org 1/ü");
}

#[test]
fn the_application_shows_in_the_user_agent_with_both_versions() {
    let replay = Replay::of([answer(500, &[], "")]);
    let om = replay.om_with(|builder| {
        builder
            .retry(RetryPolicy::none())
            .user_agent_suffix("shop/2.1")
            .default_header("x-team", "a")
    });
    let _ = now(om.v3().meters().list());
    let request = &replay.sent()[0];
    assert_eq!(
        request.headers()["user-agent"],
        concat!(
            "openmeter-client-rust/",
            env!("CARGO_PKG_VERSION"),
            " shop/2.1"
        )
    );
    assert_eq!(request.headers()["x-team"], "a");
}

#[test]
fn keys_of_customers_are_encoded_and_those_that_name_another_path_are_refused() {
    let replay = Replay::of([answer(500, &[], "")]);
    let om = replay.om_with(|builder| builder.retry(RetryPolicy::none()));
    for id in ["", ".", ".."] {
        let error = now(om.customers().get(id)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("customers.get: path parameter"),
            "{error}"
        );
    }
    assert!(replay.sent().is_empty(), "nothing is sent");
    let _ = now(om.customers().get("a b%ü?#"));
    assert_eq!(replay.targets(), ["/api/v1/customers/a%20b%25%C3%BC%3F%23"]);
}

#[test]
fn filters_take_the_form_of_their_generation() {
    use openmeter_client::models::{FilterString, ListEventsFilter};
    let replay = Replay::of((0..2).map(|_| answer(500, &[], "")));
    let om = replay.om_with(|builder| builder.retry(RetryPolicy::none()));
    let filter = ListEventsFilter::new().subject(FilterString::new().eq("a b"));
    let _ = now(om.events().list().filter(filter));
    let _ = now(om.v3().meters().list().sort("created_at desc"));
    assert_eq!(
        replay.targets(),
        [
            "/api/v2/events?filter=%7B%22subject%22%3A%7B%22%24eq%22%3A%22a%20b%22%7D%7D",
            "/api/v3/openmeter/meters?sort=created_at%20desc&page%5Bnumber%5D=1"
        ]
    );
}

#[test]
fn filters_by_id_take_the_id_of_an_answer() {
    use openmeter_client::v3::models::{CustomerId, ListEventsParamsFilter};
    let customer = CustomerId::new("01G65Z755AFWAKHE12NY0CQ9FH");
    let by_reference = ListEventsParamsFilter::new().customer_id(&customer);
    let by_value = ListEventsParamsFilter::new().customer_id(customer);
    assert_eq!(by_reference, by_value);
}

#[test]
fn events_of_v3_have_the_same_rules_and_content_types() {
    use openmeter_client::v3::models::MeteringEvent;
    let replay = Replay::of((0..2).map(|_| answer(202, &[], "")));
    let om = replay.om();
    let event = || MeteringEvent::new("tokens", "org_1");
    now(om.v3().events().ingest(event())).unwrap();
    now(om.v3().events().ingest([event(), event()])).unwrap();
    let sent = replay.sent();
    assert_eq!(
        sent[0].headers()["content-type"],
        "application/cloudevents+json"
    );
    assert_eq!(
        sent[1].headers()["content-type"],
        "application/cloudevents-batch+json"
    );
    let refused = now(om
        .v3()
        .events()
        .ingest([event(), event().source("two words")]));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("events[1].source")
    );
    assert!(replay.sent().is_empty(), "nothing is sent");
}

#[test]
fn keys_that_are_required_but_may_be_null_are_sent_as_null() {
    use openmeter_client::client_core::json::{Encode, to_value};
    use openmeter_client::models::{CustomerCreate, PlanPhase, RateCardFlatFee};
    fn sent(value: &impl Encode) -> Value {
        to_value(value)
    }
    let card = RateCardFlatFee::new("seat", "Seat");
    assert_eq!(
        sent(&card),
        value!({"type": "flat_fee", "key": "seat", "name": "Seat", "billingCadence": null,
                "price": null})
    );
    let last = PlanPhase::new("main", "Main", [card]);
    assert_eq!(sent(&last)["duration"], Value::Null);
    assert!(sent(&last).get("duration").is_some());
    // Keys that are optional are left out, and cleared only when asked to.
    let customer = CustomerCreate::new("Acme");
    assert_eq!(sent(&customer), value!({"name": "Acme"}));
    assert_eq!(
        sent(&customer.clear_metadata()),
        value!({"name": "Acme", "metadata": null})
    );
}
