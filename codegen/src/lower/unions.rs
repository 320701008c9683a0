use indexmap::IndexMap;

use super::{Lowering, PendingUnion};
use crate::Error;
use crate::ir::{Kind, Rule, Test, Type};

/// What is known of the objects of one branch, by key; `a.b` is the key `b` inside of `a`.
#[derive(Debug, Clone, Default)]
struct Shape {
    keys: IndexMap<String, Key>,
}

#[derive(Debug, Clone, Default)]
struct Key {
    required: bool,
    nullable: bool,
    /// The texts that the key can have, when they are known.
    texts: Option<Vec<String>>,
    /// The fixed boolean.
    bool: Option<bool>,
    /// Whether the value is always `null`.
    null: bool,
}

impl Lowering<'_> {
    /// Finds the rule of every object union, now that all types are known.
    pub(super) fn decide_unions(&mut self) -> Result<(), Error> {
        for pending in std::mem::take(&mut self.pending_unions) {
            let rule = self.decide(&pending);
            if let Some(def) = self.api.types.get_mut(&pending.name)
                && let Kind::Union(union) = &mut def.kind
            {
                union.rule = rule;
            }
        }
        Ok(())
    }

    fn decide(&self, pending: &PendingUnion) -> Rule {
        let Some(Kind::Union(union)) = self.api.types.get(&pending.name).map(|def| &def.kind)
        else {
            return Rule::Keys(Vec::new());
        };
        let types: Vec<Type> = union
            .variants
            .iter()
            .map(|variant| variant.ty.clone())
            .collect();
        let shapes: Vec<Shape> = types.iter().map(|ty| self.shape(ty, 0)).collect();
        if let Some(key) = &pending.key
            && let Some(rule) = by_mapping(key, pending, &types, &shapes)
        {
            return rule;
        }
        by_tag(&shapes).unwrap_or_else(|| by_keys(&shapes))
    }

    fn shape(&self, ty: &Type, depth: usize) -> Shape {
        let Type::Named(name) = ty else {
            return Shape::default();
        };
        match self.api.types.get(name).map(|def| &def.kind) {
            Some(Kind::Struct(object)) => {
                let mut shape = Shape::default();
                for field in &object.fields {
                    let fixed = field.preset.as_deref();
                    let is_bool = matches!(field.ty, Type::Bool);
                    let key = Key {
                        required: field.required,
                        nullable: field.nullable,
                        texts: match (fixed, &field.ty) {
                            (Some(text), Type::Named(_)) => Some(vec![text.to_owned()]),
                            (None, Type::Named(name)) => self.texts(name),
                            _ => None,
                        },
                        bool: fixed.filter(|_| is_bool).map(|text| text == "true"),
                        null: fixed == Some("null"),
                    };
                    shape.keys.insert(field.wire.clone(), key);
                    if depth == 0 && field.required && !field.nullable {
                        for (inner, key) in self.shape(&field.ty, 1).keys {
                            if key.texts.is_some() && key.required {
                                shape.keys.insert(format!("{}.{inner}", field.wire), key);
                            }
                        }
                    }
                }
                shape
            }
            Some(Kind::Union(union)) => {
                let mut shapes = union
                    .variants
                    .iter()
                    .map(|variant| self.shape(&variant.ty, depth));
                let Some(first) = shapes.next() else {
                    return Shape::default();
                };
                shapes.fold(first, common)
            }
            _ => Shape::default(),
        }
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
        match &self.api.types.get(name)?.kind {
            Kind::Enum(values) => Some(values.iter().map(|value| value.wire.clone()).collect()),
            _ => None,
        }
    }
}

/// What two branches share.
fn common(a: Shape, b: Shape) -> Shape {
    let mut keys = IndexMap::new();
    for (name, key) in a.keys {
        let Some(other) = b.keys.get(&name) else {
            continue;
        };
        keys.insert(
            name,
            Key {
                required: key.required && other.required,
                nullable: key.nullable || other.nullable,
                texts: match (key.texts, &other.texts) {
                    (Some(mut texts), Some(more)) => {
                        texts.extend(
                            more.iter()
                                .filter(|text| !texts.contains(text))
                                .cloned()
                                .collect::<Vec<_>>(),
                        );
                        Some(texts)
                    }
                    _ => None,
                },
                bool: key.bool.filter(|value| other.bool == Some(*value)),
                null: key.null && other.null,
            },
        );
    }
    Shape { keys }
}

