//! Reading error bodies. What does not fit is left out, so that the rest still explains the
//! failure.

use client_core::json::Key::Optional;
use client_core::json::{Decode, Failed, Fill, Kind, Lenient, Map, Reader, Value};
use http::StatusCode;

use super::{ErrorBody, InvalidParameter, ValidationIssue};

impl Fill for ErrorBody {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut extensions = Extensions::BLANK;
        let mut gateway = Gateway::default();
        reader.read_object(
            &[
                Optional("type"),
                Optional("title"),
                Optional("instance"),
                Optional("detail"),
                Optional("extensions"),
                Optional("invalid_parameters"),
                Optional("message"),
                Optional("request_id"),
            ],
            &mut [
                &mut Lenient(&mut self.type_),
                &mut Lenient(&mut self.title),
                &mut Lenient(&mut self.instance),
                &mut Lenient(&mut self.detail),
                &mut extensions,
                &mut Objects(&mut self.invalid_parameters),
                &mut Lenient(&mut gateway.message),
                &mut Lenient(&mut gateway.request_id),
            ],
        )?;
        self.validation_issues = extensions.issues;
        self.conflicting_entity_id = extensions.conflict;
        if self.type_.is_none() && self.title.is_none() && self.detail.is_none() {
            self.detail = gateway.message;
            self.instance = self.instance.take().or(gateway.request_id);
        }
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
        status: StatusCode::OK,
    };
}

/// What Kong says of its own, where no API answered.
#[derive(Default)]
struct Gateway {
    message: Option<String>,
    request_id: Option<String>,
}

/// What a problem of v1 says beyond the standard.
struct Extensions {
    issues: Vec<ValidationIssue>,
    conflict: Option<String>,
}

impl Extensions {
    const BLANK: Self = Self {
        issues: Vec::new(),
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
            &mut [
                &mut Objects(&mut self.issues),
                &mut Lenient(&mut self.conflict),
            ],
        )
    }
}

/// The objects of an array; what else there is is left out.
struct Objects<'a, T>(&'a mut Vec<T>);

impl<T: Decode> Fill for Objects<'_, T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        if reader.kind() != Kind::Array {
            return reader.skip();
        }
        reader.elements(&mut |reader, _| {
            if reader.kind() != Kind::Object {
                return reader.skip();
            }
            self.0.push(reader.value()?);
            Ok(())
        })
    }
}

impl Fill for ValidationIssue {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        let mut path: Option<String> = None;
        let mut attributes: Map<Value> = Map::BLANK;
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
                &mut Lenient(&mut self.code),
                &mut Lenient(&mut self.message),
                &mut Lenient(&mut self.field),
                &mut Lenient(&mut self.severity),
                &mut Lenient(&mut path),
                &mut Lenient(&mut attributes),
            ],
            &mut self.attributes,
        )?;
        self.field = self.field.take().or(path);
        self.attributes.extend(attributes);
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
        reader.read_open_object(
            &[
                Optional("field"),
                Optional("rule"),
                Optional("reason"),
                Optional("source"),
                Optional("choices"),
            ],
            &mut [
                &mut Lenient(&mut self.field),
                &mut Lenient(&mut self.rule),
                &mut Lenient(&mut self.reason),
                &mut Lenient(&mut self.source),
                &mut Lenient(&mut self.choices),
            ],
            &mut self.attributes,
        )
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
