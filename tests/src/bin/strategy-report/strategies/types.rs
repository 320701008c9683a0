//! The types themselves, which all strategies have alike.

use crate::model::{ENUMS, Field, Model, STATUSES, UNIONS, VARIANTS};

/// What a strategy puts around the types.
pub(super) struct Around {
    pub(super) imports: &'static str,
    /// Further traits that structs derive.
    pub(super) derives: &'static str,
    /// Attributes of the open enums.
    pub(super) status_attributes: &'static str,
    /// What keeps a variant that is not known.
    pub(super) unknown: &'static str,
    /// The error of the functions that decode.
    pub(super) error: &'static str,
    /// What these functions do with `bytes`.
    pub(super) read: &'static str,
}

/// Writes the types, and what `decoder` writes for each of them.
pub(super) fn write(
    model: &Model,
    around: &Around,
    decoder: impl Fn(&mut String, &Subject<'_>),
) -> String {
    let Around {
        derives,
        unknown,
        error,
        read,
        ..
    } = around;
    let mut out = format!("{}\n", around.imports);
    for number in 0..ENUMS {
        out += around.status_attributes;
        let name = format!("Status{number}");
        out += &format!("#[derive(Clone, Debug, PartialEq)]\npub enum {name} {{\n");
        for (_, variant) in STATUSES {
            out += &format!("    {variant},\n");
        }
        out += "    Unknown(String),\n}\n\n";
        out += &format!("impl From<&str> for {name} {{\n");
        out += "    fn from(text: &str) -> Self {\n        match text {\n";
        for (text, variant) in STATUSES {
            out += &format!("            \"{text}\" => Self::{variant},\n");
        }
        out += "            _ => Self::Unknown(text.to_owned()),\n        }\n    }\n}\n\n";
        decoder(&mut out, &Subject::Status(&name));
    }
    for number in 0..UNIONS {
        let name = format!("Choice{number}");
        out += &format!("#[derive(Clone, Debug, PartialEq)]\npub enum {name} {{\n");
        for (position, (_, variant)) in VARIANTS.iter().enumerate() {
            let held = Model::variant(number, position);
            out += &format!("    {variant}(Box<Type{held}>),\n");
        }
        out += &format!("    Unknown({unknown}),\n}}\n\n");
        decoder(&mut out, &Subject::Choice(&name));
    }
    for plain in &model.structs {
        let name = &plain.name;
        out += &format!("#[derive(Clone, Debug, PartialEq{derives})]\npub struct {name} {{\n");
        for field in &plain.fields {
            out += &format!("    pub {}: {},\n", field.name, field.kind.rust());
        }
        out += "}\n\n";
        decoder(&mut out, &Subject::Struct(name, &plain.fields));
        let reader = &plain.reader;
        out += &format!("pub fn {reader}(bytes: &[u8]) -> Result<{name}, {error}> {{\n");
        out += &format!("    {read}\n}}\n\n");
    }
    out
}

/// A type that is to be decoded.
pub(super) enum Subject<'m> {
    Status(&'m str),
    Choice(&'m str),
    Struct(&'m str, &'m [Field]),
}

/// Writes a `match` arm for each variant of a union: from its tag, to what `value` says.
pub(super) fn variants(out: &mut String, indent: &str, value: &str) {
    for (tag, variant) in VARIANTS {
        *out += &format!("{indent}Some(\"{tag}\") => Self::{variant}(Box::new({value})),\n");
    }
}
