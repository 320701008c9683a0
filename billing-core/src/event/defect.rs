use std::fmt;

use serde::{Deserialize, Serialize};

/// A value in a verified webhook body that is missing or not what the provider documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Defect {
    /// Where, such as `data.ends_at`.
    pub path: String,
    /// What was expected, such as `a time`.
    pub expected: String,
    /// What was there: a JSON type, never the value.
    pub found: String,
}

impl Defect {
    pub(crate) fn new(path: String, expected: &str, found: &str) -> Self {
        Self {
            path,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {}, found {}",
            self.path, self.expected, self.found
        )
    }
}
