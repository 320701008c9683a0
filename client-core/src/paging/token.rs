use serde::{Deserialize, Serialize};

/// A place in a list, to go on from later or in another process.
///
/// It serializes with serde. It holds the operation, the place and the page size, but not the
/// filters: resume with the same ones. Lists addressed by page numbers or offsets move when items
/// are added or removed meanwhile, so an item can then come twice or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageToken {
    pub(super) operation: String,
    pub(super) place: Place,
    /// The page size that the place is counted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u64>,
    /// The items of the page that are already done with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) skip: u64,
}

impl PageToken {
    /// Returns the Rust path of the operation that the token belongs to.
    pub fn operation(&self) -> &str {
        &self.operation
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Start,
    Page(u64),
    Offset(u64),
    Cursor(String),
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(skip: &u64) -> bool {
    *skip == 0
}
