use std::collections::HashMap;
use std::fmt;

use openmeter_client::OpenMeter;
use openmeter_client::models::{
    AddonCreate, AddonReplaceUpdate, FeatureCreateInputs, Meter, MeterCreate, MeterUpdate,
    PlanAddon, PlanAddonReplaceUpdate, PlanCreate, PlanReplaceUpdate,
};

use super::view;
use crate::compile::openmeter::PlanAddonLink;
use crate::provision::difference::{View, merged_metadata};
use crate::provision::error::ProvisionError;
use crate::provision::plan::Action;
use crate::provision::record::Recorder;

/// The version that a plan or add-on was compared with, by id.
#[derive(Debug)]
pub(super) enum Base {
    Nothing,
    Draft(String),
    Published(String),
}

impl Base {
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Draft(id) | Self::Published(id) => Some(id),
        }
    }
}

#[derive(Debug)]
pub(super) struct AddonOp {
    pub(super) wanted: AddonCreate,
    pub(super) base: Base,
    pub(super) present: View,
    pub(super) view: View,
}

#[derive(Debug)]
pub(super) struct PlanOp {
    pub(super) wanted: PlanCreate,
    pub(super) links: Vec<PlanAddonLink>,
    pub(super) base: Base,
    /// The links of that version.
    pub(super) existing: Vec<PlanAddon>,
    pub(super) present: View,
    pub(super) view: View,
}

/// The requests behind one action.
#[derive(Debug)]
pub(super) enum Op {
    Meter {
        wanted: Box<MeterCreate>,
        found: Option<Box<Meter>>,
        view: View,
    },
    Feature {
        wanted: Box<FeatureCreateInputs>,
        view: View,
    },
    Addon(Box<AddonOp>),
    Plan(Box<PlanOp>),
    ArchivePlan {
        id: String,
    },
    ArchiveAddon {
        id: String,
    },
    ArchiveFeature {
        id: String,
    },
    Nothing,
}

/// The requests of a plan, and the ids that become known on the way.
pub(in crate::provision) struct Work {
    om: OpenMeter,
    ops: Vec<Op>,
    /// Key of an add-on to the id of its published version.
    addons: HashMap<String, String>,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("ops", &self.ops)
            .finish_non_exhaustive()
    }
}

impl Work {
    pub(super) fn new(om: OpenMeter, ops: Vec<Op>, addons: HashMap<String, String>) -> Self {
        Self { om, ops, addons }
    }

    /// What is wanted of the object of an action.
    pub(in crate::provision) fn wanted(&self, slot: usize) -> Option<&View> {
        match self.ops.get(slot)? {
            Op::Meter { view, .. } | Op::Feature { view, .. } => Some(view),
            Op::Addon(op) => Some(&op.view),
            Op::Plan(op) => Some(&op.view),
            _ => None,
        }
    }

    /// Sends the requests of an action; returns the object's id.
    pub(in crate::provision) async fn run(
        &mut self,
        slot: usize,
        action: &Action,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let Some(op) = self.ops.get_mut(slot) else {
            return Ok(String::new());
        };
        let op = std::mem::replace(op, Op::Nothing);
        match op {
            Op::Meter {
                wanted,
                found,
                view,
            } => self.meter(action, *wanted, found, view, recorder).await,
            Op::Feature { wanted, view } => {
                let id = self.om.features().create(*wanted).await?.id.to_string();
                recorder.record(&action.address, &id, view)?;
                Ok(id)
            }
            Op::Addon(op) => self.addon(action, *op, recorder).await,
            Op::Plan(op) => self.plan(action, *op, recorder).await,
            Op::ArchivePlan { id } => {
                self.om.plans().archive(id.as_str()).await?;
                recorder.forget_archived(&action.address, &id)?;
                Ok(id)
            }
            Op::ArchiveAddon { id } => {
                self.om.addons().archive(id.as_str()).await?;
                recorder.forget_archived(&action.address, &id)?;
                Ok(id)
            }
            Op::ArchiveFeature { id } => {
                // What OpenMeter calls deleting a feature archives it.
                self.om.features().delete(id.as_str()).await?;
                recorder.forget_archived(&action.address, &id)?;
                Ok(id)
            }
            Op::Nothing => Ok(action.id.clone().unwrap_or_default()),
        }
    }

