use indexmap::IndexMap;
use serde_json::Value;

use super::naming::{hint, variant_name};
use super::{Lowering, PendingUnion, Place, facts, unsupported};
use crate::Error;
use crate::document::{Additional, Schema};
use crate::ir::{EnumValue, Field, Kind, KindTest, Rule, Struct, Type, TypeDef, Union, Variant};
use crate::names::{Unique, pascal, snake};

impl Lowering<'_> {
    /// Lowers a component once.
    pub(super) fn component(&mut self, name: &str, schema: &Schema) -> Result<(Type, bool), Error> {
        if let Some(done) = self.components.get(name) {
            return Ok(done.clone());
        }
        let merged = self.target.merged.iter().find(|(known, _)| *known == name);
        if let Some((_, instead)) = merged {
            let reference = Schema {
                reference: Some(format!("#/components/schemas/{instead}")),
                ..Schema::default()
            };
            let done = self.schema(&reference, &Place::new("", name))?;
            self.components.insert(name.to_owned(), done.clone());
            return Ok(done);
        }
        if self.target.decimals.contains(&name) {
            self.components
                .insert(name.to_owned(), (Type::Decimal, false));
            return Ok((Type::Decimal, false));
        }
        let rust = self.target.type_name(name);
        if self.is_named(schema) {
            self.components.insert(
                name.to_owned(),
                (Type::Named(rust.clone()), schema.nullable),
            );
        }
        let lowered = self.named(schema, &rust, name)?;
        self.components.insert(name.to_owned(), lowered.clone());
        Ok(lowered)
    }

    /// Whether a schema becomes a type with a name, so that it may refer to itself.
    fn is_named(&self, schema: &Schema) -> bool {
        schema
            .properties
            .as_ref()
            .is_some_and(|fields| !fields.is_empty())
            || schema.values.is_some()
            || schema.all_of.as_ref().is_some_and(|parts| parts.len() > 1)
            || schema.branches().is_some()
    }

    fn reference(&mut self, schema: &Schema) -> Result<Option<(Type, bool)>, Error> {
        let Some(name) = schema.component() else {
            return Ok(None);
        };
        let document = self.document;
        let target = document
            .components
            .schemas
            .get(name)
            .ok_or_else(|| unsupported(name, "reference to a missing schema"))?;
        let (ty, nullable) = self.component(name, target)?;
        Ok(Some((ty, nullable || schema.nullable)))
    }

    /// Lowers a schema that stands at a place.
    pub(super) fn schema(&mut self, schema: &Schema, place: &Place) -> Result<(Type, bool), Error> {
        if let Some(done) = self.reference(schema)? {
            return Ok(done);
        }
        if !self.needs_name(schema) {
            return self.named(schema, &place.name(), &place.name());
        }
        let name = self.claim(place.name());
        self.named(schema, &name, &name)
    }

    /// Whether lowering the schema makes a new type.
    fn needs_name(&self, schema: &Schema) -> bool {
        if let Some(parts) = &schema.all_of
            && parts.len() == 1
            && schema.properties.is_none()
        {
            return parts
                .first()
                .is_some_and(|part| part.component().is_none() && self.needs_name(part));
        }
        if let Some(branches) = schema.branches() {
            let mut real = branches.iter().filter(|branch| !branch.is_null());
            return match (real.next(), real.next()) {
                (Some(only), None) => only.component().is_none() && self.needs_name(only),
                _ => true,
            };
        }
        schema.values.is_some()
            || schema.constant.as_ref().is_some_and(Value::is_string)
            || schema
                .properties
                .as_ref()
                .is_some_and(|fields| !fields.is_empty())
            || schema.all_of.is_some()
    }

    fn named(&mut self, schema: &Schema, rust: &str, origin: &str) -> Result<(Type, bool), Error> {
        if let Some(done) = self.reference(schema)? {
            return Ok(done);
        }
        let nullable = schema.nullable
            || matches!(&schema.kind, Some(crate::document::Kinds::Many(kinds)) if kinds.iter().any(|kind| kind == "null"));
        if let Some(values) = &schema.values {
            return self.enumeration(values, rust, origin, nullable);
        }
        if let Some(Value::String(only)) = &schema.constant {
            return self.enumeration(&[Value::String(only.clone())], rust, origin, nullable);
        }
        if matches!(schema.constant, Some(Value::Bool(_))) {
            return Ok((Type::Bool, nullable));
        }
        if matches!(schema.constant, Some(Value::Null)) {
            return Ok((Type::Unit, true));
        }
        if let Some(parts) = &schema.all_of {
            if let ([only], None) = (parts.as_slice(), &schema.properties) {
                let (ty, inner) = match self.reference(only)? {
                    Some(done) => done,
                    None => self.named(only, rust, origin)?,
                };
                return Ok((ty, inner || nullable));
            }
            return Ok((self.object(schema, rust, origin)?, nullable));
        }
        if let Some(branches) = schema.branches() {
            let (ty, inner) = self.union(schema, branches, rust, origin)?;
            return Ok((ty, inner || nullable));
        }
        let has_fields = schema
            .properties
            .as_ref()
            .is_some_and(|fields| !fields.is_empty());
        let ty = match schema.kind() {
            Some("object") | None if has_fields => self.object(schema, rust, origin)?,
            Some("object") => match &schema.additional_properties {
                Some(Additional::Of(of)) if !is_anything(of) => {
                    let place = Place::new(rust, "Value");
                    let (of, of_nullable) = self.schema(of, &place)?;
                    Type::Map(Box::new(optional(of, of_nullable)))
                }
                _ => Type::Map(Box::new(Type::Value)),
            },
            Some("array") => self.array(schema, rust)?,
            Some("string") => self.text(schema),
            Some("integer") => match schema.format.as_deref() {
                Some("uint64") => Type::U64,
                // A maximum of 2^63 does not fit into an i64.
                _ if number(&schema.maximum) >= 9_223_372_036_854_775_807.0
                    && number(&schema.minimum) >= 0.0 =>
                {
                    Type::U64
                }
                _ => Type::I64,
            },
            Some("number") => Type::F64,
            Some("boolean") => Type::Bool,
            Some("null") => Type::Unit,
            None => Type::Value,
            Some(other) => return Err(unsupported(origin, format!("type {other}"))),
        };
        Ok((ty, nullable))
    }

    fn text(&self, schema: &Schema) -> Type {
        match schema.format.as_deref() {
            Some("date-time") => Type::Time,
            Some("date") => Type::Date,
            Some("duration" | "ISO8601") => Type::Duration,
            _ if schema.pattern.as_deref().is_some_and(is_decimal) => Type::Decimal,
            _ => Type::String,
        }
    }

    fn array(&mut self, schema: &Schema, rust: &str) -> Result<Type, Error> {
        if let Some(parts) = &schema.prefix_items
            && let [first, second] = parts.as_slice()
        {
            let (first, _) = self.schema(first, &Place::new(rust, "First"))?;
            let (second, _) = self.schema(second, &Place::new(rust, "Second"))?;
            return Ok(Type::Pair(Box::new(first), Box::new(second)));
        }
        let Some(items) = &schema.items else {
            return Ok(Type::List(Box::new(Type::Value)));
        };
        if let Some((ty, nullable)) = self.reference(items)? {
            return Ok(Type::List(Box::new(optional(ty, nullable))));
        }
        // `rust` is parent and field already: the item takes the singular.
        let place = Place {
            parent: String::new(),
            field: rust.to_owned(),
        }
        .item();
        let (ty, nullable) = if self.needs_name(items) {
            let name = self.claim(place.field);
            self.named(items, &name, &name)?
        } else {
            self.named(items, &place.field, &place.field)?
        };
        Ok(Type::List(Box::new(optional(ty, nullable))))
    }

    fn enumeration(
        &mut self,
        values: &[Value],
        rust: &str,
        origin: &str,
        nullable: bool,
    ) -> Result<(Type, bool), Error> {
        if values
            .iter()
            .all(|value| value.is_i64() || value.is_u64() || value.is_null())
        {
            return Ok((Type::I64, nullable));
        }
        let mut unique = Unique::default();
        unique.claim("Unknown".to_owned());
        // A shared enum has the values of every place.
        let mut found = match self.api.types.get(rust).map(|def| &def.kind) {
            Some(Kind::Enum(known)) => known.clone(),
            _ => Vec::new(),
        };
        for known in &found {
            unique.claim(known.rust.clone());
        }
        let mut has_null = nullable;
        for value in values {
            match value {
                Value::String(text) if found.iter().any(|known| known.wire == *text) => {}
                Value::String(text) => found.push(EnumValue {
                    wire: text.clone(),
                    rust: unique.claim(pascal(text)),
                }),
                Value::Null => has_null = true,
                _ => return Err(unsupported(origin, "enum of mixed values")),
            }
        }
        self.define(rust, origin, Kind::Enum(found));
        Ok((Type::Named(rust.to_owned()), has_null))
    }

    fn object(&mut self, schema: &Schema, rust: &str, origin: &str) -> Result<Type, Error> {
        let mut properties = IndexMap::new();
        let mut required = Vec::new();
        let mut additional = None;
        self.collect(schema, &mut properties, &mut required, &mut additional);
        let mut unique = Unique::default();
        let mut object = Struct {
            closed: matches!(additional, Some(Additional::Allowed(false))),
            ..Struct::default()
        };
        for (wire, field) in &properties {
            let place = Place::new(rust, wire);
            let (ty, nullable) = self.schema(field, &place)?;
            let ty = if self.target.any_json.contains(&(origin, wire.as_str())) {
                Type::Value
            } else {
                self.refine(ty, wire, origin, field)
            };
            object.fields.push(Field {
                wire: wire.clone(),
                rust: unique.claim(snake(wire)),
                ty,
                required: required.contains(wire),
                nullable,
                boxed: false,
                filled: false,
                preset: self
                    .preset(field)
                    .or_else(|| only_null(field).then(|| "null".to_owned())),
                facts: facts::of(self.resolve(field), field),
            });
        }
        for (index, field) in object.fields.iter_mut().enumerate() {
            if self.target.is_lenient(origin, &field.wire, index == 0) {
                field.required = false;
            }
        }
        if let Some(Additional::Of(of)) = additional {
            let ty = if is_anything(&of) {
                Type::Value
            } else {
                self.schema(&of, &Place::new(rust, "Value"))?.0
            };
            object.additional = Some(ty);
        }
        if let Some(item) = self.page_item(&object) {
            self.components.insert(
                origin.to_owned(),
                (Type::Page(Box::new(item.clone())), false),
            );
            return Ok(Type::Page(Box::new(item)));
        }
        self.define(rust, origin, Kind::Struct(object));
        Ok(Type::Named(rust.to_owned()))
    }

    /// Gathers the fields of an object and of everything that it extends.
    fn collect(
        &self,
        schema: &Schema,
        properties: &mut IndexMap<String, Schema>,
        required: &mut Vec<String>,
        additional: &mut Option<Additional>,
    ) {
        let schema = self.resolve(schema);
        for part in schema.all_of.iter().flatten() {
            self.collect(part, properties, required, additional);
        }
        for (name, property) in schema.properties.iter().flatten() {
            properties.insert(name.clone(), property.clone());
        }
        required.extend(schema.required.iter().cloned());
        if let Some(own) = &schema.additional_properties {
            *additional = Some(own.clone());
        }
    }

    /// The fixed text of a field.
    fn preset(&self, schema: &Schema) -> Option<String> {
        let schema = match schema.all_of.as_deref() {
            Some([only]) => self.resolve(only),
            _ => self.resolve(schema),
        };
        match (&schema.constant, schema.values.as_deref()) {
            (Some(Value::String(text)), _) | (_, Some([Value::String(text)])) => Some(text.clone()),
            (Some(Value::Bool(value)), _) | (_, Some([Value::Bool(value)])) => {
                Some(value.to_string())
            }
            (Some(Value::Null), _) => Some("null".to_owned()),
            _ => None,
        }
    }

    /// The item of an envelope that only carries a page.
    fn page_item(&self, object: &Struct) -> Option<Type> {
        let list = |wire: &str| {
            object
                .fields
                .iter()
                .find(|field| field.wire == wire)
                .and_then(|field| match &field.ty {
                    Type::List(item) => Some((**item).clone()),
                    _ => None,
                })
        };
        let names: Vec<&str> = object
            .fields
            .iter()
            .map(|field| field.wire.as_str())
            .collect();
        let only = |known: &[&str]| names.iter().all(|name| known.contains(name));
        let paged = ["pagination", "totalCount", "nextCursor"]
            .iter()
            .any(|key| names.contains(key));
        if paged
            && only(&[
                "items",
                "pagination",
                "totalCount",
                "page",
                "pageSize",
                "nextCursor",
            ])
        {
            return list("items");
        }
        if names.contains(&"meta") && only(&["data", "meta"]) {
            return list("data");
        }
        None
    }

    fn union(
        &mut self,
        schema: &Schema,
        branches: &[Schema],
        rust: &str,
        origin: &str,
    ) -> Result<(Type, bool), Error> {
        let mut flat = Vec::new();
        flatten(branches, &mut flat);
        let mut nullable = flat.iter().any(|branch| branch.is_null());
        flat.retain(|branch| !branch.is_null());
        if let [only] = flat.as_slice() {
            let (ty, inner) = match self.reference(only)? {
                Some(done) => done,
                None => self.named(only, rust, origin)?,
            };
            return Ok((ty, inner || nullable));
        }
        let mut types: Vec<(Type, String)> = Vec::new();
        for (index, branch) in flat.iter().enumerate() {
            let hint = hint(branch, index, rust);
            let (ty, inner) = self.schema(branch, &Place::new(rust, &hint))?;
            nullable |= inner;
            if !types.iter().any(|(known, _)| *known == ty) {
                types.push((ty, hint));
            }
        }
        // Arrays of different items cannot be told apart by their first look.
        if types
            .iter()
            .filter(|(ty, _)| matches!(ty, Type::List(_)))
            .count()
            > 1
        {
            types.retain(|(ty, _)| !matches!(ty, Type::List(_)));
            types.push((Type::List(Box::new(Type::Value)), "List".to_owned()));
        }
        if let Some(simple) = self.collapse(&types) {
            return Ok((simple, nullable));
        }
        // Inline unions of the same branches are one type.
        let signature: Vec<Type> = types.iter().map(|(ty, _)| ty.clone()).collect();
        let inline = !self.components.contains_key(origin);
        let rust = if inline {
            if let Some(known) = self.inline_unions.get(&signature) {
                return Ok((Type::Named(known.clone()), nullable));
            }
            let rust = (self.target.shared_union(&signature))
                .unwrap_or(rust)
                .to_owned();
            self.inline_unions.insert(signature, rust.clone());
            if self.api.types.contains_key(&rust) {
                return Ok((Type::Named(rust), nullable));
            }
            rust
        } else {
            rust.to_owned()
        };
        let rust = rust.as_str();
        let mapping = self.mapping(schema)?;
        let objects = types.iter().all(|(ty, _)| self.is_object(ty));
        let mut unique = Unique::default();
        unique.claim("Unknown".to_owned());
        let tags: IndexMap<&Type, &String> = mapping.iter().map(|(tag, ty)| (ty, tag)).collect();
        let one_tag_each = tags.len() == mapping.len() && !mapping.is_empty();
        let variants: Vec<Variant> = types
            .iter()
            .map(|(ty, hint)| {
                let name = match tags.get(ty) {
                    Some(tag) if one_tag_each => pascal(tag),
                    _ => variant_name(ty, hint, rust),
                };
                Variant {
                    rust: unique.claim(name),
                    ty: ty.clone(),
                    boxed: false,
                }
            })
            .collect();
        let rule = if objects {
            self.pending_unions.push(PendingUnion {
                name: rust.to_owned(),
                key: schema
                    .discriminator
                    .as_ref()
                    .map(|found| found.property_name.clone()),
                mapping,
            });
            Rule::Keys(Vec::new())
        } else {
            self.kind_rule(&types, origin)?
        };
        self.define(rust, origin, Kind::Union(Union { variants, rule }));
        Ok((Type::Named(rust.to_owned()), nullable))
    }

    fn mapping(&mut self, schema: &Schema) -> Result<IndexMap<String, Type>, Error> {
        let mut mapping = IndexMap::new();
        for (tag, reference) in schema.discriminator.iter().flat_map(|found| &found.mapping) {
            let branch = Schema {
                reference: Some(reference.clone()),
                ..Schema::default()
            };
            if let Some((ty, _)) = self.reference(&branch)? {
                mapping.insert(tag.clone(), ty);
            }
        }
        Ok(mapping)
    }

    /// Unions that are one type in truth.
    fn collapse(&self, types: &[(Type, String)]) -> Option<Type> {
        let all: Vec<&Type> = types.iter().map(|(ty, _)| ty).collect();
        match all.as_slice() {
            [only] => Some((*only).clone()),
            [Type::F64 | Type::I64, Type::Decimal] | [Type::Decimal, Type::F64 | Type::I64] => {
                Some(Type::Decimal)
            }
            [Type::I64, Type::F64] | [Type::F64, Type::I64] => Some(Type::F64),
            [Type::String, Type::Named(name)] | [Type::Named(name), Type::String]
                if matches!(
                    self.api.types.get(name).map(|def| &def.kind),
                    Some(Kind::Enum(_))
                ) =>
            {
                Some(Type::Named(name.clone()))
            }
            // An array or a page of the same items is a page.
            [Type::List(item), page @ Type::Page(of)]
            | [page @ Type::Page(of), Type::List(item)]
                if item == of =>
            {
                Some((*page).clone())
            }
            [page @ Type::Page(a), Type::Page(b)] if a == b => Some((*page).clone()),
            _ => None,
        }
    }

    fn is_object(&self, ty: &Type) -> bool {
        match ty {
            Type::Named(name) => match self.api.types.get(name).map(|def| &def.kind) {
                Some(Kind::Struct(_)) => true,
                Some(Kind::Enum(_)) => false,
                Some(Kind::Union(union)) => union
                    .variants
                    .iter()
                    .all(|variant| self.is_object(&variant.ty)),
                // Still being lowered: only objects can contain themselves.
                None => true,
            },
            Type::Map(_) | Type::Value => true,
            _ => false,
        }
    }

    fn kind_rule(&self, types: &[(Type, String)], origin: &str) -> Result<Rule, Error> {
        let mut tests = Vec::new();
        for (index, (ty, _)) in types.iter().enumerate() {
            let test = match ty {
                Type::Bool => KindTest::Bool,
                Type::I64 | Type::U64 => KindTest::Integer,
                Type::F64 => KindTest::Number,
                Type::Time | Type::Date => KindTest::Time,
                Type::String | Type::Id(_) | Type::Decimal | Type::Duration | Type::Secret => {
                    KindTest::Text
                }
                Type::List(_) | Type::Pair(..) => KindTest::Array,
                Type::Named(name) => match self.api.types.get(name).map(|def| &def.kind) {
                    Some(Kind::Enum(_)) => KindTest::Known(name.clone()),
                    _ => KindTest::Object,
                },
                _ => KindTest::Object,
            };
            tests.push((test, index));
        }
        // A text that looks like a time may be just a text, which is to come back as it was.
        if tests.iter().any(|(test, _)| *test == KindTest::Text) {
            tests.retain(|(test, _)| *test != KindTest::Time);
        }
        // Texts are tried from the narrowest to the widest.
        tests.sort_by_key(|(test, index)| {
            let rank = match test {
                KindTest::Known(_) => 0,
                KindTest::Time => 1,
                KindTest::Integer => 2,
                KindTest::Number => 3,
                _ => 4,
            };
            (rank, *index)
        });
        for pair in tests.windows(2) {
            if let [(a, _), (b, _)] = pair
                && a == b
            {
                return Err(unsupported(origin, format!("two branches of kind {a:?}")));
            }
        }
        Ok(Rule::Kinds(tests))
    }

    pub(super) fn define(&mut self, rust: &str, origin: &str, kind: Kind) {
        self.api.types.insert(
            rust.to_owned(),
            TypeDef {
                name: rust.to_owned(),
                origin: origin.to_owned(),
                kind,
                in_requests: false,
                in_responses: false,
                gates: std::collections::BTreeSet::new(),
            },
        );
    }
}

