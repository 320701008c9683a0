use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::boxed::Boxed;
use crate::excerpt::excerpt;
use crate::json::{self, Decode, DecodeError};

/// The headers under which servers and gateways name a request, the most telling first.
const REQUEST_ID_HEADERS: [&str; 6] = [
    "x-request-id",
    "request-id",
    "x-kong-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "cf-ray",
];

/// An answer as it came: status, headers and the bytes of the body.
#[derive(Clone)]
pub struct RawResponse(Boxed<Parts>);

#[derive(Clone)]
struct Parts {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
    attempts: u32,
}

impl RawResponse {
    /// Wraps an answer, for transports of tests and for decoding what was recorded.
    pub fn new(response: http::Response<Bytes>) -> Self {
        let (head, bytes) = response.into_parts();
        Self(Boxed::new(Parts {
            status: head.status,
            headers: head.headers,
            bytes,
            attempts: 1,
        }))
    }

    pub(crate) fn set_attempts(&mut self, attempts: u32) {
        self.0.attempts = attempts;
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns a header's value when it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// Returns the body.
    pub fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }

    /// Returns how many times the request was sent, at least 1.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the id that the server or its gateway gave to the request, for support questions.
    pub fn request_id(&self) -> Option<&str> {
        REQUEST_ID_HEADERS.iter().find_map(|name| self.header(name))
    }

    /// Decodes the body into a type of the caller's with serde.
    ///
    /// # Errors
    /// When the body is not JSON or does not have the shape of `U`.
    pub fn json<U: DeserializeOwned>(&self) -> Result<U, serde_json::Error> {
        serde_json::from_slice(&self.0.bytes)
    }

    /// Decodes the body into a type of a client.
    ///
    /// # Errors
    /// [`DecodeError`] with the path of what does not fit.
    pub fn decode<U: Decode>(&self) -> Result<U, DecodeError> {
        // As `json::from_slice`, which would be compiled besides for every type of answer.
        let mut value = U::BLANK;
        match json::fill_from(&self.0.bytes, &mut value) {
            Ok(()) => Ok(value),
            Err(error) => Err(error),
        }
    }

    /// Decodes the body, or returns `None` when there is none: an empty body or `null`.
    ///
    /// # Errors
    /// [`DecodeError`] with the path of what does not fit.
    pub fn decode_optional<U: Decode>(&self) -> Result<Option<U>, DecodeError> {
        if self.0.bytes.trim_ascii().is_empty() {
            Ok(None)
        } else {
            self.decode()
        }
    }

    /// Returns the answer itself, for operations whose answer is in the headers.
    ///
    /// # Errors
    /// None; the signature is that of a decoder.
    pub fn itself(&self) -> Result<Self, DecodeError> {
        Ok(self.clone())
    }

    /// Accepts any body, for operations that answer with none.
    ///
    /// # Errors
    /// None; the signature is that of a decoder.
    pub fn empty(&self) -> Result<(), DecodeError> {
        Ok(())
    }

    /// Returns the body as text, for CSV and plain text.
    ///
    /// # Errors
    /// [`DecodeError`] when the body is not UTF-8.
    pub fn text(&self) -> Result<String, DecodeError> {
        match std::str::from_utf8(&self.0.bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(DecodeError::new(
                "",
                "UTF-8 text",
                format!("an invalid byte at offset {}", error.valid_up_to()),
            )),
        }
    }
}

/// Shows the status and at most 2 KiB of the body, with what looks like a secret masked.
impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.0.status)
            .field("content_type", &self.header("content-type"))
            .field("request_id", &self.request_id())
            .field("body", &excerpt(&self.0.bytes))
            .finish_non_exhaustive()
    }
}
