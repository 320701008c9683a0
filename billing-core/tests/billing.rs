//! Webhooks, events, decisions, the ledger and the engine.
#![cfg(feature = "webhooks")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::clone_on_ref_ptr)]

mod billing {
    mod decide;
    mod engine;
    mod faults;
    mod ledger_suite;
    mod polar_events;
    mod properties;
    mod recovery;
    mod support;
    mod topups;
    mod webhooks;
}
