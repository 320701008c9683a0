//! When a request is repeated, and after how long.

mod after;
mod budget;
mod policy;

pub(crate) use after::retry_after;
pub(crate) use budget::Draw;
pub use budget::RetryBudget;
pub use policy::RetryPolicy;

use http::StatusCode;

use crate::operation::RetrySafety;

/// Returns whether an answer with this status may be followed by a repetition.
///
/// A write that must not be repeated is repeated only after a 429 with `Retry-After`: that comes
/// from a rate limiter, which turned the request away. A 429 without it may be the operation's
/// own answer.
pub(crate) fn status_allows(status: StatusCode, safety: RetrySafety, has_wait: bool) -> bool {
    match status.as_u16() {
        429 => safety.is_repeatable() || has_wait,
        408 | 500 | 502 | 503 | 504 => safety.is_repeatable(),
        _ => false,
    }
}
