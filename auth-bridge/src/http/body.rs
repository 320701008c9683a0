use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::Json;
use super::reply::Refusal;

/// Refuses what is not JSON. Browsers cannot send JSON to other sites without asking first, so this
/// is also a defence.
pub(super) fn check_content_type(head: &Parts, body: &Bytes) -> Result<(), Refusal> {
    let Some(given) = head.headers.get(CONTENT_TYPE) else {
        return if body.is_empty() {
            Ok(())
        } else {
            Err(refused(""))
        };
    };
    let given = given.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(refused(essence))
}

fn refused(given: &str) -> Refusal {
    // What was sent is not sent back unless it is a plain media type.
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-/".contains(c);
    let shown = if given.chars().all(plain) { given } else { "" };
    let message =
        format!("Content-Type \"{shown}\" is not allowed. Allowed types: application/json");
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).code("UNSUPPORTED_MEDIA_TYPE")
}

/// Reads a body; `None` when there is none.
pub(super) fn json(body: &Bytes) -> Result<Json, Refusal> {
    if body.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(body)
        .map(Some)
        .map_err(|_| Refusal::bad_request("Invalid JSON in request body").code("BAD_REQUEST"))
}
