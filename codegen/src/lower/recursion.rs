use std::collections::HashSet;

use crate::ir::{Api, Kind, Type};

/// Bytes above which the payload of a variant is boxed, so that one large branch does not make
/// every value of the union large.
const LARGE: usize = 200;

/// Boxes what would otherwise have no size, and the large branches of unions. A union whose
/// variants are all known and all large gains nothing from boxes, and stays as it is.
pub(super) fn box_cycles(api: &mut Api) {
    let names: Vec<String> = api.types.keys().cloned().collect();
    for name in names {
        let count = match api.types.get(&name).map(|def| &def.kind) {
            Some(Kind::Struct(object)) => object.fields.len(),
            Some(Kind::Union(union)) => union.variants.len(),
            _ => 0,
        };
        let is_large =
            |api: &Api, index| part(api, &name, index).is_some_and(|ty| size(api, &ty, 0) > LARGE);
        let uneven = match api.types.get(&name).map(|def| &def.kind) {
            Some(Kind::Union(union)) => {
                union.has_unknown() || !(0..count).all(|index| is_large(api, index))
            }
            _ => false,
        };
        for index in 0..count {
            let Some(ty) = part(api, &name, index) else {
                continue;
            };
            let cyclic = embeds(api, &ty, &name, &mut HashSet::new());
            if cyclic || (uneven && is_large(api, index)) {
                set_boxed(api, &name, index);
            }
        }
    }
}

fn part(api: &Api, name: &str, index: usize) -> Option<Type> {
    match &api.types.get(name)?.kind {
        Kind::Struct(object) => object.fields.get(index).map(|field| field.ty.clone()),
        Kind::Union(union) => union.variants.get(index).map(|variant| variant.ty.clone()),
        Kind::Enum(_) => None,
    }
}

fn set_boxed(api: &mut Api, name: &str, index: usize) {
    match api.types.get_mut(name).map(|def| &mut def.kind) {
        Some(Kind::Struct(object)) => {
            if let Some(field) = object.fields.get_mut(index) {
                field.boxed = true;
            }
        }
        Some(Kind::Union(union)) => {
            if let Some(variant) = union.variants.get_mut(index) {
                variant.boxed = true;
            }
        }
        _ => {}
    }
}

/// Whether a value of `ty` holds a value of `target` without a box, list or map between.
fn embeds(api: &Api, ty: &Type, target: &str, seen: &mut HashSet<String>) -> bool {
    let Type::Named(name) = ty else { return false };
    if name == target {
        return true;
    }
    if !seen.insert(name.clone()) {
        return false;
    }
    let parts: Vec<(Type, bool)> = match api.types.get(name).map(|def| &def.kind) {
        Some(Kind::Struct(object)) => object
            .fields
            .iter()
            .map(|field| (field.ty.clone(), field.boxed))
            .collect(),
        Some(Kind::Union(union)) => union
            .variants
            .iter()
            .map(|variant| (variant.ty.clone(), variant.boxed))
            .collect(),
        _ => Vec::new(),
    };
    parts
        .iter()
        .any(|(ty, boxed)| !boxed && embeds(api, ty, target, seen))
}

/// A rough size in bytes.
fn size(api: &Api, ty: &Type, depth: usize) -> usize {
    if depth > 12 {
        return LARGE;
    }
    match ty {
        Type::Bool => 1,
        Type::Time => 16,
        Type::Date => 4,
        Type::I64 | Type::U64 | Type::F64 => 16,
        Type::Value => 32,
        Type::Map(_) => 72,
        Type::Pair(first, second) => size(api, first, depth) + size(api, second, depth),
        Type::Nullable(inner) => size(api, inner, depth),
        Type::Named(name) => match api.types.get(name).map(|def| &def.kind) {
            Some(Kind::Struct(object)) => object
                .fields
                .iter()
                .map(|field| {
                    if field.boxed {
                        8
                    } else {
                        size(api, &field.ty, depth + 1)
                    }
                })
                .sum(),
            Some(Kind::Union(union)) => union
                .variants
                .iter()
                .map(|variant| {
                    if variant.boxed {
                        8
                    } else {
                        size(api, &variant.ty, depth + 1)
                    }
                })
                .max()
                .unwrap_or_default(),
            _ => 24,
        },
        _ => 24,
    }
}
