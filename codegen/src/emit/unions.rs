use std::collections::HashSet;
use std::fmt::Write as _;

use super::Context;
use super::docs::comment;
use super::rust_type::{Holder, holder, rust};
use super::structs::{direction, fill};
use crate::ir::{Field, Kind, KindTest, Rule, Test, Type, TypeDef, Union, Variant};

impl Context<'_> {
    /// Writes a union type.
    pub(super) fn union(&self, def: &TypeDef, union: &Union) -> String {
        let mut out = String::new();
        let mut doc = self.type_doc(&def.name, &def.origin);
        doc += "\n\n";
        doc += &rule_doc(union);
        out += &comment("", "///", &doc);
        out += "#[derive(Clone, Debug, PartialEq)]\n#[non_exhaustive]\n";
        let _ = writeln!(out, "pub enum {} {{", def.name);
        for (index, variant) in union.variants.iter().enumerate() {
            out += &comment("    ", "///", &self.variant_doc(union, index, variant));
            let _ = writeln!(out, "    {}({}),", variant.rust, payload(variant));
        }
        let unknown = union.has_unknown();
        if unknown {
            out += "    /// A variant that this version of the crate does not know, as it came.\n    Unknown(Raw),\n";
        }
        out += "}\n\n";
        out += &conversions(def, union);
        if self.target.id_filters.contains(&def.origin.as_str()) {
            out += &self.id_conversions(def);
        }
        if def.in_responses {
            out += &self.accessors(def, union);
        }
        out += &self.decode_union(def, union);
        let mut arms = String::new();
        for variant in &union.variants {
            let _ = writeln!(
                arms,
                "            Self::{}(value) => value.encode(w),",
                variant.rust
            );
        }
        if unknown {
            arms += "            Self::Unknown(value) => value.encode(w),\n";
        }
        out += &direction(def.in_requests, "serialize");
        let _ = writeln!(
            out,
            "impl Encode for {} {{\n    fn encode(&self, w: &mut Writer) {{\n        match self {{\n{arms}        }}\n    }}\n}}\n",
            def.name
        );
        out
    }

    fn variant_doc(&self, union: &Union, index: usize, variant: &Variant) -> String {
        if let Rule::Tag { key, values, .. } = &union.rule {
            let texts: Vec<String> = values
                .iter()
                .filter(|(_, at)| *at == index)
                .flat_map(|(texts, _)| texts)
                .map(|text| format!("`{text}`"))
                .collect();
            return format!("`{key}` is {}.", texts.join(" or "));
        }
        match &variant.ty {
            Type::Named(name) => match self.api.types.get(name) {
                Some(def) => self.type_doc_in_place(&def.name, &def.origin),
                None => "A value.".to_owned(),
            },
            Type::String => "Text.".to_owned(),
            Type::I64 | Type::U64 => "A whole number.".to_owned(),
            Type::F64 => "A number.".to_owned(),
            Type::Bool => "A boolean.".to_owned(),
            Type::Time => "A point in time, UTC.".to_owned(),
            Type::Duration => "An ISO 8601 duration.".to_owned(),
            Type::List(_) => "Several.".to_owned(),
            _ => "A value.".to_owned(),
        }
    }

    fn decode_union(&self, def: &TypeDef, union: &Union) -> String {
        let mut body = match &union.rule {
            Rule::Tag {
                key,
                values,
                absent,
            } => by_tag(union, key, values, absent),
            Rule::Keys(order) => by_keys(union, order),
            Rule::Kinds(tests) => by_kinds(union, tests),
        };
        body += "        match self {\n";
        for variant in &union.variants {
            let _ = writeln!(
                body,
                "            Self::{}(value) => value.fill(r),",
                variant.rust
            );
        }
        let mut empty = "Self::Unknown(Raw::NULL)".to_owned();
        if union.has_unknown() {
            let read = match &union.rule {
                Rule::Kinds(_) => "value.fill(r)",
                _ => "r.unknown_variant(value)",
            };
            let _ = writeln!(body, "            Self::Unknown(value) => {read},");
        } else if let Some(variant) = union.variants.first() {
            empty = blank(variant);
        }
        body += "        }\n";
        fill(
            def,
            &direction(def.in_responses, "deserialize"),
            &body,
            &empty,
        )
    }

    /// A filter by id takes every id as it stands in an answer.
    fn id_conversions(&self, def: &TypeDef) -> String {
        let mut out = String::new();
        for id in &self.api.ids {
            for (given, taken) in [
                (id.clone(), "String::from(value)"),
                (format!("&{id}"), "value.as_str()"),
            ] {
                let _ = writeln!(
                    out,
                    "impl From<{given}> for {} {{\n    #[inline]\n    fn from(value: {given}) -> Self {{\n        Self::from({taken})\n    }}\n}}\n",
                    def.name
                );
            }
        }
        out
    }

    /// Methods for what all variants have, so that a caller need not match for an id.
    fn accessors(&self, def: &TypeDef, union: &Union) -> String {
        let mut out = String::new();
        for candidate in self.shared(union) {
            let mut arms = String::new();
            for variant in &union.variants {
                let Some(read) = self.reading(&variant.ty, &candidate) else {
                    continue;
                };
                let _ = writeln!(arms, "            Self::{}(value) => {read},", variant.rust);
            }
            if union.has_unknown() {
                arms += "            Self::Unknown(_) => None,\n";
            }
            let doc = self.field_doc(
                &def.origin,
                &candidate.wire,
                &candidate.ty,
                &candidate.facts,
            );
            let none = if union.has_unknown() {
                "\n\n`None` also for an unknown variant."
            } else {
                ""
            };
            out += &comment("    ", "///", &format!("{doc}{none}"));
            let _ = writeln!(
                out,
                "    #[inline]\n    pub fn {}(&self) -> Option<{}> {{\n        match self {{\n{arms}        }}\n    }}\n",
                candidate.rust,
                match &candidate.ty {
                    Type::String => "&str".to_owned(),
                    ty if is_copy(ty) => rust(ty),
                    ty => format!("&{}", rust(ty)),
                }
            );
        }
        if out.is_empty() {
            return out;
        }
        format!("impl {} {{\n{out}}}\n\n", def.name)
    }

    /// The fields that all variants have with one type, also through unions inside of the union.
    fn shared(&self, union: &Union) -> Vec<Field> {
        let mut each = union
            .variants
            .iter()
            .map(|variant| self.fields_of(&variant.ty));
        let mut shared = each.next().unwrap_or_default();
        for fields in each {
            shared.retain(|field| find(&fields, field).is_some());
        }
        shared
    }

    fn fields_of(&self, ty: &Type) -> Vec<Field> {
        let Type::Named(name) = ty else {
            return Vec::new();
        };
        match self.api.types.get(name).map(|def| &def.kind) {
            Some(Kind::Struct(object)) => object.fields.clone(),
            Some(Kind::Union(inner)) => self.shared(inner),
            _ => Vec::new(),
        }
    }

    /// The expression that reads a shared field of a variant.
    fn reading(&self, ty: &Type, wanted: &Field) -> Option<String> {
        let Type::Named(name) = ty else { return None };
        let owner = self.api.types.get(name)?;
        let fields = self.fields_of(ty);
        let field = find(&fields, wanted)?;
        let name = &field.rust;
        if matches!(owner.kind, Kind::Union(_)) {
            return Some(format!("value.{name}()"));
        }
        let copied = is_copy(&field.ty);
        let text = field.ty == Type::String;
        Some(match holder(owner, field) {
            Holder::Plain if copied => format!("Some(value.{name})"),
            Holder::Plain if field.boxed => format!("Some(&*value.{name})"),
            Holder::Plain => format!("Some(&value.{name})"),
            Holder::Patch if copied => format!("value.{name}.value().copied()"),
            Holder::Patch if text => format!("value.{name}.value().map(String::as_str)"),
            Holder::Patch => format!("value.{name}.value()"),
            _ if copied => format!("value.{name}"),
            _ if text || field.boxed => format!("value.{name}.as_deref()"),
            _ => format!("value.{name}.as_ref()"),
        })
    }
}

