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
pub static POLAR: &[FalseFinding] = &[nested("POST /v1/meters/"), nested("PATCH /v1/meters/{id}")];

/// `Filter` refers to itself in one of the branches of its clauses. The validator compares a filter
/// within a filter with a clause alone, and then misses the fields of a clause. The body is what it
/// was made as (see [`faithful`](super::faithful)), and was valid for another validator then.
const fn nested(operation: &'static str) -> FalseFinding {
    FalseFinding {
        operation,
        place: "request.body.filter.clauses.",
        message: "",
        reason: "a filter within a filter: the schema refers to itself",
    }
}

/// OpenMeter v1 and v2.
pub static OPENMETER_V1: &[FalseFinding] = &[FalseFinding {
    operation: "POST /api/v1/apps/{id}/stripe/webhook",
    place: "request",
    message: "Invalid security scheme used",
    reason: "`security: [{}]` asks for no credential; the validator takes it for an unknown scheme",
}];

/// OpenMeter v3.
pub static OPENMETER_V3: &[FalseFinding] = &[];
