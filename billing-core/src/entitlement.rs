//! Decisions: what a customer is entitled to, worked out from what providers reported.
//!
//! [`decide`] and [`expire`] are pure: the same state, event, catalog, policy and time give the
//! same [`Decision`]. Nothing is read or written; [`Billing`](crate::billing::Billing) does that.
//!
//! Three rules hold everything up:
//!
//! - Access follows the *newest snapshot* of each subscription: its status and its times. Names of
//!   events play no part, and neither does the order of arrival.
//! - What a customer is meant to have is worked out from all their subscriptions and purchases each
//!   time, and compared with what was decided before. The difference is the effects.
//! - What is not known for sure (whose it is, what was bought, what the body says) grants nothing
//!   and is reported as [`Unresolved`].

mod access;
mod audit;
mod calendar;
mod decide;
mod desired;
mod merge;
mod policy;
mod reconcile;
mod spec;
mod state;
mod verdict;

pub use access::{Access, Standing};
pub use decide::{Decision, decide};
pub use policy::Policy;
pub use reconcile::{captured, expire};
pub use spec::{Allowance, EntitlementSpec, GrantRecord, GrantSpec};
pub use state::{PaymentRecord, State, SubscriptionRecord};
pub use verdict::{Change, IgnoredReason, Unresolved, Verdict};
