//! Values beyond a provider's limits.

use crate::catalog::{Catalog, Issue};
use crate::provider::Provider;

/// Adds what a provider's API would refuse.
pub(super) fn check(_catalog: &Catalog, _provider: Provider, _issues: &mut Vec<Issue>) {}