    async fn meter(
        &self,
        action: &Action,
        wanted: MeterCreate,
        found: Option<Box<Meter>>,
        view: View,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let id = match found {
            None => self.om.meters().create(wanted).await?.id.to_string(),
            Some(found) => {
                let present = view::present_meter(&found);
                let mut update = MeterUpdate::new();
                update.name = wanted.name.or(found.name);
                update.description = wanted.description.or(found.description);
                update.group_by = found.group_by;
                update.metadata =
                    view::patch(merged_metadata(&view, &present, &action.differences));
                self.om.meters().update(found.id.as_str(), update).await?;
                found.id.to_string()
            }
        };
        recorder.record(&action.address, &id, view)?;
        Ok(id)
    }

    async fn addon(
        &mut self,
        action: &Action,
        op: AddonOp,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let addons = self.om.addons();
        let mut wanted = op.wanted;
        let key = wanted.key.clone();
        wanted.metadata = view::patch(merged_metadata(&op.view, &op.present, &action.differences));
        let id = match op.base {
            Base::Draft(id) => {
                if differs(action) {
                    let mut update = AddonReplaceUpdate::new(
                        wanted.name,
                        wanted.instance_type,
                        wanted.rate_cards,
                    );
                    update.description = wanted.description;
                    update.metadata = wanted.metadata;
                    addons.update(id.as_str(), update).await?;
                    recorder.record(&action.address, &id, View::new())?;
                }
                id
            }
            Base::Nothing | Base::Published(_) => {
                let id = addons.create(wanted).await?.id.to_string();
                recorder.record(&action.address, &id, View::new())?;
                id
            }
        };
        addons.publish(id.as_str()).await?;
        self.addons.insert(key, id.clone());
        recorder.record(&action.address, &id, op.view)?;
        Ok(id)
    }

    async fn plan(
        &mut self,
        action: &Action,
        op: PlanOp,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let PlanOp {
            mut wanted,
            links,
            base,
            mut existing,
            present,
            mut view,
        } = op;
        wanted.metadata = view::patch(merged_metadata(&view, &present, &action.differences));
        let plans = self.om.plans();
        let id = match base {
            Base::Draft(id) => {
                if differs(action) {
                    let mut update =
                        PlanReplaceUpdate::new(wanted.name, wanted.billing_cadence, wanted.phases);
                    update.description = wanted.description;
                    update.metadata = wanted.metadata;
                    plans.update(id.as_str(), update).await?;
                    recorder.record(&action.address, &id, View::new())?;
                }
                id
            }
            Base::Published(_) => {
                let id = plans.create(wanted).await?.id.to_string();
                recorder.record(&action.address, &id, View::new())?;
                existing = plans
                    .addons(id.as_str())
                    .list()
                    .stream()
                    .try_collect()
                    .await?;
                id
            }
            Base::Nothing => {
                let id = plans.create(wanted).await?.id.to_string();
                recorder.record(&action.address, &id, View::new())?;
                id
            }
        };
        for link in &links {
            if self.link(&id, link, &existing).await? {
                recorder.record(&action.address, &id, View::new())?;
            }
        }
        plans.publish(id.as_str()).await?;
        let addons = |key: &str| self.addons.get(key).cloned();
        view.insert("addons".into(), view::wanted_links(&links, addons));
        recorder.record(&action.address, &id, view)?;
        Ok(id)
    }

    /// Makes sure that a draft has a link; returns whether a request was sent.
    async fn link(
        &self,
        plan_id: &str,
        link: &PlanAddonLink,
        existing: &[PlanAddon],
    ) -> Result<bool, ProvisionError> {
        let Some(addon_id) = self.addons.get(&link.addon_key) else {
            return Err(ProvisionError::Blocked(vec![format!(
                "the plan {} needs the add-on {}, which does not exist",
                link.plan_key, link.addon_key
            )]));
        };
        let addons = self.om.plans().addons(plan_id);
        let present = existing
            .iter()
            .find(|present| present.deleted_at.is_none() && present.addon.id == addon_id.as_str());
        let Some(present) = present else {
            addons.create(link.body(addon_id.as_str())).await?;
            return Ok(true);
        };
        let same = present.from_plan_phase == link.from_plan_phase
            && present.max_quantity == link.max_quantity;
        if same {
            return Ok(false);
        }
        let mut update = PlanAddonReplaceUpdate::new(link.from_plan_phase);
        update.metadata = present.metadata.clone();
        update.max_quantity = link.max_quantity;
        addons.update(addon_id.as_str(), update).await?;
        Ok(true)
    }
}

/// Whether a draft has to be changed before it is published.
fn differs(action: &Action) -> bool {
    let own = |field: &str| !matches!(field, "status" | "addons");
    action
        .differences
        .iter()
        .any(|difference| own(&difference.field))
}
