//! The same calls without a client: requests put together on the spot, serde's derives.

mod models;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use client_core::http::{Method, Request, header};
use client_core::{SendOptions, Transport};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use time::OffsetDateTime;

use crate::canned::Canned;
use crate::material::{Delivery, NOW, SECRET, TOKEN, Usage};
use models::{Customer, Inserted, Metadata, OrderPaid, Orders, Scalar};

const BASE: &str = "https://api.polar.sh";

pub(crate) struct Client {
    transport: Arc<dyn Transport>,
}

#[derive(Serialize)]
struct Ingest {
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    timestamp: Option<OffsetDateTime>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    external_customer_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_member_id: Option<String>,
}

pub(crate) fn client(answer: Bytes) -> Client {
    Client {
        transport: Arc::new(Canned(answer)),
    }
}

impl Client {
    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: String,
        body: Option<Vec<u8>>,
    ) -> Result<T, Box<dyn Error>> {
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "by-hand/1.0")
            .header("polar-version", "2026-10");
        if let Some(body) = &body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_LENGTH, body.len());
        }
        let request = request.body(Bytes::from(body.unwrap_or_default()))?;
        let options = SendOptions::new(Duration::from_secs(20), 64 << 20);
        let response = self.transport.send(request, options).await?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status()).into());
        }
        Ok(serde_json::from_slice(response.body())?)
    }
}

pub(crate) async fn get_customer(client: &Client, id: &str) -> Result<Customer, Box<dyn Error>> {
    client
        .send(Method::GET, format!("{BASE}/v1/customers/{id}"), None)
        .await
}

pub(crate) async fn ingest(client: &Client, usage: &[Usage]) -> Result<u64, Box<dyn Error>> {
    let events = usage.iter().map(|used| Event {
        timestamp: None,
        name: "ai.tokens".to_owned(),
        organization_id: None,
        external_id: Some(used.id.clone()),
        parent_id: None,
        metadata: Some(Metadata::from([
            ("model".to_owned(), Scalar::Text(used.model.clone())),
            ("tokens".to_owned(), Scalar::Integer(used.tokens)),
        ])),
        external_customer_id: used.customer.clone(),
        external_member_id: None,
    });
    let body = serde_json::to_vec(&Ingest {
        events: events.collect(),
    })?;
    let answer: Inserted = client
        .send(Method::POST, format!("{BASE}/v1/events/ingest"), Some(body))
        .await?;
    Ok(answer.inserted)
}

pub(crate) async fn list_orders(client: &Client, customer: &str) -> Result<Orders, Box<dyn Error>> {
    let url = format!("{BASE}/v1/orders/?external_customer_id={customer}&limit=100");
    client.send(Method::GET, url, None).await
}

pub(crate) fn decode_page(body: &[u8]) -> Result<Orders, serde_json::Error> {
    serde_json::from_slice(body)
}

pub(crate) type Key = Hmac<Sha256>;

pub(crate) fn webhook_key() -> Key {
    let secret = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .unwrap_or_default();
    Key::new_from_slice(&secret).unwrap_or_else(|_| unreachable!("any length is a key"))
}

pub(crate) fn verify(key: &Key, delivery: &Delivery) -> Result<OrderPaid, Box<dyn Error>> {
    let text = |name: &str| {
        let value = delivery
            .headers
            .get(name)
            .ok_or_else(|| format!("no {name}"))?;
        value.to_str().map_err(|error| error.to_string())
    };
    let timestamp = text("webhook-timestamp")?;
    if (NOW.unix_timestamp() - timestamp.parse::<i64>()?).abs() > 300 {
        return Err("stale".into());
    }
    let mut mac = key.clone();
    mac.update(text("webhook-id")?.as_bytes());
    mac.update(b".");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(&delivery.body);
    let signature = text("webhook-signature")?
        .strip_prefix("v1,")
        .ok_or("no v1 signature")?;
    mac.verify_slice(&STANDARD.decode(signature)?)?;
    Ok(serde_json::from_slice(&delivery.body)?)
}
