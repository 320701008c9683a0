//! The intermediate representation: what an API has, in terms of Rust, free of OpenAPI.

use std::collections::BTreeSet;

use indexmap::IndexMap;

/// A whole API.
#[derive(Debug, Default)]
pub struct Api {
    /// Types by Rust name, in the order of the document.
    pub types: IndexMap<String, TypeDef>,
    /// Id newtypes.
    pub ids: BTreeSet<String>,
    /// Operations in the order of the document.
    pub operations: Vec<Operation>,
    /// Webhook payloads: event type and Rust type.
    pub webhooks: Vec<(String, String)>,
    /// The union of all webhook payloads.
    pub webhook_union: Option<String>,
    /// Where every schema of the document went: its name and the Rust type.
    pub schemas: IndexMap<String, Type>,
}

/// A named type.
#[derive(Debug, Clone)]
pub struct TypeDef {
    /// The Rust name.
    pub name: String,
    /// The schema it comes from, or the place for inline schemas.
    pub origin: String,
    /// What it is.
    pub kind: Kind,
    /// Whether requests hold it.
    pub in_requests: bool,
    /// Whether answers or webhooks hold it.
    pub in_responses: bool,
    /// Under which conditions it is compiled.
    pub gates: BTreeSet<Gate>,
}

/// A condition under which something is compiled: a feature, and a second one for what is not
/// stable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gate {
    /// The resource's feature.
    pub feature: String,
    /// The feature of unstable or internal operations.
    pub stability: Option<String>,
}

/// What a named type is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// An object with known fields.
    Struct(Struct),
    /// A text out of a set.
    Enum(Vec<EnumValue>),
    /// One of several types.
    Union(Union),
}

/// An object with known fields.
#[derive(Debug, Clone, Default)]
pub struct Struct {
    /// The fields in the order of the document.
    pub fields: Vec<Field>,
    /// Fields with a fixed value, which the type writes and does not hold.
    pub constants: Vec<(String, Constant)>,
    /// The type of further fields, kept in a map.
    pub additional: Option<Type>,
    /// Whether the object may have no other fields.
    pub closed: bool,
}

/// A value that never changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// A text.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// `null`.
    Null,
}

/// A field of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// What it holds.
    pub ty: Type,
    /// Whether the key must be there.
    pub required: bool,
    /// Whether `null` is allowed.
    pub nullable: bool,
    /// Whether the value is boxed: the type contains itself, or is large and part of an answer.
    pub boxed: bool,
    /// A constant that is held because a caller may need to see it differ, or to leave it out.
    pub preset: Option<String>,
    /// Whether the constructor sets the preset although the field is optional: the tag of a union.
    pub filled: bool,
    /// What the docs say besides.
    pub facts: Facts,
}

/// What a schema says about a value, for the docs.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Limits such as `1 to 500 characters`.
    pub limits: Vec<String>,
    /// The largest number.
    pub maximum: Option<u32>,
    /// The server's default.
    pub default: Option<String>,
    /// The format, such as `URL`.
    pub format: Option<String>,
    /// Whether the API discourages it.
    pub deprecated: bool,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// The text on the wire.
    pub wire: String,
    /// The Rust variant.
    pub rust: String,
}

/// One of several types.
#[derive(Debug, Clone)]
pub struct Union {
    /// The branches.
    pub variants: Vec<Variant>,
    /// How to decide.
    pub rule: Rule,
}

impl Union {
    /// Whether the union keeps variants that it does not know: whenever objects are told apart and
    /// not every object is some variant.
    pub fn has_unknown(&self) -> bool {
        match &self.rule {
            Rule::Tag { .. } | Rule::Kinds(_) => true,
            Rule::Keys(order) => order.iter().all(|(tests, _)| !tests.is_empty()),
        }
    }
}

/// A branch of a union.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The Rust variant.
    pub rust: String,
    /// What it holds.
    pub ty: Type,
    /// Whether the value is boxed.
    pub boxed: bool,
}

/// How the branch of a union is found.
#[derive(Debug, Clone)]
pub enum Rule {
    /// By the text of one key; each entry has the texts of a branch.
    Tag {
        /// The key.
        key: String,
        /// Texts by branch.
        values: Vec<(Vec<String>, usize)>,
        /// How to decide when the key is absent.
        absent: Vec<(Vec<Test>, usize)>,
    },
    /// By the first entry whose tests all pass.
    Keys(Vec<(Vec<Test>, usize)>),
    /// By the kind of the value; texts by what they parse as, in order.
    Kinds(Vec<(KindTest, usize)>),
}

/// A test on an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The key is there.
    Has(String),
    /// The key is not there.
    Lacks(String),
    /// At least one of the keys is there.
    Any(Vec<String>),
    /// The key is there and is not null.
    Set(String),
    /// The key has this text.
    Text(String, Vec<String>),
    /// The key has this boolean.
    Bool(String, bool),
    /// The key is there with `null`.
    Null(String),
}

/// A test on the kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindTest {
    /// A boolean.
    Bool,
    /// A number without fraction.
    Integer,
    /// A number.
    Number,
    /// A text that is one of an enum's values.
    Known(String),
    /// A text that is a time.
    Time,
    /// Any text.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A secret text, not shown by `Debug`.
    Secret,
    /// A boolean.
    Bool,
    /// A whole number.
    I64,
    /// A whole number from 0, up to 64 bits.
    U64,
    /// A number.
    F64,
    /// An exact decimal text.
    Decimal,
    /// A point in time.
    Time,
    /// A calendar date.
    Date,
    /// An ISO 8601 duration.
    Duration,
    /// Any JSON.
    Value,
    /// Nothing.
    Unit,
    /// An array.
    List(Box<Self>),
    /// An object of equal values.
    Map(Box<Self>),
    /// An array of two.
    Pair(Box<Self>, Box<Self>),
    /// A named type.
    Named(String),
    /// An id newtype.
    Id(String),
    /// An element that may be `null`.
    Nullable(Box<Self>),
    /// A page of items.
    Page(Box<Self>),
}

