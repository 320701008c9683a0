use std::collections::HashSet;

use super::constants::{named_in, parts};
use crate::ir::{Api, Gate, Kind, KindTest, Rule, Type};
use crate::target::Target;

/// Finds for every type which operations reach it, and in which direction.
pub(super) fn assign(api: &mut Api, target: &Target) {
    let mut roots: Vec<(Type, Gate, bool)> = Vec::new();
    for operation in &api.operations {
        let gate = &operation.gate;
        for parameter in &operation.query {
            roots.push((parameter.ty.clone(), gate.clone(), true));
        }
        if let Some(body) = &operation.body {
            roots.push((body.ty.clone(), gate.clone(), true));
        }
        if let Some(ty) = operation.returns.ty() {
            roots.push((ty.clone(), gate.clone(), false));
        }
    }
    let webhooks = Gate {
        feature: "webhooks".to_owned(),
        stability: None,
    };
    for (_, payload) in &api.webhooks {
        roots.push((Type::Named(payload.clone()), webhooks.clone(), false));
    }
    if let Some(union) = &api.webhook_union {
        roots.push((Type::Named(union.clone()), webhooks.clone(), false));
    }
    for (root, gate, request) in roots {
        reach(api, &root, &gate, request);
    }
    for schema in target.webhook_schemas {
        if let Some(payload) = api.schemas.get(*schema).cloned() {
            reach(api, &payload, &webhooks, false);
        }
    }
    // Errors and schemas that no operation uses: only for those who take everything.
    let rest = Gate {
        feature: "full".to_owned(),
        stability: None,
    };
    let unreached: Vec<String> = api
        .types
        .values()
        .filter(|def| !def.in_requests && !def.in_responses)
        .map(|def| def.name.clone())
        .collect();
    for name in unreached {
        reach(api, &Type::Named(name), &rest, false);
    }
}

fn reach(api: &mut Api, root: &Type, gate: &Gate, request: bool) {
    let mut seen: HashSet<String> = HashSet::new();
    let mut queue: Vec<String> = Vec::new();
    named_in(root, &mut |name| queue.push(name.to_owned()));
    while let Some(name) = queue.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(def) = api.types.get_mut(&name) else {
            continue;
        };
        def.gates.insert(gate.clone());
        if request {
            def.in_requests = true;
        } else {
            def.in_responses = true;
        }
        for part in parts(&def.kind) {
            named_in(part, &mut |name| queue.push(name.to_owned()));
        }
        if let Kind::Union(union) = &def.kind
            && let Rule::Kinds(tests) = &union.rule
        {
            for (test, _) in tests {
                if let KindTest::Known(name) = test {
                    queue.push(name.clone());
                }
            }
        }
    }
}
