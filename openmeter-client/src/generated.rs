//! Code written by the generator: one module for each generation of the API.

pub(crate) mod v1;
pub(crate) mod v3;
