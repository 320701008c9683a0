//! OpenMeter: meters, features, add-ons, plans with their links to add-ons, then what is orphaned.
//!
//! Published versions of plans and add-ons do not change: a difference becomes a new version, which
//! is published when it is complete. A draft that is found is taken on, so that an apply that broke
//! off does not leave a second one.

mod orphan;
mod read;
mod view;
mod work;

use std::collections::HashMap;

use openmeter_client::OpenMeter;
use openmeter_client::models::{Feature, FeatureCreateInputs, MeterCreate};

pub(super) use work::Work;

use super::Options;
use super::difference::{View, differences};
use super::error::ProvisionError;
use super::plan::{self, Action, Plan};
use super::record::Recorder;
use crate::catalog::Catalog;
use crate::compile::ApiRequest;
use crate::compile::openmeter::{OpenMeterRequests, PlanAddonLink};
use read::{Remote, Versions};
use work::{AddonOp, Base, Op, PlanOp};

pub(super) async fn plan(
    om: &OpenMeter,
    catalog: &Catalog,
    options: Options,
    recorder: Recorder,
) -> Result<Plan, ProvisionError> {
    let requests = catalog.compile_openmeter(options.strict)?;
    let keys = requests.plans.iter().map(|plan| plan.body.key.as_str());
    let remote = Remote::read(om, &keys.collect::<Vec<_>>()).await?;
    let mut planner = Planner {
        remote: &remote,
        recorder: &recorder,
        actions: Vec::new(),
        ops: Vec::new(),
        addons: HashMap::new(),
    };
    for meter in &requests.meters {
        planner.meter(meter);
    }
    for feature in &requests.features {
        planner.feature(feature);
    }
    planner.sold(&requests);
    orphan::add(&mut planner, &requests, options.archive_orphans);
    let Planner {
        actions,
        ops,
        addons,
        ..
    } = planner;
    let addons = addons.into_iter().filter_map(|(key, id)| Some((key, id?)));
    let addons = addons.collect();
    Ok(Plan {
        actions,
        issues: requests.issues,
        work: plan::Work::OpenMeter(Work::new(om.clone(), ops, addons)),
        recorder,
    })
}

struct Planner<'a> {
    remote: &'a Remote,
    recorder: &'a Recorder,
    actions: Vec<Action>,
    ops: Vec<Op>,
    /// Key of an add-on to the id of its published version; `None` when it is not made yet.
    addons: HashMap<String, Option<String>>,
}

