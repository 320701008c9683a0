//! What was generated, on its way to the disk.

mod format;
mod tree;

pub use format::format;
pub use tree::{stale, write};
