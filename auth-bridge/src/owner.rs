use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{AuthUser, BoxError, Organization};

/// Whom a customer stands for.
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    /// A user.
    User(&'a dyn AuthUser),
    /// An organization.
    Organization(&'a Organization),
}

impl<'a> Owner<'a> {
    /// Returns the application's id.
    pub fn id(self) -> &'a str {
        match self {
            Self::User(user) => user.id(),
            Self::Organization(organization) => &organization.id,
        }
    }

    /// Returns whether it is a user or an organization.
    pub fn kind(self) -> OwnerKind {
        match self {
            Self::User(_) => OwnerKind::User,
            Self::Organization(_) => OwnerKind::Organization,
        }
    }
}

impl fmt::Debug for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

/// Whether a customer stands for a user or an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OwnerKind {
    /// A user.
    User,
    /// An organization.
    Organization,
}

impl fmt::Display for OwnerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Organization => "organization",
        })
    }
}

/// Stores the id that OpenMeter gave to a customer: the `openmeterCustomerId` of users and
/// organizations.
///
/// Without it, customers are found by their key, which costs nothing but the knowledge which users
/// have been synchronized.
#[async_trait]
pub trait CustomerLinks: Send + Sync {
    /// Returns OpenMeter's id for a user or an organization; `None` before the first
    /// synchronization.
    ///
    /// # Errors
    /// Whatever keeps it from being looked up.
    async fn openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
    ) -> Result<Option<String>, BoxError>;

    /// Stores OpenMeter's id; `None` removes it.
    ///
    /// # Errors
    /// Whatever keeps it from being stored.
    async fn set_openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
        openmeter_customer_id: Option<&str>,
    ) -> Result<(), BoxError>;
}

#[async_trait]
impl<T: CustomerLinks + ?Sized> CustomerLinks for Arc<T> {
    async fn openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
    ) -> Result<Option<String>, BoxError> {
        (**self).openmeter_customer_id(kind, id).await
    }

    async fn set_openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
        openmeter_customer_id: Option<&str>,
    ) -> Result<(), BoxError> {
        (**self)
            .set_openmeter_customer_id(kind, id, openmeter_customer_id)
            .await
    }
}
