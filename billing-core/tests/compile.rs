//! Compiling: the neutral form, and the request bodies of each provider.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "compile/neutral.rs"]
mod neutral;
#[path = "compile/providers.rs"]
mod providers;

use billing_core::catalog::Catalog;

/// The catalog file that the tests and the examples share.
fn ai_app() -> Catalog {
    Catalog::from_yaml(include_str!("catalogs/ai-app.yaml")).unwrap()
}
