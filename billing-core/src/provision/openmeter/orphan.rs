//! What carries the catalog's stamps and is not in the catalog.

use std::collections::HashSet;

use super::Planner;
use super::read::Version;
use super::view;
use super::work::Op;
use crate::catalog::ItemKind;
use crate::compile::openmeter::OpenMeterRequests;
use crate::provision::plan::Action;

pub(super) fn add(planner: &mut Planner<'_>, requests: &OpenMeterRequests, archive: bool) {
    let remote = planner.remote;
    let addresses = planner.actions.iter().map(|action| action.address.clone());
    let mut orphans = Orphans {
        taken: addresses.collect(),
        planner,
        archive,
    };
    let keys = requests.plans.iter().map(|plan| plan.body.key.as_str());
    let keys: HashSet<&str> = keys.collect();
    for plan in remote.plans.iter() {
        if plan.is_published() && !keys.contains(plan.key()) {
            let address = view::stamped_sold(ItemKind::Plan, plan.metadata.as_ref());
            let id = plan.id().to_owned();
            orphans.add(address, &plan.name, plan.id(), Some(Op::ArchivePlan { id }));
        }
    }
    let keys = requests.addons.iter().map(|addon| addon.body.key.as_str());
    let keys: HashSet<&str> = keys.collect();
    for addon in remote.addons.iter() {
        if addon.is_published() && !keys.contains(addon.key()) {
            let address = view::stamped_sold(ItemKind::Addon, addon.metadata.as_ref());
            let id = addon.id().to_owned();
            orphans.add(
                address,
                &addon.name,
                addon.id(),
                Some(Op::ArchiveAddon { id }),
            );
        }
    }
    let keys = requests.features.iter().map(|one| one.body.key.as_str());
    let keys: HashSet<&str> = keys.collect();
    for feature in remote.features.values() {
        if !keys.contains(feature.key.as_str()) {
            let (address, id) = (view::stamped_feature(feature), feature.id.as_str());
            let op = Op::ArchiveFeature { id: id.to_owned() };
            orphans.add(address, &feature.name, id, Some(op));
        }
    }
    let keys = requests.meters.iter().map(|meter| meter.body.slug.as_str());
    let keys: HashSet<&str> = keys.collect();
    for meter in remote.meters.values() {
        if !keys.contains(meter.slug.as_str()) {
            // OpenMeter can only delete a meter.
            orphans.add(
                view::stamped_meter(meter),
                &meter.slug,
                meter.id.as_str(),
                None,
            );
        }
    }
}

struct Orphans<'p, 'a> {
    planner: &'p mut Planner<'a>,
    taken: HashSet<String>,
    archive: bool,
}

impl Orphans<'_, '_> {
    /// Adds an object that has stamps; `op` archives it, where that can be done.
    fn add(&mut self, address: Option<String>, name: &str, id: &str, op: Option<Op>) {
        let Some(address) = address else { return };
        let replaced = self.taken.contains(&address);
        let note = replaced.then(|| "another key has taken its place".to_owned());
        let archive = self.archive && op.is_some();
        let action = Action::orphan(&address, name, id, archive, note);
        self.planner.push(action, op.unwrap_or(Op::Nothing));
    }
}
