use client_core::RetrySafety;

use crate::models::{EventCreate, EventsIngest};

impl EventsIngest {
    /// Returns whether every event carries an `external_id`, by which Polar recognizes an event
    /// that it has already. Only then is the request repeated after a lost answer: without the id,
    /// a repetition would be billed twice.
    pub fn is_deduplicated(&self) -> bool {
        self.events.iter().all(|event| {
            let id = match event {
                EventCreate::Customer(event) => event.external_id.value(),
                EventCreate::ExternalCustomer(event) => event.external_id.value(),
                _ => None,
            };
            id.is_some_and(|id| !id.is_empty())
        })
    }

    pub(crate) fn retry_safety(&self) -> RetrySafety {
        if self.is_deduplicated() {
            RetrySafety::Deduplicated
        } else {
            RetrySafety::Unsafe
        }
    }
}
