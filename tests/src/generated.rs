//! Tables written by the generator.

pub mod openmeter_v1;
pub mod openmeter_v3;
pub mod polar;