/// The discriminator of the document, completed by the mapping where a branch does not fix its
/// text.
fn by_mapping(key: &str, pending: &PendingUnion, types: &[Type], shapes: &[Shape]) -> Option<Rule> {
    let mut values = Vec::new();
    let mut optional = Vec::new();
    for (index, (ty, shape)) in types.iter().zip(shapes).enumerate() {
        let mapped: Vec<String> = pending
            .mapping
            .iter()
            .filter(|(_, target)| *target == ty)
            .map(|(text, _)| text.clone())
            .collect();
        let fixed = shape.keys.get(key).and_then(|key| key.texts.clone());
        let texts = if mapped.is_empty() { fixed? } else { mapped };
        if shape.keys.get(key).is_some_and(|key| !key.required) {
            optional.push(index);
        }
        values.push((texts, index));
    }
    let candidates: Vec<Shape> = optional
        .iter()
        .filter_map(|index| shapes.get(*index).cloned())
        .collect();
    let absent = match by_keys(&candidates) {
        Rule::Keys(order) => order
            .into_iter()
            .filter_map(|(tests, index)| Some((tests, *optional.get(index)?)))
            .collect(),
        _ => Vec::new(),
    };
    disjoint(&values).then(|| Rule::Tag {
        key: key.to_owned(),
        values,
        absent,
    })
}

/// A key that every branch has with texts of its own.
fn by_tag(shapes: &[Shape]) -> Option<Rule> {
    let first = shapes.first()?;
    let mut names: Vec<&String> = first.keys.keys().collect();
    names.sort_by_key(|name| (name.contains('.'), *name != "type"));
    for name in names {
        let mut values = Vec::new();
        for (index, shape) in shapes.iter().enumerate() {
            match shape.keys.get(name) {
                Some(Key {
                    required: true,
                    texts: Some(texts),
                    ..
                }) => {
                    values.push((texts.clone(), index));
                }
                _ => break,
            }
        }
        if values.len() == shapes.len() && disjoint(&values) {
            return Some(Rule::Tag {
                key: name.clone(),
                values,
                absent: Vec::new(),
            });
        }
    }
    None
}

fn disjoint(values: &[(Vec<String>, usize)]) -> bool {
    let mut seen = std::collections::HashSet::new();
    values
        .iter()
        .flat_map(|(texts, _)| texts)
        .all(|text| seen.insert(text))
}

/// Branches with fixed values are tried first, then those with the most that must be there. Of the
/// tests only those stay that tell branches apart; where an object of a later branch could still
/// pass, a key that only the later one needs rules it out.
fn by_keys(shapes: &[Shape]) -> Rule {
    let mut order: Vec<(Vec<Test>, usize)> = shapes
        .iter()
        .enumerate()
        .map(|(index, shape)| (tests(shape, shapes), index))
        .collect();
    order.sort_by_key(|(tests, index)| {
        let fixed = tests.iter().any(|test| rank(test) <= 1);
        (!fixed, std::cmp::Reverse(tests.len()), *index)
    });
    let positions: Vec<usize> = order.iter().map(|(_, index)| *index).collect();
    let mut ruled = Vec::new();
    for (position, (all, index)) in order.into_iter().enumerate() {
        let Some(shape) = shapes.get(index) else {
            continue;
        };
        let mut kept = telling(&all, shape, index, shapes);
        for later in positions.iter().skip(position + 1) {
            let Some(other) = shapes.get(*later) else {
                continue;
            };
            if kept.iter().all(|test| could_pass(test, other)) {
                let excluding = other.keys.iter().find(|(name, key)| {
                    key.required && !name.contains('.') && !shape.keys.contains_key(*name)
                });
                if let Some((name, _)) = excluding {
                    kept.push(Test::Lacks(name.clone()));
                }
            }
        }
        ruled.push((kept, index));
    }
    for (kept, index) in &mut ruled {
        if kept.is_empty()
            && let Some(key) = generic_lacks(*index, shapes)
        {
            kept.push(Test::Lacks(key));
        }
    }
    // Whatever always passes comes last.
    ruled.sort_by_key(|(tests, _)| tests.is_empty());
    Rule::Keys(ruled)
}

