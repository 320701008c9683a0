//! The request log.

use http::Method;
use serde_json::Value;
use time::OffsetDateTime;

/// One of the two servers of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// The Polar API.
    Polar,
    /// The OpenMeter API.
    OpenMeter,
}

/// A request that a server of the sandbox received.
///
/// Credentials are not kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Which server received it.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// The percent-decoded path, without the query.
    pub path: String,
    /// The decoded query parameters in order.
    pub query: Vec<(String, String)>,
    /// The headers in order, names in lower case, `authorization` replaced by `<redacted>`.
    pub headers: Vec<(String, String)>,
    /// The body when it was JSON.
    pub body: Option<Value>,
    /// The name of the operation, such as `customers.create`, when the route is known.
    pub operation: Option<&'static str>,
    /// The status answered; `None` when the connection was reset by a fault.
    pub status: Option<u16>,
    /// Whether an injected fault replaced the answer.
    pub fault: bool,
    /// The time of the test clock.
    pub at: OffsetDateTime,
}
