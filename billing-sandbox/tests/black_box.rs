//! Both servers driven over HTTP, as any client would.
//!
//! Where the providers' OpenAPI documents are at hand (`BILLING_SHARED_DIR`, or `../shared` beside
//! the workspace), every answer and every webhook is also checked against them, and against recorded
//! answers of the real Polar server.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[path = "black_box/api.rs"]
mod api;
#[path = "black_box/receiver.rs"]
mod receiver;
#[path = "black_box/schema.rs"]
mod schema;

#[path = "black_box/journey.rs"]
mod journey;
#[path = "black_box/openmeter_catalog.rs"]
mod openmeter_catalog;
#[path = "black_box/openmeter_entitlements.rs"]
mod openmeter_entitlements;
#[path = "black_box/openmeter_metering.rs"]
mod openmeter_metering;
#[path = "black_box/polar_catalog.rs"]
mod polar_catalog;
#[path = "black_box/polar_customers.rs"]
mod polar_customers;
#[path = "black_box/polar_protocol.rs"]
mod polar_protocol;
#[path = "black_box/polar_recorded.rs"]
mod polar_recorded;
#[path = "black_box/polar_subscriptions.rs"]
mod polar_subscriptions;
#[path = "black_box/polar_usage.rs"]
mod polar_usage;
#[path = "black_box/webhooks.rs"]
mod webhooks;
