use serde_json::Value;

use crate::document::Schema;
use crate::ir::Type;
use crate::names::pascal;

/// What an inline branch is called when nothing names it.
pub(super) fn hint(branch: &Schema, index: usize, union: &str) -> String {
    if branch.properties.is_some() && union.contains("Filter") {
        return "Operators".to_owned();
    }
    if let Some(Value::String(only)) = &branch.constant {
        return pascal(only);
    }
    match (branch.kind(), branch.format.as_deref()) {
        (Some("string"), Some("date-time")) => "Time".to_owned(),
        (Some("string"), _) if branch.values.is_some() => "Named".to_owned(),
        (Some("string"), _) => "Text".to_owned(),
        (Some("integer"), _) => "Integer".to_owned(),
        (Some("number"), _) => "Number".to_owned(),
        (Some("boolean"), _) => "Bool".to_owned(),
        (Some("array"), _) => "List".to_owned(),
        _ => format!("Option{}", index + 1),
    }
}

/// The name of a variant: what its type's name says beyond the union's.
pub(super) fn variant_name(ty: &Type, hint: &str, union: &str) -> String {
    let Type::Named(name) = ty else {
        return match ty {
            Type::String | Type::Id(_) | Type::Secret => "Text".to_owned(),
            Type::Time | Type::Date => "At".to_owned(),
            Type::I64 | Type::U64 => "Integer".to_owned(),
            Type::F64 => "Number".to_owned(),
            Type::Bool => "Bool".to_owned(),
            Type::Decimal => "Decimal".to_owned(),
            Type::Duration => "Duration".to_owned(),
            Type::List(_) => "List".to_owned(),
            Type::Map(_) => "Map".to_owned(),
            _ => hint.to_owned(),
        };
    };
    beyond(name, union).unwrap_or_else(|| name.clone())
}

/// What a name says beyond another: the words that both begin and end with are left out.
fn beyond(name: &str, union: &str) -> Option<String> {
    let (own, shared) = (capitalized(name), capitalized(union));
    let same = |(a, b): &(&&str, &&str)| a == b;
    let start = own.iter().zip(&shared).take_while(same).count();
    let end = own
        .iter()
        .rev()
        .zip(shared.iter().rev())
        .take_while(same)
        .count();
    let rest = own
        .get(start..own.len().saturating_sub(end).max(start))?
        .concat();
    (!rest.is_empty()).then_some(rest)
}

/// The words of a name, each with its capital: `CustomerIDCreate` is `Customer ID Create`.
fn capitalized(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let mut words = Vec::new();
    let mut from = 0;
    for at in 1..bytes.len() {
        let starts =
            upper(at) && (!upper(at - 1) || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase));
        if starts {
            words.extend(name.get(from..at));
            from = at;
        }
    }
    words.extend(name.get(from..));
    words
}
