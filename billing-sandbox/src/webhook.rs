//! Webhooks: what is queued, how it is signed, and how it is delivered.

mod deliver;
pub(crate) mod outbox;
pub(crate) mod sign;

pub use deliver::{Delivery, PendingWebhook};
pub(crate) use deliver::{deliver_due, deliver_now};
