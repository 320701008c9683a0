//! One application-owned billing catalog, compiled to every provider.

pub mod catalog;
pub mod compile;
mod provider;

pub use provider::{Provider, UnknownProvider};
