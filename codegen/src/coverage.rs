//! What a document has and the generated code lacks.

use crate::Error;
use crate::document::Document;
use crate::ir::{Api, Type};

/// The differences between a document and its intermediate representation.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Operations in the document.
    pub operations: usize,
    /// Schemas in the document.
    pub schemas: usize,
    /// Webhooks in the document.
    pub webhooks: usize,
    /// Operations without a Rust method.
    pub missing_operations: Vec<String>,
    /// Schemas without a Rust type.
    pub missing_schemas: Vec<String>,
    /// Webhooks without a Rust type.
    pub missing_webhooks: Vec<String>,
}

/// Compares a document with what it was lowered to.
///
/// # Errors
/// When the operations of the document cannot be read.
pub fn compare(document: &Document, api: &Api) -> Result<Coverage, Error> {
    let operations = document.operations()?;
    let exists = |ty: &Type| match ty {
        Type::Named(name) => api.types.contains_key(name),
        _ => true,
    };
    Ok(Coverage {
        operations: operations.len(),
        schemas: document.components.schemas.len(),
        webhooks: document.webhooks.len(),
        missing_operations: operations
            .iter()
            .map(|located| located.operation.operation_id.clone())
            .filter(|id| !api.operations.iter().any(|operation| operation.id == *id))
            .collect(),
        missing_schemas: document
            .components
            .schemas
            .keys()
            .filter(|name| !api.schemas.get(*name).is_some_and(exists))
            .cloned()
            .collect(),
        missing_webhooks: document
            .webhooks
            .keys()
            .filter(|event| {
                let found = api.webhooks.iter().find(|(known, _)| known == *event);
                !found.is_some_and(|(_, ty)| api.types.contains_key(ty))
            })
            .cloned()
            .collect(),
    })
}
