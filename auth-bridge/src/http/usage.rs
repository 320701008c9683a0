use polar_client::models::{EventCreateExternalCustomer, EventMetadataInput, EventsIngest};
use serde_json::Value;
use uuid::Uuid;

use super::camel::from_polar;
use super::fields::Fields;
use super::metadata;
use super::reply::{Refusal, Reply};
use super::{Call, Json};

const FAILED: &str = "Ingestion failed";

/// Takes usage that a client reports, for the user who is signed in and nobody else.
pub(super) async fn ingest(call: &Call<'_>, body: Json) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let mut fields = Fields::of_body(body)?;
    let name = fields.required_text("event");
    let facts = metadata::take(&mut fields, "metadata").unwrap_or_default();
    fields.finish()?;
    let options = call.polar()?;
    if !options.client_events.contains(&name) {
        return Err(Refusal::forbidden(
            "This event cannot be reported by clients; report it from the server",
        )
        .code("EVENT_NOT_ALLOWED"));
    }
    let mut input = EventMetadataInput::new();
    input.additional = metadata::to_polar(facts);
    // With an id of its own, the event can be sent again after a lost answer.
    let event = EventCreateExternalCustomer::new(name, session.user().id())
        .external_id(Uuid::new_v4().to_string())
        .metadata(input);
    let ingest = options.client.events().ingest(EventsIngest::new([event]));
    let answer = ingest.send_raw().await;
    let answer = answer.map_err(|error| Refusal::provider(FAILED, &error))?;
    let inserted = answer.json::<Value>();
    let inserted = inserted.map_err(|error| Refusal::provider(FAILED, &error))?;
    Ok(Reply::ok(from_polar(inserted)))
}
