//! From what the server has to the body that replaces it: a body of `PUT` clears what it leaves
//! out, so a change of one field must send all the others again.

use std::fmt::Write as _;

use super::Context;
use super::models::covers;
use super::rust_type::{Holder, holder};
use crate::ir::{Field, Kind, Returns, Struct, Type, TypeDef};

impl Context<'_> {
    /// Writes how a body is made of what the same operation answers with; nothing when the answer
    /// does not have all that the body holds.
    pub(super) fn replacement(&self, body: &TypeDef, object: &Struct) -> String {
        let mut out = String::new();
        for stored in self.stored(body) {
            let Kind::Struct(from) = &stored.kind else {
                continue;
            };
            let fields: Option<Vec<String>> = object
                .fields
                .iter()
                .map(|field| {
                    let source = from.fields.iter().find(|known| known.wire == field.wire)?;
                    let value = carried(stored, source, body, field)?;
                    Some(format!("            {}: {value},\n", field.rust))
                })
                .collect();
            let Some(fields) = fields.filter(|_| object.additional.is_none()) else {
                continue;
            };
            let _ = writeln!(
                out,
                "/// Takes over what is stored, to be changed and sent back: what a replacement \
                 leaves out is cleared.\n\
                 impl From<{}> for {} {{\n    fn from(stored: {}) -> Self {{\n        Self {{\n{}        \
                 }}\n    }}\n}}\n",
                stored.name,
                body.name,
                stored.name,
                fields.concat()
            );
        }
        out
    }

    /// The types that operations answer with which this body replaces.
    fn stored(&self, body: &TypeDef) -> Vec<&TypeDef> {
        let is_body = |ty: &Type| matches!(ty, Type::Named(name) if *name == body.name);
        let mut found: Vec<&TypeDef> = self
            .api
            .operations
            .iter()
            .filter(|operation| operation.method == "PUT")
            .filter(|operation| {
                operation
                    .body
                    .as_ref()
                    .is_some_and(|body| is_body(&body.ty))
            })
            .filter_map(|operation| match &operation.returns {
                Returns::Json(Type::Named(name)) | Returns::MaybeJson(Type::Named(name)) => {
                    self.api.types.get(name)
                }
                _ => None,
            })
            .filter(|stored| stored.name != body.name)
            .filter(|stored| body.gates.iter().all(|gate| covers(&stored.gates, gate)))
            .collect();
        found.sort_by_key(|stored| &stored.name);
        found.dedup_by_key(|stored| &stored.name);
        found
    }
}

/// The expression for a field of the body; `None` when what is stored may lack it, or has another
/// type.
fn carried(stored: &TypeDef, source: &Field, body: &TypeDef, field: &Field) -> Option<String> {
    if source.ty != field.ty {
        return None;
    }
    let value = format!("stored.{}", source.rust);
    let moved = |value: &str| match (source.boxed, field.boxed) {
        (true, false) => format!("{value}.into_inner()"),
        (false, true) => format!("Boxed::new({value})"),
        _ => value.to_owned(),
    };
    let optional = || match source.boxed == field.boxed {
        true => value.clone(),
        false => format!("{value}.map(|value| {})", moved("value")),
    };
    match (holder(stored, source), holder(body, field)) {
        (Holder::Plain, Holder::Plain) => Some(moved(&value)),
        (Holder::Plain, Holder::Nullable | Holder::Optional) => {
            Some(format!("Some({})", moved(&value)))
        }
        (Holder::Plain, Holder::Patch) => Some(format!("Patch::Value({})", moved(&value))),
        (Holder::Nullable | Holder::Optional, Holder::Nullable | Holder::Optional) => {
            Some(optional())
        }
        (Holder::Nullable | Holder::Optional, Holder::Patch) => {
            Some(format!("Patch::or_absent({})", optional()))
        }
        (Holder::Nullable | Holder::Optional, Holder::Plain) | (Holder::Patch, _) => None,
    }
}
