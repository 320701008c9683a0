//! The synthetic types that every strategy decodes.

/// How many plain structs there are, beside the page.
const STRUCTS: usize = 300;
/// How many tagged unions there are.
pub(crate) const UNIONS: usize = 30;
/// How many open enums there are.
pub(crate) const ENUMS: usize = 30;
/// The texts that each open enum knows, with the names of their variants.
pub(crate) const STATUSES: [(&str, &str); 8] = [
    ("draft", "Draft"),
    ("open", "Open"),
    ("confirmed", "Confirmed"),
    ("paid", "Paid"),
    ("refunded", "Refunded"),
    ("disputed", "Disputed"),
    ("past_due", "PastDue"),
    ("canceled", "Canceled"),
];
/// The tags of each union, with the names of their variants.
pub(crate) const VARIANTS: [(&str, &str); 4] = [
    ("fixed", "Fixed"),
    ("custom", "Custom"),
    ("metered", "Metered"),
    ("free", "Free"),
];
/// The struct whose values fill the page: it reaches every kind of field.
pub(crate) const PAGE_ITEM: usize = 2;

/// What a field holds; numbers are positions among the structs, enums or unions.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Integer,
    Flag,
    OptionalText,
    OptionalInteger,
    OptionalFlag,
    Texts,
    Status(usize),
    Inner(usize),
    OptionalInner(usize),
    Inners(usize),
    Choice(usize),
}

impl Kind {
    /// Whether an object may leave the key out.
    pub(crate) fn is_optional(self) -> bool {
        matches!(
            self,
            Self::OptionalText
                | Self::OptionalInteger
                | Self::OptionalFlag
                | Self::OptionalInner(_)
        )
    }

    /// The type in the generated code.
    pub(crate) fn rust(self) -> String {
        match self {
            Self::Text => "String".to_owned(),
            Self::Integer => "i64".to_owned(),
            Self::Flag => "bool".to_owned(),
            Self::OptionalText => "Option<String>".to_owned(),
            Self::OptionalInteger => "Option<i64>".to_owned(),
            Self::OptionalFlag => "Option<bool>".to_owned(),
            Self::Texts => "Vec<String>".to_owned(),
            Self::Status(number) => format!("Status{number}"),
            Self::Inner(number) => format!("Type{number}"),
            Self::OptionalInner(number) => format!("Option<Type{number}>"),
            Self::Inners(number) => format!("Vec<Type{number}>"),
            Self::Choice(number) => format!("Choice{number}"),
        }
    }
}

pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

pub(crate) struct Struct {
    pub(crate) name: String,
    /// The generated function that decodes a JSON text.
    pub(crate) reader: String,
    pub(crate) fields: Vec<Field>,
}

pub(crate) struct Model {
    /// The plain structs and then the page.
    pub(crate) structs: Vec<Struct>,
}

impl Model {
    pub(crate) fn new() -> Self {
        let mut structs: Vec<Struct> = (0..STRUCTS).map(plain).collect();
        let field = |name: &str, kind| Field {
            name: name.to_owned(),
            kind,
        };
        structs.push(Struct {
            name: "Page".to_owned(),
            reader: "read_page".to_owned(),
            fields: vec![
                field("items", Kind::Inners(PAGE_ITEM)),
                field("total_count", Kind::Integer),
            ],
        });
        Self { structs }
    }

    /// The struct that a variant of a union holds.
    pub(crate) fn variant(union: usize, variant: usize) -> usize {
        (union * VARIANTS.len() + variant) * 3 % STRUCTS
    }
}

/// Structs nest in threes, so that no type holds itself: a leaf, one that holds leaves, and one
/// that holds such a one and a union of leaves.
fn plain(number: usize) -> Struct {
    let mut fields: Vec<Field> = [
        ("id", Kind::Text),
        ("amount", Kind::Integer),
        ("active", Kind::Flag),
        ("name", Kind::OptionalText),
        ("seats", Kind::OptionalInteger),
        ("created_at", Kind::Text),
        ("tags", Kind::Texts),
        ("status", Kind::Status(number % ENUMS)),
    ]
    .map(|(name, kind)| Field {
        name: name.to_owned(),
        kind,
    })
    .into();
    // Neither keys nor their order are alike in any two structs: no decoder is another's double.
    fields.rotate_left(number % 7);
    let more = match number % 3 {
        0 => [("note", Kind::OptionalText), ("final", Kind::OptionalFlag)],
        1 => [
            ("part", Kind::Inner(number - 1)),
            ("parts", Kind::Inners((number + 2) % STRUCTS)),
        ],
        _ => [
            ("whole", Kind::OptionalInner(number - 1)),
            ("choice", Kind::Choice(number / 3 % UNIONS)),
        ],
    };
    fields.extend(more.map(|(name, kind)| Field {
        name: format!("{name}_{number}"),
        kind,
    }));
    Struct {
        name: format!("Type{number}"),
        reader: format!("read_{number}"),
        fields,
    }
}