/// A branch for "any other kind": the kind is a free text where every other branch has a fixed one.
/// An object of a kind that is new may have what those others have, and must not lose it: it is
/// kept as unknown instead.
fn generic_lacks(index: usize, shapes: &[Shape]) -> Option<String> {
    let shape = shapes.get(index)?;
    let others: Vec<&Shape> = shapes
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != index)
        .map(|(_, shape)| shape)
        .collect();
    let fixed = |name: &String| {
        others.iter().all(|other| {
            other
                .keys
                .get(name)
                .is_some_and(|key| key.texts.as_ref().is_some_and(|t| t.len() == 1))
        })
    };
    let is_generic = shape.keys.iter().any(|(name, key)| {
        key.required && key.texts.is_none() && !name.contains('.') && fixed(name)
    });
    if !is_generic {
        return None;
    }
    let first = others.first()?;
    let shared = first.keys.iter().find(|(name, key)| {
        key.required
            && !name.contains('.')
            && !shape.keys.contains_key(*name)
            && others
                .iter()
                .all(|other| other.keys.get(*name).is_some_and(|key| key.required))
    })?;
    Some(shared.0.clone())
}

/// The fewest tests, the clearest first, that every other branch fails at least one of.
fn telling(all: &[Test], shape: &Shape, index: usize, shapes: &[Shape]) -> Vec<Test> {
    let mut sorted: Vec<&Test> = all.iter().collect();
    sorted.sort_by_key(|test| rank(test));
    let mut kept: Vec<Test> = Vec::new();
    for (other_index, other) in shapes.iter().enumerate() {
        if other_index == index || kept.iter().any(|test| !could_pass(test, other)) {
            continue;
        }
        if let Some(test) = sorted.iter().find(|test| !could_pass(test, other)) {
            kept.push((*test).clone());
        }
    }
    if all.is_empty() {
        let own: Vec<String> = shape
            .keys
            .keys()
            .filter(|name| {
                let elsewhere =
                    |(at, other): (usize, &Shape)| at != index && other.keys.contains_key(*name);
                !shapes.iter().enumerate().any(elsewhere)
            })
            .cloned()
            .collect();
        if !own.is_empty() {
            kept.push(Test::Any(own));
        }
    }
    kept
}

/// How clearly a test tells a branch: flags made for it, fixed texts, presence, one of several
/// texts. A text such as `type` may also stand in branches that do not describe it.
fn rank(test: &Test) -> u8 {
    match test {
        Test::Bool(..) | Test::Null(_) => 0,
        Test::Text(_, texts) if texts.len() == 1 => 1,
        Test::Text(..) => 3,
        _ => 2,
    }
}

/// The tests that every object of a branch passes, without those that all branches share.
fn tests(shape: &Shape, all: &[Shape]) -> Vec<Test> {
    let mut tests = Vec::new();
    for (name, key) in shape.keys.iter().filter(|(_, key)| key.required) {
        if let Some(texts) = &key.texts {
            let same = all.iter().all(|other| {
                other
                    .keys
                    .get(name)
                    .is_some_and(|other| other.required && other.texts.as_ref() == Some(texts))
            });
            if !same && name.contains('.') && texts.len() > 1 {
                tests.push(Test::Has(name.clone()));
            } else if !same {
                tests.push(Test::Text(name.clone(), texts.clone()));
            }
        } else if let Some(value) = key.bool {
            tests.push(Test::Bool(name.clone(), value));
        } else if key.null {
            tests.push(Test::Null(name.clone()));
        } else if !name.contains('.') {
            let everywhere = all
                .iter()
                .all(|other| other.keys.get(name).is_some_and(|key| key.required));
            if !everywhere {
                tests.push(if key.nullable {
                    Test::Has(name.clone())
                } else {
                    Test::Set(name.clone())
                });
            }
        }
    }
    tests
}

fn could_pass(test: &Test, shape: &Shape) -> bool {
    match test {
        Test::Has(name) | Test::Null(name) => shape.keys.contains_key(name),
        Test::Set(name) => shape.keys.get(name).is_some_and(|key| !key.null),
        Test::Any(names) => names.iter().any(|name| shape.keys.contains_key(name)),
        Test::Lacks(name) => shape.keys.get(name).is_none_or(|key| !key.required),
        Test::Text(name, texts) => shape.keys.get(name).is_some_and(|key| {
            !key.null
                && key
                    .texts
                    .as_ref()
                    .is_none_or(|own| own.iter().any(|text| texts.contains(text)))
        }),
        Test::Bool(name, value) => shape
            .keys
            .get(name)
            .is_some_and(|key| !key.null && key.bool.is_none_or(|own| own == *value)),
    }
}
