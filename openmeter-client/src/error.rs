use std::fmt;

use client_core::json::Key::Optional;
use client_core::json::{Decode, Failed, Fill, Kind, Map, Reader, Value};
use client_core::{ErrorKind, RawResponse};
use http::StatusCode;

/// What OpenMeter says about a failure: a problem document (RFC 9457).
///
/// v1 and v2 put details into `extensions`, v3 into `invalid_parameters`; some failures of v3 come
/// in the older form, so one type holds both.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The kind of problem, as a URI; `about:blank` in v1.
    pub type_: Option<String>,
    /// The text of the status.
    pub title: Option<String>,
    /// What went wrong, in words.
    pub detail: Option<String>,
    /// Names this occurrence: `urn:request:…`, or `kong:trace:…` on Konnect.
    pub instance: Option<String>,
    /// What does not fit, with machine-readable codes (v1, v2).
    pub validation_issues: Vec<ValidationIssue>,
    /// The id of what the request conflicts with, such as the entitlement that exists already.
    pub conflicting_entity_id: Option<String>,
    /// What does not fit (v3).
    pub invalid_parameters: Vec<InvalidParameter>,
    /// Whether the answer is a conflict (409): the words alone do not tell.
    is_conflict: bool,
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
}

impl client_core::ErrorBody for ErrorBody {
    fn parse(raw: &RawResponse) -> Option<Self> {
        let mut body: Self = raw.decode().ok()?;
        body.is_conflict = raw.status() == StatusCode::CONFLICT;
        let empty = body.title.is_none() && body.detail.is_none() && body.type_.is_none();
        (!empty).then_some(body)
    }

    fn code(&self) -> Option<&str> {
        let code = self
            .validation_issues
            .iter()
            .find_map(|issue| issue.code.as_deref());
        code.or_else(|| {
            let kind = self
                .type_
                .as_deref()
                .filter(|kind| *kind != "about:blank")?;
            kind.rsplit('/').next()
        })
    }

    fn first_message(&self) -> Option<String> {
        if let Some(issue) = self.validation_issues.first() {
            return Some(labelled(issue.field.as_deref(), issue.message.as_deref()));
        }
        if let Some(parameter) = self.invalid_parameters.first() {
            return Some(labelled(
                Some(&parameter.field),
                parameter.reason.as_deref(),
            ));
        }
        self.detail.clone().or_else(|| self.title.clone())
    }

    fn kind(&self, status: StatusCode) -> Option<ErrorKind> {
        let detail = self.detail.as_deref();
        match status {
            // What is below a deleted customer is gone; other states only stand in the way.
            StatusCode::PRECONDITION_FAILED
                if detail.is_some_and(|detail| detail.contains("customer is deleted")) =>
            {
                Some(ErrorKind::NotFound)
            }
            // Every missing resource is named; the router's own answer says nothing.
            StatusCode::NOT_FOUND if detail.is_none() && self.code().is_none() => {
                Some(ErrorKind::UnknownRoute)
            }
            _ => None,
        }
    }

    fn kind_without_body(status: StatusCode) -> Option<ErrorKind> {
        // The API answers 404 with a problem document; this one comes from a gateway.
        (status == StatusCode::NOT_FOUND).then_some(ErrorKind::UnknownRoute)
    }

    fn conflict_on(&self, field: &str) -> bool {
        if !self.is_conflict {
            return false;
        }
        let detail = self.detail.as_deref().unwrap_or_default().to_lowercase();
        match field {
            "key" => detail.contains("key") && !detail.contains("subject"),
            "usageAttribution" | "subjectKeys" => detail.contains("subject"),
            "featureKey" => self.conflicting_entity_id.is_some(),
            other => detail.contains(&other.to_lowercase()),
        }
    }

    fn request_id(&self) -> Option<&str> {
        let instance = self.instance.as_deref()?;
        Some(instance.strip_prefix("urn:request:").unwrap_or(instance))
    }
}

fn labelled(place: Option<&str>, message: Option<&str>) -> String {
    match (place, message) {
        (Some(place), Some(message)) if !place.is_empty() => format!("{place}: {message}"),
        (_, Some(message)) => message.to_owned(),
        (Some(place), None) => format!("{place} is not valid"),
        (None, None) => "the request is not valid".to_owned(),
    }
}

impl Fill for ErrorBody {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut extensions = Extensions::BLANK;
        let mut parameters: Option<Vec<InvalidParameter>> = None;
        reader.read_object(
            &[
                Optional("type"),
                Optional("title"),
                Optional("instance"),
                Optional("detail"),
                Optional("extensions"),
                Optional("invalid_parameters"),
            ],
            &mut [
                &mut self.type_,
                &mut self.title,
                &mut self.instance,
                &mut self.detail,
                &mut extensions,
                &mut parameters,
            ],
        )?;
        self.validation_issues = extensions.issues.unwrap_or_default();
        self.conflicting_entity_id = extensions.conflict;
        self.invalid_parameters = parameters.unwrap_or_default();
        Ok(())
    }
}

impl Decode for ErrorBody {
    const BLANK: Self = Self {
        type_: None,
        title: None,
        detail: None,
        instance: None,
        validation_issues: Vec::new(),
        conflicting_entity_id: None,
        invalid_parameters: Vec::new(),
        is_conflict: false,
    };
}

/// What a problem of v1 says beyond the standard.
struct Extensions {
    issues: Option<Vec<ValidationIssue>>,
    conflict: Option<String>,
}

impl Extensions {
    const BLANK: Self = Self {
        issues: None,
        conflict: None,
    };
}

impl Fill for Extensions {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        if reader.kind() != Kind::Object {
            return reader.skip();
        }
        reader.read_object(
            &[
                Optional("validationErrors"),
                Optional("conflictingEntityId"),
            ],
            &mut [&mut self.issues, &mut self.conflict],
        )
    }
}

impl Fill for ValidationIssue {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut path: Option<String> = None;
        let mut attributes: Option<Map<Value>> = None;
        reader.read_open_object(
            &[
                Optional("code"),
                Optional("message"),
                Optional("field"),
                Optional("severity"),
                Optional("path"),
                Optional("attributes"),
            ],
            &mut [
                &mut self.code,
                &mut self.message,
                &mut self.field,
                &mut self.severity,
                &mut path,
                &mut attributes,
            ],
            &mut self.attributes,
        )?;
        self.field = self.field.take().or(path);
        self.attributes.extend(attributes.unwrap_or_default());
        Ok(())
    }
}

impl Decode for ValidationIssue {
    const BLANK: Self = Self {
        code: None,
        message: None,
        field: None,
        severity: None,
        attributes: Decode::BLANK,
    };
}

impl Fill for InvalidParameter {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut field: Option<String> = None;
        let mut choices: Option<Vec<Value>> = None;
        reader.read_open_object(
            &[
                Optional("field"),
                Optional("rule"),
                Optional("reason"),
                Optional("source"),
                Optional("choices"),
            ],
            &mut [
                &mut field,
                &mut self.rule,
                &mut self.reason,
                &mut self.source,
                &mut choices,
            ],
            &mut self.attributes,
        )?;
        self.field = field.unwrap_or_default();
        self.choices = choices.unwrap_or_default();
        Ok(())
    }
}

impl Decode for InvalidParameter {
    const BLANK: Self = Self {
        field: String::new(),
        rule: None,
        reason: None,
        source: None,
        choices: Vec::new(),
        attributes: Decode::BLANK,
    };
}
