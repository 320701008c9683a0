use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{EventCustomer, Matching};

/// The choices that an application makes about access.
///
/// The defaults take nothing for granted: access belongs to the application's own customer id,
/// products are matched by id, a late payment keeps access for three days.
///
/// ```
/// use std::time::Duration;
/// use billing_core::entitlement::Policy;
///
/// let policy = Policy::new().past_due_grace(Duration::from_secs(7 * 24 * 3600));
/// assert!(policy.trials_give_access);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Policy {
    /// How long access stays after a payment became late. Default: three days.
    pub past_due_grace: Duration,
    /// How long access stays after the end of a paid period when the provider reports neither a
    /// renewal nor an end. Default: `None`, as long as the last known status gives access.
    pub silence_grace: Option<Duration>,
    /// Whether a trial gives access. Default: yes.
    pub trials_give_access: bool,
    /// Whether metered amounts are multiplied by seats or units. Default: yes.
    pub amounts_per_unit: bool,
    /// Whether a bought top-up can be used while no plan entitles to its feature. Default: no; it
    /// waits and is available again with the next plan.
    pub topups_without_plan: bool,
    /// Whether the `referenceId` in metadata names the customer. Default: no.
    pub trusts_reference_id: bool,
    /// Whether a product that neither id nor stamp identifies may be matched by its display name.
    /// Default: [`Matching::Ids`], never.
    pub matching: Matching,
    /// Whether entitlements and grants are managed at all. Default: yes.
    pub manages_entitlements: bool,
    /// The prefix of the audit events' type. `None` sends none. Default: `billing`.
    pub audit_prefix: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            past_due_grace: Duration::from_secs(3 * 24 * 3600),
            silence_grace: None,
            trials_give_access: true,
            amounts_per_unit: true,
            topups_without_plan: false,
            trusts_reference_id: false,
            matching: Matching::Ids,
            manages_entitlements: true,
            audit_prefix: Some("billing".to_owned()),
        }
    }
}

impl Policy {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long access stays after a payment became late; zero takes it at once.
    #[must_use]
    pub fn past_due_grace(mut self, grace: Duration) -> Self {
        self.past_due_grace = grace;
        self
    }

    /// Takes access this long after the end of a period about whose renewal nothing was heard.
    #[must_use]
    pub fn silence_grace(mut self, grace: Duration) -> Self {
        self.silence_grace = Some(grace);
        self
    }

    /// Sets whether a trial gives access.
    #[must_use]
    pub fn trials_give_access(mut self, yes: bool) -> Self {
        self.trials_give_access = yes;
        self
    }

    /// Sets whether metered amounts are multiplied by seats or units.
    #[must_use]
    pub fn amounts_per_unit(mut self, yes: bool) -> Self {
        self.amounts_per_unit = yes;
        self
    }

    /// Sets whether a bought top-up can be used without a plan.
    #[must_use]
    pub fn topups_without_plan(mut self, yes: bool) -> Self {
        self.topups_without_plan = yes;
        self
    }

    /// Lets the `referenceId` in metadata name the customer, for organizations that a member pays
    /// for.
    ///
    /// Only for applications whose own server writes that metadata after checking the member's
    /// rights. If buyers can write it, anyone can give access to, and take it from, anybody.
    #[must_use]
    pub fn trust_reference_id(mut self) -> Self {
        self.trusts_reference_id = true;
        self
    }

    /// Also matches products by display name, which anyone with access to the provider's dashboard
    /// can change.
    #[must_use]
    pub fn match_display_names(mut self) -> Self {
        self.matching = Matching::IdsThenNames;
        self
    }

    /// Records events and sends audit events, and leaves entitlements and grants to others.
    #[must_use]
    pub fn audit_only(mut self) -> Self {
        self.manages_entitlements = false;
        self
    }

    /// Sets the prefix of the audit events' type. `better-auth.billing` gives the names of the
    /// TypeScript plugin.
    #[must_use]
    pub fn audit_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.audit_prefix = Some(prefix.into());
        self
    }

    /// Sends no audit events.
    #[must_use]
    pub fn without_audit(mut self) -> Self {
        self.audit_prefix = None;
        self
    }

    /// Returns whom an event's access belongs to, as far as the event itself can be believed.
    pub fn customer_key<'a>(&self, customer: &'a EventCustomer) -> Option<&'a str> {
        let reference = customer
            .reference_id
            .as_deref()
            .filter(|_| self.trusts_reference_id);
        reference
            .or(customer.external_id.as_deref())
            .filter(|key| !key.trim().is_empty())
    }
}
