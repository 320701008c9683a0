use super::Lowering;
use crate::document::Schema;
use crate::ir::Type;
use crate::names::pascal;

impl Lowering<'_> {
    /// Gives a field its id or secret type, by its name and the schema that has it.
    pub(super) fn refine(&mut self, ty: Type, wire: &str, origin: &str, schema: &Schema) -> Type {
        let secret = self.target.secrets.contains(&wire)
            || self.target.secret_fields.contains(&(origin, wire));
        match ty {
            Type::String if secret => Type::Secret,
            Type::Map(value) if secret && *value == Type::String => {
                Type::Map(Box::new(Type::Secret))
            }
            Type::String if self.is_id_text(schema) => match self.id_of_field(wire, origin) {
                Some(id) => self.id(id),
                None => Type::String,
            },
            Type::List(item) if *item == Type::String => {
                let singular = wire.strip_suffix('s').unwrap_or(wire);
                let name = self
                    .listed(wire)
                    .or_else(|| {
                        singular
                            .ends_with("id")
                            .then(|| self.base_of(singular))
                            .flatten()
                    })
                    .or_else(|| {
                        singular
                            .ends_with("Id")
                            .then(|| self.base_of(singular))
                            .flatten()
                    });
                match name {
                    Some(id) => Type::List(Box::new(self.id(id))),
                    None => Type::List(item),
                }
            }
            other => other,
        }
    }

    /// The id type of a path parameter: by its name, or for `{id}` by the segment before it.
    pub(super) fn path_type(&mut self, wire: &str, path: &str) -> Type {
        if self.target.secrets.contains(&wire) {
            return Type::Secret;
        }
        let by_name = self.listed(wire).or_else(|| self.base_of(wire));
        let id = by_name.or_else(|| {
            if wire != "id" {
                return None;
            }
            let (before, _) = path.split_once("/{id}")?;
            let segment = before.rsplit('/').next()?;
            let singular = segment.strip_suffix('s').unwrap_or(segment);
            let name = pascal(singular);
            self.target
                .ids
                .contains(&name.as_str())
                .then(|| format!("{name}Id"))
        });
        match id {
            Some(id) => self.id(id),
            None => Type::String,
        }
    }

    fn id(&mut self, name: String) -> Type {
        self.api.ids.insert(name.clone());
        Type::Id(name)
    }

    fn listed(&self, wire: &str) -> Option<String> {
        let found = self
            .target
            .id_fields
            .iter()
            .find(|(field, _)| *field == wire)?;
        Some(found.1.to_owned())
    }

    /// Ids are UUIDs or ULIDs; `id` fields of other formats (slugs, names) stay texts.
    fn is_id_text(&self, schema: &Schema) -> bool {
        let inner = self.resolve(schema);
        let one = |schema: &Schema| {
            let schema = self.resolve(schema);
            schema
                .format
                .as_deref()
                .is_some_and(|format| format.starts_with("uuid"))
                || schema
                    .pattern
                    .as_deref()
                    .is_some_and(|pattern| pattern.starts_with("^[0-7]"))
        };
        one(inner)
            || inner.branches().into_iter().flatten().any(one)
            || inner.all_of.iter().flatten().any(one)
    }

    fn id_of_field(&self, wire: &str, origin: &str) -> Option<String> {
        if let Some(name) = self.listed(wire) {
            return Some(name);
        }
        if wire == "id" {
            let owner = self
                .target
                .id_owners
                .iter()
                .find(|(known, _)| *known == origin);
            if let Some((_, base)) = owner {
                return base.map(|base| format!("{base}Id"));
            }
            return self.base_of_schema(origin).map(|base| format!("{base}Id"));
        }
        self.base_of(wire)
    }

    /// `customer_id` and `customerId` are a `CustomerId`.
    fn base_of(&self, wire: &str) -> Option<String> {
        let name = pascal(wire);
        let base = name.strip_suffix("Id")?;
        let base = self.target.ids.iter().find(|known| **known == base)?;
        Some(format!("{base}Id"))
    }

    fn base_of_schema(&self, origin: &str) -> Option<&'static str> {
        let longest = |fits: &dyn Fn(&str) -> bool| {
            self.target
                .ids
                .iter()
                .copied()
                .filter(|base| fits(base))
                .max_by_key(|base| base.len())
        };
        longest(&|base| origin.ends_with(base)).or_else(|| longest(&|base| origin.contains(base)))
    }
}
