//! What the bridge does with Polar.

mod customers;
mod products;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use billing_core::catalog::Catalog;
use polar_client::Polar;
use polar_client::models::CustomerIndividualCreate;

pub(crate) use customers::{CustomerFailure, create, delete, update};
pub use products::ProductLookup;
pub(crate) use products::Products;

use crate::AuthUser;

type CustomerParams =
    Arc<dyn Fn(&dyn AuthUser, CustomerIndividualCreate) -> CustomerIndividualCreate + Send + Sync>;

/// The look of the checkout page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theme {
    /// Dark text on white.
    Light,
    /// Light text on black.
    Dark,
}

impl Theme {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How the bridge uses Polar.
///
/// The client's token needs the scopes `customers:read`, `customers:write`, `checkouts:write`,
/// `customer_sessions:write`, `subscriptions:read` and, if clients may report usage,
/// `events:write`.
#[derive(Clone)]
pub struct PolarOptions {
    pub(crate) client: Polar,
    pub(crate) products: Products,
    pub(crate) success_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) portal_return_url: Option<String>,
    pub(crate) authenticated_users_only: bool,
    pub(crate) client_trials: bool,
    pub(crate) theme: Option<Theme>,
    pub(crate) client_events: BTreeSet<String>,
    pub(crate) create_customer: bool,
    pub(crate) update_customer: bool,
    pub(crate) delete_customer: bool,
    pub(crate) anonymize: bool,
    pub(crate) customer_params: Option<CustomerParams>,
}

impl PolarOptions {
    /// Starts with the defaults that each setter names.
    pub fn new(client: Polar) -> Self {
        Self {
            client,
            products: Products::default(),
            success_url: None,
            return_url: None,
            portal_return_url: None,
            authenticated_users_only: false,
            client_trials: false,
            theme: None,
            client_events: BTreeSet::new(),
            create_customer: true,
            update_customer: true,
            delete_customer: true,
            anonymize: false,
            customer_params: None,
        }
    }

    /// Adds a product that clients can check out by a slug.
    #[must_use]
    pub fn product(mut self, slug: impl Into<String>, product_id: impl Into<String>) -> Self {
        self.products.add(slug.into(), product_id.into());
        self
    }

    /// Adds every plan, add-on and top-up of a catalog that has a product at Polar.
    ///
    /// Slugs are the catalog's ids and keys. A product at Polar has one price, so with several
    /// prices `item:price` (`pro:monthly`) is the slug of each, and `item` alone that of the product
    /// that the item itself names. Ids are read as provisioning notes them: from the `providerIds`
    /// of the price, else of the item.
    #[must_use]
    pub fn products_from(mut self, catalog: &Catalog) -> Self {
        self.products.add_catalog(catalog);
        self
    }

    /// Looks up slugs that none of the other products has, in a database for example.
    #[must_use]
    pub fn product_lookup(mut self, lookup: impl ProductLookup + 'static) -> Self {
        self.products.lookup = Some(Arc::new(lookup));
        self
    }

    /// Sets where customers go after paying: a path on the application's own site, or a URL. It may
    /// contain `{CHECKOUT_ID}`, which Polar replaces. Default: Polar's own page.
    #[must_use]
    pub fn success_url(mut self, url: impl Into<String>) -> Self {
        self.success_url = Some(url.into());
        self
    }

    /// Sets where the back button of the checkout leads: a path or a URL. Default: no button.
    #[must_use]
    pub fn return_url(mut self, url: impl Into<String>) -> Self {
        self.return_url = Some(url.into());
        self
    }

    /// Sets where the back button of the customer portal leads: a path or a URL. Default: no
    /// button.
    #[must_use]
    pub fn portal_return_url(mut self, url: impl Into<String>) -> Self {
        self.portal_return_url = Some(url.into());
        self
    }

    /// Sets whether checkouts need somebody signed in who is not a guest. Default: no.
    #[must_use]
    pub fn authenticated_users_only(mut self, only: bool) -> Self {
        self.authenticated_users_only = only;
        self
    }

    /// Sets whether clients may choose the length of their trial (`trialInterval`,
    /// `trialIntervalCount`). Default: no, since anybody could then have a thousand years for free;
    /// the trial of the product applies.
    #[must_use]
    pub fn client_trials(mut self, allow: bool) -> Self {
        self.client_trials = allow;
        self
    }

    /// Sets the look of the checkout page. Default: the customer's own preference.
    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = Some(theme);
        self
    }

    /// Lets clients report usage of these event names themselves, at `/usage/ingest`.
    ///
    /// Default: none. What a client reports is the client's word: report usage that costs money
    /// from the server.
    #[must_use]
    pub fn client_events(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.client_events.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets whether new users become customers. Default: yes.
    #[must_use]
    pub fn create_customer_on_sign_up(mut self, create: bool) -> Self {
        self.create_customer = create;
        self
    }

    /// Sets whether changes of users' names and e-mail addresses reach their customers. Default:
    /// yes.
    #[must_use]
    pub fn sync_customer_on_user_update(mut self, sync: bool) -> Self {
        self.update_customer = sync;
        self
    }

    /// Sets whether the customer of a deleted user is deleted, which cancels their subscriptions.
    /// Default: yes.
    #[must_use]
    pub fn delete_customer_on_user_delete(mut self, delete: bool) -> Self {
        self.delete_customer = delete;
        self
    }

    /// Sets whether the personal data of deleted customers are erased as well. Default: no.
    #[must_use]
    pub fn anonymize_deleted_customers(mut self, anonymize: bool) -> Self {
        self.anonymize = anonymize;
        self
    }

    /// Changes what new customers are created with, such as their metadata. The external id and
    /// the e-mail address stay the user's, whatever it returns.
    #[must_use]
    pub fn customer_params(
        mut self,
        params: impl Fn(&dyn AuthUser, CustomerIndividualCreate) -> CustomerIndividualCreate
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.customer_params = Some(Arc::new(params));
        self
    }
}

impl fmt::Debug for PolarOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolarOptions")
            .field("products", &self.products)
            .field("success_url", &self.success_url)
            .field("authenticated_users_only", &self.authenticated_users_only)
            .finish_non_exhaustive()
    }
}
