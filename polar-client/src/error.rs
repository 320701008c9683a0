mod challenge;
mod read;

use std::fmt;

use client_core::http::StatusCode;
use client_core::json::Value;
use client_core::{ErrorKind, RawResponse};

/// What Polar says about a failure.
///
/// Four shapes come in: `{error, detail}` of the domain, `{error, detail: [..]}` of validation,
/// `{error, error_description}` of the credential, and `{detail}` of the framework. A request that
/// is turned away by the rate limiter has no body at all.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The machine-readable code, such as `ResourceNotFound` or `insufficient_scope`.
    pub error: Option<String>,
    /// What went wrong: a text, or the list of what does not fit.
    pub detail: Option<Detail>,
    /// What is wrong with the credential.
    pub error_description: Option<String>,
    /// The scopes of which the token needs one, when it has none of them.
    pub required_scopes: Vec<String>,
}

/// The detail of a failure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Detail {
    /// A sentence.
    Text(String),
    /// What does not fit in the request, one entry for each place.
    Issues(Vec<Issue>),
    /// Something else, as it came; also a list of which something is no issue.
    Other(Value),
}

/// One thing that does not fit in a request.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Issue {
    /// The kind of problem, such as `missing` or `value_error`.
    pub kind: String,
    /// Where it is: `body`, `query` or `path`, then keys, indexes and, for bodies with several
    /// forms, the form that was tried.
    pub loc: Vec<LocSegment>,
    /// What is wrong, in words.
    pub msg: String,
}

/// A step of the path to a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocSegment {
    /// A key, or the name of a form; a step that is neither text nor position is its JSON.
    Key(String),
    /// The position in a list, from 0.
    Index(i64),
}

/// Written out, because what is derived is compiled again in every crate that uses it.
impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody")
            .field("error", &self.error)
            .field("detail", &self.detail)
            .field("error_description", &self.error_description)
            .field("required_scopes", &self.required_scopes)
            .finish()
    }
}

impl ErrorBody {
    /// Returns what does not fit in the request; empty when the failure is of another kind.
    pub fn issues(&self) -> &[Issue] {
        match &self.detail {
            Some(Detail::Issues(issues)) => issues,
            _ => &[],
        }
    }

    /// Returns whether the server does not know the route or the API version, as opposed to a
    /// missing resource: both answer 404.
    pub fn is_unknown_route(&self) -> bool {
        self.error.is_none()
            && matches!(&self.detail, Some(Detail::Text(text)) if text == "Not Found")
    }

    fn is_duplicate(&self) -> bool {
        let issues = self.issues();
        !issues.is_empty() && issues.iter().all(Issue::is_duplicate)
    }
}

impl Issue {
    /// Returns the path as text, such as `body.events[0].timestamp`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for segment in &self.loc {
            match segment {
                LocSegment::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                LocSegment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    /// Returns the issue in one line; `None` when the server said nothing about it.
    fn line(&self) -> Option<String> {
        let words = if self.msg.is_empty() {
            &self.kind
        } else {
            &self.msg
        };
        match (self.path(), words.as_str()) {
            (path, "") if path.is_empty() => None,
            (path, "") => Some(format!("{path} is not valid")),
            (path, words) if path.is_empty() => Some(words.to_owned()),
            (path, words) => Some(format!("{path}: {words}")),
        }
    }

    /// Polar has no code for duplicates: place and words are all there is.
    fn is_duplicate(&self) -> bool {
        self.msg.contains("already exists")
    }

    fn is_at(&self, field: &str) -> bool {
        matches!(self.loc.last(), Some(LocSegment::Key(key)) if key == field)
    }
}

impl client_core::ErrorBody for ErrorBody {
    fn parse(raw: &RawResponse) -> Option<Self> {
        let mut body: Self = raw.decode().ok()?;
        body.required_scopes = challenge::required_scopes(raw.headers());
        let empty =
            body.error.is_none() && body.detail.is_none() && body.error_description.is_none();
        (!empty).then_some(body)
    }

    fn code(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn first_message(&self) -> Option<String> {
        if self.is_unknown_route() {
            return Some(format!(
                "no such route, or the API version {} is not served any more",
                crate::API_VERSION
            ));
        }
        if !self.required_scopes.is_empty() && self.error.as_deref() == Some("insufficient_scope") {
            return Some(format!(
                "the token needs one of: {}",
                self.required_scopes.join(", ")
            ));
        }
        let detail = match &self.detail {
            Some(Detail::Text(text)) => Some(text.clone()),
            Some(Detail::Issues(issues)) => first_line(issues),
            _ => None,
        };
        detail.or_else(|| self.error_description.clone())
    }

    fn kind(&self, status: StatusCode) -> Option<ErrorKind> {
        let code = self.error.as_deref().unwrap_or_default();
        match status {
            StatusCode::UNPROCESSABLE_ENTITY if self.is_duplicate() => Some(ErrorKind::Conflict),
            // Every missing resource has a code, which is one word. What stands before the API
            // may say `Not Found` there.
            StatusCode::NOT_FOUND if code.is_empty() || code.contains(' ') => {
                Some(ErrorKind::UnknownRoute)
            }
            StatusCode::BAD_REQUEST if PAYMENT_CODES.contains(&code) => Some(ErrorKind::Payment),
            // The credential's own 403 have few codes; the others name the state that forbids it.
            StatusCode::FORBIDDEN if !code.is_empty() && !CREDENTIAL_CODES.contains(&code) => {
                Some(ErrorKind::Precondition)
            }
            _ => None,
        }
    }

    fn kind_without_body(status: StatusCode) -> Option<ErrorKind> {
        (status == StatusCode::NOT_FOUND).then_some(ErrorKind::UnknownRoute)
    }

    fn conflict_on(&self, field: &str) -> bool {
        self.issues()
            .iter()
            .any(|issue| issue.is_duplicate() && issue.is_at(field))
    }
}

/// The first issue that says something, and how many more there are.
fn first_line(issues: &[Issue]) -> Option<String> {
    let line = issues.iter().find_map(Issue::line)?;
    Some(match issues.len() {
        1 => line,
        count => format!("{line} (and {} more)", count - 1),
    })
}

/// What a card that was declined answers with, under 400.
const PAYMENT_CODES: [&str; 2] = ["PaymentError", "PaymentMethodSetupFailed"];

/// What a credential that does not allow the operation answers with, under 403.
const CREDENTIAL_CODES: [&str; 5] = [
    "NotPermitted",
    "Unauthorized",
    "Forbidden",
    "insufficient_scope",
    "access_denied",
];
