//! What the tests that cross crates share: the table of every schema, the provided material, and
//! what the reports measure with.

pub mod conformance;
pub mod generated;
pub mod measure;
pub mod samples;
pub mod shared;
