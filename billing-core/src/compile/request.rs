//! Request bodies with the catalog item that they come from.

use serde::Serialize;

use crate::catalog::{Catalog, CatalogRef, Issue, Report};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// One request to a provider's API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ApiRequest<T> {
    /// Method and path, such as `POST /v1/products`.
    pub endpoint: &'static str,
    /// The item, and the price when the request is for one price; none for a feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<CatalogRef>,
    /// A value that is the same in every run, for providers that deduplicate by a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The request body.
    pub body: T,
}

impl<T> ApiRequest<T> {
    pub(super) fn new(endpoint: &'static str, source: CatalogRef, body: T) -> Self {
        Self {
            endpoint,
            source: Some(source),
            idempotency_key: None,
            body,
        }
    }

    pub(super) fn without_source(endpoint: &'static str, body: T) -> Self {
        Self {
            endpoint,
            source: None,
            idempotency_key: None,
            body,
        }
    }
}

/// The provider's issues, as an error when compiling is strict and there are any.
pub(super) fn issues(
    catalog: &Catalog,
    provider: Provider,
    strict: Strict,
) -> Result<Vec<Issue>, CompileError> {
    let Report { issues } = catalog.check(provider);
    if strict == Strict::Yes && !issues.is_empty() {
        return Err(CompileError {
            provider,
            report: Report { issues },
        });
    }
    Ok(issues)
}
