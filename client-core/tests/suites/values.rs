//! What is read is what is written.

use client_core::json::{self, List, Raw};
use client_core::wire::{Decimal, IsoDuration};
use proptest::prelude::*;
use serde_json::json;
use time::macros::datetime;

#[test]
fn decimals_keep_every_digit_and_their_form() {
    for came in ["0.12345678901234567890", "\"1.10\"", "1E+2", "100"] {
        let decimal: Decimal = json::from_slice(came.as_bytes()).unwrap();
        assert_eq!(json::to_string(&decimal), came);
    }
    let bare: Decimal = json::from_slice(b"5").unwrap();
    assert_eq!(
        bare,
        Decimal::from(5),
        "a number and its text are the same amount"
    );
}

#[test]
fn what_is_not_known_is_written_as_it_was_read() {
    let came = r#"{"z":1.10,"a":100000000000000000000,"m":[null]}"#;
    let raw: Raw = json::from_slice(came.as_bytes()).unwrap();
    assert_eq!(raw["m"][0], serde_json::Value::Null);
    assert_eq!(json::to_string(&raw), came);
    let list: List<String> = json::from_slice(format!("[{came}]").as_bytes()).unwrap();
    assert_eq!(json::to_string(&list.rejected[0].raw), came);
}

#[test]
fn serde_keeps_the_order_of_keys() {
    let came = r#"{"z":1.5,"a":[],"m":[null,true,{"y":-1,"b":"\u00e9\n"}],"e":{}}"#;
    let raw: Raw = serde_json::from_str(came).unwrap();
    let order = r#"{"z":1.5,"a":[],"m":[null,true,{"y":-1,"b":"é\n"}],"e":{}}"#;
    assert_eq!(json::to_string(&raw), order);
    assert_eq!(serde_json::to_string(&raw).unwrap(), order);
    let big = r#"[18446744073709551615,-9223372036854775808]"#;
    let raw: Raw = serde_json::from_str(big).unwrap();
    assert_eq!(serde_json::to_string(&raw).unwrap(), big);
}

#[test]
fn a_number_given_as_its_text_is_a_number_and_nothing_else() {
    let given = |text: &str| json!({"a": {"$serde_json::private::Number": text}});
    let raw: Raw = serde_json::from_value(given("1.10")).unwrap();
    assert_eq!(json::to_string(&raw), r#"{"a":1.10}"#);
    for text in ["1,\"admin\":true", "1}", "", "true", "\"x\"", "{}"] {
        assert!(
            serde_json::from_value::<Raw>(given(text)).is_err(),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn serde_gives_and_takes_what_the_text_says(tree in trees()) {
        let raw: Raw = json::from_slice(tree.to_string().as_bytes()).unwrap();
        let given = serde_json::to_value(&raw).unwrap();
        prop_assert_eq!(&given, &tree);
        let taken: Raw = serde_json::from_value(given).unwrap();
        prop_assert_eq!(json::to_string(&taken), tree.to_string());
    }
}

fn trees() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<u64>().prop_map(|value| json!(value)),
        (-1e9..1e9).prop_map(|value: f64| json!(value)),
        any::<String>().prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|entries| json!(entries)),
        ]
    })
}

#[test]
fn numbers_that_cannot_be_held_are_refused() {
    let error = json::from_slice::<f64>(b"1e999").unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected number (f64), found another value"
    );
    assert!(serde_json::to_string(&Wrapped(f64::INFINITY)).is_err());
}

struct Wrapped(f64);

impl json::Encode for Wrapped {
    fn encode(&self, writer: &mut json::Writer) {
        self.0.encode(writer);
    }
}

client_core::serde_via_json!(encode: Wrapped);

#[test]
fn times_at_the_ends_of_the_calendar_are_written_and_read() {
    let last = datetime!(9999-12-31 23:59:59 -1);
    assert_eq!(json::to_string(&last), r#""9999-12-31T23:59:59-01:00""#);
    assert_eq!(
        client_core::wire::format_time(last),
        "9999-12-31T23:59:59-01:00"
    );
    let before = datetime!(-0044-03-15 10:00 UTC);
    assert!(!client_core::wire::format_time(before).is_empty());
    assert_eq!(client_core::wire::parse_date("2024-+1-+2"), None);
}

#[test]
fn durations_are_whole_or_end_in_a_fraction() {
    for good in ["P1M", "P1Y2M3W4D", "PT0.5S", "P1,5D", "-P1D", "P1DT2H3M4S"] {
        assert!(good.parse::<IsoDuration>().is_ok(), "{good}");
    }
    for bad in [
        "", "P", "PT", "P1", "1M", "P1..2M", "P.5M", "P1M2Y", "P1MM", "P1x", "P1é",
    ] {
        assert!(bad.parse::<IsoDuration>().is_err(), "{bad}");
    }
}

#[test]
fn a_broken_text_is_said_to_be_broken_where_it_is() {
    let error = json::from_slice::<bool>(b"tru").unwrap_err();
    assert!(
        error.to_string().starts_with("expected valid JSON, found "),
        "{error}"
    );
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    let error = json::from_slice::<Raw>(deep.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("levels of nesting"), "{error}");
    let error = json::from_slice::<String>(b"").unwrap_err();
    assert!(error.to_string().contains("EOF"), "{error}");
}

#[test]
fn a_key_that_decides_a_variant_stands_once() {
    let mut reader = json::Reader::new(br#"{"a":1,"a":2,"b":"x"}"#);
    assert!(reader.probe(["a", "b"]).is_err());
    assert_eq!(
        reader.error().to_string(),
        "a: expected each key once, found a key twice"
    );
    let mut reader = json::Reader::new(br#"{"data":{"x":tru"#);
    assert!(reader.probe(["type", "data.y"]).is_err());
    let error = reader.error();
    assert!(error.offset() > 0 && error.path() == "data.x", "{error:?}");
}

#[test]
fn a_list_of_faults_alone_is_no_page() {
    let faults = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    let list: List<String> = json::from_slice(faults(10_000).as_bytes()).unwrap();
    assert_eq!(list.rejected.len(), 10_000);
    assert_eq!(list.rejected[9_999].error.path(), "[9999]");
    let error = json::from_slice::<List<String>>(faults(10_001).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("10000 faulty items"), "{error}");
}
