//! Polar: meters, products and benefits.
//!
//! A product of Polar is charged in one interval, so every price of a plan, add-on or top-up becomes
//! a product of its own, which carries the metadata of both and the stamps that lead back to the
//! catalog (`catalogPlanId`, `catalogPlanKey`, `catalogPriceId`, …). An add-on of which a subscription
//! can hold several is sold by the unit; seats, tiers and usage come from `x-pricing`
//! ([`Pricing`](crate::compile::Pricing)). The two or three steps of a price come from `x-pricing`
//! ([`Pricing`](crate::compile::Pricing)).
//!
//! What is granted becomes benefits: a feature flag for each boolean feature, shared by the items
//! that grant it; a feature flag with `config` in its metadata for a static entitlement; a meter
//! credit for a metered one. Polar credits in every cycle of a subscription, so an amount that never
//! starts anew has no benefit, and neither has a top-up that expires: Polar's credits do not. They
//! are listed in [`PolarRequests::left_out`], because a metering backend can still grant them.
//!
//! Requests go through [`polar_client`]. Where a body needs the id of a meter that does not exist
//! yet, `{meters.<id>}` stands in its place, until [`PolarBenefit::body`] and
//! [`PolarProduct::body`] fill it in.

mod benefit;
mod meter;
mod price;
mod product;

use std::collections::HashSet;

pub use benefit::PolarBenefit;
pub use meter::PolarMeter;
pub use product::PolarProduct;

use indexmap::IndexMap;
use polar_client::models::{MetadataValue, MeterId};
use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::{Catalog, Issue, IssueCode, Report};
use crate::compile::request::issues;
use crate::compile::{CompileError, Strict};
use crate::provider::Provider;

/// The requests that set a catalog up at Polar, in the order in which they can be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolarRequests {
    /// Meters, which benefits and prices refer to.
    pub meters: Vec<PolarMeter>,
    /// Benefits, which products refer to.
    pub benefits: Vec<PolarBenefit>,
    /// One product for each price.
    pub products: Vec<PolarProduct>,
    /// What Polar cannot do with the catalog; such parts are left out.
    pub issues: Vec<Issue>,
    /// What Polar cannot grant, although it can sell it. Compiling strictly does not fail on it.
    pub left_out: Vec<Issue>,
}

impl Catalog {
    /// Compiles the request bodies for Polar.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when Polar cannot do something with the catalog.
    pub fn compile_polar(&self, strict: Strict) -> Result<PolarRequests, CompileError> {
        let issues = issues(self, Provider::Polar, strict)?;
        let refused = Refused::new(&issues);
        let meters = meter::meters(self, &refused);
        let known: HashSet<&SmolStr> = meters.iter().map(|meter| &meter.meter).collect();
        let mut granted = benefit::benefits(self, &known);
        let mut unread = Vec::new();
        let products = product::products(self, &known, &refused, &mut granted, &mut unread);
        drop(refused);
        let mut issues = issues;
        issues.append(&mut unread);
        if strict == Strict::Yes && !issues.is_empty() {
            return Err(CompileError {
                provider: Provider::Polar,
                report: Report { issues },
            });
        }
        Ok(PolarRequests {
            meters,
            benefits: granted.benefits,
            products,
            issues,
            left_out: granted.left_out,
        })
    }
}

/// The places that a provider would refuse.
struct Refused<'a>(HashSet<&'a str>);

impl<'a> Refused<'a> {
    fn new(issues: &'a [Issue]) -> Self {
        let spoils = |issue: &&Issue| {
            !matches!(
                issue.code,
                IssueCode::MetadataCount | IssueCode::MetadataKey | IssueCode::MetadataValue
            )
        };
        let parent = |issue: &'a Issue| issue.path.rsplit_once('.').map(|(parent, _)| parent);
        Self(issues.iter().filter(spoils).filter_map(parent).collect())
    }

    fn has(&self, place: &str) -> bool {
        self.0.contains(place)
    }
}

/// The reference that stands in place of a meter's id until it is known.
fn meter_reference(meter: &str) -> MeterId {
    MeterId::new(format!("{{meters.{meter}}}"))
}

/// The metadata that Polar stores: 50 entries, names of 1 to 40 characters, texts of 1 to 500. The
/// stamps, which are last, are always among them.
fn stored(metadata: IndexMap<String, String>) -> IndexMap<String, MetadataValue> {
    let fits = |name: &str, value: &str| {
        (1..=40).contains(&name.chars().count()) && (1..=500).contains(&value.chars().count())
    };
    let mut metadata: Vec<_> = metadata
        .into_iter()
        .filter(|(name, value)| fits(name, value))
        .collect();
    let excess = metadata.len().saturating_sub(50);
    metadata.drain(..excess);
    metadata
        .into_iter()
        .map(|(name, value)| (name, MetadataValue::Text(value)))
        .collect()
}
