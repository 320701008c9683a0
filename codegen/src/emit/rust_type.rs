use crate::ir::{Field, Type, TypeDef};

/// The Rust spelling of a type.
pub(super) fn rust(ty: &Type) -> String {
    match ty {
        Type::String => "String".to_owned(),
        Type::Secret => "Secret".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Decimal => "Decimal".to_owned(),
        Type::Time => "OffsetDateTime".to_owned(),
        Type::Date => "Date".to_owned(),
        Type::Duration => "IsoDuration".to_owned(),
        Type::Value => "Value".to_owned(),
        Type::Unit => "()".to_owned(),
        Type::List(item) => format!("Vec<{}>", rust(item)),
        Type::Map(value) => format!("Map<{}>", rust(value)),
        Type::Pair(first, second) => format!("({}, {})", rust(first), rust(second)),
        Type::Named(name) | Type::Id(name) => name.clone(),
        Type::Nullable(inner) => format!("Option<{}>", rust(inner)),
        Type::Page(item) => format!("Page<{}>", rust(item)),
    }
}

/// How a field holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// The value.
    Plain,
    /// `Option`, written as `null` when there is none.
    Nullable,
    /// `Option`, left out when there is none.
    Optional,
    /// `Patch`.
    Patch,
}

pub(super) fn holder(def: &TypeDef, field: &Field) -> Holder {
    let request_only = def.in_requests && !def.in_responses;
    match (field.required, field.nullable) {
        (true, false) => Holder::Plain,
        (true, true) => Holder::Nullable,
        (false, true) if request_only => Holder::Patch,
        (false, _) => Holder::Optional,
    }
}

/// The Rust spelling of a field's type.
pub(super) fn field_type(def: &TypeDef, field: &Field) -> String {
    let mut inner = rust(&field.ty);
    if field.boxed {
        inner = format!("Boxed<{inner}>");
    }
    match holder(def, field) {
        Holder::Plain => inner,
        Holder::Nullable | Holder::Optional => format!("Option<{inner}>"),
        Holder::Patch => format!("Patch<{inner}>"),
    }
}

/// The parameter type that takes a value, and the expression that turns it into the value.
pub(super) fn argument(ty: &Type, name: &str) -> (String, String) {
    match ty {
        Type::String | Type::Secret | Type::Id(_) | Type::Named(_) | Type::Decimal => {
            (format!("impl Into<{}>", rust(ty)), format!("{name}.into()"))
        }
        Type::List(item) => match &**item {
            Type::String | Type::Secret | Type::Id(_) | Type::Named(_) => (
                format!("impl IntoIterator<Item = impl Into<{}>>", rust(item)),
                format!("client_core::__private::list({name})"),
            ),
            _ => (
                format!("impl IntoIterator<Item = {}>", rust(item)),
                format!("{name}.into_iter().collect()"),
            ),
        },
        Type::Map(value) => match &**value {
            Type::String | Type::Secret | Type::Named(_) | Type::Value => (
                format!(
                    "impl IntoIterator<Item = (impl Into<String>, impl Into<{}>)>",
                    rust(value)
                ),
                format!(
                    "{name}.into_iter().map(|(key, value)| (key.into(), value.into())).collect()"
                ),
            ),
            _ => (
                format!("impl IntoIterator<Item = (String, {})>", rust(value)),
                format!("{name}.into_iter().collect()"),
            ),
        },
        _ => (rust(ty), name.to_owned()),
    }
}
