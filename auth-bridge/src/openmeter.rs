//! What the bridge does with OpenMeter.

mod customers;
mod metering;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use openmeter_client::models::CustomerCreate;
use openmeter_client::{Event, OpenMeter};

pub(crate) use customers::{SyncFailure, delete, sync};
pub use metering::ApiKeyMetering;

use crate::{AuthUser, Owner};

type Resolve = Arc<dyn Fn(Owner<'_>) -> String + Send + Sync>;
type ResolveProfile = Arc<dyn Fn(Owner<'_>, CustomerCreate) -> CustomerCreate + Send + Sync>;

/// How the bridge uses OpenMeter.
#[derive(Clone)]
pub struct OpenMeterOptions {
    pub(crate) client: OpenMeter,
    pub(crate) source: String,
    pub(crate) client_events: BTreeSet<String>,
    pub(crate) create_customer: bool,
    pub(crate) update_customer: bool,
    pub(crate) create_organization: bool,
    pub(crate) update_organization: bool,
    pub(crate) delete_customer: bool,
    pub(crate) track_auth_events: bool,
    pub(crate) currency: Option<String>,
    pub(crate) api_keys: Option<ApiKeyMetering>,
    resolve_key: Option<Resolve>,
    resolve_subject: Option<Resolve>,
    resolve_profile: Option<ResolveProfile>,
}

impl OpenMeterOptions {
    /// Starts with the defaults that each setter names.
    pub fn new(client: OpenMeter) -> Self {
        Self {
            client,
            source: "better-auth".to_owned(),
            client_events: BTreeSet::new(),
            create_customer: true,
            update_customer: true,
            create_organization: true,
            update_organization: true,
            delete_customer: false,
            track_auth_events: false,
            currency: None,
            api_keys: None,
            resolve_key: None,
            resolve_subject: None,
            resolve_profile: None,
        }
    }

    /// Sets the key of customers, unique among all of them. Default: the id of the user or
    /// organization.
    ///
    /// Choose keys of your own when an id can be both a user's and an organization's: numbers, for
    /// example. Whoever has the key has the entitlements.
    #[must_use]
    pub fn resolve_key(
        mut self,
        key: impl Fn(Owner<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.resolve_key = Some(Arc::new(key));
        self
    }

    /// Sets the subject under which usage is reported. Default: the key.
    #[must_use]
    pub fn resolve_subject(
        mut self,
        subject: impl Fn(Owner<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.resolve_subject = Some(Arc::new(subject));
        self
    }

    /// Changes what customers are created with and updated to. It gets name, e-mail address,
    /// metadata and currency filled in; key and usage attribution stay as they are, whatever it
    /// returns.
    #[must_use]
    pub fn resolve_profile(
        mut self,
        profile: impl Fn(Owner<'_>, CustomerCreate) -> CustomerCreate + Send + Sync + 'static,
    ) -> Self {
        self.resolve_profile = Some(Arc::new(profile));
        self
    }

    /// Sets the currency of customers, as an ISO 4217 code. Default: none, which is the server's.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = Some(currency.into());
        self
    }

    /// Sets the source of events. Default: `better-auth`.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Lets clients report usage of these event types themselves, at `/openmeter/events/ingest`
    /// and its organization form.
    ///
    /// Default: none. What a client reports is the client's word: report usage that costs money
    /// from the server.
    #[must_use]
    pub fn client_events(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.client_events.extend(types.into_iter().map(Into::into));
        self
    }

    /// Sets whether new users become customers. Default: yes.
    #[must_use]
    pub fn create_customer_on_sign_up(mut self, create: bool) -> Self {
        self.create_customer = create;
        self
    }

    /// Sets whether changes of users reach their customers. Default: yes. Where
    /// [`CustomerLinks`](crate::CustomerLinks) are kept, only linked users are updated.
    #[must_use]
    pub fn sync_customer_on_user_update(mut self, sync: bool) -> Self {
        self.update_customer = sync;
        self
    }

    /// Sets whether new organizations become customers. Default: yes.
    #[must_use]
    pub fn create_customer_on_organization_create(mut self, create: bool) -> Self {
        self.create_organization = create;
        self
    }

    /// Sets whether changes of organizations reach their customers. Default: yes. Where
    /// [`CustomerLinks`](crate::CustomerLinks) are kept, only linked organizations are updated.
    #[must_use]
    pub fn sync_customer_on_organization_update(mut self, sync: bool) -> Self {
        self.update_organization = sync;
        self
    }

    /// Sets whether the customer of a deleted user is deleted. Default: no, so that usage which has
    /// not been invoiced is kept.
    #[must_use]
    pub fn delete_customer_on_user_delete(mut self, delete: bool) -> Self {
        self.delete_customer = delete;
        self
    }

    /// Sets whether sign-ups, sign-ins and changes of users are reported as events
    /// (`better-auth.user.signed-up`, `.signed-in`, `.created`, `.updated`). Default: no.
    #[must_use]
    pub fn track_auth_events(mut self, track: bool) -> Self {
        self.track_auth_events = track;
        self
    }

    /// Reports verifications of API keys as usage. Default: no.
    #[must_use]
    pub fn api_keys(mut self, metering: ApiKeyMetering) -> Self {
        self.api_keys = Some(metering);
        self
    }

    pub(crate) fn key(&self, owner: Owner<'_>) -> String {
        match &self.resolve_key {
            Some(resolve) => resolve(owner),
            None => owner.id().to_owned(),
        }
    }

    pub(crate) fn subject(&self, owner: Owner<'_>) -> String {
        match &self.resolve_subject {
            Some(resolve) => resolve(owner),
            None => self.key(owner),
        }
    }

    fn profile(&self, owner: Owner<'_>, defaults: CustomerCreate) -> CustomerCreate {
        match &self.resolve_profile {
            Some(resolve) => resolve(owner, defaults),
            None => defaults,
        }
    }

    /// Makes the event of something that a user did.
    pub(crate) fn auth_event(&self, kind: &str, user: &dyn AuthUser) -> Event {
        let mut data = serde_json::json!({ "userId": user.id() });
        if let (Some(data), Some(email)) = (data.as_object_mut(), user.email()) {
            data.insert("email".to_owned(), email.into());
        }
        Event::new(kind, self.subject(Owner::User(user)))
            .source(&self.source)
            .data(data)
    }
}

impl fmt::Debug for OpenMeterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenMeterOptions")
            .field("source", &self.source)
            .field("client_events", &self.client_events)
            .finish_non_exhaustive()
    }
}
