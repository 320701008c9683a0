//! Polar: meters, then benefits, then products, then what is orphaned.

mod read;
mod view;
mod work;

use std::collections::{HashMap, HashSet};

use polar_client::Polar;
use polar_client::models::{Benefit, Product};

pub(super) use work::Work;

use super::Options;
use super::difference::View;
use super::error::ProvisionError;
use super::plan::{self, Action, Plan};
use super::record::Recorder;
use crate::catalog::{Catalog, ItemKind};
use crate::compile::polar::{PolarBenefit, PolarMeter, PolarProduct, PolarRequests};
use crate::provider::Provider;
use read::{Found, Objects, Remote};
use work::Op;

pub(super) async fn plan(
    client: &Polar,
    catalog: &Catalog,
    options: Options,
    recorder: Recorder,
) -> Result<Plan, ProvisionError> {
    let mut requests = catalog.compile_polar(options.strict)?;
    if !options.benefits {
        drop_benefits(&mut requests);
    }
    let remote = Remote::read(client).await?;
    let mut planner = Planner {
        catalog,
        remote: &remote,
        recorder: &recorder,
        actions: Vec::new(),
        ops: Vec::new(),
        taken: HashSet::new(),
        meters: HashMap::new(),
        benefits: HashMap::new(),
        used: HashMap::new(),
    };
    for meter in &requests.meters {
        planner.meter(meter);
    }
    for benefit in &requests.benefits {
        planner.benefit(benefit);
    }
    for product in &requests.products {
        planner.product(product, options.benefits);
    }
    planner.orphans(options.archive_orphans);
    let Planner {
        actions,
        ops,
        meters,
        benefits,
        ..
    } = planner;
    let mut issues = requests.issues;
    issues.append(&mut requests.left_out);
    Ok(Plan {
        actions,
        issues,
        work: plan::Work::Polar(Work::new(client.clone(), ops, meters, benefits)),
        recorder,
    })
}

fn drop_benefits(requests: &mut PolarRequests) {
    requests.benefits.clear();
    requests.left_out.clear();
    for product in &mut requests.products {
        product.benefits.clear();
    }
    let used: HashSet<String> = requests.products.iter().flat_map(view::meters_of).collect();
    let meters = &mut requests.meters;
    meters.retain(|meter| used.contains(meter.meter.as_str()));
}

struct Planner<'a> {
    catalog: &'a Catalog,
    remote: &'a Remote,
    recorder: &'a Recorder,
    actions: Vec<Action>,
    ops: Vec<Op>,
    /// The ids of objects that belong to something in the catalog.
    taken: HashSet<String>,
    /// Catalog id of a meter to its id at Polar.
    meters: HashMap<String, String>,
    /// Address of a benefit to its id at Polar.
    benefits: HashMap<String, String>,
    /// The same the other way round.
    used: HashMap<String, String>,
}

impl<'a> Planner<'a> {
    fn meter(&mut self, wanted: &PolarMeter) {
        let address = format!("meters.{}", wanted.meter);
        let found = self.pick(&self.remote.meters, &address, None, |_| true);
        if let Some(found) = found {
            let id = found.object.id.to_string();
            self.meters.insert(wanted.meter.to_string(), id.clone());
            self.taken.insert(id);
        }
        let view = view::wanted_meter(&wanted.request.body);
        let present = found.map(|found| view::present_meter(&found.object));
        let action = self.compare(&address, &wanted.request.body.name, &view, found, &present);
        self.push(
            action,
            Op::Meter {
                wanted: Box::new(wanted.clone()),
                view,
                present: present.unwrap_or_default(),
            },
        );
    }

    fn benefit(&mut self, wanted: &PolarBenefit) {
        let address = wanted.address.as_str();
        let kind = view::kind_of_create(&wanted.request.body);
        let same_kind = |benefit: &Benefit| view::kind(benefit) == kind;
        let found = self.pick(&self.remote.benefits, address, None, same_kind);
        if let Some(found) = found {
            self.benefits.insert(address.to_owned(), found.id.clone());
            self.used.insert(found.id.clone(), address.to_owned());
            self.taken.insert(found.id.clone());
        }
        let view = view::wanted_benefit(wanted, &self.meters);
        let present = found.map(|found| view::present_benefit(&found.object));
        let name = view::description(&wanted.request.body);
        let action = self.compare(address, name, &view, found, &present);
        self.push(
            action,
            Op::Benefit {
                wanted: Box::new(wanted.clone()),
                view,
                present: present.unwrap_or_default(),
            },
        );
    }

