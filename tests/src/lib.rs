//! What the tests that cross crates share: the table of every schema, and the provided material.

pub mod conformance;
pub mod generated;
pub mod samples;
pub mod shared;
