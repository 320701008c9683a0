use std::collections::HashMap;

use indexmap::IndexMap;
use openmeter_client::OpenMeter;
use openmeter_client::models::{Addon, AddonStatus, Feature, Meter, Plan, PlanAddon, PlanStatus};

use crate::provision::error::ProvisionError;

/// What OpenMeter has.
pub(super) struct Remote {
    /// By slug.
    pub(super) meters: IndexMap<String, Meter>,
    /// Those that are not archived, by key.
    pub(super) features: IndexMap<String, Feature>,
    pub(super) addons: Versioned<Addon>,
    pub(super) plans: Versioned<Plan>,
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

/// All versions of all keys.
pub(super) struct Versioned<T> {
    all: Vec<T>,
    /// The newest published version and the newest draft of a key.
    newest: HashMap<String, [Option<usize>; 2]>,
}

impl<T: Version> Versioned<T> {
    fn new(all: Vec<T>) -> Self {
        let mut newest: HashMap<String, [Option<usize>; 2]> = HashMap::new();
        for (place, version) in all.iter().enumerate() {
            let of_key = newest.entry(version.key().to_owned()).or_default();
            let [published, draft] = of_key;
            let slot = match (version.is_published(), version.is_draft()) {
                (true, _) => published,
                (_, true) => draft,
                _ => continue,
            };
            let before = slot.and_then(|place| all.get(place)).map(T::number);
            if before.is_none_or(|before| before < version.number()) {
                *slot = Some(place);
            }
        }
        Self { all, newest }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter()
    }

    pub(super) fn of(&self, key: &str) -> Versions<'_, T> {
        let [published, draft] = self.newest.get(key).copied().unwrap_or_default();
        let version = |place: Option<usize>| self.all.get(place?);
        Versions {
            published: version(published),
            draft: version(draft),
        }
    }
}

impl Remote {
    /// Reads everything, and the links of the versions of these plans.
    pub(super) async fn read(om: &OpenMeter, keys: &[&str]) -> Result<Self, ProvisionError> {
        let meters = om.meters().list().stream().try_collect().await?;
        let features = om.features().list().stream().try_collect().await?;
        let addons = om.addons().list().stream().try_collect().await?;
        let plans = om.plans().list().stream().try_collect().await?;
        let (addons, plans) = (Versioned::new(addons), Versioned::new(plans));
        let mut links = HashMap::new();
        for key in keys {
            let Versions { published, draft } = plans.of(key);
            for plan in [published, draft].into_iter().flatten() {
                let id = plan.id.as_str();
                let found = om.plans().addons(id).list().stream().try_collect().await?;
                links.insert(id.to_owned(), found);
            }
        }
        Ok(Self {
            meters: meters
                .into_iter()
                .filter(|meter: &Meter| meter.deleted_at.is_none())
                .map(|meter| (meter.slug.clone(), meter))
                .collect(),
            features: features
                .into_iter()
                .filter(|feature: &Feature| {
                    feature.archived_at.is_none() && feature.deleted_at.is_none()
                })
                .map(|feature| (feature.key.clone(), feature))
                .collect(),
            addons,
            plans,
            links,
        })
    }

    pub(super) fn links(&self, plan_id: &str) -> &[PlanAddon] {
        self.links.get(plan_id).map_or(&[], Vec::as_slice)
    }
}
