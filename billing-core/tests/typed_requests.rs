//! Request bodies for Polar and OpenMeter: what they say, and that the sandbox takes every one.

#![allow(clippy::unwrap_used)]

#[path = "typed/openmeter.rs"]
mod openmeter;
#[path = "typed/oracle.rs"]
mod oracle;
#[path = "typed/polar.rs"]
mod polar;
#[path = "typed/support.rs"]
mod support;
