//! The catalog: model, files, validation and look-ups.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "catalog/currencies.rs"]
mod currencies;
#[path = "catalog/files.rs"]
mod files;
#[path = "catalog/generated.rs"]
mod generated;
#[path = "catalog/issues.rs"]
mod issues;
#[path = "catalog/lookups.rs"]
mod lookups;
#[path = "catalog/model.rs"]
mod model;
#[path = "catalog/provider_issues.rs"]
mod provider_issues;
