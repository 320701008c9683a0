//! What users of the client rely on, one suite each, without a network or a runtime.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test may panic, and its helpers are shared"
)]

#[path = "suites/errors.rs"]
mod errors;
#[path = "suites/fit.rs"]
mod fit;
#[path = "suites/paging.rs"]
mod paging;
#[path = "suites/replay.rs"]
mod replay;
#[path = "suites/retries.rs"]
mod retries;
