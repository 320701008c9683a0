//! Filling in place, as the project's generator emits it.

use super::types::{Around, Subject, variants, write};
use crate::model::{Field, Model, VARIANTS};

const AROUND: Around = Around {
    imports: "use client_core::json::Key::{Optional, Required};\n\
              use client_core::json::{Decode, DecodeError, Failed, Fill, Raw, Reader, from_slice};\n",
    derives: "",
    status_attributes: "",
    unknown: "Raw",
    error: "DecodeError",
    read: "from_slice(bytes)",
};

pub(super) fn generate(model: &Model) -> String {
    write(model, &AROUND, |out, subject| {
        let (Subject::Status(name) | Subject::Choice(name) | Subject::Struct(name, _)) = subject;
        *out += &format!("impl Fill for {name} {{\n");
        *out += "    fn fill(&mut self, r: &mut Reader<'_>) -> Result<(), Failed> {\n";
        match subject {
            Subject::Status(_) => {
                *out += "        *self = Self::from(r.string()?);\n        Ok(())\n";
            }
            Subject::Choice(_) => choice(out),
            Subject::Struct(_, fields) => plain(out, fields),
        }
        *out += &format!("    }}\n}}\n\nimpl Decode for {name} {{\n");
        match subject {
            Subject::Status(_) => {
                *out += "    const BLANK: Self = Self::Unknown(String::new());\n";
            }
            Subject::Choice(_) => *out += "    const BLANK: Self = Self::Unknown(Raw::NULL);\n",
            Subject::Struct(_, fields) => blank(out, fields),
        }
        *out += "}\n\nclient_core::serde_via_json! { decode:\n";
        *out += &format!("    {name},\n}}\n\n");
    })
}

fn choice(out: &mut String) {
    *out += "        let [p0] = r.probe([\"type\"])?;\n";
    *out += "        *self = match p0.as_str() {\n";
    variants(out, "            ", "Decode::BLANK");
    *out += "            _ => Self::BLANK,\n        };\n        match self {\n";
    for (_, variant) in VARIANTS {
        *out += &format!("            Self::{variant}(value) => value.fill(r),\n");
    }
    *out += "            Self::Unknown(value) => r.unknown_variant(value),\n        }\n";
}

fn plain(out: &mut String, fields: &[Field]) {
    *out += "        r.read_object(\n            &[\n";
    for field in fields {
        let key = if field.kind.is_optional() {
            "Optional"
        } else {
            "Required"
        };
        *out += &format!("                {key}(\"{}\"),\n", field.name);
    }
    *out += "            ],\n            &mut [\n";
    for field in fields {
        *out += &format!("                &mut self.{},\n", field.name);
    }
    *out += "            ],\n        )\n";
}

fn blank(out: &mut String, fields: &[Field]) {
    *out += "    const BLANK: Self = Self {\n";
    for field in fields {
        let blank = if field.kind.is_optional() {
            "None"
        } else {
            "Decode::BLANK"
        };
        *out += &format!("        {}: {blank},\n", field.name);
    }
    *out += "    };\n";
}
