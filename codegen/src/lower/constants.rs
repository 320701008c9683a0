use std::collections::HashSet;

use crate::ir::{Api, Constant, Kind, Rule, Type};

/// Decides which fixed fields a type holds.
///
/// A tag that chose the branch of a union is written by the type and not held. So is every fixed
/// field of a request. A fixed field of an answer stays visible: if the server ever sends another
/// value, the caller must be able to see it. A tag that the document makes optional is held too, as
/// an answer may lack it, and filled in by the constructor: servers refuse a union without one.
pub(super) fn settle(api: &mut Api) {
    let mut tags: HashSet<(String, String)> = HashSet::new();
    for def in api.types.values() {
        if let Kind::Union(union) = &def.kind {
            for (index, variant) in union.variants.iter().enumerate() {
                for key in tested_keys(&union.rule, index) {
                    mark(api, &variant.ty, &key, &mut tags);
                }
            }
        }
    }
    for (_, payload) in &api.webhooks {
        tags.insert((payload.clone(), "type".to_owned()));
    }
    let direct = held_directly(api);
    for def in api.types.values_mut() {
        let in_requests = def.in_requests;
        let request_only = in_requests && !def.in_responses;
        let Kind::Struct(object) = &mut def.kind else {
            continue;
        };
        for field in &mut object.fields {
            let tag = tags.contains(&(def.name.clone(), field.wire.clone()));
            field.filled = in_requests && !field.required && tag && field.preset.is_some();
        }
        let constants = &mut object.constants;
        object.fields.retain(|field| {
            let Some(preset) = &field.preset else {
                return true;
            };
            // Where the type also stands by itself, nothing has looked at the tag.
            let tag = tags.contains(&(def.name.clone(), field.wire.clone()))
                && !direct.contains(&def.name);
            if !field.required || !(tag || request_only) {
                return true;
            }
            let constant = match field.ty {
                Type::Bool => Constant::Bool(preset == "true"),
                Type::Unit => Constant::Null,
                _ => Constant::Text(preset.clone()),
            };
            constants.push((field.wire.clone(), constant));
            false
        });
    }
}

/// The types that stand somewhere else than in a union.
fn held_directly(api: &Api) -> HashSet<String> {
    let mut direct = HashSet::new();
    let mut note = |ty: &Type| {
        named_in(ty, &mut |name| {
            direct.insert(name.to_owned());
        });
    };
    for def in api.types.values() {
        if let Kind::Struct(object) = &def.kind {
            object
                .fields
                .iter()
                .map(|field| &field.ty)
                .chain(&object.additional)
                .for_each(&mut note);
        }
    }
    for operation in &api.operations {
        operation.returns.ty().into_iter().for_each(&mut note);
    }
    direct
}

fn tested_keys(rule: &Rule, index: usize) -> Vec<String> {
    use crate::ir::Test;
    match rule {
        Rule::Tag { key, .. } => vec![key.clone()],
        Rule::Keys(order) => order
            .iter()
            .filter(|(_, variant)| *variant == index)
            .flat_map(|(tests, _)| tests)
            .filter_map(|test| match test {
                Test::Text(key, texts) if texts.len() == 1 => Some(key.clone()),
                Test::Bool(key, _) | Test::Null(key) => Some(key.clone()),
                _ => None,
            })
            .collect(),
        Rule::Kinds(_) => Vec::new(),
    }
}

/// Marks the tag on every struct of a branch, also behind a union inside of it.
fn mark(api: &Api, ty: &Type, key: &str, tags: &mut HashSet<(String, String)>) {
    let Type::Named(name) = ty else { return };
    match api.types.get(name).map(|def| &def.kind) {
        Some(Kind::Struct(_)) => {
            tags.insert((name.clone(), key.to_owned()));
        }
        Some(Kind::Union(union)) => {
            for variant in &union.variants {
                mark(api, &variant.ty, key, tags);
            }
        }
        _ => {}
    }
}

/// Drops inline types that nothing refers to: the enums of constants, the parts of envelopes.
pub(super) fn drop_unused(api: &mut Api) {
    loop {
        let mut used: HashSet<String> = HashSet::new();
        let mut note = |ty: &Type| {
            named_in(ty, &mut |name| {
                used.insert(name.to_owned());
            })
        };
        for def in api.types.values() {
            for ty in parts(&def.kind) {
                note(ty);
            }
            if let Kind::Union(union) = &def.kind
                && let Rule::Kinds(tests) = &union.rule
            {
                for (test, _) in tests {
                    if let crate::ir::KindTest::Known(name) = test {
                        note(&Type::Named(name.clone()));
                    }
                }
            }
        }
        for operation in &api.operations {
            operation
                .query
                .iter()
                .for_each(|parameter| note(&parameter.ty));
            if let Some(body) = &operation.body {
                note(&body.ty);
            }
            operation.returns.ty().into_iter().for_each(&mut note);
        }
        api.schemas.values().for_each(&mut note);
        api.webhooks
            .iter()
            .for_each(|(_, ty)| note(&Type::Named(ty.clone())));
        api.webhook_union
            .iter()
            .for_each(|name| note(&Type::Named(name.clone())));
        let before = api.types.len();
        api.types.retain(|name, _| used.contains(name));
        if api.types.len() == before {
            return;
        }
    }
}

/// The types that a definition holds.
pub(super) fn parts(kind: &Kind) -> Vec<&Type> {
    match kind {
        Kind::Struct(object) => object
            .fields
            .iter()
            .map(|field| &field.ty)
            .chain(&object.additional)
            .collect(),
        Kind::Enum(_) => Vec::new(),
        Kind::Union(union) => union.variants.iter().map(|variant| &variant.ty).collect(),
    }
}

/// Calls `each` with every named type inside of a type.
pub(super) fn named_in(ty: &Type, each: &mut dyn FnMut(&str)) {
    match ty {
        Type::Named(name) => each(name),
        Type::List(inner) | Type::Map(inner) | Type::Page(inner) | Type::Nullable(inner) => {
            named_in(inner, each);
        }
        Type::Pair(first, second) => {
            named_in(first, each);
            named_in(second, each);
        }
        _ => {}
    }
}
