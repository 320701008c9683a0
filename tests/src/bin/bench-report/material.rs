//! What is sent and answered.

use bytes::Bytes;
use polar_client::webhooks::{self, KeyDerivation, WebhookError};
use time::OffsetDateTime;
use time::macros::datetime;

const CUSTOMER: &str = include_str!("../../../measure/fixtures/customer.json");
const ORDER: &str = include_str!("../../../measure/fixtures/order.json");

pub(crate) const CUSTOMER_ID: &str = "b1f0a6d2-5c0e-4a7e-9a53-0d9d7a1c5f01";
pub(crate) const TOKEN: &str = "polar_oat_4uXfJ0m8yPz2bT7q";
pub(crate) const SECRET: &str = "whsec_jxfP1m6JurFzs4cAyt4aICz59iQwfN91CC39D7CmjK8=";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-09-01 8:00:20 UTC);

/// One thing that was used.
pub(crate) struct Usage {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) model: String,
    pub(crate) tokens: i64,
}

/// A signed webhook.
pub(crate) struct Delivery {
    pub(crate) headers: client_core::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// JSON without the white space between its tokens, as servers send it.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut inside, mut escaped) = (false, false);
    for character in json.chars() {
        if inside || !character.is_whitespace() {
            out.push(character);
        }
        match character {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && character == '\\' && !escaped;
    }
    out
}

pub(crate) fn customer() -> Bytes {
    compact(CUSTOMER).into()
}

pub(crate) fn inserted() -> Bytes {
    Bytes::from_static(br#"{"inserted":100,"duplicates":0}"#)
}

pub(crate) fn orders(count: usize) -> Bytes {
    let order = compact(ORDER);
    let orders: Vec<String> = (1..=count)
        .map(|number| order.replace("f6f0001", &format!("f6f{number:04}")))
        .collect();
    format!(
        r#"{{"items":[{}],"pagination":{{"total_count":{count},"max_page":1}}}}"#,
        orders.join(",")
    )
    .into()
}

/// A page of about 50 kB.
pub(crate) fn page() -> Bytes {
    orders(15)
}

pub(crate) fn usage() -> Vec<Usage> {
    (0..100)
        .map(|number| Usage {
            id: format!("evt_{number:08}"),
            customer: format!("usr_{}", number % 7),
            model: "large".to_owned(),
            tokens: 1_000 + number,
        })
        .collect()
}

pub(crate) fn delivery() -> Result<Delivery, WebhookError> {
    let body = format!(
        r#"{{"type":"order.paid","timestamp":"2026-09-01T08:00:15.200000Z","api_version":"2026-10","data":{}}}"#,
        compact(ORDER)
    );
    let body = body.into_bytes();
    let headers =
        webhooks::sign(SECRET, KeyDerivation::Base64, "msg_2Kx9f0bQ", NOW, &body)?.to_header_map();
    Ok(Delivery { headers, body })
}
