use std::cell::RefCell;

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::event::Defect;

/// Reads a JSON object field by field and notes what is not as documented.
///
/// Absent and null are the same. Unknown fields are not looked at.
#[derive(Clone)]
pub(super) struct View<'a> {
    fields: Option<&'a Map<String, Value>>,
    path: String,
    defects: &'a RefCell<Vec<Defect>>,
}

impl<'a> View<'a> {
    pub(super) fn root(value: &'a Value, defects: &'a RefCell<Vec<Defect>>) -> Self {
        Self {
            fields: value.as_object(),
            path: String::new(),
            defects,
        }
    }

    /// The same object, with another place for defects.
    pub(super) fn noting_in<'b>(&self, defects: &'b RefCell<Vec<Defect>>) -> View<'b>
    where
        'a: 'b,
    {
        View {
            fields: self.fields,
            path: self.path.clone(),
            defects,
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn note(&self, name: &str, expected: &str, found: &str) {
        self.defects
            .borrow_mut()
            .push(Defect::new(self.path_of(name), expected, found));
    }

    pub(super) fn keep(&self, defect: Defect) {
        self.defects.borrow_mut().push(defect);
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let converted = convert(value);
        if converted.is_none() {
            self.note(name, expected, type_of(value));
        }
        converted
    }

    /// A text; the empty text counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.read(name, "a text", Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A text that has to be there.
    pub(super) fn required_text(&self, name: &str) -> Option<&'a str> {
        let text = self.text(name);
        if text.is_none()
            && self
                .value(name)
                .is_none_or(|value| value.as_str() == Some(""))
        {
            self.note(name, "a text", "nothing");
        }
        text
    }

    pub(super) fn time(&self, name: &str) -> Option<OffsetDateTime> {
        self.read(name, "an RFC 3339 time", |value| {
            OffsetDateTime::parse(value.as_str()?, &Rfc3339)
                .ok()?
                .checked_to_offset(UtcOffset::UTC)
        })
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.read(name, "an integer", Value::as_i64)
    }

    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.read(name, "a non-negative integer", Value::as_u64)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(super) fn object(&self, name: &str) -> Option<Self> {
        let fields = self.read(name, "an object", Value::as_object)?;
        Some(Self {
            fields: Some(fields),
            path: self.path_of(name),
            defects: self.defects,
        })
    }

    /// The objects of a list; other things in it are noted and left out.
    pub(super) fn objects(&self, name: &str) -> Vec<Self> {
        let items = self
            .read(name, "a list", Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let mut views = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let name = format!("{name}[{index}]");
            match item.as_object() {
                Some(fields) => views.push(Self {
                    fields: Some(fields),
                    path: self.path_of(&name),
                    defects: self.defects,
                }),
                None => self.note(&name, "an object", type_of(item)),
            }
        }
        views
    }

    /// The catalog ids in a product's metadata.
    pub(super) fn stamp(&self) -> Map<String, Value> {
        let fields = self.fields.into_iter().flatten();
        fields
            .filter(|(name, value)| name.starts_with("catalog") && value.is_string())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// A text in an object that people fill freely, so that other types are no defect.
    pub(super) fn free_text(&self, name: &str) -> Option<&'a str> {
        self.value(name)?.as_str().filter(|text| !text.is_empty())
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
