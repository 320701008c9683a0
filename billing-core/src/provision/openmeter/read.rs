use std::collections::HashMap;

use openmeter_client::OpenMeter;
use openmeter_client::models::{Addon, AddonStatus, Feature, Meter, Plan, PlanAddon, PlanStatus};

use crate::provision::error::ProvisionError;

/// What OpenMeter has.
pub(super) struct Remote {
    pub(super) meters: Vec<Meter>,
    /// Those that are not archived.
    pub(super) features: Vec<Feature>,
    pub(super) addons: Vec<Addon>,
    pub(super) plans: Vec<Plan>,
    /// Links of plan versions, by the version's id.
    links: HashMap<String, Vec<PlanAddon>>,
}

/// A version of a plan or add-on.
pub(super) trait Version {
    fn id(&self) -> &str;
    fn key(&self) -> &str;
    fn number(&self) -> i64;
    fn is_published(&self) -> bool;
    fn is_draft(&self) -> bool;
}

impl Version for Plan {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn number(&self) -> i64 {
        self.version
    }

    fn is_published(&self) -> bool {
        self.status == PlanStatus::Active && self.deleted_at.is_none()
    }

    fn is_draft(&self) -> bool {
        self.status == PlanStatus::Draft && self.deleted_at.is_none()
    }
}

impl Version for Addon {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn number(&self) -> i64 {
        self.version
    }

    fn is_published(&self) -> bool {
        self.status == AddonStatus::Active && self.deleted_at.is_none()
    }

    fn is_draft(&self) -> bool {
        self.status == AddonStatus::Draft && self.deleted_at.is_none()
    }
}

/// The versions of a key that matter.
pub(super) struct Versions<'a, T> {
    pub(super) published: Option<&'a T>,
    pub(super) draft: Option<&'a T>,
}

fn versions<'a, T: Version>(all: &'a [T], key: &str) -> Versions<'a, T> {
    let newest = |keep: fn(&T) -> bool| {
        all.iter()
            .filter(|version| version.key() == key && keep(version))
            .max_by_key(|version| version.number())
    };
    Versions {
        published: newest(T::is_published),
        draft: newest(T::is_draft),
    }
}

impl Remote {
    /// Reads everything, and the links of the versions of these plans.
    pub(super) async fn read(om: &OpenMeter, keys: &[&str]) -> Result<Self, ProvisionError> {
        let meters = om.meters().list().stream().try_collect().await?;
        let features = om.features().list().stream().try_collect().await?;
        let addons = om.addons().list().stream().try_collect().await?;
        let plans: Vec<Plan> = om.plans().list().stream().try_collect().await?;
        let mut links = HashMap::new();
        for plan in &plans {
            if keys.contains(&plan.key.as_str()) && (plan.is_published() || plan.is_draft()) {
                let id = plan.id.as_str();
                let found = om.plans().addons(id).list().stream().try_collect().await?;
                links.insert(id.to_owned(), found);
            }
        }
        Ok(Self {
            meters: meters
                .into_iter()
                .filter(|meter: &Meter| meter.deleted_at.is_none())
                .collect(),
            features: features
                .into_iter()
                .filter(|feature: &Feature| {
                    feature.archived_at.is_none() && feature.deleted_at.is_none()
                })
                .collect(),
            addons,
            plans,
            links,
        })
    }

    pub(super) fn addon(&self, key: &str) -> Versions<'_, Addon> {
        versions(&self.addons, key)
    }

    pub(super) fn plan(&self, key: &str) -> Versions<'_, Plan> {
        versions(&self.plans, key)
    }

    pub(super) fn links(&self, plan_id: &str) -> &[PlanAddon] {
        self.links.get(plan_id).map_or(&[], Vec::as_slice)
    }
}
