//! A tree of the whole text first, from which the types take what is theirs.

use super::types::{Around, Subject, variants, write};
use crate::model::{Field, Model};

const AROUND: Around = Around {
    imports: "use serde_json::Value;\n\
              use tree_support::{FromValue, Object, TreeError, parse, serde_via_tree};\n",
    derives: "",
    status_attributes: "",
    unknown: "Value",
    error: "TreeError",
    read: "FromValue::from_value(parse(bytes)?)",
};

pub(super) fn generate(model: &Model) -> String {
    write(model, &AROUND, |out, subject| {
        let (Subject::Status(name) | Subject::Choice(name) | Subject::Struct(name, _)) = subject;
        *out += &format!("impl FromValue for {name} {{\n");
        *out += "    fn from_value(value: Value) -> Result<Self, TreeError> {\n";
        match subject {
            Subject::Status(_) => *out += STATUS,
            Subject::Choice(_) => choice(out),
            Subject::Struct(_, fields) => plain(out, fields),
        }
        *out += &format!("    }}\n}}\n\nserde_via_tree!({name});\n\n");
    })
}

const STATUS: &str = "        match value {
            Value::String(text) => Ok(Self::from(text.as_str())),
            other => Err(TreeError::unexpected(\"string\", &other)),
        }
";

fn choice(out: &mut String) {
    *out += "        let tag = value.get(\"type\").and_then(Value::as_str);\n";
    *out += "        Ok(match tag {\n";
    variants(out, "            ", "FromValue::from_value(value)?");
    *out += "            _ if value.is_object() => Self::Unknown(value),\n";
    *out += "            _ => return Err(TreeError::unexpected(\"object\", &value)),\n";
    *out += "        })\n";
}

fn plain(out: &mut String, fields: &[Field]) {
    *out += "        let mut object = Object::of(value)?;\n        Ok(Self {\n";
    for field in fields {
        let name = &field.name;
        let take = if field.kind.is_optional() {
            "optional"
        } else {
            "required"
        };
        *out += &format!("            {name}: object.{take}(\"{name}\")?,\n");
    }
    *out += "        })\n";
}
