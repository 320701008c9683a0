//! The calls through the client.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use client_core::{BuildError, json};
use polar_client::models::{
    Customer, EventCreateExternalCustomer, EventMetadataInput, EventsIngest, Order,
};
use polar_client::webhooks::{Verifier, VerifyError, WebhookError, WebhookEvent};
use polar_client::{Page, Polar};

use crate::canned::Canned;
use crate::material::{Delivery, NOW, SECRET, TOKEN, Usage};

pub(crate) fn client(answer: Bytes) -> Result<Polar, BuildError> {
    Polar::builder()
        .access_token(TOKEN)
        .transport(Arc::new(Canned(answer)))
        .build()
}

pub(crate) async fn get_customer(polar: &Polar, id: &str) -> Result<Customer, Box<dyn Error>> {
    Ok(polar.customers().get(id).await?)
}

pub(crate) async fn ingest(polar: &Polar, usage: &[Usage]) -> Result<i64, Box<dyn Error>> {
    let events = usage.iter().map(|used| {
        EventCreateExternalCustomer::new("ai.tokens", used.customer.as_str())
            .external_id(used.id.as_str())
            .metadata(
                EventMetadataInput::new()
                    .with("model", used.model.as_str())
                    .with("tokens", used.tokens),
            )
    });
    Ok(polar
        .events()
        .ingest(EventsIngest::new(events))
        .await?
        .inserted)
}

pub(crate) async fn list_orders(
    polar: &Polar,
    customer: &str,
) -> Result<Page<Order>, Box<dyn Error>> {
    let orders = polar.orders().list().external_customer_id(customer);
    whole(orders.limit(100).await?)
}

pub(crate) fn decode_page(body: &[u8]) -> Result<Page<Order>, Box<dyn Error>> {
    whole(json::from_slice(body)?)
}

/// A page from which nothing was set apart, so that both sides decode the same.
fn whole(page: Page<Order>) -> Result<Page<Order>, Box<dyn Error>> {
    match page.rejected.first() {
        None => Ok(page),
        Some(rejected) => Err(rejected.error.to_string().into()),
    }
}

pub(crate) fn verifier() -> Result<Verifier, WebhookError> {
    Verifier::new(SECRET)
}

pub(crate) fn verify(
    verifier: &Verifier,
    delivery: &Delivery,
) -> Result<WebhookEvent, VerifyError> {
    verifier
        .verify_at(&delivery.headers, &delivery.body, NOW)
        .map(|verified| verified.event)
}
