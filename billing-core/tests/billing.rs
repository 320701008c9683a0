//! Webhooks, events, decisions, the ledger and the engine.
#![cfg(feature = "webhooks")]

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
