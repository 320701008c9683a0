use std::sync::Arc;

use async_trait::async_trait;

use crate::BoxError;

/// An organization, as far as billing is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// The application's id of it.
    pub id: String,
    /// The name shown to people.
    pub name: Option<String>,
    /// The short name in URLs.
    pub slug: Option<String>,
}

impl Organization {
    /// Makes an organization of an id.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            slug: None,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the short name in URLs.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = Some(slug.into());
        self
    }
}

/// That a user belongs to an organization, and as what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Membership {
    /// The user's roles, such as `owner`; may be empty.
    pub roles: Vec<String>,
}

impl Membership {
    /// Makes a membership of roles. A text with commas stands for several, the form in which
    /// Better Auth stores them.
    pub fn new(roles: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut split = Vec::new();
        for role in roles {
            let names = role.as_ref().split(',').map(str::trim);
            split.extend(names.filter(|name| !name.is_empty()).map(ToOwned::to_owned));
        }
        Self { roles: split }
    }

    /// Returns whether one of the roles is among those given.
    pub fn has_any(&self, roles: &[String]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

/// Knows organizations and who belongs to them.
///
/// Without it the bridge serves users alone, and refuses every reference to somebody else.
#[async_trait]
pub trait Organizations: Send + Sync {
    /// Returns an organization; `None` when there is none of that id.
    ///
    /// # Errors
    /// Whatever keeps it from being looked up.
    async fn organization(&self, id: &str) -> Result<Option<Organization>, BoxError>;

    /// Returns a user's membership; `None` when the user does not belong to the organization, or
    /// there is no such organization.
    ///
    /// # Errors
    /// Whatever keeps it from being looked up.
    async fn membership(
        &self,
        user_id: &str,
        organization_id: &str,
    ) -> Result<Option<Membership>, BoxError>;
}

#[async_trait]
impl<T: Organizations + ?Sized> Organizations for Arc<T> {
    async fn organization(&self, id: &str) -> Result<Option<Organization>, BoxError> {
        (**self).organization(id).await
    }

    async fn membership(
        &self,
        user_id: &str,
        organization_id: &str,
    ) -> Result<Option<Membership>, BoxError> {
        (**self).membership(user_id, organization_id).await
    }
}
