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
    let keys = |keys: Vec<&str>| {
        keys.into_iter()
            .map(ToOwned::to_owned)
            .collect::<HashSet<_>>()
    };
    let plans = keys(
        requests
            .plans
            .iter()
            .map(|plan| plan.body.key.as_str())
            .collect(),
    );
    for plan in remote.plans.iter().filter(|plan| plan.is_published()) {
        let address = view::stamped_sold(ItemKind::Plan, plan.metadata.as_ref());
        if let Some(address) = address.filter(|_| !plans.contains(plan.key())) {
            push(planner, address, &plan.name, plan.id(), archive, |id| {
                Op::ArchivePlan { id }
            });
        }
    }
    let addons = keys(
        requests
            .addons
            .iter()
            .map(|addon| addon.body.key.as_str())
            .collect(),
    );
    for addon in remote.addons.iter().filter(|addon| addon.is_published()) {
        let address = view::stamped_sold(ItemKind::Addon, addon.metadata.as_ref());
        if let Some(address) = address.filter(|_| !addons.contains(addon.key())) {
            push(planner, address, &addon.name, addon.id(), archive, |id| {
                Op::ArchiveAddon { id }
            });
        }
    }
    let features = keys(
        requests
            .features
            .iter()
            .map(|found| found.body.key.as_str())
            .collect(),
    );
    for feature in &remote.features {
        let address = view::stamped_feature(feature);
        if let Some(address) = address.filter(|_| !features.contains(&feature.key)) {
            push(
                planner,
                address,
                &feature.name,
                feature.id.as_str(),
                archive,
                |id| Op::ArchiveFeature { id },
            );
        }
    }
    let meters = keys(
        requests
            .meters
            .iter()
            .map(|meter| meter.body.slug.as_str())
            .collect(),
    );
    for meter in &remote.meters {
        let address = view::stamped_meter(meter);
        if let Some(address) = address.filter(|_| !meters.contains(&meter.slug)) {
            // OpenMeter can only delete a meter.
            push(
                planner,
                address,
                &meter.slug,
                meter.id.as_str(),
                false,
                |_| Op::Nothing,
            );
        }
    }
}

fn push(
    planner: &mut Planner<'_>,
    address: String,
    name: &str,
    id: &str,
    archive: bool,
    op: impl FnOnce(String) -> Op,
) {
    let replaced = planner
        .actions
        .iter()
        .any(|action| action.address == address);
    let note = replaced.then(|| "another key has taken its place".to_owned());
    let action = Action::orphan(&address, name, id, archive, note);
    planner.push(action, op(id.to_owned()));
}
