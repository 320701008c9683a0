//! How CloudEvents travel: the server compares the content type of v1 to the letter, so it is sent
//! without parameters, and names one event or a batch.

use client_core::Request;
use client_core::json::Encode;

use crate::ErrorBody;
use crate::event::{Batch, CloudEvent, check};

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// Adds events to a request, under the content type of one event or of a batch. Events that break
/// the rules of CloudEvents, and a batch without any, make the request fail before it is sent.
pub(crate) fn attach<T, E: CloudEvent + Encode>(
    request: Request<T, ErrorBody>,
    body: &Batch<E>,
) -> Request<T, ErrorBody> {
    if let Err(error) = check(body) {
        return request.refuse(error.to_string());
    }
    match body.events() {
        [] => request.refuse("events: there is none in the batch"),
        [one] => request.json_as(ONE, one),
        _ => request.json_as(BATCH, body),
    }
}
