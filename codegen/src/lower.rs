//! From documents to the intermediate representation.

mod boxing;
mod constants;
mod facts;
mod gates;
mod ids;
mod naming;
mod operations;
mod types;
mod unions;

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::Error;
use crate::document::{Document, Schema};
use crate::ir::{Api, Type};
use crate::names::Unique;
use crate::overlay::Overlay;
use crate::target::Target;

/// Lowers a document.
///
/// # Errors
/// When the document has something that the generator does not understand, or the overlay does
/// not fit.
pub fn lower(document: &Document, overlay: &Overlay, target: &Target) -> Result<Api, Error> {
    let mut lowering = Lowering {
        document,
        overlay,
        target,
        api: Api::default(),
        components: HashMap::new(),
        names: Unique::default(),
        pending_unions: Vec::new(),
        inline_unions: HashMap::new(),
        shared_places: HashSet::new(),
    };
    for name in document.components.schemas.keys() {
        lowering.names.claim(target.type_name(name));
    }
    for (name, _) in target.shared_enums {
        if lowering.names.claim((*name).to_owned()) != *name {
            return Err(unsupported(
                name,
                "a shared enum takes the name of a schema",
            ));
        }
    }
    for (name, schema) in &document.components.schemas {
        let (ty, _) = lowering.component(name, schema)?;
        lowering.api.schemas.insert(name.clone(), ty);
    }
    lowering.webhooks()?;
    lowering.operations()?;
    lowering.decide_unions()?;
    gates::assign(&mut lowering.api, target);
    constants::settle(&mut lowering.api);
    boxing::box_parts(&mut lowering.api);
    constants::drop_unused(&mut lowering.api);
    lowering.check_names()?;
    lowering.api.types.sort_by(|_, a, _, b| a.name.cmp(&b.name));
    Ok(lowering.api)
}

/// The state of lowering one document.
struct Lowering<'a> {
    document: &'a Document,
    overlay: &'a Overlay,
    target: &'a Target,
    api: Api,
    /// Lowered components: the type and whether it may be `null`.
    components: HashMap<String, (Type, bool)>,
    names: Unique,
    /// Object unions whose rule is found when all types are known, with the discriminator.
    pending_unions: Vec<PendingUnion>,
    /// Inline unions by their branches.
    inline_unions: HashMap<Vec<Type>, String>,
    /// Places where a shared enum was found.
    shared_places: HashSet<String>,
}

/// An object union that waits for its rule.
struct PendingUnion {
    name: String,
    key: Option<String>,
    mapping: IndexMap<String, Type>,
}

/// Where an inline schema stands: it names the type.
#[derive(Clone)]
struct Place {
    parent: String,
    field: String,
}

impl Place {
    fn new(parent: &str, field: &str) -> Self {
        Self {
            parent: parent.to_owned(),
            field: field.to_owned(),
        }
    }

    /// The name of an inline type: parent and field. Titles are not used, they collide.
    fn name(&self) -> String {
        format!("{}{}", self.parent, crate::names::pascal(&self.field))
    }

    /// The name of an item of a list: parent and singular.
    fn item(&self) -> Self {
        let field = match self.field.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None if self.field.ends_with("ss") || self.field.ends_with("us") => self.field.clone(),
            None => self
                .field
                .strip_suffix('s')
                .unwrap_or(&self.field)
                .to_owned(),
        };
        Self {
            parent: self.parent.clone(),
            field,
        }
    }
}

/// What the model files import: no type of an API may have one of these names.
const IMPORTED: &[&str] = &[
    "Decode",
    "Encode",
    "Failed",
    "Kind",
    "Map",
    "Probe",
    "Reader",
    "Value",
    "Writer",
    "Decimal",
    "IsoDuration",
    "OpenEnum",
    "Patch",
    "Page",
    "Secret",
    "Date",
    "OffsetDateTime",
];

impl Lowering<'_> {
    /// The name of the type at a place: its own, or that of the concept that it shares.
    fn claim(&mut self, place: String) -> String {
        match self.target.shared_enum(&place) {
            Some(name) => {
                self.shared_places.insert(place);
                name.to_owned()
            }
            None => self.names.claim(place),
        }
    }

    fn check_names(&self) -> Result<(), Error> {
        let places = self.target.shared_enums.iter().flat_map(|(_, all)| *all);
        if let Some(place) = places
            .copied()
            .find(|place| !self.shared_places.contains(*place))
        {
            return Err(unsupported(place, "no enum to share stands there"));
        }
        let clash = self
            .api
            .types
            .keys()
            .find(|name| IMPORTED.contains(&name.as_str()) || self.api.ids.contains(*name));
        match clash {
            Some(name) => Err(unsupported(
                name,
                "the name is taken; rename the schema in target.rs",
            )),
            None => Ok(()),
        }
    }

    fn resolve<'s>(&'s self, schema: &'s Schema) -> &'s Schema {
        match schema
            .component()
            .and_then(|name| self.document.components.schemas.get(name))
        {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }
}

fn unsupported(place: &str, what: impl Into<String>) -> Error {
    Error::Shape {
        place: place.to_owned(),
        message: what.into(),
    }
}
