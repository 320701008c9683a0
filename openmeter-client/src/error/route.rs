//! Telling a route that the server does not know from a resource that is missing: both answer 404.

use client_core::ErrorBody as _;
use http::StatusCode;

use super::ErrorBody;

/// What the routers of v3 and v1 say. v1 has no words for most routes that it does not know; the
/// second is from the check of requests against the description.
const WORDS: [&str; 2] = [
    "The requested route was not found",
    "no matching operation was found",
];

impl ErrorBody {
    /// Returns whether the failure is a 404 that does not clearly say that a resource is missing.
    pub(super) fn is_unknown_route(&self) -> bool {
        if self.status != StatusCode::NOT_FOUND {
            return false;
        }
        // Everything that the API answers is a problem document.
        let foreign = self.type_.is_none() && self.title.is_none();
        let says_nothing = self.words().is_none() && self.code().is_none();
        foreign || says_nothing || self.says_no_route()
    }

    /// Returns whether the words are the ones of a router.
    pub(super) fn says_no_route(&self) -> bool {
        self.words().is_some_and(|words| WORDS.contains(&words))
    }
}