fn find<'f>(fields: &'f [Field], wanted: &Field) -> Option<&'f Field> {
    fields
        .iter()
        .find(|field| field.wire == wanted.wire && field.ty == wanted.ty)
}

fn is_copy(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool | Type::I64 | Type::U64 | Type::F64 | Type::Time | Type::Date
    )
}

/// The variant with a blank payload.
fn blank(variant: &Variant) -> String {
    format!("Self::{}(Decode::BLANK)", variant.rust)
}

fn payload(variant: &Variant) -> String {
    if variant.boxed {
        format!("Boxed<{}>", rust(&variant.ty))
    } else {
        rust(&variant.ty)
    }
}

fn conversions(def: &TypeDef, union: &Union) -> String {
    let mut out = String::new();
    let mut seen = HashSet::new();
    for variant in &union.variants {
        let plain = rust(&variant.ty);
        if !seen.insert(plain.clone()) || matches!(variant.ty, Type::Value) {
            continue;
        }
        let value = if variant.boxed {
            "Boxed::new(value)"
        } else {
            "value"
        };
        let _ = writeln!(
            out,
            "impl From<{plain}> for {} {{\n    #[inline]\n    fn from(value: {plain}) -> Self {{\n        Self::{}({value})\n    }}\n}}\n",
            def.name, variant.rust
        );
        if variant.ty == Type::String {
            let _ = writeln!(
                out,
                "impl From<&str> for {} {{\n    #[inline]\n    fn from(value: &str) -> Self {{\n        Self::{}(value.to_owned())\n    }}\n}}\n",
                def.name, variant.rust
            );
        }
    }
    out
}

