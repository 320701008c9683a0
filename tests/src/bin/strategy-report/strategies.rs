//! The ways of decoding that are compared.

mod derive;
mod in_place;
mod pull;
mod tree;
mod types;
mod visitors;

use crate::model::Model;

pub(crate) struct Strategy {
    /// What its crates are called.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What the crate of the types depends on, as lines of a manifest.
    pub(crate) dependencies: &'static [&'static str],
    /// What is written once by hand, in a crate of its own, with its dependencies.
    pub(crate) support: Option<(&'static str, &'static [&'static str])>,
    /// Generates the crate of the types.
    pub(crate) generate: fn(&Model) -> String,
    /// Whether an application decodes with a generic function, so that it compiles the decoders.
    pub(crate) generic: bool,
}

const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }";
const SERDE_JSON: &str = "serde_json = \"1\"";
const CLIENT_CORE: &str = "client-core = { path = CLIENT_CORE, default-features = false }";

pub(crate) static STRATEGIES: [Strategy; 5] = [
    Strategy {
        name: "derive",
        title: "serde derive",
        dependencies: &[SERDE, SERDE_JSON],
        support: None,
        generate: derive::generate,
        generic: true,
    },
    Strategy {
        name: "visitors",
        title: "serde, generated visitors",
        dependencies: &[SERDE, SERDE_JSON],
        support: Some((include_str!("crates/visitors.rs"), &[SERDE])),
        generate: visitors::generate,
        generic: true,
    },
    Strategy {
        name: "tree",
        title: "value tree",
        dependencies: &[SERDE, SERDE_JSON],
        support: Some((include_str!("crates/tree.rs"), &[SERDE, SERDE_JSON])),
        generate: tree::generate,
        generic: false,
    },
    Strategy {
        name: "pull",
        title: "pull reader, a local per field",
        dependencies: &[SERDE, CLIENT_CORE],
        support: Some((include_str!("crates/pull.rs"), &[SERDE, CLIENT_CORE])),
        generate: pull::generate,
        generic: false,
    },
    Strategy {
        name: "in-place",
        title: "pull reader, in place (client-core)",
        dependencies: &[CLIENT_CORE],
        support: None,
        generate: in_place::generate,
        generic: false,
    },
];

impl Strategy {
    /// The source of the application that decodes ten answers.
    pub(crate) fn application(&self, model: &Model) -> String {
        let mut out = String::from(
            "fn main() -> Result<(), Box<dyn std::error::Error>> {\n    \
             let body = std::fs::read(std::env::args().nth(1).unwrap_or_default())?;\n",
        );
        for plain in model.structs.iter().take(10) {
            let decode = if self.generic {
                format!("serde_json::from_slice::<models::{}>", plain.name)
            } else {
                format!("models::{}", plain.reader)
            };
            out += &format!("    println!(\"{{}}\", {decode}(&body)?.id);\n");
        }
        out + "    Ok(())\n}\n"
    }
}
