use client_core::json::{Decode, Failed, Kind, Map, Reader, Value};
use client_core::{ErrorKind, RawResponse};
use http::StatusCode;

/// What OpenMeter says about a failure: a problem document (RFC 9457).
///
/// v1 and v2 put details into `extensions`, v3 into `invalid_parameters`; some failures of v3 come
/// in the older form, so one type holds both.
#[derive(Clone, Debug, Default, PartialEq)]
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
        let body: Self = raw.decode().ok()?;
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
        // A customer that was deleted answers 412 to everything below it.
        (status == StatusCode::PRECONDITION_FAILED).then_some(ErrorKind::NotFound)
    }

    fn conflict_on(&self, field: &str) -> bool {
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

impl Decode for ErrorBody {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut fields = reader.object(&[
            "type",
            "title",
            "status",
            "instance",
            "detail",
            "extensions",
            "invalid_parameters",
        ])?;
        let mut body = Self::default();
        while let Some(field) = reader.field(&mut fields)? {
            match field {
                0 => body.type_ = reader.optional()?,
                1 => body.title = reader.optional()?,
                3 => body.instance = reader.optional()?,
                4 => body.detail = reader.optional()?,
                5 => extensions(reader, &mut body)?,
                6 => body.invalid_parameters = reader.optional()?.unwrap_or_default(),
                _ => reader.skip()?,
            }
        }
        Ok(body)
    }
}

fn extensions(reader: &mut Reader<'_>, body: &mut ErrorBody) -> Result<(), Failed> {
    if reader.kind() != Kind::Object {
        return reader.skip();
    }
    let mut fields = reader.object(&["validationErrors", "conflictingEntityId"])?;
    while let Some(field) = reader.field(&mut fields)? {
        match field {
            0 => body.validation_issues = reader.optional()?.unwrap_or_default(),
            _ => body.conflicting_entity_id = reader.optional()?,
        }
    }
    Ok(())
}

impl Decode for ValidationIssue {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut fields =
            reader.object(&["code", "message", "field", "severity", "path", "attributes"])?;
        let mut issue = Self::default();
        while let Some(field) = reader.field_or_key(&mut fields)? {
            match field {
                Ok(0) => issue.code = reader.optional()?,
                Ok(1) => issue.message = reader.optional()?,
                Ok(2 | 4) => issue.field = reader.optional()?,
                Ok(3) => issue.severity = reader.optional()?,
                Ok(_) => {
                    let more: Option<Map<Value>> = reader.optional()?;
                    issue.attributes.extend(more.unwrap_or_default());
                }
                Err(key) => {
                    issue.attributes.insert(key, reader.value()?);
                }
            }
        }
        Ok(issue)
    }
}

impl Decode for InvalidParameter {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut fields = reader.object(&["field", "rule", "reason", "source", "choices"])?;
        let mut parameter = Self::default();
        while let Some(field) = reader.field(&mut fields)? {
            match field {
                0 => parameter.field = reader.optional()?.unwrap_or_default(),
                1 => parameter.rule = reader.optional()?,
                2 => parameter.reason = reader.optional()?,
                3 => parameter.source = reader.optional()?,
                _ => parameter.choices = reader.optional()?.unwrap_or_default(),
            }
        }
        Ok(parameter)
    }
}
