//! Reading error bodies. What does not fit is left out, so that the rest still explains the
//! failure.

use client_core::json::Key::Optional;
use client_core::json::{Decode, Failed, Fill, Kind, Lenient, Reader, Value, from_slice};

use super::{Detail, ErrorBody, Issue, LocSegment};

impl Fill for ErrorBody {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.read_object(
            &[
                Optional("error"),
                Optional("detail"),
                Optional("error_description"),
            ],
            &mut [
                &mut Lenient(&mut self.error),
                &mut Lenient(&mut self.detail),
                &mut Lenient(&mut self.error_description),
            ],
        )
    }
}

impl Decode for ErrorBody {
    const BLANK: Self = Self {
        error: None,
        detail: None,
        error_description: None,
        required_scopes: Vec::new(),
    };
}

impl Fill for Detail {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        *self = match reader.kind() {
            Kind::String => Self::Text(reader.value()?),
            Kind::Array => {
                let list = reader.slice()?;
                match from_slice(list) {
                    Ok(issues) => Self::Issues(issues),
                    Err(_) => Self::Other(from_slice(list).unwrap_or_default()),
                }
            }
            _ => Self::Other(reader.tree()?),
        };
        Ok(())
    }
}

impl Decode for Detail {
    const BLANK: Self = Self::Other(Value::Null);
}

impl Fill for Issue {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.read_object(
            &[Optional("type"), Optional("loc"), Optional("msg")],
            &mut [
                &mut Lenient(&mut self.kind),
                &mut Lenient(&mut self.loc),
                &mut Lenient(&mut self.msg),
            ],
        )
    }
}

impl Decode for Issue {
    const BLANK: Self = Self {
        kind: String::new(),
        loc: Vec::new(),
        msg: String::new(),
    };
}

impl Fill for LocSegment {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        *self = match reader.tree()? {
            Value::String(key) => Self::Key(key),
            other => match other.as_i64() {
                Some(index) => Self::Index(index),
                None => Self::Key(other.to_string()),
            },
        };
        Ok(())
    }
}

impl Decode for LocSegment {
    const BLANK: Self = Self::Key(String::new());
}
