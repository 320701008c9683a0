use billing_core::Provider;
use billing_core::webhook::WebhookError;
use client_core::webhook::WebhookError as SignatureError;
use http::StatusCode;
use serde_json::json;

use super::Call;
use super::reply::{Refusal, Reply};

/// The provider reads no more than the status; people see the reason in its dashboard.
const SEE_LOGS: &str = "Webhook error: See server logs for more information.";

/// Takes a delivery in: verified, normalized, handled. An answer other than 2xx makes the provider
/// deliver again.
pub(super) async fn receive(call: &Call<'_>, provider: Provider) -> Result<Reply, Refusal> {
    let configured = call.parts.webhooks.iter();
    let Some(webhooks) = configured
        .clone()
        .find(|known| known.provider() == provider)
    else {
        return Err(Refusal::internal(
            "webhooks",
            "no webhooks of this provider",
        ));
    };
    let events = webhooks
        .receive(&call.head.headers, call.body)
        .map_err(|error| refused(&error))?;
    let observer = call.parts.observer.as_ref();
    let observed = observer.map(|observer| (observer, events.clone()));
    if let Some(billing) = &call.parts.billing {
        let handled = billing.handle(events).await;
        for effect in handled.map_err(|error| failed(&error))?.effects.failed {
            tracing::warn!(?effect, "an entitlement effect waits to be tried again");
        }
    }
    if let Some((observer, events)) = observed {
        for event in &events {
            let seen = observer.observe(event).await;
            seen.map_err(|error| failed(&*error))?;
        }
    }
    Ok(Reply::ok(json!({ "received": true })))
}

fn refused(error: &WebhookError) -> Refusal {
    tracing::warn!(%error, "a webhook was refused");
    let reason = match error {
        WebhookError::Signature(SignatureError::MissingHeader(_)) => "Missing required headers",
        WebhookError::Signature(
            SignatureError::InvalidTimestamp | SignatureError::AmbiguousHeader(_),
        ) => "Invalid Signature Headers",
        WebhookError::Signature(SignatureError::TooOld) => "Message timestamp too old",
        WebhookError::Signature(SignatureError::TooNew) => "Message timestamp too new",
        WebhookError::Signature(SignatureError::NoMatchingSignature) => {
            "No matching signature found"
        }
        WebhookError::Malformed(error) if error.path().is_empty() => {
            return Refusal::bad_request("Invalid JSON in request body").code("BAD_REQUEST");
        }
        WebhookError::Malformed(_) => "Failed to parse event",
        _ => {
            return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, SEE_LOGS);
        }
    };
    Refusal::bad_request(format!("Webhook Error: {reason}"))
}

fn failed<E: std::fmt::Display + ?Sized>(error: &E) -> Refusal {
    tracing::error!(%error, "a webhook could not be handled");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, SEE_LOGS)
}
