//! What the report programs share: what a compilation takes, and what a run takes.

#[cfg(unix)]
pub mod compiler;
pub mod instructions;
