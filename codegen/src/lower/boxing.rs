use std::collections::HashSet;

use crate::ir::{Api, Kind, Type};

/// Bytes above which an object inside of another is boxed.
const LARGE: usize = 200;

/// Bytes of a box.
const BOXED: usize = 16;

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
    let Some(def) = api.types.get(name) else {
        return;
    };
    let parts = parts(api, name);
    let large = |ty: &Type| size(api, ty, 0) > LARGE;
    // A union of a request whose variants are all known and all large gains nothing from boxes.
    let union = match &def.kind {
        Kind::Union(union) => union.has_unknown() || !parts.iter().all(|(ty, _)| large(ty)),
        _ => false,
    };
    let boxed: Vec<usize> = parts
        .iter()
        .enumerate()
        .filter(|(_, (ty, _))| {
            union && (large(ty) || def.in_responses && is_struct(api, ty))
                || embeds(api, ty, name, &mut HashSet::new())
        })
        .map(|(index, _)| index)
        .collect();
    for index in boxed {
        set_boxed(api, name, index);
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
            for (index, (ty, boxed)) in parts(api, name).iter().enumerate() {
                if is_struct(api, ty) && size(api, ty, 0) > LARGE {
                    set_boxed(api, name, index);
                } else if !boxed {
                    box_inside(api, ty, seen);
                }
            }
        }
        _ => {}
    }
}

/// What a type holds in its fields or variants, and whether in a box.
fn parts(api: &Api, name: &str) -> Vec<(Type, bool)> {
    match api.types.get(name).map(|def| &def.kind) {
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
    }
}

fn is_struct(api: &Api, ty: &Type) -> bool {
    let Type::Named(name) = ty else { return false };
    api.types
        .get(name)
        .is_some_and(|def| matches!(def.kind, Kind::Struct(_)))
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
    parts(api, name)
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
        Type::Named(name) => {
            let parts = parts(api, name);
            let sizes = parts.iter().map(|(ty, boxed)| match boxed {
                true => BOXED,
                false => size(api, ty, depth + 1),
            });
            match api.types.get(name).map(|def| &def.kind) {
                Some(Kind::Struct(_)) => sizes.sum(),
                Some(Kind::Union(_)) => sizes.max().unwrap_or_default(),
                _ => 24,
            }
        }
        _ => 24,
    }
}
