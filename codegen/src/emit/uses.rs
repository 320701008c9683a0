//! What an unnamed type is for, by the place that uses it.

use super::Context;
use super::docs::sentence;
use crate::ir::{Kind, Returns, Type};

impl Context<'_> {
    /// Says where a type is used, such as `` `type` of `BenefitCustom`: the kind of benefit. ``
    pub(super) fn usage_doc(&self, rust: &str) -> Option<String> {
        self.field_use(rust)
            .or_else(|| self.variant_use(rust))
            .or_else(|| self.operation_use(rust))
    }

    fn field_use(&self, rust: &str) -> Option<String> {
        let mut users = Vec::new();
        let mut text = None;
        for def in self.api.types.values() {
            let Kind::Struct(body) = &def.kind else {
                continue;
            };
            for field in &body.fields {
                if mentions(&field.ty, rust) {
                    users.push((&field.wire, &def.name));
                    text = text.or_else(|| self.field_phrase(&def.origin, &field.wire));
                }
            }
        }
        let (wire, owner) = users.first()?;
        let others = match users.len() - 1 {
            0 => "",
            _ => " and others",
        };
        Some(match text {
            Some(text) => format!("`{wire}` of `{owner}`{others}: {}.", lower_first(text)),
            None => format!("`{wire}` of `{owner}`{others}."),
        })
    }

    fn variant_use(&self, rust: &str) -> Option<String> {
        self.api.types.values().find_map(|def| match &def.kind {
            Kind::Union(union) if union.variants.iter().any(|v| mentions(&v.ty, rust)) => {
                Some(format!("{}: a form of `{}`.", sentence(rust), def.name))
            }
            _ => None,
        })
    }

    fn operation_use(&self, rust: &str) -> Option<String> {
        self.api.operations.iter().find_map(|operation| {
            let place = format!("`{} {}`", operation.method, operation.path);
            if let Some(query) = operation.query.iter().find(|q| mentions(&q.ty, rust)) {
                return Some(format!("The query parameter `{}` of {place}.", query.wire));
            }
            if operation
                .body
                .as_ref()
                .is_some_and(|b| mentions(&b.ty, rust))
            {
                return Some(format!("The body of {place}."));
            }
            match &operation.returns {
                Returns::Json(ty)
                | Returns::MaybeJson(ty)
                | Returns::Page(ty, _)
                | Returns::JsonOrCsv(ty)
                    if mentions(ty, rust) =>
                {
                    Some(format!("The answer of {place}."))
                }
                _ => None,
            }
        })
    }

    /// The first sentence of what is written by hand about a field.
    fn field_phrase(&self, schema: &str, wire: &str) -> Option<&str> {
        let (_, _, text) = self.phrases.about_field(self.target.name, schema, wire)?;
        let first = text.trim().split(['\n', ';']).next().unwrap_or(text);
        Some(first.trim_end_matches('.'))
    }
}

fn mentions(ty: &Type, rust: &str) -> bool {
    match ty {
        Type::Named(name) => name == rust,
        Type::List(of) | Type::Map(of) | Type::Nullable(of) | Type::Page(of) => mentions(of, rust),
        Type::Pair(a, b) => mentions(a, rust) || mentions(b, rust),
        _ => false,
    }
}

/// Abbreviations keep their capitals.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().to_string() + chars.as_str()
        }
        _ => text.to_owned(),
    }
}
