//! The bridge as a user meets it: a real server on loopback, real HTTP, the sandbox behind it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "bridge/support.rs"]
mod support;

#[path = "bridge/checkout.rs"]
mod checkout;
#[path = "bridge/security.rs"]
mod security;
#[path = "bridge/portal.rs"]
mod portal;
#[path = "bridge/webhooks.rs"]
mod webhooks;
