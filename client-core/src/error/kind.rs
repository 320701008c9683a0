use http::StatusCode;

/// The kinds of failure that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be made: an empty path parameter, a header with a line break. Nothing
    /// was sent.
    InvalidRequest,
    /// No connection came about. Nothing was sent.
    Connect,
    /// The time was over.
    Timeout,
    /// The connection broke, or the answer was too large.
    Transport,
    /// The answer does not have the described shape.
    Decode,
    /// 401: the credential is missing, wrong or expired.
    Unauthorized,
    /// 403: the credential does not allow this.
    Forbidden,
    /// 402: the payment did not succeed, or needs an action of the customer.
    Payment,
    /// 404 and 410: the resource does not exist, or not any more.
    NotFound,
    /// 404 for the request as a whole: the server, or a gateway before it, does not know the path
    /// or the API version. It says nothing about the resource.
    UnknownRoute,
    /// 409, and what an API reports as a duplicate in another way.
    Conflict,
    /// 400 and 422: the API refused the request's content.
    Validation,
    /// 412, and what an API refuses because of the state that something is in: a subscription
    /// that is canceled already, a checkout that is no longer open, a customer who still has
    /// subscriptions. Doing the same again does not help.
    Precondition,
    /// 413: the request is larger than the server takes.
    TooLarge,
    /// 429: too many requests.
    RateLimited,
    /// 5xx: the server failed.
    Server,
    /// Any other status.
    Api,
}

impl ErrorKind {
    /// Returns the kind that a status has by default.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 | 422 => Self::Validation,
            401 => Self::Unauthorized,
            402 => Self::Payment,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            409 => Self::Conflict,
            412 => Self::Precondition,
            413 => Self::TooLarge,
            429 => Self::RateLimited,
            500..=599 => Self::Server,
            _ => Self::Api,
        }
    }
}
