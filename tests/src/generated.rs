//! Tables and calls written by the generator.

pub mod openmeter_v1;
pub mod openmeter_v1_calls;
pub mod openmeter_v3;
pub mod openmeter_v3_calls;
pub mod polar;
pub mod polar_calls;