impl Planner<'_> {
    fn push(&mut self, action: Action, op: Op) {
        self.actions.push(action);
        self.ops.push(op);
    }

    fn meter(&mut self, wanted: &ApiRequest<MeterCreate>) {
        let body = &wanted.body;
        let address = view::meter_address(body);
        let found = self.remote.meters.get(&body.slug);
        let view = view::wanted_meter(body);
        let present = found.map(view::present_meter);
        let pair = found.zip(present.as_ref());
        let pair = pair.map(|(meter, view)| (meter.id.as_str(), view));
        let name = body.name.as_deref().unwrap_or(&body.slug);
        let mut action = Action::compare(&address, name, &view, pair, self.recorder);
        let fixed = ["aggregation", "eventType", "valueProperty"];
        block_fixed(
            &mut action,
            &fixed,
            "give the meter in the catalog another key",
        );
        let op = Op::Meter {
            wanted: Box::new(body.clone()),
            found: found.map(|meter| Box::new(meter.clone())),
            view,
        };
        self.push(action, op);
    }

    fn feature(&mut self, wanted: &ApiRequest<FeatureCreateInputs>) {
        let body = &wanted.body;
        let address = view::feature_address(body);
        let found: Option<&Feature> = self.remote.features.get(&body.key);
        let view = view::wanted_feature(body);
        let present = found.map(view::present_feature);
        let pair = found.zip(present.as_ref());
        let pair = pair.map(|(feature, view)| (feature.id.as_str(), view));
        let mut action = Action::compare(&address, &body.name, &view, pair, self.recorder);
        block_fixed(
            &mut action,
            &["meterSlug"],
            "archive the feature, or give it another key in the catalog",
        );
        let op = Op::Feature {
            wanted: Box::new(body.clone()),
            view,
        };
        self.push(action, op);
    }

    fn sold(&mut self, requests: &OpenMeterRequests) {
        for wanted in &requests.addons {
            let address = view::sold_address("addons", wanted.source.as_ref());
            let body = &wanted.body;
            let view = view::wanted_addon(body);
            let versions = self.remote.addons.of(&body.key);
            let (base, present) = choose(&view, versions, view::present_addon);
            let id = base.id();
            let pair = id.zip(present.as_ref());
            let mut action = Action::compare(&address, &body.name, &view, pair, self.recorder);
            if matches!(base, Base::Draft(_)) {
                block_fixed(&mut action, &["currency"], "delete the draft version");
            }
            // A draft keeps its id when it is published; a new version has none yet.
            let published = match (&base, action.applies) {
                (Base::Published(_), true) | (Base::Nothing, _) => None,
                _ => id.map(ToOwned::to_owned),
            };
            self.addons.insert(body.key.clone(), published);
            let op = AddonOp {
                wanted: body.clone(),
                base,
                present: present.unwrap_or_default(),
                view,
            };
            self.push(action, Op::Addon(Box::new(op)));
        }
        let mut links: HashMap<&str, Vec<PlanAddonLink>> = HashMap::new();
        for link in &requests.plan_addons {
            let of_plan = links.entry(link.plan_key.as_str()).or_default();
            of_plan.push(link.clone());
        }
        for wanted in &requests.plans {
            let links = links.remove(wanted.body.key.as_str());
            self.plan(wanted, links.unwrap_or_default());
        }
    }

    fn plan(
        &mut self,
        wanted: &ApiRequest<openmeter_client::models::PlanCreate>,
        links: Vec<PlanAddonLink>,
    ) {
        let address = view::sold_address("plans", wanted.source.as_ref());
        let body = &wanted.body;
        let mut view = view::wanted_plan(body);
        let ids = |key: &str| self.addons.get(key).cloned().flatten();
        view.insert("addons".into(), view::wanted_links(&links, ids));
        let remote = self.remote;
        let versions = remote.plans.of(&body.key);
        let (base, present) = choose(&view, versions, |plan| {
            view::present_plan(plan, remote.links(plan.id.as_str()))
        });
        let id = base.id();
        let pair = id.zip(present.as_ref());
        let mut action = Action::compare(&address, &body.name, &view, pair, self.recorder);
        if let Base::Draft(id) = &base {
            block_fixed(&mut action, &["currency"], "delete the draft version");
            let stray = remote.links(id).iter().find(|link| {
                let key = link.addon.key.as_str();
                let known = links.iter().any(|wanted| wanted.addon_key == key);
                let current = ids(key).is_some_and(|id| id == link.addon.id.as_str());
                !(known && current)
            });
            if let Some(stray) = stray {
                action.block(format!(
                    "the draft version has the add-on \"{}\" in a version that is not wanted; delete the draft, or take the add-on off it",
                    stray.addon.key
                ));
            }
        }
        let op = PlanOp {
            wanted: body.clone(),
            existing: base
                .id()
                .map(|id| remote.links(id).to_vec())
                .unwrap_or_default(),
            links,
            base,
            present: present.unwrap_or_default(),
            view,
        };
        self.push(action, Op::Plan(Box::new(op)));
    }
}

/// The version to compare with: the published one if it is as wanted or nothing else is there, else
/// the draft.
fn choose<T: read::Version>(
    wanted: &View,
    versions: Versions<'_, T>,
    view: impl Fn(&T) -> View,
) -> (Base, Option<View>) {
    let Versions { published, draft } = versions;
    let present = published.map(&view);
    if let (Some(published), Some(present)) = (published, &present)
        && (draft.is_none() || differences(wanted, present, None).is_empty())
    {
        return (
            Base::Published(published.id().to_owned()),
            Some(present.clone()),
        );
    }
    match draft {
        Some(draft) => (Base::Draft(draft.id().to_owned()), Some(view(draft))),
        None => (Base::Nothing, None),
    }
}

/// Blocks an action that would have to change what cannot be changed.
fn block_fixed(action: &mut Action, fixed: &[&str], advice: &str) {
    if action.id.is_none() {
        return;
    }
    let found = action
        .differences
        .iter()
        .find(|difference| fixed.contains(&difference.field.as_str()));
    if let Some(difference) = found {
        let reason = format!("OpenMeter cannot change this: {difference}; {advice}");
        action.block(reason);
    }
}
