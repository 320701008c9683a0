//! The pull reader of client-core, with a local variable for each field of a struct.

use super::types::{Around, Subject, variants, write};
use crate::model::{Field, Model};

const AROUND: Around = Around {
    imports: "use client_core::json::{DecodeError, Failed, Raw, Reader};\n\
              use pull_support::{Read, from_slice, once, required, serde_via_pull};\n",
    derives: "",
    status_attributes: "",
    unknown: "Raw",
    error: "DecodeError",
    read: "from_slice(bytes)",
};

pub(super) fn generate(model: &Model) -> String {
    write(model, &AROUND, |out, subject| {
        let (Subject::Status(name) | Subject::Choice(name) | Subject::Struct(name, _)) = subject;
        *out += &format!("impl Read for {name} {{\n");
        *out += "    fn read(r: &mut Reader<'_>) -> Result<Self, Failed> {\n";
        match subject {
            Subject::Status(_) => *out += "        Ok(Self::from(r.string()?))\n",
            Subject::Choice(_) => choice(out),
            Subject::Struct(_, fields) => plain(out, fields),
        }
        *out += &format!("    }}\n}}\n\nserde_via_pull!({name});\n\n");
    })
}

fn choice(out: &mut String) {
    *out += "        let [tag] = r.probe([\"type\"])?;\n";
    *out += "        Ok(match tag.as_str() {\n";
    variants(out, "            ", "Read::read(r)?");
    *out += "            _ => {\n                let mut value = Raw::NULL;\n";
    *out += "                r.unknown_variant(&mut value)?;\n";
    *out += "                Self::Unknown(value)\n            }\n        })\n";
}

fn plain(out: &mut String, fields: &[Field]) {
    for field in fields {
        *out += &format!("        let mut {} = None;\n", field.name);
    }
    *out += "        let mut object = r.object(&[\n";
    for field in fields {
        *out += &format!("            \"{}\",\n", field.name);
    }
    *out += "        ])?;\n        while let Some(key) = r.field(&mut object)? {\n";
    *out += "            match key {\n";
    for (position, field) in fields.iter().enumerate() {
        let name = &field.name;
        *out += &format!("                {position} => once(r, &mut {name})?,\n");
    }
    *out += "                _ => r.skip()?,\n            }\n        }\n        Ok(Self {\n";
    for field in fields {
        let name = &field.name;
        *out += &if field.kind.is_optional() {
            format!("            {name}: {name}.flatten(),\n")
        } else {
            format!("            {name}: required(r, &object, {name}, \"{name}\")?,\n")
        };
    }
    *out += "        })\n";
}
