use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::operation::{Operation, RetrySafety};
use crate::query::Query;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

/// The parameters of one call, not yet bound to a type: what the non-generic send path takes.
#[derive(Clone)]
#[non_exhaustive]
pub struct Call {
    /// The operation.
    pub operation: &'static Operation,
    /// The path arguments in the order of the template's placeholders, not encoded.
    pub path_args: Vec<String>,
    /// The query.
    pub query: Query,
    /// Headers of this call, in place of the client's.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// What this call does differently from its client.
    pub options: RequestOptions,
    pub(crate) refused: Option<String>,
}

/// The body of a request.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// JSON (`application/json`).
    Json(Bytes),
    /// A form (`application/x-www-form-urlencoded`).
    Form(Bytes),
    /// Bytes of a given content type.
    Bytes {
        /// The `Content-Type` header.
        content_type: &'static str,
        /// The content.
        bytes: Bytes,
    },
}

/// What one request does differently from its client.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RequestOptions {
    /// The limit of the whole call, repetitions and waiting included.
    pub timeout: Option<Duration>,
    /// The limit of each attempt.
    pub attempt_timeout: Option<Duration>,
    /// The retry policy.
    pub retry: Option<RetryPolicy>,
    /// How safe a repetition is, instead of what the operation says.
    pub retry_safety: Option<RetrySafety>,
    /// The credential.
    pub credential: Option<Secret>,
}

impl Call {
    /// Creates a call without parameters.
    pub fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            path_args: Vec::new(),
            query: Query::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            options: RequestOptions::default(),
            refused: None,
        }
    }

    /// Remembers the first reason for which the call cannot be made.
    pub(crate) fn refuse(&mut self, reason: String) {
        self.refused.get_or_insert(reason);
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &[u8]) {
        let Ok(header) = HeaderName::try_from(name) else {
            return self.refuse(format!("`{name}` is not a header name"));
        };
        match HeaderValue::from_bytes(value) {
            Ok(mut value) => {
                value.set_sensitive(header == http::header::AUTHORIZATION);
                self.headers.insert(header, value);
            }
            Err(_) => self.refuse(format!(
                "the value of header `{name}` has characters that a header cannot hold"
            )),
        }
    }

    pub(crate) fn set_form(&mut self, fields: &Value) {
        let mut form = Query::new();
        let Value::Object(fields) = fields else {
            return self.refuse("a form body must be an object".to_owned());
        };
        for (name, value) in fields {
            let values = match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            for value in values {
                match value {
                    Value::Null => {}
                    Value::String(text) => form.push(name.clone(), text),
                    Value::Bool(_) | Value::Number(_) => form.push(name.clone(), value.to_string()),
                    Value::Array(_) | Value::Object(_) => {
                        self.refuse(format!("form field `{name}` cannot hold nested values"));
                    }
                }
            }
        }
        self.body = Body::Form(form.encode().into());
    }
}

/// Shows names and sizes; values may be secret or personal.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.name)
            .field("method", &self.operation.method)
            .field("path", &self.operation.path)
            .field("query", &self.query)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Form(bytes) => write!(f, "Form({} bytes)", bytes.len()),
            Self::Bytes {
                content_type,
                bytes,
            } => {
                write!(f, "Bytes({content_type}, {} bytes)", bytes.len())
            }
        }
    }
}
