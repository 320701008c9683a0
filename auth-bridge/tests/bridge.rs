//! The bridge as a user meets it: a real server on loopback, real HTTP, the sandbox behind it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "bridge/support.rs"]
mod support;

#[path = "bridge/checkout.rs"]
mod checkout;
#[path = "bridge/hooks.rs"]
mod hooks;
#[path = "bridge/openmeter.rs"]
mod openmeter;
#[path = "bridge/portal.rs"]
mod portal;
#[path = "bridge/recordings.rs"]
mod recordings;
#[path = "bridge/security.rs"]
mod security;
#[path = "bridge/webhooks.rs"]
mod webhooks;
