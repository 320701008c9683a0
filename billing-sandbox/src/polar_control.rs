//! What tests do to the Polar server beside its API.

use crate::Error;
use crate::polar::{Made, Polar, Refused, event_types};
use crate::webhook::outbox::EndpointSettings;
use std::fmt;

/// What the payment of a checkout made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// The Polar customer who paid.
    pub customer_id: String,
    /// The paid order.
    pub order_id: String,
    /// The subscription, when the product is recurring.
    pub subscription_id: Option<String>,
}

impl Completion {
    pub(crate) fn of(outcome: Result<Made, Refused>, id: &str) -> Result<Self, Error> {
        match outcome {
            Ok(made) => Ok(Self {
                customer_id: made.customer_id,
                order_id: made.order_id,
                subscription_id: made.subscription_id,
            }),
            Err(Refused::Unknown) => Err(Error::NotFound {
                what: "checkout",
                id: id.to_owned(),
            }),
            Err(Refused::NotOpen(status)) => Err(Error::Refused {
                reason: format!("checkout {id} is not open: {status}"),
            }),
            Err(Refused::NoEmail) => Err(Error::Refused {
                reason: format!("checkout {id} has neither a customer nor an e-mail address"),
            }),
        }
    }
}

/// A registered webhook endpoint.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: String,
    /// The signing secret, `whsec_…`.
    pub secret: String,
}

impl WebhookEndpoint {
    pub(crate) fn register(polar: &mut Polar, url: String, events: &[&str]) -> Self {
        let events = if events.is_empty() {
            event_types()
        } else {
            events
        };
        let settings = EndpointSettings {
            url,
            name: None,
            events: events.iter().map(|kind| (*kind).to_owned()).collect(),
            api_version: None,
        };
        let id = polar.outbox.add_endpoint(polar.now, settings);
        let secret = polar
            .outbox
            .endpoint(&id)
            .map(|endpoint| endpoint.secret.clone())
            .unwrap_or_default();
        Self { id, secret }
    }
}

impl fmt::Debug for WebhookEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEndpoint")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