/// A list or map element that may be `null` is rare enough to be any JSON.
fn optional(ty: Type, nullable: bool) -> Type {
    if nullable && !matches!(ty, Type::Unit) {
        Type::Nullable(Box::new(ty))
    } else {
        ty
    }
}

fn number(value: &Option<Value>) -> f64 {
    value.as_ref().and_then(Value::as_f64).unwrap_or(-1.0)
}

fn only_null(schema: &Schema) -> bool {
    schema.reference.is_none() && schema.is_null()
}

fn is_anything(schema: &Schema) -> bool {
    schema.kind.is_none()
        && schema.reference.is_none()
        && schema.branches().is_none()
        && schema.all_of.is_none()
        && schema.values.is_none()
        && schema.constant.is_none()
        && schema.properties.is_none()
}

/// Whether a pattern describes decimal numbers: digits and a dot, no letters.
fn is_decimal(pattern: &str) -> bool {
    let bare = pattern.replace("\\d", "0");
    bare.contains("\\.")
        && bare.contains('0')
        && !bare
            .chars()
            .any(|c| c.is_ascii_alphabetic() || c == '/' || c == ' ')
}

fn flatten<'s>(branches: &'s [Schema], flat: &mut Vec<&'s Schema>) {
    for branch in branches {
        match branch.branches() {
            Some(inner) if branch.component().is_none() && branch.discriminator.is_none() => {
                flatten(inner, flat);
            }
            _ => flat.push(branch),
        }
    }
}
