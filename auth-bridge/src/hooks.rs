//! What happens in the application's auth system, told to the bridge.
//!
//! Call each hook after the application has stored its change: a customer without a user is worse
//! than a user without a customer. Hooks about customers may be repeated, which is also how existing
//! users are brought in: call [`Hooks::user_created`] for each of them. What is reported as an event
//! ([`Hooks::signed_in`], [`Hooks::signed_up`], [`Hooks::api_key_verified`]) counts once per call.

mod error;
mod policy;

use std::sync::Arc;

use billing_core::Provider;
use openmeter_client::Event;
use serde_json::Map;

pub use error::{HookError, HookErrorKind};
pub use policy::{FailurePolicy, Reaction};

use crate::bridge::Parts;
use crate::openmeter::{self, OpenMeterOptions};
use crate::polar::{self, PolarOptions};
use crate::{ApiKeyVerified, AuthUser, CustomerLinks, Organization, Owner};

/// The hooks of a bridge; see [the module](self).
#[derive(Clone, Debug)]
pub struct Hooks {
    parts: Arc<Parts>,
}

/// What a hook did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct HookReport {
    /// What became of the Polar customer; `None` when nothing was to be done, or it failed.
    pub polar: Option<CustomerSync>,
    /// What became of the OpenMeter customer; `None` when nothing was to be done, or it failed.
    pub openmeter: Option<CustomerSync>,
    /// What failed and was passed over, as the [`FailurePolicy`] says.
    pub failures: Vec<HookError>,
}

/// What became of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerSync {
    /// What was done.
    pub change: CustomerChange,
    /// The provider's id of the customer, while it exists.
    pub customer_id: Option<String>,
}

/// What was done to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomerChange {
    /// It was created.
    Created,
    /// It existed without an owner, and is the user's now.
    Linked,
    /// It was brought up to date.
    Updated,
    /// It was deleted.
    Deleted,
    /// Nothing: it was as it should be.
    Unchanged,
}

impl CustomerSync {
    /// The id of a customer that was there before.
    fn known_before(&self) -> Option<&str> {
        match self.change {
            CustomerChange::Linked | CustomerChange::Unchanged | CustomerChange::Updated => {
                self.customer_id.as_deref()
            }
            CustomerChange::Created | CustomerChange::Deleted => None,
        }
    }
}

impl Hooks {
    pub(crate) fn new(parts: Arc<Parts>) -> Self {
        Self { parts }
    }

    /// Makes a new user a customer of every configured provider.
    ///
    /// At Polar the customer gets the user's id as its external id. A customer with the user's
    /// e-mail address is taken over only when the address is verified and the customer belongs to
    /// nobody; one that belongs to somebody else is a
    /// [`Conflict`](HookErrorKind::Conflict). What a customer bought before they were taken over is
    /// theirs at once. Guests are passed over.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so. All providers were tried.
    pub async fn user_created(&self, user: &dyn AuthUser) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "user_created", user.id());
        if user.is_anonymous() {
            return run.finish();
        }
        if let Some(options) = self.polar().filter(|options| options.create_customer) {
            run.polar(polar::create(options, user).await);
            run.link_billing().await;
        }
        if let Some(options) = &self.parts.openmeter {
            if options.create_customer {
                run.sync_openmeter(options, Owner::User(user)).await;
            }
            run.track(options, "better-auth.user.created", user).await;
        }
        run.finish()
    }

    /// Brings a user's customers up to date: name and e-mail address.
    ///
    /// Call it when a user has verified their address, too: a Polar customer that could not be
    /// taken over before is taken over now.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so. All providers were tried.
    pub async fn user_updated(&self, user: &dyn AuthUser) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "user_updated", user.id());
        if user.is_anonymous() {
            return run.finish();
        }
        if let Some(options) = self.polar().filter(|options| options.update_customer) {
            run.polar(polar::update(options, user).await);
            run.link_billing().await;
        }
        if let Some(options) = &self.parts.openmeter {
            if options.update_customer {
                run.sync_linked(options, Owner::User(user)).await;
            }
            run.track(options, "better-auth.user.updated", user).await;
        }
        run.finish()
    }

    /// Deletes the Polar customer of a deleted user, and the one at OpenMeter if that is wanted.
    ///
    /// Customers are found by the user's id, never by e-mail address. Deleting what is gone
    /// succeeds.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so. All providers were tried.
    pub async fn user_deleted(&self, user: &dyn AuthUser) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "user_deleted", user.id());
        if user.is_anonymous() {
            return run.finish();
        }
        if let Some(options) = self.polar().filter(|options| options.delete_customer) {
            run.polar(polar::delete(options, user).await);
        }
        let openmeter = self.parts.openmeter.as_ref();
        if let Some(options) = openmeter.filter(|options| options.delete_customer) {
            let done = openmeter::delete(options, self.links(), Owner::User(user)).await;
            run.openmeter(done);
        }
        run.finish()
    }

    /// Makes a new organization a customer at OpenMeter.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so.
    pub async fn organization_created(
        &self,
        organization: &Organization,
    ) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "organization_created", &organization.id);
        let openmeter = self.parts.openmeter.as_ref();
        if let Some(options) = openmeter.filter(|options| options.create_organization) {
            run.sync_openmeter(options, Owner::Organization(organization))
                .await;
        }
        run.finish()
    }

    /// Brings an organization's customer at OpenMeter up to date.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so.
    pub async fn organization_updated(
        &self,
        organization: &Organization,
    ) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "organization_updated", &organization.id);
        let openmeter = self.parts.openmeter.as_ref();
        if let Some(options) = openmeter.filter(|options| options.update_organization) {
            run.sync_linked(options, Owner::Organization(organization))
                .await;
        }
        run.finish()
    }

    /// Reports that a user signed up, if auth events are tracked.
    ///
    /// It comes on top of [`user_created`](Self::user_created), which makes the customers.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so.
    pub async fn signed_up(&self, user: &dyn AuthUser) -> Result<HookReport, HookError> {
        self.auth_event("signed_up", "better-auth.user.signed-up", user)
            .await
    }

    /// Reports that a user signed in, if auth events are tracked.
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so.
    pub async fn signed_in(&self, user: &dyn AuthUser) -> Result<HookReport, HookError> {
        self.auth_event("signed_in", "better-auth.user.signed-in", user)
            .await
    }

    /// Reports the use of an API key, if keys are metered
    /// ([`OpenMeterOptions::api_keys`](crate::OpenMeterOptions::api_keys)).
    ///
    /// # Errors
    /// [`HookError`] when the [`FailurePolicy`] says so.
    pub async fn api_key_verified(&self, key: &ApiKeyVerified) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, "api_key_verified", &key.id);
        if let Some(options) = &self.parts.openmeter
            && let Some(metering) = &options.api_keys
        {
            match metering.event(key, &options.source) {
                Ok(Some(event)) => run.ingest(options, event).await,
                Ok(None) => {}
                Err(error) => run.other(Provider::OpenMeter, HookErrorKind::InvalidInput, error),
            }
        }
        run.finish()
    }

    async fn auth_event(
        &self,
        hook: &'static str,
        kind: &'static str,
        user: &dyn AuthUser,
    ) -> Result<HookReport, HookError> {
        let mut run = Run::new(self, hook, user.id());
        if let Some(options) = &self.parts.openmeter
            && !user.is_anonymous()
        {
            run.track(options, kind, user).await;
        }
        run.finish()
    }

    fn polar(&self) -> Option<&PolarOptions> {
        self.parts.polar.as_ref()
    }

    fn links(&self) -> Option<&dyn CustomerLinks> {
        self.parts.links.as_deref()
    }
}

