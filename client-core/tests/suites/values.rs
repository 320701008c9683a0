//! What is read is what is written.

use client_core::json::{self, List, Raw};
use client_core::wire::Decimal;

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
    assert_eq!(raw["m"][0], json::Value::Null);
    assert_eq!(json::to_string(&raw), came);
    let list: List<String> = json::from_slice(format!("[{came}]").as_bytes()).unwrap();
    assert_eq!(json::to_string(&list.rejected[0].raw), came);
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
