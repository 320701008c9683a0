use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;

use crate::BoxError;

/// What billing needs to know about a user.
///
/// Implement it for the user type of the application, or make a [`User`].
pub trait AuthUser: Send + Sync {
    /// The application's id of the user, stable for the user's whole life: it becomes the external
    /// id of the Polar customer.
    fn id(&self) -> &str;

    /// The e-mail address.
    fn email(&self) -> Option<&str>;

    /// Whether the user has proven that the address is theirs. An existing customer with the same
    /// address is taken over only then.
    fn email_verified(&self) -> bool;

    /// The name shown to people.
    fn name(&self) -> Option<&str>;

    /// Whether this is a guest without an account. Guests get no customer and no portal.
    fn is_anonymous(&self) -> bool {
        false
    }
}

impl<T: AuthUser + ?Sized> AuthUser for Arc<T> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn email(&self) -> Option<&str> {
        (**self).email()
    }

    fn email_verified(&self) -> bool {
        (**self).email_verified()
    }

    fn name(&self) -> Option<&str> {
        (**self).name()
    }

    fn is_anonymous(&self) -> bool {
        (**self).is_anonymous()
    }
}

/// A user as plain data.
///
/// ```
/// use auth_bridge::User;
///
/// let user = User::new("usr_1").verified_email("ada@example.com").name("Ada");
/// # let _ = user;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    id: String,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    anonymous: bool,
}

impl User {
    /// Makes a user of an id, without e-mail address and name.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            email: None,
            email_verified: false,
            name: None,
            anonymous: false,
        }
    }

    /// Sets an e-mail address that is not verified.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self.email_verified = false;
        self
    }

    /// Sets a verified e-mail address.
    #[must_use]
    pub fn verified_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self.email_verified = true;
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Makes the user a guest.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }
}

impl AuthUser for User {
    fn id(&self) -> &str {
        &self.id
    }

    fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    fn email_verified(&self) -> bool {
        self.email_verified
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn is_anonymous(&self) -> bool {
        self.anonymous
    }
}

/// Who is signed in.
#[derive(Clone)]
pub struct Session {
    user: Arc<dyn AuthUser>,
}

impl Session {
    /// Makes the session of a user.
    pub fn new(user: impl AuthUser + 'static) -> Self {
        Self {
            user: Arc::new(user),
        }
    }

    /// Returns the user.
    pub fn user(&self) -> &dyn AuthUser {
        &*self.user
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user.id())
            .finish()
    }
}

/// Finds out who is signed in: the one thing that every application has to provide.
///
/// The parts of a request are its headers (cookies among them) and extensions, where middleware
/// leaves what it found.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Returns the session of a request; `None` when nobody is signed in.
    ///
    /// # Errors
    /// Whatever keeps the session from being looked up. The request is answered with 500, and the
    /// error goes to the log alone.
    async fn session(&self, request: &Parts) -> Result<Option<Session>, BoxError>;
}

#[async_trait]
impl<T: Sessions + ?Sized> Sessions for Arc<T> {
    async fn session(&self, request: &Parts) -> Result<Option<Session>, BoxError> {
        (**self).session(request).await
    }
}

/// Takes the [`Session`] that a middleware put into the extensions of the request.
///
/// That is all that an auth framework with extractors of its own needs: a middleware that reads
/// its extractor and inserts a [`Session`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionExtension;

#[async_trait]
impl Sessions for SessionExtension {
    async fn session(&self, request: &Parts) -> Result<Option<Session>, BoxError> {
        Ok(request.extensions.get::<Session>().cloned())
    }
}