/// One call of a hook.
struct Run<'a> {
    hooks: &'a Hooks,
    hook: &'static str,
    owner: &'a str,
    report: HookReport,
    failed: Option<HookError>,
}

impl<'a> Run<'a> {
    fn new(hooks: &'a Hooks, hook: &'static str, owner: &'a str) -> Self {
        Self {
            hooks,
            hook,
            owner,
            report: HookReport::default(),
            failed: None,
        }
    }

    fn polar(&mut self, done: Result<CustomerSync, polar::CustomerFailure>) {
        match done {
            Ok(sync) => self.report.polar = Some(sync),
            Err(failure) => self.fail(HookError::polar(self.hook, self.owner, failure)),
        }
    }

    fn openmeter(&mut self, done: Result<CustomerSync, openmeter::SyncFailure>) {
        match done {
            Ok(sync) => self.report.openmeter = Some(sync),
            Err(failure) => self.fail(HookError::openmeter(self.hook, self.owner, failure)),
        }
    }

    async fn sync_openmeter(&mut self, options: &OpenMeterOptions, owner: Owner<'_>) {
        let done = openmeter::sync(options, self.hooks.links(), owner, &Map::new()).await;
        self.openmeter(done.map(|(sync, _)| sync));
    }

    async fn sync_linked(&mut self, options: &OpenMeterOptions, owner: Owner<'_>) {
        let Some(links) = self.hooks.links() else {
            return self.sync_openmeter(options, owner).await;
        };
        match links.openmeter_customer_id(owner.kind(), owner.id()).await {
            Ok(Some(_)) => self.sync_openmeter(options, owner).await,
            Ok(None) => {}
            Err(error) => self.other(Provider::OpenMeter, HookErrorKind::Storage, error),
        }
    }

    /// Tells billing whose customer it is: events about it may have come before anybody knew.
    async fn link_billing(&mut self) {
        let Some(billing) = &self.hooks.parts.billing else {
            return;
        };
        let Some(customer_id) = self
            .report
            .polar
            .as_ref()
            .and_then(CustomerSync::known_before)
        else {
            return;
        };
        let linked = billing.link_customer(Provider::Polar, customer_id, self.owner);
        if let Err(error) = linked.await {
            self.other(Provider::Polar, HookErrorKind::Storage, error);
        }
    }

    fn other(
        &mut self,
        provider: Provider,
        kind: HookErrorKind,
        error: impl Into<crate::BoxError>,
    ) {
        let (hook, owner) = (self.hook, self.owner);
        self.fail(HookError::other(hook, owner, provider, kind, error));
    }

    async fn track(&mut self, options: &OpenMeterOptions, kind: &str, user: &dyn AuthUser) {
        if options.track_auth_events {
            self.ingest(options, options.auth_event(kind, user)).await;
        }
    }

    async fn ingest(&mut self, options: &OpenMeterOptions, event: Event) {
        if let Err(error) = options.client.events().ingest(event).await {
            self.fail(HookError::ingest(self.hook, self.owner, error));
        }
    }

    fn fail(&mut self, error: HookError) {
        tracing::error!(hook = self.hook, owner = self.owner, %error, "billing hook failed");
        match self.hooks.parts.failures.reaction(&error) {
            Reaction::Continue => self.report.failures.push(error),
            Reaction::Fail => {
                self.failed.get_or_insert(error);
            }
        }
    }

    fn finish(self) -> Result<HookReport, HookError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.report),
        }
    }
}
