//! What users of the runtime rely on, one suite each, over real connections to a loopback server.
//!
//! `cargo test -p client-core --all-features retry::` runs one suite.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(
    unreachable_pub,
    reason = "the pretended client is written as client crates are"
)]

#[path = "suites/api.rs"]
mod api;
#[path = "suites/server.rs"]
mod server;
#[path = "suites/timer.rs"]
mod timer;

#[cfg(feature = "blocking")]
#[path = "suites/blocking.rs"]
mod blocking;
#[path = "suites/errors.rs"]
mod errors;
#[path = "suites/maps.rs"]
mod maps;
#[path = "suites/paging.rs"]
mod paging;
#[path = "suites/requests.rs"]
mod requests;
#[path = "suites/retry.rs"]
mod retry;
#[path = "suites/tracing_spans.rs"]
mod tracing_spans;
#[path = "suites/transport.rs"]
mod transport;
#[path = "suites/values.rs"]
mod values;
#[cfg(feature = "webhooks")]
#[path = "suites/webhook_headers.rs"]
mod webhook_headers;
#[cfg(feature = "webhooks")]
#[path = "suites/webhook_verifier.rs"]
mod webhook_verifier;
#[cfg(feature = "webhooks")]
#[path = "suites/webhooks.rs"]
mod webhooks;
