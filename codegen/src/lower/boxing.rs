use std::collections::HashSet;

use crate::ir::{Api, Kind, Type};

/// Bytes above which an object inside of another is boxed.
const LARGE: usize = 200;

/// Decides what is boxed: what would otherwise have no size, the objects that unions hold, and
/// large objects inside of answers. A crate that receives an answer then does not compile again
/// what drops all that is in it.
pub(super) fn box_parts(api: &mut Api) {
    let names: Vec<String> = api.types.keys().cloned().collect();
    for name in &names {
        box_parts_of(api, name);
    }
    let answers: Vec<Type> = api
        .operations
        .iter()
        .filter_map(|operation| operation.returns.ty().cloned())
        .collect();
    let mut seen = HashSet::new();
    for answer in &answers {
        box_inside(api, answer, &mut seen);
    }
}

/// Boxes the parts that hold their own type, and the objects and large payloads of a union.
fn box_parts_of(api: &mut Api, name: &str) {
    let parts = 0..count(api, name);
    let large = |api: &Api, ty: &Type| size(api, ty, 0) > LARGE;
    let all_large = parts
        .clone()
        .all(|index| part(api, name, index).is_some_and(|ty| large(api, &ty)));
    // A union of a request whose variants are all known and all large gains nothing from boxes.
    let (union, answered) = match api.types.get(name) {
        Some(def) => match &def.kind {
            Kind::Union(union) => (union.has_unknown() || !all_large, def.in_responses),
            _ => (false, false),
        },
        None => (false, false),
    };
    for index in parts {
        let Some(ty) = part(api, name, index) else {
            continue;
        };
        let payload = union && (large(api, &ty) || answered && is_struct(api, &ty));
        if payload || embeds(api, &ty, name, &mut HashSet::new()) {
            set_boxed(api, name, index);
        }
    }
}

/// Boxes the large objects inside of what an answer holds in place.
fn box_inside(api: &mut Api, ty: &Type, seen: &mut HashSet<String>) {
    match ty {
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) | Type::Page(inner) => {
            box_inside(api, inner, seen);
        }
        Type::Pair(first, second) => {
            box_inside(api, first, seen);
            box_inside(api, second, seen);
        }
        Type::Named(name) if seen.insert(name.clone()) => {
            for index in 0..count(api, name) {
                let Some(ty) = part(api, name, index) else {
                    continue;
                };
                if is_struct(api, &ty) && size(api, &ty, 0) > LARGE {
                    set_boxed(api, name, index);
                } else if !is_boxed(api, name, index) {
                    box_inside(api, &ty, seen);
                }
            }
        }
        _ => {}
    }
}

fn count(api: &Api, name: &str) -> usize {
    match api.types.get(name).map(|def| &def.kind) {
        Some(Kind::Struct(object)) => object.fields.len(),
        Some(Kind::Union(union)) => union.variants.len(),
        _ => 0,
    }
}

fn part(api: &Api, name: &str, index: usize) -> Option<Type> {
    match &api.types.get(name)?.kind {
        Kind::Struct(object) => object.fields.get(index).map(|field| field.ty.clone()),
        Kind::Union(union) => union.variants.get(index).map(|variant| variant.ty.clone()),
        Kind::Enum(_) => None,
    }
}

fn is_struct(api: &Api, ty: &Type) -> bool {
    let Type::Named(name) = ty else { return false };
    api.types
        .get(name)
        .is_some_and(|def| matches!(def.kind, Kind::Struct(_)))
}

fn is_boxed(api: &Api, name: &str, index: usize) -> bool {
    match api.types.get(name).map(|def| &def.kind) {
        Some(Kind::Struct(object)) => object.fields.get(index).is_some_and(|field| field.boxed),
        Some(Kind::Union(union)) => union
            .variants
            .get(index)
            .is_some_and(|variant| variant.boxed),
        _ => false,
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
