use serde_json::Value;

use crate::document::Schema;
use crate::ir::Type;
use crate::names::pascal;

/// The name that inline unions of these branches share, wherever they stand.
pub(super) fn shared_name(signature: &[Type]) -> Option<String> {
    let names: Vec<String> = signature.iter().map(|ty| format!("{ty:?}")).collect();
    let name = match names.join(" ").as_str() {
        "String I64 F64 Bool" | "String I64 Bool" => "MetadataValue",
        "String I64 Bool Time" => "CustomFieldValue",
        "Named(\"LegacyRecurringProductPrice\") Named(\"ProductPrice\")" => "AnyProductPrice",
        "Named(\"FilterClause\") Named(\"Filter\")" => "FilterNode",
        "Named(\"CustomerSessionCustomerIDCreate\") Named(\"CustomerSessionCustomerExternalIDCreate\")" => {
            "CustomerSessionCreate"
        }
        "Named(\"SubscriptionCreateCustomer\") Named(\"SubscriptionCreateExternalCustomer\")" => {
            "SubscriptionCreate"
        }
        "Named(\"EventCreateCustomer\") Named(\"EventCreateExternalCustomer\")" => "EventCreate",
        all if all.starts_with("Named(\"ProductPriceFixedCreate\")") => "ProductPriceCreate",
        _ => return None,
    };
    Some(name.to_owned())
}

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
    let rest = name
        .strip_prefix(union)
        .or_else(|| name.strip_suffix(union))
        .unwrap_or(name);
    if rest.starts_with(|c: char| c.is_ascii_uppercase()) {
        rest.to_owned()
    } else {
        name.clone()
    }
}
