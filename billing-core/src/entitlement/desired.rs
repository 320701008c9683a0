use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::merge::merge;
use super::{
    Change, EntitlementSpec, PaymentRecord, Policy, State, SubscriptionRecord, Unresolved,
};
use crate::catalog::{Catalog, Entitlement, Entries};
use crate::event::{PurchasedItem, Reference};
use crate::provider::Provider;

/// What a customer should have at a time, and what stands in the way.
#[derive(Default)]
pub(super) struct Desired {
    pub(super) entitlements: BTreeMap<String, EntitlementSpec>,
    /// By the key of the subscription or payment concerned.
    pub(super) unresolved: Vec<(String, Unresolved)>,
    pub(super) waiting: Vec<(String, Change)>,
    /// When access changes by the clock alone.
    pub(super) next_due: Option<OffsetDateTime>,
}

/// A plan or add-on that the customer holds now.
pub(super) struct Holding<'a> {
    pub(super) sold: Sold<'a>,
    pub(super) quantity: u64,
    pub(super) provider: Provider,
    pub(super) subscription_id: Option<&'a str>,
    /// The key of the subscription or payment that it comes from.
    origin: &'a str,
    pub(super) started_at: Option<OffsetDateTime>,
    pub(super) period_start: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sold<'a> {
    Plan(&'a str),
    Addon(&'a str),
}

impl<'a> Sold<'a> {
    pub(super) fn entitlements(self, catalog: &'a Catalog) -> Option<&'a Entries<Entitlement>> {
        match self {
            Self::Plan(id) => catalog.plans().get(id).map(|plan| &plan.entitlements),
            Self::Addon(id) => catalog.addons().get(id).map(|addon| &addon.entitlements),
        }
    }
}

/// Works out what the customer should have at `now`.
pub(super) fn desired(
    state: &State,
    catalog: &Catalog,
    policy: &Policy,
    now: OffsetDateTime,
) -> Desired {
    let mut desired = Desired::default();
    if !policy.manages_entitlements {
        return desired;
    }
    let mut references: Vec<(Origin<'_>, &PurchasedItem, Reference)> = Vec::new();
    for (key, record) in &state.subscriptions {
        let access = record.access(state.payments.values(), policy);
        if !access.at(now) {
            continue;
        }
        desired.next_due = [desired.next_due, access.until()]
            .into_iter()
            .flatten()
            .min();
        for item in &record.snapshot.items {
            let reference = item.resolve(record.provider, catalog, policy.matching);
            references.push((Origin::Subscription(key, record), item, reference));
        }
    }
    for (key, payment) in &state.payments {
        if payment.is_settled() && payment.subscription_id.is_none() {
            for item in &payment.items {
                let reference = item.resolve(payment.provider, catalog, policy.matching);
                references.push((Origin::Purchase(key, payment), item, reference));
            }
        }
    }

    let mut holdings = Vec::new();
    for (origin, item, reference) in &references {
        match (origin, reference) {
            (_, Reference::Unresolved { item, reason }) => {
                let product = Unresolved::Product {
                    item: item.clone(),
                    reason: reason.clone(),
                };
                desired.unresolved.push((origin.key().to_owned(), product));
            }
            (Origin::Subscription(..), Reference::Plan { plan, .. }) => {
                holdings.push(origin.holding(Sold::Plan(plan), item));
            }
            (Origin::Purchase(..), Reference::Plan { plan, .. }) => {
                let found = Unresolved::PlanWithoutSubscription { plan: plan.clone() };
                desired.unresolved.push((origin.key().to_owned(), found));
            }
            (_, Reference::Addon { addon, .. }) => {
                holdings.push(origin.holding(Sold::Addon(addon), item));
            }
            (_, Reference::Topup { .. }) => {}
        }
    }
    let holdings = usable(holdings, catalog, &mut desired);
    desired.entitlements = merge(&holdings, catalog, policy);
    if policy.topups_without_plan {
        super::merge::add_topup_holders(state, &mut desired, now);
    }
    desired
}

/// Leaves out add-ons without one of their plans, and repetitions of add-ons that can be held once.
fn usable<'a>(
    mut holdings: Vec<Holding<'a>>,
    catalog: &Catalog,
    desired: &mut Desired,
) -> Vec<Holding<'a>> {
    let plans: BTreeSet<&str> = holdings
        .iter()
        .filter_map(|holding| match holding.sold {
            Sold::Plan(plan) => Some(plan),
            Sold::Addon(_) => None,
        })
        .collect();
    // The newest plan speaks first where only one can; add-ons come after plans.
    holdings.sort_by_key(|holding| {
        let rank = matches!(holding.sold, Sold::Addon(_));
        (
            rank,
            std::cmp::Reverse(holding.started_at),
            holding.origin,
            holding.sold,
        )
    });
    let mut seen = BTreeSet::new();
    holdings.retain(|holding| {
        let Sold::Addon(id) = holding.sold else {
            return true;
        };
        let Some(addon) = catalog.addons().get(id) else {
            return false;
        };
        let compatible = addon.compatible_plans.as_deref().unwrap_or_default();
        let fits = compatible.is_empty()
            || compatible.iter().any(|wanted| {
                plans.iter().any(|plan| {
                    let key = catalog
                        .plans()
                        .get(*plan)
                        .and_then(|plan| plan.key.as_deref());
                    wanted == *plan || key == Some(wanted.as_str())
                })
            });
        if !fits {
            let change = Change::AddonWaits {
                addon: id.to_owned(),
            };
            desired.waiting.push((holding.origin.to_owned(), change));
        }
        fits && (seen.insert(id) || addon.multiple == Some(true))
    });
    holdings
}

#[derive(Clone, Copy)]
enum Origin<'a> {
    Subscription(&'a str, &'a SubscriptionRecord),
    Purchase(&'a str, &'a PaymentRecord),
}

impl<'a> Origin<'a> {
    fn key(&self) -> &'a str {
        match self {
            Self::Subscription(key, _) | Self::Purchase(key, _) => key,
        }
    }

    fn holding<'h>(&self, sold: Sold<'h>, item: &PurchasedItem) -> Holding<'h>
    where
        'a: 'h,
    {
        match self {
            Self::Subscription(key, record) => {
                let snapshot = &record.snapshot;
                Holding {
                    sold,
                    quantity: item.quantity.or(snapshot.quantity).unwrap_or(1),
                    provider: record.provider,
                    subscription_id: Some(&snapshot.id),
                    origin: key,
                    started_at: snapshot.started_at,
                    period_start: snapshot.current_period_start,
                }
            }
            Self::Purchase(key, payment) => Holding {
                sold,
                quantity: item.quantity.unwrap_or(1),
                provider: payment.provider,
                subscription_id: None,
                origin: key,
                started_at: payment.paid_at,
                period_start: None,
            },
        }
    }
}
