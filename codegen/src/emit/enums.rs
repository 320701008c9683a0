use std::fmt::Write as _;

use super::Context;
use super::docs::comment;
use crate::ir::{EnumValue, TypeDef};
use crate::names::{Unique, screaming};

/// From this many values on, an enum is a text with constants.
const VOCABULARY: usize = 48;

impl Context<'_> {
    /// Writes a string enum.
    pub(super) fn enumeration(&self, def: &TypeDef, values: &[EnumValue]) -> String {
        let large = values.len() >= VOCABULARY;
        let mut out = String::new();
        let macro_name = if large {
            "open_vocabulary"
        } else {
            "open_enum"
        };
        let _ = writeln!(out, "client_core::{macro_name}! {{");
        out += &comment("    ", "///", &self.type_doc(&def.name, &def.origin));
        let kind = if large { "struct" } else { "enum" };
        let _ = writeln!(out, "    pub {kind} {} {{", def.name);
        let mut unique = Unique::default();
        for value in values {
            let phrase = (self.phrases).about_value(self.target.name, &def.origin, &value.wire);
            let doc = match phrase {
                Some((_, text)) => text.to_owned(),
                None => format!("`{}`", value.wire),
            };
            out += &comment("        ", "///", &doc);
            let name = if large {
                unique.claim(screaming(&value.wire))
            } else {
                value.rust.clone()
            };
            let _ = writeln!(out, "        {name} = {:?},", value.wire);
        }
        out += "    }\n}\n\n";
        out
    }
}
