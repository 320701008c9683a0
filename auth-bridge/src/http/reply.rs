use std::fmt;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

/// An answer with a JSON body.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Value,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Answers are about the person who asks.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The answer to a path or method that is not there.
pub(crate) fn not_found() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Why a request is not served: `{message, code?}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    code: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            code: None,
        }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::bad_request(message).code("VALIDATION_ERROR")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized").code("UNAUTHORIZED")
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("The request body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message).code("PAYLOAD_TOO_LARGE")
    }

    /// The application's own part failed: the reason goes to the log alone.
    pub(crate) fn internal<E: fmt::Display + ?Sized>(what: &'static str, error: &E) -> Self {
        tracing::error!(what, %error, "billing endpoint failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            .code("INTERNAL_SERVER_ERROR")
    }

    /// A provider failed: the reason goes to the log alone.
    pub(crate) fn provider<E: fmt::Display + ?Sized>(message: &'static str, error: &E) -> Self {
        tracing::error!(%error, "{message}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(crate) fn into_reply(self) -> Reply {
        let mut body = Map::new();
        body.insert("message".to_owned(), self.message.into());
        if let Some(code) = self.code {
            body.insert("code".to_owned(), code.into());
        }
        Reply {
            status: self.status,
            body: Value::Object(body),
        }
    }
}
