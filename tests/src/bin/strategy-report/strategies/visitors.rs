//! Serde's traits with generated visitors: keys are told apart by one shared seed.

use super::derive::choice;
use super::types::{Around, Subject, write};
use crate::model::{Field, Model};

const AROUND: Around = Around {
    imports: "use std::fmt;\n\n\
              use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};\n\
              use serde::{Deserialize, Deserializer};\n\
              use serde_json::Value;\n\
              use visitors_support::{Keys, once, required, text};\n",
    derives: "",
    status_attributes: "",
    unknown: "Value",
    error: "serde_json::Error",
    read: "serde_json::from_slice(bytes)",
};

const DESERIALIZE: &str =
    "    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {\n";

pub(super) fn generate(model: &Model) -> String {
    write(model, &AROUND, |out, subject| match subject {
        Subject::Status(name) => {
            *out += &format!("impl<'de> Deserialize<'de> for {name} {{\n{DESERIALIZE}");
            *out += "        text(deserializer)\n    }\n}\n\n";
        }
        Subject::Choice(name) => choice(out, name),
        Subject::Struct(name, fields) => plain(out, name, fields),
    })
}

fn plain(out: &mut String, name: &str, fields: &[Field]) {
    *out += &format!("impl<'de> Deserialize<'de> for {name} {{\n{DESERIALIZE}");
    *out += &format!("        deserializer.deserialize_map({name}Visitor)\n    }}\n}}\n\n");
    *out += &format!("struct {name}Visitor;\n\n");
    *out += &format!("impl<'de> Visitor<'de> for {name}Visitor {{\n    type Value = {name};\n\n");
    *out += "    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n";
    *out += "        f.write_str(\"object\")\n    }\n\n";
    *out += &format!(
        "    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<{name}, A::Error> {{\n"
    );
    for field in fields {
        *out += &format!("        let mut {} = None;\n", field.name);
    }
    *out += "        let keys = Keys(&[\n";
    for field in fields {
        *out += &format!("            \"{}\",\n", field.name);
    }
    *out += "        ]);\n        while let Some(key) = map.next_key_seed(keys)? {\n";
    *out += "            match key {\n";
    for (position, field) in fields.iter().enumerate() {
        let name = &field.name;
        *out += &format!("                Some({position}) => once(&mut map, &mut {name})?,\n");
    }
    *out += "                _ => drop(map.next_value::<IgnoredAny>()?),\n            }\n";
    *out += &format!("        }}\n        Ok({name} {{\n");
    for field in fields {
        let name = &field.name;
        *out += &if field.kind.is_optional() {
            format!("            {name}: {name}.flatten(),\n")
        } else {
            format!("            {name}: required({name}, \"{name}\")?,\n")
        };
    }
    *out += "        })\n    }\n}\n\n";
}
