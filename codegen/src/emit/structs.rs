use std::fmt::Write as _;

use super::Context;
use super::docs::comment;
use super::rust_type::{Holder, argument, field_type, holder, rust};
use crate::ir::{Constant, Field, Struct, Type, TypeDef};

impl Context<'_> {
    /// Writes an object type.
    pub(super) fn structure(&self, def: &TypeDef, object: &Struct) -> String {
        let mut out = String::new();
        out += &comment("", "///", &self.type_doc(&def.name, &def.origin));
        let required = object
            .fields
            .iter()
            .any(|field| field.required && !field.nullable);
        let filled = object.fields.iter().any(|field| field.filled);
        let default = def.in_requests && !required && !filled;
        let derives = if default {
            "Clone, Debug, Default, PartialEq"
        } else {
            "Clone, Debug, PartialEq"
        };
        let _ = writeln!(out, "#[derive({derives})]\n#[non_exhaustive]");
        let _ = writeln!(out, "pub struct {} {{", def.name);
        for field in &object.fields {
            let doc = self.field_doc(&def.origin, &field.wire, &field.ty, &field.facts);
            out += &comment("    ", "///", &doc);
            let _ = writeln!(out, "    pub {}: {},", field.rust, field_type(def, field));
        }
        if let Some(ty) = &object.additional {
            out += "    /// Further fields, by name.\n";
            let _ = writeln!(out, "    pub additional: Map<{}>,", rust(ty));
        }
        out += "}\n\n";
        if def.in_requests && !self.target.handmade.contains(&def.name.as_str()) {
            out += &self.constructor(def, object);
            out += &self.replacement(def, object);
        }
        out += &decode(def, object);
        out += &encode(def, object);
        out
    }

    fn constructor(&self, def: &TypeDef, object: &Struct) -> String {
        let (needed, optional): (Vec<&Field>, Vec<&Field>) = object
            .fields
            .iter()
            .partition(|field| field.required && !field.nullable);
        // What has one value alone is filled in.
        let (preset, needed): (Vec<&Field>, Vec<&Field>) = needed
            .into_iter()
            .partition(|field| preset_value(field).is_some());
        let given = |field: &Field| preset.iter().any(|known| known.wire == field.wire);
        let mut out = format!("impl {} {{\n", def.name);
        out += "    /// Creates a value from what the API requires.\n";
        let arguments: Vec<String> = needed
            .iter()
            .map(|field| format!("{}: {}", field.rust, argument(&field.ty, &field.rust).0))
            .collect();
        let _ = writeln!(
            out,
            "    #[inline]\n    pub fn new({}) -> Self {{\n        Self {{",
            arguments.join(", ")
        );
        for field in &object.fields {
            let value = match holder(def, field) {
                Holder::Plain if given(field) => preset_value(field).unwrap_or_default(),
                Holder::Plain => {
                    let value = argument(&field.ty, &field.rust).1;
                    if field.boxed {
                        format!("Boxed::new({value})")
                    } else {
                        value
                    }
                }
                Holder::Optional if field.filled => preset_value(field)
                    .map_or_else(|| "None".to_owned(), |value| format!("Some({value})")),
                Holder::Nullable | Holder::Optional => "None".to_owned(),
                Holder::Patch => "Patch::Absent".to_owned(),
            };
            let _ = writeln!(out, "            {}: {value},", field.rust);
        }
        if object.additional.is_some() {
            out += "            additional: Map::default(),\n";
        }
        out += "        }\n    }\n";
        for field in optional {
            if field.rust == "new" {
                continue;
            }
            out += &self.setter(def, field);
        }
        if let Some(ty) = &object.additional {
            out += "\n    /// Adds a further field.\n    #[must_use]\n";
            let (kind, value) = argument(ty, "value");
            let _ = writeln!(
                out,
                "    #[inline]\n    pub fn with(mut self, name: impl Into<String>, value: {kind}) -> Self {{\n        \
                 self.additional.insert(name.into(), {value});\n        self\n    }}"
            );
        }
        out += "}\n\n";
        if needed.is_empty() && object.fields.iter().any(|field| field.filled) {
            let _ = writeln!(
                out,
                "impl Default for {} {{\n    fn default() -> Self {{\n        Self::new()\n    }}\n}}\n",
                def.name
            );
        }
        out
    }

    fn setter(&self, def: &TypeDef, field: &Field) -> String {
        let doc = self.field_doc(&def.origin, &field.wire, &field.ty, &field.facts);
        let mut out = String::from("\n");
        out += &comment("    ", "///", &format!("Sets `{}`.\n\n{doc}", field.wire));
        let (mut kind, mut value) = argument(&field.ty, "value");
        if self.target.comma_lists.contains(&field.wire.as_str()) {
            "impl IntoIterator<Item = impl Into<String>>".clone_into(&mut kind);
            "client_core::__private::joined(value)".clone_into(&mut value);
        }
        if field.boxed {
            value = format!("Boxed::new({value})");
        }
        let wrapper = if holder(def, field) == Holder::Patch {
            "Patch::Value"
        } else {
            "Some"
        };
        let _ = writeln!(
            out,
            "    #[inline]\n    #[must_use]\n    pub fn {}(mut self, value: {kind}) -> Self {{\n        \
             self.{} = {wrapper}({value});\n        self\n    }}",
            field.rust, field.rust
        );
        if holder(def, field) == Holder::Patch {
            let _ = writeln!(
                out,
                "\n    /// Sends `{}` as `null`, which clears it.\n    #[inline]\n    #[must_use]\n    \
                 pub fn clear_{}(mut self) -> Self {{\n        \
                 self.{} = Patch::Null;\n        self\n    }}",
                field.wire,
                field.rust.trim_end_matches('_'),
                field.rust
            );
        }
        out
    }
}