impl Type {
    /// The word for the type in tables: its name, or what kind of value it is.
    pub fn word(&self) -> &str {
        match self {
            Self::Named(name) | Self::Id(name) => name,
            Self::String | Self::Secret => "text",
            Self::Bool => "boolean",
            Self::I64 | Self::U64 => "integer",
            Self::F64 => "number",
            Self::Decimal => "decimal",
            Self::Time => "time",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::List(_) => "list",
            Self::Value | Self::Map(_) | Self::Pair(..) | Self::Page(_) => "value",
            Self::Unit | Self::Nullable(_) => "null",
        }
    }
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The id in the document.
    pub id: String,
    /// The method, upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Path parameters in the order of the template.
    pub path_parameters: Vec<PathParameter>,
    /// Query parameters.
    pub query: Vec<QueryParameter>,
    /// The body.
    pub body: Option<Body>,
    /// What the answer holds.
    pub returns: Returns,
    /// Expected statuses.
    pub success: Vec<u16>,
    /// Errors: status and schema name.
    pub errors: Vec<(String, Option<String>)>,
    /// Accepted credential kinds; empty when none is needed.
    pub credentials: Vec<String>,
    /// Scopes, any of which is enough.
    pub scopes: Vec<String>,
    /// Whether the operation says that it needs no credential.
    pub public: bool,
    /// Whether the API discourages it.
    pub deprecated: bool,
    /// The condition under which it is compiled.
    pub gate: Gate,
    /// Accessors from the root, each with the path parameter that it binds.
    pub resource: Vec<Accessor>,
    /// The Rust method.
    pub name: String,
    /// The builder's name.
    pub builder: String,
    /// One sentence for the docs.
    pub summary: String,
    /// Further sentences.
    pub notes: Vec<String>,
    /// Whether the write carries a key by which the server knows repetitions.
    pub deduplicated: bool,
    /// Whether repeating takes effect again although the method says otherwise.
    pub once: bool,
}

impl QueryParameter {
    /// The last part of its name on the wire: `eq` of `filter[name][eq]`.
    pub fn innermost(&self) -> &str {
        let last = self.wire.split('[').next_back().unwrap_or("");
        last.trim_end_matches(']')
    }
}

impl Operation {
    /// Whether the client keeps its credential back although the document names some: the server
    /// takes none or that of a signed-in user.
    pub fn is_anonymous(&self) -> bool {
        self.public && !self.credentials.is_empty()
    }
}

/// A step from the root to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Accessor {
    /// The method.
    pub name: String,
    /// The path parameter that it takes.
    pub binds: Option<String>,
}

/// A path parameter.
#[derive(Debug, Clone)]
pub struct PathParameter {
    /// The name in the template.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// Its type.
    pub ty: Type,
}

/// A query parameter.
#[derive(Debug, Clone)]
pub struct QueryParameter {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// The type of one value.
    pub ty: Type,
    /// Whether it must be sent.
    pub required: bool,
    /// How it is written.
    pub style: QueryStyle,
    /// What the docs say besides.
    pub facts: Facts,
    /// Whether the document has it; the overlay adds others.
    pub documented: bool,
}

/// How a query parameter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryStyle {
    /// `name=value`.
    Single,
    /// `name=a&name=b`.
    Repeated,
    /// `name=a,b`.
    Comma,
    /// `name[key]=value` for keys that the caller chooses.
    DeepMap,
    /// `name[key][0]=value` for keys that the caller chooses.
    DeepMapOfLists,
    /// `name[field][op]=value` from an object with known fields.
    DeepObject,
    /// A JSON document.
    Json,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct Body {
    /// What it holds.
    pub ty: Type,
    /// Whether it must be sent.
    pub required: bool,
    /// How it is written.
    pub format: BodyFormat,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// CloudEvents: one event or a batch, each with its content type.
    CloudEvents,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Type),
    /// JSON or, with another status, nothing yet.
    MaybeJson(Type),
    /// A page, with what the next one is asked by.
    Page(Type, PageStyle),
    /// A text: CSV, metrics.
    Text(&'static str),
    /// JSON, or CSV when asked for.
    JsonOrCsv(Type),
    /// A redirect; the answer is handed out as it is.
    Redirect,
}

impl Returns {
    /// The type that the answer decodes to.
    pub fn ty(&self) -> Option<&Type> {
        match self {
            Self::Json(ty) | Self::MaybeJson(ty) | Self::Page(ty, _) | Self::JsonOrCsv(ty) => {
                Some(ty)
            }
            Self::Nothing | Self::Text(_) | Self::Redirect => None,
        }
    }
}

/// How the next page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStyle {
    /// A page number and a size, with the largest size.
    Number {
        /// The parameter of the page number.
        page: String,
        /// The parameter of the size.
        size: String,
        /// The largest size that the server takes.
        max: u32,
    },
    /// A page number and a size, or an offset and a limit.
    NumberOrOffset {
        /// The parameter of the page number.
        page: String,
        /// The parameter of the size.
        size: String,
        /// The largest size that the server takes.
        max: u32,
    },
    /// A cursor and a size.
    Cursor {
        /// The parameter of the cursor.
        cursor: String,
        /// The parameter of the size.
        size: String,
        /// The largest size that the server takes.
        max: u32,
    },
    /// Everything at once, up to a size.
    Cut {
        /// The parameter of the size.
        size: String,
        /// The largest size that the server takes.
        max: u32,
    },
    /// Everything at once.
    None,
}
