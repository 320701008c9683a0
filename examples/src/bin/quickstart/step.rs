//! One line for each step, and an error for each surprise.

use std::fmt::{Debug, Display};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Prints what a step came to.
pub(crate) fn say(step: &str, what: impl Display) {
    println!("{step:<12} {what}");
}

/// Fails unless the two are equal.
pub(crate) fn expect<T: PartialEq + Debug>(what: &str, found: T, wanted: T) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: expected {wanted:?}, found {found:?}").into())
}