/// The expression for a field that has one value alone.
fn preset_value(field: &Field) -> Option<String> {
    let text = field.preset.as_ref()?;
    match &field.ty {
        Type::Named(name) => Some(format!("{name}::from({text:?})")),
        Type::Bool => Some(text.clone()),
        _ => None,
    }
}

/// The attribute before an impl that a direction does not need.
pub(super) fn direction(needed: bool, feature: &str) -> String {
    if needed {
        String::new()
    } else {
        format!("#[cfg(feature = \"{feature}\")]\n")
    }
}

fn decode(def: &TypeDef, object: &Struct) -> String {
    let attribute = direction(def.in_responses, "deserialize");
    let mut keys = String::new();
    let mut values = String::new();
    let mut blanks = String::new();
    for field in &object.fields {
        let holder = holder(def, field);
        let presence = if holder == Holder::Plain {
            "Required"
        } else {
            "Optional"
        };
        let blank = match holder {
            Holder::Plain => "Decode::BLANK",
            Holder::Nullable | Holder::Optional => "None",
            Holder::Patch => "Patch::Absent",
        };
        let _ = write!(keys, "{presence}({:?}), ", field.wire);
        let _ = write!(values, "&mut self.{}, ", field.rust);
        let _ = write!(blanks, "{}: {blank}, ", field.rust);
    }
    let read = if object.additional.is_some() {
        blanks += "additional: Decode::BLANK";
        format!("r.read_open_object(&[{keys}], &mut [{values}], &mut self.additional)")
    } else {
        format!("r.read_object(&[{keys}], &mut [{values}])")
    };
    fill(
        def,
        &attribute,
        &format!("        {read}\n"),
        &format!("Self {{ {blanks} }}"),
    )
}

/// The two implementations by which a type is decoded.
pub(super) fn fill(def: &TypeDef, attribute: &str, body: &str, blank: &str) -> String {
    let name = &def.name;
    format!(
        "{attribute}impl Fill for {name} {{\n    \
         fn fill(&mut self, r: &mut Reader<'_>) -> Result<(), Failed> {{\n{body}    }}\n}}\n\n\
         {attribute}impl Decode for {name} {{\n    const BLANK: Self = {blank};\n}}\n\n"
    )
}

fn encode(def: &TypeDef, object: &Struct) -> String {
    let mut out = direction(def.in_requests, "serialize");
    let _ = writeln!(out, "impl Encode for {} {{", def.name);
    out += "    fn encode(&self, w: &mut Writer) {\n        w.begin_object();\n";
    for (wire, constant) in &object.constants {
        let line = match constant {
            Constant::Text(text) => format!("w.constant({wire:?}, {text:?});"),
            Constant::Bool(value) => format!("w.field({wire:?}, &{value});"),
            Constant::Null => format!("w.key({wire:?});\n        w.null();"),
        };
        let _ = writeln!(out, "        {line}");
    }
    for field in &object.fields {
        let method = match holder(def, field) {
            Holder::Plain | Holder::Nullable => "field",
            Holder::Optional => "optional",
            Holder::Patch => "patch",
        };
        let _ = writeln!(
            out,
            "        w.{method}({:?}, &self.{});",
            field.wire, field.rust
        );
    }
    if object.additional.is_some() {
        out += "        for (key, value) in &self.additional {\n            w.entry(key, value);\n        }\n";
    }
    out += "        w.end_object();\n    }\n}\n\n";
    out
}
