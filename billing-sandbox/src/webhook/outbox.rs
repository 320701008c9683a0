//! Endpoints and the events that wait for them.

use super::sign;
use crate::calendar::polar as time_text;
use crate::id;
use serde_json::{Value, json};
use std::time::Duration as StdDuration;
use time::{Duration, OffsetDateTime};

/// How long later events of an endpoint wait for an earlier one that is still to be retried.
const ORDER_GUARD: Duration = Duration::MINUTE;
/// Events that fail for good, one after the other, until their endpoint is switched off.
const MAX_FAILED_EVENTS: u32 = 10;
const API_VERSION: &str = "2026-10";

pub(crate) struct EndpointSettings {
    pub(crate) url: String,
    pub(crate) name: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) api_version: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) url: String,
    pub(crate) name: Option<String>,
    pub(crate) format: &'static str,
    pub(crate) api_version: String,
    pub(crate) secret: String,
    /// Whether the key is the decoded secret, as for all secrets made since September 2026.
    pub(crate) standard: bool,
    pub(crate) events: Vec<String>,
    pub(crate) enabled: bool,
    pub(crate) failures_in_a_row: u32,
}

impl Endpoint {
    pub(crate) fn renew_secret(&mut self, now: OffsetDateTime) {
        (self.secret, self.standard) = sign::new_secret(now);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) id: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) succeeded: bool,
    pub(crate) status: Option<u16>,
    pub(crate) response: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct QueuedEvent {
    pub(crate) id: String,
    pub(crate) endpoint_id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
    pub(crate) api_version: String,
    pub(crate) attempts: Vec<Attempt>,
    /// When it is to be sent next; `None` when it is done.
    pub(crate) due: Option<OffsetDateTime>,
    pub(crate) tries_left: usize,
    pub(crate) succeeded: Option<bool>,
    pub(crate) skipped: bool,
    pub(crate) held: bool,
}

/// Endpoints, queued events and the retry schedule.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) events: Vec<QueuedEvent>,
    /// The waits between the attempts; one attempt more than there are waits.
    pub(crate) schedule: Vec<StdDuration>,
    /// Stamps and signs with the machine's clock in place of the test clock.
    pub(crate) wall_clock: bool,
    pub(crate) default_secret: Option<String>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            events: Vec::new(),
            // Ten attempts, doubling from two seconds, as the server does without its jitter.
            schedule: (1..10).map(|n| StdDuration::from_secs(1 << n)).collect(),
            wall_clock: false,
            default_secret: None,
        }
    }
}

impl Outbox {
    pub(crate) fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    pub(crate) fn add_endpoint(&mut self, now: OffsetDateTime, new: EndpointSettings) -> String {
        let (secret, standard) = match &self.default_secret {
            Some(secret) => (secret.clone(), is_standard(secret)),
            None => sign::new_secret(now),
        };
        let id = id::uuid();
        self.endpoints.push(Endpoint {
            id: id.clone(),
            created_at: now,
            modified_at: None,
            url: new.url,
            name: new.name,
            format: "raw",
            api_version: new.api_version.unwrap_or_else(|| API_VERSION.to_owned()),
            secret,
            standard,
            events: new.events,
            enabled: true,
            failures_in_a_row: 0,
        });
        id
    }

    pub(crate) fn remove_endpoint(&mut self, id: &str) {
        self.endpoints.retain(|endpoint| endpoint.id != id);
        for event in self
            .events
            .iter_mut()
            .filter(|event| event.endpoint_id == id)
        {
            event.due = None;
        }
    }

    /// Queues one event for every endpoint that asked for its type.
    pub(crate) fn emit(&mut self, now: OffsetDateTime, kind: &'static str, data: &Value) {
        for endpoint in &self.endpoints {
            if !endpoint.enabled || !endpoint.events.iter().any(|wanted| wanted == kind) {
                continue;
            }
            let body = json!({
                "type": kind,
                "timestamp": time_text(now),
                "api_version": endpoint.api_version,
                "data": data,
            });
            self.events.push(QueuedEvent {
                id: id::uuid(),
                endpoint_id: endpoint.id.clone(),
                created_at: now,
                modified_at: None,
                kind,
                body: body.to_string(),
                api_version: endpoint.api_version.clone(),
                attempts: Vec::new(),
                due: Some(now),
                tries_left: self.schedule.len() + 1,
                succeeded: None,
                skipped: false,
                held: false,
            });
        }
    }

    /// Makes an event due again, whatever became of it; its id stays.
    pub(crate) fn requeue(&mut self, now: OffsetDateTime, id: &str) -> bool {
        let tries = self.schedule.len() + 1;
        let Some(event) = self.events.iter_mut().find(|event| event.id == id) else {
            return false;
        };
        event.due = Some(now);
        event.tries_left = tries;
        event.skipped = false;
        true
    }

    /// The next event to send: the oldest that is due, not held, and not waiting for an earlier one
    /// of its endpoint.
    pub(crate) fn next_due(&self, now: OffsetDateTime) -> Option<&QueuedEvent> {
        self.events.iter().enumerate().find_map(|(index, event)| {
            if event.held || event.due.is_none_or(|due| due > now) {
                return None;
            }
            let young = now - event.created_at < ORDER_GUARD;
            let blocked = young
                && event.attempts.is_empty()
                && self.events.iter().take(index).any(|earlier| {
                    earlier.endpoint_id == event.endpoint_id
                        && earlier.due.is_some()
                        && !earlier.held
                });
            (!blocked).then_some(event)
        })
    }

    /// Notes what came of an attempt and plans the next.
    pub(crate) fn record(
        &mut self,
        now: OffsetDateTime,
        id: &str,
        status: Option<u16>,
        response: Option<String>,
    ) {
        let waits = self.schedule.clone();
        let Some(event) = self.events.iter_mut().find(|event| event.id == id) else {
            return;
        };
        let succeeded = status.is_some_and(|status| (200..300).contains(&status));
        event.attempts.push(Attempt {
            id: id::uuid(),
            at: now,
            succeeded,
            status,
            response,
        });
        event.modified_at = Some(now);
        event.tries_left = event.tries_left.saturating_sub(1);
        let endpoint_id = event.endpoint_id.clone();
        if succeeded {
            event.due = None;
            event.succeeded = Some(true);
        } else if event.tries_left == 0 {
            event.due = None;
            event.succeeded = Some(false);
        } else {
            let done = (waits.len() + 1).saturating_sub(event.tries_left);
            let wait = waits
                .get(done.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            event.due = Some(now + wait);
            event.succeeded = Some(false);
            return;
        }
        self.count_failure(&endpoint_id, succeeded);
    }

    fn count_failure(&mut self, endpoint_id: &str, succeeded: bool) {
        let found = self
            .endpoints
            .iter_mut()
            .find(|endpoint| endpoint.id == endpoint_id);
        let Some(endpoint) = found else { return };
        endpoint.failures_in_a_row = if succeeded {
            0
        } else {
            endpoint.failures_in_a_row + 1
        };
        if endpoint.failures_in_a_row < MAX_FAILED_EVENTS {
            return;
        }
        endpoint.enabled = false;
        for event in self
            .events
            .iter_mut()
            .filter(|event| event.endpoint_id == endpoint_id)
        {
            if event.due.take().is_some() {
                event.skipped = true;
            }
        }
    }
}

/// Whether a chosen secret has the form of the current ones: base64 of 32 bytes, padded.
fn is_standard(secret: &str) -> bool {
    secret
        .strip_prefix("whsec_")
        .is_some_and(|rest| rest.len() == 44 && rest.ends_with('='))
}