fn rule_doc(union: &Union) -> String {
    match &union.rule {
        Rule::Tag { key, .. } => format!("The variant is decided by `{key}`."),
        Rule::Keys(order) => {
            let mut out = String::from("The variant is decided in this order:\n");
            for (tests, index) in order {
                let Some(variant) = union.variants.get(*index) else {
                    continue;
                };
                let told: Vec<String> = tests.iter().map(test_doc).collect();
                let told = if told.is_empty() {
                    "otherwise".to_owned()
                } else {
                    told.join(" and ")
                };
                let _ = writeln!(out, "- `{}`: {told}", variant.rust);
            }
            out
        }
        Rule::Kinds(_) => "The variant is decided by the kind of the JSON value.".to_owned(),
    }
}

fn test_doc(test: &Test) -> String {
    match test {
        Test::Has(key) => format!("`{key}` is there"),
        Test::Lacks(key) => format!("`{key}` is not there"),
        Test::Any(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("{} is there", keys.join(" or "))
        }
        Test::Set(key) => format!("`{key}` is there and not `null`"),
        Test::Text(key, texts) => format!("`{key}` is `{}`", texts.join("` or `")),
        Test::Bool(key, value) => format!("`{key}` is `{value}`"),
        Test::Null(key) => format!("`{key}` is `null`"),
    }
}

fn by_tag(
    union: &Union,
    key: &str,
    values: &[(Vec<String>, usize)],
    absent: &[(Vec<Test>, usize)],
) -> String {
    let mut out = String::new();
    // The tag first, then what decides without it.
    let mut keys = vec![key.to_owned()];
    let more = absent.iter().flat_map(|(tests, _)| tests).flat_map(keys_of);
    keys.extend(more.filter(|other| other != key));
    keys.dedup();
    out += &probe(&keys);
    out += "        *self = match p0.as_str() {\n";
    for (texts, index) in values {
        let Some(variant) = union.variants.get(*index) else {
            continue;
        };
        let patterns: Vec<String> = texts.iter().map(|text| format!("Some({text:?})")).collect();
        let _ = writeln!(
            out,
            "            {} => {},",
            patterns.join(" | "),
            blank(variant)
        );
    }
    for (tests, index) in absent {
        let Some(variant) = union.variants.get(*index) else {
            continue;
        };
        let guard = if tests.is_empty() {
            String::new()
        } else {
            format!(" if {}", conditions(tests, &keys))
        };
        let _ = writeln!(out, "            None{guard} => {},", blank(variant));
    }
    out += "            _ => Self::BLANK,\n        };\n";
    out
}

fn keys_of(test: &Test) -> Vec<String> {
    match test {
        Test::Any(keys) => keys.clone(),
        Test::Has(key)
        | Test::Lacks(key)
        | Test::Set(key)
        | Test::Text(key, _)
        | Test::Bool(key, _)
        | Test::Null(key) => vec![key.clone()],
    }
}

