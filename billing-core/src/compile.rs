//! From one catalog to what each provider takes.
//!
//! [`Catalog::compile`] gives the provider-neutral [`CompiledCatalog`]: products, prices and how
//! the provider sells them, with the JSON that the TypeScript catalog's compiler gives.
//! [`Catalog::check`] finds what a provider cannot do with a catalog, its limits included.
//! [`Catalog::compile_plan_entitlements`] and its siblings give what is granted.
//!
//! The modules of the providers have the request bodies that their APIs take:
//! [`Catalog::compile_stripe`] and its siblings. There, a boolean entitlement that is off grants
//! nothing, prices follow the provider's own shapes, and what cannot be expressed is left out and
//! reported.
//!
//! Amounts count in the smallest unit of ISO 4217 (500 ISK is `500`, 5.00 USD is `500`). The neutral
//! form passes them on; request bodies have the provider's own unit.
//!
//! # Differences from the TypeScript compiler
//!
//! A catalog that both accept compiles to equal JSON, except for what this table lists.
//!
//! | There | Here | Why |
//! |---|---|---|
//! | A key that is another item's id is accepted, and look-ups give the wrong item | An error, `key_shadows_id` | One name must not mean two items |
//! | A plan that stands twice in `compatiblePlans` comes out twice, and so do its warnings | It comes out once, with the warning `repeated_reference` | The list is a set |
//! | Texts of issues and errors | Our own words, with the same paths in the same order and the same names in quotes | |
//! | Strict compiling fails on add-on intervals and on Razorpay's add-ons and top-ups | It also fails on the provider's limits: amounts, currencies, intervals, lengths, metadata | The provider would refuse the request |
//! | An unknown plan, add-on or top-up throws an error | [`UnknownItem`] | |

pub mod autumn;
mod checks;
pub mod creem;
pub mod dodo;
mod entitlements;
mod item;
mod limits;
mod metadata;
#[cfg(feature = "openmeter")]
pub mod openmeter;
mod payment;
#[cfg(feature = "polar")]
pub mod polar;
mod pricing;
pub mod razorpay;
mod request;
#[cfg(any(feature = "polar", feature = "openmeter"))]
mod stamps;
pub mod stripe;

pub use entitlements::{CompiledEntitlement, CompiledTopupGrant, UnknownItem};
pub use metadata::CompiledMetadata;
pub use payment::{CompiledCatalog, CompiledPrice, CompiledProduct, ProductDetail, Strategy};
pub use pricing::{DecimalAmount, InvalidPricing, Per, Pricing, Tier, TierMode, UsagePrice};
pub use request::ApiRequest;

use std::fmt;

use crate::catalog::{Catalog, Issue, Report};
use crate::provider::Provider;

/// Whether compiling fails on what the provider cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strict {
    /// Fail on any issue of the provider.
    Yes,
    /// Compile what can be compiled and report the rest.
    No,
}

/// The catalog does not fit the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    provider: Provider,
    report: Report,
}

impl CompileError {
    /// The provider.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Everything that does not fit.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the catalog does not fit the provider \"{}\"",
            self.provider
        )?;
        for issue in &self.report.issues {
            write!(f, "\n- {issue}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

impl Catalog {
    /// Finds what a provider cannot do with this catalog: combinations that it does not have, then
    /// values beyond its limits.
    #[must_use]
    pub fn check(&self, provider: Provider) -> Report {
        let mut issues = checks::check(self, provider);
        limits::check(self, provider, &mut issues);
        Report { issues }
    }

    /// Compiles products and prices for a provider, in the neutral form.
    ///
    /// Plans come first, then add-ons, then top-ups, each in the order of the catalog.
    ///
    /// # Errors
    /// With [`Strict::Yes`], when [`check`](Self::check) finds anything.
    pub fn compile(
        &self,
        provider: Provider,
        strict: Strict,
    ) -> Result<CompiledCatalog, CompileError> {
        let combinations = checks::check(self, provider);
        let warnings = combinations.iter().map(Issue::to_string).collect();
        let mut issues = combinations;
        limits::check(self, provider, &mut issues);
        if strict == Strict::Yes && !issues.is_empty() {
            return Err(CompileError {
                provider,
                report: Report { issues },
            });
        }
        let (products, prices) = payment::compile(self, provider);
        Ok(CompiledCatalog {
            provider,
            products,
            prices,
            warnings,
            issues,
        })
    }
}
