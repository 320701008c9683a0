//! Generates the Polar and OpenMeter clients from their API descriptions.
//!
//! `OpenAPI document + overlay -> intermediate representation -> Rust`. The documents are not part
//! of this repository; what is generated from them is. Run `cargo run -p codegen` to write it and
//! `cargo run -p codegen -- --check` to prove that it is current.

use std::path::PathBuf;

pub mod coverage;
pub mod document;
pub mod emit;
pub mod ir;
pub mod lower;
pub mod names;
pub mod output;
pub mod overlay;
pub mod target;
pub mod wording;

/// Why generating failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not have the expected form.
    #[error("{}: {message}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A part of a document is not understood.
    #[error("{place}: {message}")]
    Shape {
        /// The schema, operation or parameter.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The formatter failed.
    #[error("rustfmt: {0}")]
    Format(String),
}
