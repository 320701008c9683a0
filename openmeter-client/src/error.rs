mod message;
mod read;
mod route;
mod wording;

use std::fmt;

use client_core::json::{Map, Value};
use client_core::{ErrorKind, RawResponse};
use http::StatusCode;

/// What OpenMeter says about a failure: a problem document (RFC 9457).
///
/// v1 and v2 put details into `extensions`, v3 into `invalid_parameters`; some failures of v3 come
/// in the older form, so one type holds both. Of a gateway's `{message, request_id}` it has
/// [`detail`](Self::detail) and [`instance`](Self::instance).
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The kind of problem, as a URI; `about:blank` in v1.
    pub type_: Option<String>,
    /// The text of the status.
    pub title: Option<String>,
    /// What went wrong, in words.
    pub detail: Option<String>,
    /// Names this occurrence: `urn:request:…`, `kong:trace:…` on Konnect, or the request's id as
    /// a gateway wrote it.
    pub instance: Option<String>,
    /// What does not fit, with machine-readable codes (v1, v2).
    pub validation_issues: Vec<ValidationIssue>,
    /// The id of what the request conflicts with, such as the entitlement that exists already.
    pub conflicting_entity_id: Option<String>,
    /// What does not fit (v3).
    pub invalid_parameters: Vec<InvalidParameter>,
    /// The status that it came with: the words alone do not tell.
    status: StatusCode,
}

/// One thing that does not fit in a request (v1, v2).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ValidationIssue {
    /// The code, such as `plan_phase_duplicated_key`.
    pub code: Option<String>,
    /// What is wrong, in words.
    pub message: Option<String>,
    /// Where, as a JSON path.
    pub field: Option<String>,
    /// How bad it is, such as `critical` or `warning`.
    pub severity: Option<String>,
    /// What else the server says about it.
    pub attributes: Map<Value>,
}

/// One parameter that does not fit (v3).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InvalidParameter {
    /// The name or path of the parameter.
    pub field: String,
    /// The rule that it breaks, such as `required` or `enum`.
    pub rule: Option<String>,
    /// What is wrong, in words.
    pub reason: Option<String>,
    /// Where it stands: `path`, `query`, `body` or `header`.
    pub source: Option<String>,
    /// The allowed values.
    pub choices: Vec<Value>,
    /// What else the server says about the rule, such as `minimum`, `maximum` or `dependents`.
    pub attributes: Map<Value>,
}

/// Written out, because what is derived is compiled again in every crate that uses it.
impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody")
            .field("type_", &self.type_)
            .field("title", &self.title)
            .field("detail", &self.detail)
            .field("instance", &self.instance)
            .field("validation_issues", &self.validation_issues)
            .field("conflicting_entity_id", &self.conflicting_entity_id)
            .field("invalid_parameters", &self.invalid_parameters)
            .finish()
    }
}

impl ErrorBody {
    /// Returns whether a validation code is among the issues.
    pub fn has_code(&self, code: &str) -> bool {
        self.validation_issues
            .iter()
            .any(|issue| issue.code.as_deref() == Some(code))
    }

    /// Returns the detail when it says more than the status.
    fn words(&self) -> Option<&str> {
        let status = self.status.canonical_reason().unwrap_or_default();
        let words = self.detail.as_deref()?.trim();
        (!words.is_empty() && !words.eq_ignore_ascii_case(status)).then_some(words)
    }
}

impl client_core::ErrorBody for ErrorBody {
    fn parse(raw: &RawResponse) -> Option<Self> {
        let mut body: Self = raw.decode().ok()?;
        body.status = raw.status();
        let empty = body.title.is_none() && body.detail.is_none() && body.type_.is_none();
        (!empty).then_some(body)
    }

    fn code(&self) -> Option<&str> {
        let code = self
            .validation_issues
            .iter()
            .find_map(|issue| issue.code.as_deref().filter(|code| !code.is_empty()));
        code.or_else(|| {
            let kind = self
                .type_
                .as_deref()
                .filter(|kind| *kind != "about:blank")?;
            kind.rsplit('/').next().filter(|code| !code.is_empty())
        })
    }

    fn first_message(&self) -> Option<String> {
        message::of(self)
    }

    fn kind(&self, status: StatusCode) -> Option<ErrorKind> {
        match status {
            // What is below a deleted customer is gone; other states only stand in the way.
            StatusCode::PRECONDITION_FAILED
                if wording::of(self).starts_with("customer is deleted") =>
            {
                Some(ErrorKind::NotFound)
            }
            StatusCode::NOT_FOUND if self.is_unknown_route() => Some(ErrorKind::UnknownRoute),
            _ => None,
        }
    }

    fn kind_without_body(status: StatusCode) -> Option<ErrorKind> {
        // The API answers 404 with a problem document; this one comes from a gateway.
        (status == StatusCode::NOT_FOUND).then_some(ErrorKind::UnknownRoute)
    }

    fn conflict_on(&self, field: &str) -> bool {
        wording::conflict_on(self, field)
    }

    fn request_id(&self) -> Option<&str> {
        let instance = self.instance.as_deref()?;
        let id = instance.strip_prefix("urn:request:").unwrap_or(instance);
        (!id.is_empty()).then_some(id)
    }
}