    fn product(&mut self, wanted: &PolarProduct, with_benefits: bool) {
        let address = wanted.address.as_str();
        let noted = self.noted(wanted);
        let fits = |product: &Product| view::same_interval(product, &wanted.request.body);
        let found = self.pick(&self.remote.products, address, noted.as_deref(), fits);
        let mut view = view::wanted_product(wanted, &self.meters);
        let mut present = found.map(|found| self.present_product(&found.object));
        if !with_benefits {
            view.remove("benefits");
            if let Some(present) = &mut present {
                present.remove("benefits");
            }
        }
        let name = view::name_of(&wanted.request.body);
        let mut action = self.compare(address, name, &view, found, &present);
        if let Some(found) = found {
            self.taken.insert(found.id.clone());
        }
        if let Some(noted) = noted
            && found.is_none_or(|found| found.id != noted)
        {
            action.note = Some(format!(
                "the catalog notes {noted}, which is no product here, or is charged in another interval"
            ));
        }
        self.push(
            action,
            Op::Product {
                wanted: Box::new(wanted.clone()),
                view,
                present: present.unwrap_or_default(),
                found: found.map(|found| Box::new(found.object.clone())),
                foreign: found
                    .map(|found| self.foreign_benefits(&found.object))
                    .unwrap_or_default(),
            },
        );
    }

    fn compare<T>(
        &self,
        address: &str,
        name: &str,
        wanted: &View,
        found: Option<&Found<T>>,
        present: &Option<View>,
    ) -> Action {
        let present = found.and_then(|found| Some((found.id.as_str(), present.as_ref()?)));
        Action::compare(address, name, wanted, present, self.recorder)
    }

    fn push(&mut self, action: Action, op: Op) {
        self.actions.push(action);
        self.ops.push(op);
    }

    /// The object that belongs to an address: the one that the catalog notes, the one that the lock
    /// knows, the oldest one with its stamps, or an archived one with its stamps.
    fn pick<T>(
        &self,
        all: &'a Objects<T>,
        address: &str,
        noted: Option<&str>,
        fits: impl Fn(&T) -> bool,
    ) -> Option<&'a Found<T>> {
        let usable = |found: &&Found<T>| fits(&found.object) && !self.taken.contains(&found.id);
        let ours = |found: &&Found<T>| {
            let other = found
                .address
                .as_deref()
                .is_some_and(|stamped| stamped != address);
            !other && !found.archived
        };
        let noted = noted.and_then(|id| all.get(id)).filter(usable);
        let locked = self.recorder.entry(address).map(|entry| entry.id.as_str());
        let locked = locked
            .and_then(|id| all.get(id))
            .filter(usable)
            .filter(ours);
        noted.or(locked).or_else(|| {
            let stamped = all.at(address).filter(usable);
            stamped.min_by_key(|found| (found.archived, found.created_at, &found.id))
        })
    }

    /// The product id that the catalog notes for a price.
    fn noted(&self, wanted: &PolarProduct) -> Option<String> {
        let source = wanted.request.source.as_ref()?;
        let (own, prices) = match source.kind {
            ItemKind::Plan => {
                let plan = self.catalog.plans().get(&source.id)?;
                (&plan.provider_ids, &plan.prices)
            }
            ItemKind::Addon => {
                let addon = self.catalog.addons().get(&source.id)?;
                (&addon.provider_ids, &addon.prices)
            }
            ItemKind::Topup => {
                let topup = self.catalog.topups().get(&source.id)?;
                (&topup.provider_ids, &topup.prices)
            }
        };
        let polar = Provider::Polar.as_str();
        let price = prices.get(source.price.as_ref()?)?;
        let id = price.provider_ids.get(polar).or_else(|| {
            let only = prices.len() == 1;
            own.get(polar).filter(|_| only)
        })?;
        Some(id.to_string())
    }

    fn present_product(&self, product: &Product) -> View {
        view::present_product(product, |id| self.used.get(id).cloned())
    }

    /// The benefits of a product that are no business of the catalog's.
    fn foreign_benefits(&self, product: &Product) -> Vec<String> {
        let ids = product.benefits.iter().filter_map(|benefit| {
            let id = view::benefit_id(benefit)?;
            view::benefit_address(benefit)
                .is_none()
                .then(|| id.to_owned())
        });
        ids.filter(|id| !self.used.contains_key(id)).collect()
    }

    fn orphans(&mut self, archive: bool) {
        let remote = self.remote;
        let wanted = self
            .actions
            .iter()
            .map(|action| action.address.clone())
            .collect();
        for found in remote.products.iter() {
            self.orphan(&wanted, found, archive, &found.object.name, |id| {
                Op::ArchiveProduct { id }
            });
        }
        for found in remote.benefits.iter() {
            let name = view::benefit_description(&found.object);
            // A benefit cannot be archived: it ends with the product that grants it.
            self.orphan(&wanted, found, false, name, |_| Op::Nothing);
        }
        for found in remote.meters.iter() {
            self.orphan(&wanted, found, archive, &found.object.name, |id| {
                Op::ArchiveMeter { id }
            });
        }
    }

    fn orphan<T>(
        &mut self,
        wanted: &HashSet<String>,
        found: &Found<T>,
        archive: bool,
        name: &str,
        op: impl FnOnce(String) -> Op,
    ) {
        let Some(address) = &found.address else {
            return;
        };
        if found.archived || self.taken.contains(&found.id) {
            return;
        }
        let replaced = wanted.contains(address);
        let note = replaced.then(|| "another object has taken its place".to_owned());
        let action = Action::orphan(address, name, &found.id, archive, note);
        self.push(action, op(found.id.clone()));
    }
}
