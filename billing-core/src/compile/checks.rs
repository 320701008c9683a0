//! Combinations that a provider does not have.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use crate::catalog::{Addon, Catalog, Interval, Issue, IssueCode};
use crate::provider::Provider;

pub(super) fn check(catalog: &Catalog, provider: Provider) -> Vec<Issue> {
    let mut issues = Vec::new();
    match provider {
        Provider::Razorpay => razorpay(catalog, &mut issues),
        Provider::Dodo | Provider::OpenMeter => intervals(catalog, provider, &mut issues),
        _ => {}
    }
    issues
}

fn razorpay(catalog: &Catalog, issues: &mut Vec<Issue>) {
    for (id, addon) in catalog.addons() {
        for (price_id, price) in &addon.prices {
            let Some(interval) = price.interval.as_ref().filter(|i| **i != Interval::OneTime)
            else {
                continue;
            };
            issues.push(Issue::new(
                IssueCode::RecurringAddonUnsupported,
                format!("addons.{id}.prices.{price_id}.interval"),
                format!(
                    "Razorpay charges an add-on once, with \"one_time\"; this one recurs by \"{interval}\""
                ),
            ));
        }
    }
    for id in catalog.topups().keys() {
        issues.push(Issue::new(
            IssueCode::TopupUnsupported,
            format!("topups.{id}"),
            "Razorpay has no catalog object for a top-up".into(),
        ));
    }
}

/// Add-ons that follow the cadence of their plan need a plan price with the same interval.
fn intervals(catalog: &Catalog, provider: Provider, issues: &mut Vec<Issue>) {
    let mut lacking = Lacking {
        catalog,
        by_interval: HashMap::new(),
    };
    for (id, addon) in catalog.addons() {
        let mut intervals: Vec<&Interval> = Vec::new();
        for interval in addon
            .prices
            .values()
            .filter_map(|price| price.interval.as_ref())
        {
            if *interval != Interval::OneTime && !intervals.contains(&interval) {
                intervals.push(interval);
            }
        }
        for (plan, interval) in lacking.of(addon, &intervals) {
            issues.push(Issue::new(
                IssueCode::AddonIntervalMismatch,
                format!("addons.{id}.compatiblePlans"),
                format!(
                    "{} charges an add-on together with its plan: it recurs by \"{interval}\", and no price of the plan \"{plan}\" does",
                    provider.display_name()
                ),
            ));
        }
    }
}

/// The plans without a price of an interval, worked out once for each interval that is asked for.
struct Lacking<'a> {
    catalog: &'a Catalog,
    by_interval: HashMap<&'a Interval, Vec<usize>>,
}

impl<'a> Lacking<'a> {
    fn of(
        &mut self,
        addon: &'a Addon,
        intervals: &[&'a Interval],
    ) -> Vec<(&'a SmolStr, &'a Interval)> {
        let written = addon.compatible_plans.as_deref().unwrap_or_default();
        if !written.is_empty() {
            return self.among(written, intervals);
        }
        let mut found = Vec::new();
        for (order, interval) in intervals.iter().enumerate() {
            found.extend(self.slots(interval).iter().map(|slot| (*slot, order)));
        }
        found.sort_unstable();
        found
            .into_iter()
            .filter_map(|(slot, order)| {
                let (id, _) = self.catalog.plans().get_index(slot)?;
                Some((id, *intervals.get(order)?))
            })
            .collect()
    }

    fn among(
        &self,
        written: &'a [SmolStr],
        intervals: &[&'a Interval],
    ) -> Vec<(&'a SmolStr, &'a Interval)> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for name in written {
            let Some(slot) = self.catalog.plan_slot(name) else {
                continue;
            };
            if !seen.insert(slot) {
                continue;
            }
            for interval in intervals {
                if !self.has(slot, interval) {
                    found.push((name, *interval));
                }
            }
        }
        found
    }

    fn slots(&mut self, interval: &'a Interval) -> &[usize] {
        if !self.by_interval.contains_key(interval) {
            let slots = (0..self.catalog.plans().len())
                .filter(|slot| !self.has(*slot, interval))
                .collect();
            self.by_interval.insert(interval, slots);
        }
        self.by_interval
            .get(interval)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn has(&self, slot: usize, interval: &Interval) -> bool {
        self.catalog
            .plans()
            .get_index(slot)
            .is_some_and(|(_, plan)| {
                plan.prices
                    .values()
                    .any(|price| price.interval.as_ref() == Some(interval))
            })
    }
}
