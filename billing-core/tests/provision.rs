//! Provisioning against the sandbox over HTTP.

#![allow(clippy::unwrap_used)]

#[path = "provision/faults.rs"]
mod faults;
#[path = "provision/lock.rs"]
mod lock;
#[path = "provision/openmeter.rs"]
mod openmeter;
#[path = "provision/polar.rs"]
mod polar;
#[path = "provision/support.rs"]
mod support;
