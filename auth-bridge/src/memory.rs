//! Users, organizations and links in memory, for tests and examples.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use http::header::COOKIE;
use http::request::Parts;

use crate::{
    AuthUser, BoxError, CustomerLinks, Membership, Organization, Organizations, OwnerKind, Session,
    Sessions, User,
};

/// The cookie that [`MemoryAuth`] reads.
pub const COOKIE_NAME: &str = "session";

/// An auth system in memory: sessions by cookie, organizations, customer links.
///
/// Clones share their state. Nothing about it is secure or lasting.
///
/// ```
/// use auth_bridge::User;
/// use auth_bridge::memory::MemoryAuth;
///
/// let auth = MemoryAuth::new();
/// let cookie = auth.sign_in(User::new("usr_1").verified_email("ada@example.com"));
/// assert_eq!(cookie, "session=usr_1");
/// ```
#[derive(Clone, Default)]
pub struct MemoryAuth {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    users: HashMap<String, User>,
    organizations: HashMap<String, Organization>,
    members: HashMap<(String, String), Membership>,
    links: HashMap<(OwnerKind, String), String>,
}

impl MemoryAuth {
    /// Makes one in which nobody is signed in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Signs a user in, or replaces them, and returns the value of the `Cookie` header.
    pub fn sign_in(&self, user: User) -> String {
        let id = user.id().to_owned();
        self.lock().users.insert(id.clone(), user);
        format!("{COOKIE_NAME}={id}")
    }

    /// Ends a user's session.
    pub fn sign_out(&self, user_id: &str) {
        self.lock().users.remove(user_id);
    }

    /// Adds an organization, or replaces it.
    pub fn add_organization(&self, organization: Organization) {
        let id = organization.id.clone();
        self.lock().organizations.insert(id, organization);
    }

    /// Makes a user a member of an organization, in a role.
    pub fn add_member(&self, organization_id: &str, user_id: &str, role: &str) {
        let key = (organization_id.to_owned(), user_id.to_owned());
        self.lock().members.insert(key, Membership::new([role]));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryAuth")
            .field("users", &self.lock().users.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Sessions for MemoryAuth {
    async fn session(&self, request: &Parts) -> Result<Option<Session>, BoxError> {
        let cookies = request.headers.get_all(COOKIE).iter();
        let id = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == COOKIE_NAME).then_some(value));
        Ok(id
            .and_then(|id| self.lock().users.get(id).cloned())
            .map(Session::new))
    }
}

#[async_trait]
impl Organizations for MemoryAuth {
    async fn organization(&self, id: &str) -> Result<Option<Organization>, BoxError> {
        Ok(self.lock().organizations.get(id).cloned())
    }

    async fn membership(
        &self,
        user_id: &str,
        organization_id: &str,
    ) -> Result<Option<Membership>, BoxError> {
        let key = (organization_id.to_owned(), user_id.to_owned());
        Ok(self.lock().members.get(&key).cloned())
    }
}

#[async_trait]
impl CustomerLinks for MemoryAuth {
    async fn openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
    ) -> Result<Option<String>, BoxError> {
        Ok(self.lock().links.get(&(kind, id.to_owned())).cloned())
    }

    async fn set_openmeter_customer_id(
        &self,
        kind: OwnerKind,
        id: &str,
        openmeter_customer_id: Option<&str>,
    ) -> Result<(), BoxError> {
        let key = (kind, id.to_owned());
        let mut state = self.lock();
        match openmeter_customer_id {
            Some(link) => state.links.insert(key, link.to_owned()),
            None => state.links.remove(&key),
        };
        Ok(())
    }
}
