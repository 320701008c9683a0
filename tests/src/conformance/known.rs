//! Findings of the validator that are its own mistakes, each with the reason.

use super::judge::Violation;

/// A finding that does not count.
#[derive(Debug)]
pub struct FalseFinding {
    /// Method and path.
    pub operation: &'static str,
    /// How the finding's place begins.
    pub place: &'static str,
    /// A part of its message.
    pub message: &'static str,
    /// Why it is none.
    pub reason: &'static str,
}

impl FalseFinding {
    /// Whether a violation is this one.
    pub fn is(&self, operation: &str, violation: &Violation) -> bool {
        self.operation == operation
            && violation.place().starts_with(self.place)
            && violation.message.contains(self.message)
    }
}

/// Polar.
pub static POLAR: &[FalseFinding] = &[];

/// OpenMeter v1 and v2.
pub static OPENMETER_V1: &[FalseFinding] = &[];

/// OpenMeter v3.
pub static OPENMETER_V3: &[FalseFinding] = &[];