fn by_keys(union: &Union, order: &[(Vec<Test>, usize)]) -> String {
    let mut keys: Vec<String> = Vec::new();
    for key in order.iter().flat_map(|(tests, _)| tests).flat_map(keys_of) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut out = if keys.is_empty() {
        String::new()
    } else {
        probe(&keys)
    };
    out += "        *self = ";
    let mut last = "Self::BLANK".to_owned();
    let mut chained = false;
    for (tests, index) in order {
        let Some(variant) = union.variants.get(*index) else {
            continue;
        };
        if tests.is_empty() {
            last = blank(variant);
            break;
        }
        chained = true;
        let _ = write!(
            out,
            "if {} {{ {} }} else ",
            conditions(tests, &keys),
            blank(variant)
        );
    }
    if chained {
        last = format!("{{ {last} }}");
    }
    let _ = writeln!(out, "{last};");
    out
}

/// The tests as one expression over the probes of the keys.
fn conditions(tests: &[Test], keys: &[String]) -> String {
    let name = |key: &str| {
        let position = keys
            .iter()
            .position(|known| known == key)
            .unwrap_or_default();
        format!("p{position}")
    };
    let condition = |test: &Test| match test {
        Test::Has(key) => format!("{}.is_present()", name(key)),
        Test::Lacks(key) => format!("!{}.is_present()", name(key)),
        Test::Any(keys) => {
            let any: Vec<String> = keys
                .iter()
                .map(|key| format!("{}.is_present()", name(key)))
                .collect();
            any.join(" || ")
        }
        Test::Set(key) => format!("{}.is_set()", name(key)),
        Test::Text(key, texts) => {
            let patterns: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            format!(
                "matches!({}.as_str(), Some({}))",
                name(key),
                patterns.join(" | ")
            )
        }
        Test::Bool(key, value) => format!("{} == Probe::Bool({value})", name(key)),
        Test::Null(key) => format!("{} == Probe::Null", name(key)),
    };
    let all: Vec<String> = tests
        .iter()
        .map(|test| match test {
            Test::Any(_) if tests.len() > 1 => format!("({})", condition(test)),
            _ => condition(test),
        })
        .collect();
    all.join(" && ")
}

fn probe(keys: &[String]) -> String {
    let names: Vec<String> = (0..keys.len()).map(|index| format!("p{index}")).collect();
    let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
    format!(
        "        let [{}] = r.probe([{}])?;\n",
        names.join(", "),
        keys.join(", ")
    )
}

fn by_kinds(union: &Union, tests: &[(KindTest, usize)]) -> String {
    let variant = |index: usize| {
        union
            .variants
            .get(index)
            .map_or("Self::BLANK".to_owned(), blank)
    };
    let find = |wanted: &[KindTest]| {
        tests
            .iter()
            .find(|(test, _)| wanted.contains(test))
            .map(|(_, index)| *index)
    };
    let mut out = String::from("        *self = match r.kind() {\n");
    let simple = [
        ("Bool", KindTest::Bool),
        ("Array", KindTest::Array),
        ("Object", KindTest::Object),
    ];
    for (kind, test) in simple {
        if let Some(index) = find(&[test]) {
            let _ = writeln!(out, "            Kind::{kind} => {},", variant(index));
        }
    }
    // Where there is `Unknown`, it keeps the integers that no variant holds exactly.
    let integer = find(&[KindTest::Integer]);
    let number = find(&[KindTest::Number]);
    let guarded = integer.is_some() && (number.is_some() || union.has_unknown());
    if let Some(index) = integer {
        let guard = if guarded { " if r.is_integer()" } else { "" };
        let _ = writeln!(
            out,
            "            Kind::Number{guard} => {},",
            variant(index)
        );
    }
    if let Some(index) = number {
        let guard = if guarded && union.has_unknown() {
            " if r.is_fraction()"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "            Kind::Number{guard} => {},",
            variant(index)
        );
    }
    for (test, index) in tests {
        match test {
            KindTest::Known(name) => {
                let _ = writeln!(
                    out,
                    "            Kind::String if r.is_one_of({name}::VALUES) => {},",
                    variant(*index)
                );
            }
            KindTest::Time => {
                let _ = writeln!(
                    out,
                    "            Kind::String if r.is_time() => {},",
                    variant(*index)
                );
            }
            KindTest::Text => {
                let _ = writeln!(out, "            Kind::String => {},", variant(*index));
            }
            _ => {}
        }
    }
    out += "            _ => Self::BLANK,\n        };\n";
    out
}
