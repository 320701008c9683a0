//! Serde's derive; unions choose their variant by hand, so that they keep one they do not know.

use super::types::{Around, Subject, variants, write};
use crate::model::Model;

const AROUND: Around = Around {
    imports: "use serde::de::Error as _;\n\
              use serde::{Deserialize, Deserializer};\n\
              use serde_json::Value;\n",
    derives: ", Deserialize",
    status_attributes: "#[derive(Deserialize)]\n#[serde(from = \"String\")]\n",
    unknown: "Value",
    error: "serde_json::Error",
    read: "serde_json::from_slice(bytes)",
};

pub(super) fn generate(model: &Model) -> String {
    write(model, &AROUND, |out, subject| match subject {
        Subject::Status(name) => {
            *out += &format!("impl From<String> for {name} {{\n");
            *out += "    fn from(text: String) -> Self {\n        Self::from(text.as_str())\n";
            *out += "    }\n}\n\n";
        }
        Subject::Choice(name) => choice(out, name),
        Subject::Struct(..) => {}
    })
}

pub(super) fn choice(out: &mut String, name: &str) {
    *out += &format!("impl<'de> Deserialize<'de> for {name} {{\n");
    *out +=
        "    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {\n";
    *out += "        let value = Value::deserialize(deserializer)?;\n";
    *out += "        let tag = value.get(\"type\").and_then(Value::as_str);\n";
    *out += "        Ok(match tag {\n";
    variants(
        out,
        "            ",
        "
                serde_json::from_value(value).map_err(D::Error::custom)?,
            ",
    );
    *out += "            _ if value.is_object() => Self::Unknown(value),\n";
    *out += "            _ => return Err(D::Error::custom(\"expected object\")),\n";
    *out += "        })\n    }\n}\n\n";
}
