//! OpenMeter: meters, features, plans, add-ons, customer entitlements and grants.
//!
//! A plan of OpenMeter is charged in one cadence and one currency, so every price of a catalog plan
//! becomes a plan of its own, and every price of an add-on an add-on of its own. With one price the
//! key is the item's; with several it is the item's key, `_` and the price's id. A plan or add-on
//! without prices is not sold, so there is nothing to make for it: what it grants is granted all
//! the same.
//!
//! Every entitlement becomes a rate card without a price and with an entitlement template; the
//! price is a rate card of its own, and a price for usage (`x-pricing`, see
//! [`Pricing`](crate::compile::Pricing)) stands on the card of its feature. A trial is a first phase
//! without prices. An amount that never starts anew has a usage period of a hundred years, because
//! OpenMeter wants one.
//!
//! Requests go through [`openmeter_client`].

mod card;
mod entitlement;
mod item;
mod metering;

pub use entitlement::{Unsupported, entitlement_body, grant_body};
pub use item::{DEFAULT_PHASE, PlanAddonLink, TRIAL_PHASE};

pub(crate) use entitlement::{
    PRIORITIES, Period, boolean_body, config_text, expiration_period, metered_body, owned_metadata,
    static_body,
};

use std::collections::HashSet;

use openmeter_client::models::{AddonCreate, FeatureCreateInputs, MeterCreate, PlanCreate};
use serde::Serialize;

use crate::catalog::{Catalog, Issue, IssueCode, Report};
use crate::compile::limits::is_snake_key;
use crate::compile::request::{ApiRequest, issues};
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that set a catalog up at OpenMeter, in the order in which they can be sent.
///
/// Meters are created, then features, plans and add-ons; then plans and add-ons are linked, and
/// published.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OpenMeterRequests {
    /// Meters, by their keys.
    pub meters: Vec<ApiRequest<MeterCreate>>,
    /// Features, by their keys.
    pub features: Vec<ApiRequest<FeatureCreateInputs>>,
    /// One plan for each price of a plan.
    pub plans: Vec<ApiRequest<PlanCreate>>,
    /// One add-on for each price of an add-on.
    pub addons: Vec<ApiRequest<AddonCreate>>,
    /// Which add-on can be added to which plan.
    pub plan_addons: Vec<PlanAddonLink>,
    /// What OpenMeter cannot do with the catalog; such parts are left out.
    pub issues: Vec<Issue>,
}

impl Catalog {
    /// Compiles the request bodies for OpenMeter.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when OpenMeter cannot do something with the catalog.
    pub fn compile_openmeter(&self, strict: Strict) -> Result<OpenMeterRequests, CompileError> {
        let mut issues = issues(self, Provider::OpenMeter, strict)?;
        let meters = metering::meters(self);
        let features = metering::features(self, &meters);
        let known = metering::Known::new(&features);
        let mut sold = item::compile(self, &known);
        // What the check finds already.
        let known: HashSet<&str> = issues
            .iter()
            .filter(|issue| issue.code == IssueCode::PricingUnsupported)
            .map(|issue| issue.path.as_str())
            .collect();
        sold.issues
            .retain(|issue| !known.contains(issue.path.as_str()));
        issues.append(&mut sold.issues);
        if strict == Strict::Yes && !issues.is_empty() {
            return Err(CompileError {
                provider: Provider::OpenMeter,
                report: Report { issues },
            });
        }
        Ok(OpenMeterRequests {
            meters,
            features,
            plans: sold.plans,
            addons: sold.addons,
            plan_addons: sold.links,
            issues,
        })
    }
}
