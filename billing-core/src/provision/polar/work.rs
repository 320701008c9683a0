use std::collections::HashMap;
use std::fmt;

use polar_client::Polar;
use polar_client::client_core::json::{Map, Raw};
use polar_client::client_core::wire::Patch;
use polar_client::models::{
    BenefitCreate, BenefitFeatureFlagUpdate, BenefitMeterCreditUpdate, ExistingProductPrice,
    MetadataValue, MeterId, MeterUpdate, Product, ProductBenefitsUpdate, ProductCreate,
    ProductPriceCreate, ProductUpdate, ProductUpdatePrice, UpdateBenefitBody,
};
use serde_json::Value;

use super::view;
use crate::compile::polar::{PolarBenefit, PolarMeter, PolarProduct};
use crate::provision::difference::{Difference, View, merged_metadata, touches};
use crate::provision::error::ProvisionError;
use crate::provision::plan::Action;
use crate::provision::record::Recorder;

/// The requests behind one action.
#[derive(Debug)]
pub(super) enum Op {
    Meter {
        wanted: Box<PolarMeter>,
        view: View,
        present: View,
    },
    Benefit {
        wanted: Box<PolarBenefit>,
        view: View,
        present: View,
    },
    Product {
        wanted: Box<PolarProduct>,
        view: View,
        present: View,
        found: Option<Box<Product>>,
        /// Ids of benefits that others attached.
        foreign: Vec<String>,
    },
    ArchiveProduct {
        id: String,
    },
    ArchiveMeter {
        id: String,
    },
    Nothing,
}

/// The requests of a plan, and the ids that become known on the way.
pub(in crate::provision) struct Work {
    polar: Polar,
    ops: Vec<Op>,
    meters: HashMap<String, String>,
    benefits: HashMap<String, String>,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("ops", &self.ops)
            .finish_non_exhaustive()
    }
}

impl Work {
    pub(super) fn new(
        polar: Polar,
        ops: Vec<Op>,
        meters: HashMap<String, String>,
        benefits: HashMap<String, String>,
    ) -> Self {
        Self {
            polar,
            ops,
            meters,
            benefits,
        }
    }

    /// What is wanted of the object of an action.
    pub(in crate::provision) fn wanted(&self, slot: usize) -> Option<&View> {
        match self.ops.get(slot)? {
            Op::Meter { view, .. } | Op::Benefit { view, .. } | Op::Product { view, .. } => {
                Some(view)
            }
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
                view,
                present,
            } => self.meter(action, &wanted, view, &present, recorder).await,
            Op::Benefit {
                wanted,
                view,
                present,
            } => {
                self.benefit(action, &wanted, view, &present, recorder)
                    .await
            }
            Op::Product {
                wanted,
                view,
                present,
                found,
                foreign,
            } => {
                let product = ProductWork {
                    wanted: &wanted,
                    view,
                    present: &present,
                    found: found.as_deref(),
                    foreign,
                };
                self.product(action, product, recorder).await
            }
            Op::ArchiveProduct { id } => {
                let update = ProductUpdate::new().is_archived(true);
                self.polar.products().update(&id, update).await?;
                recorder.forget_archived(&action.address, &id)?;
                Ok(id)
            }
            Op::ArchiveMeter { id } => {
                let update = MeterUpdate::new().is_archived(true);
                self.polar.meters().update(&id, update).await?;
                recorder.forget_archived(&action.address, &id)?;
                Ok(id)
            }
            Op::Nothing => Ok(action.id.clone().unwrap_or_default()),
        }
    }

    async fn meter(
        &mut self,
        action: &Action,
        wanted: &PolarMeter,
        view: View,
        present: &View,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let body = &wanted.request.body;
        let changed = &action.differences;
        let id = match &action.id {
            None => self
                .polar
                .meters()
                .create(body.clone())
                .await?
                .id
                .to_string(),
            Some(id) => {
                let mut update = MeterUpdate::new();
                if touches(changed, "name") {
                    update = update.name(body.name.as_str());
                }
                if touches(changed, "filter") {
                    update = update.filter(body.filter.clone());
                }
                if touches(changed, "aggregation") {
                    update = update.aggregation(body.aggregation.clone());
                }
                if touches(changed, "archived") {
                    update = update.is_archived(false);
                }
                update.metadata = metadata(&view, present, changed);
                self.polar.meters().update(id.as_str(), update).await?;
                id.clone()
            }
        };
        self.meters.insert(wanted.meter.to_string(), id.clone());
        recorder.record(&action.address, &id, view)?;
        Ok(id)
    }

    async fn benefit(
        &mut self,
        action: &Action,
        wanted: &PolarBenefit,
        mut view: View,
        present: &View,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let meters = &self.meters;
        let body = wanted.body(|meter| meters.get(meter).map(MeterId::from));
        let body = body.ok_or_else(|| missing_meter(&wanted.address))?;
        if let BenefitCreate::MeterCredit(credit) = &body {
            let meter = Value::from(credit.properties.meter_id.as_str());
            view.insert("meter".into(), meter);
        }
        let id = match &action.id {
            None => {
                let made = self.polar.benefits().create(body).await?;
                view::benefit_id(&made).unwrap_or_default().to_owned()
            }
            Some(id) => {
                let metadata = metadata(&view, present, &action.differences);
                let update = update_benefit(body, metadata);
                self.polar.benefits().update(id.as_str(), update).await?;
                id.clone()
            }
        };
        self.benefits.insert(action.address.clone(), id.clone());
        recorder.record(&action.address, &id, view)?;
        Ok(id)
    }

    async fn product(
        &mut self,
        action: &Action,
        work: ProductWork<'_>,
        recorder: &mut Recorder,
    ) -> Result<String, ProvisionError> {
        let ProductWork {
            wanted,
            mut view,
            present,
            found,
            foreign,
        } = work;
        let meters = &self.meters;
        let body = wanted.body(|meter| meters.get(meter).map(MeterId::from));
        let body = body.ok_or_else(|| missing_meter(&wanted.address))?;
        let prices = match &body {
            ProductCreate::Recurring(body) => body.prices.clone(),
            ProductCreate::OneTime(body) => body.prices.clone(),
            _ => Vec::new(),
        };
        if view.contains_key("prices") {
            let resolved = view::wanted_product(wanted, meters);
            view.extend(resolved.into_iter().filter(|(field, _)| field == "prices"));
        }
        let benefits = touches(&action.differences, "benefits") && view.contains_key("benefits");
        let nothing_granted = view
            .get("benefits")
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty);
        let benefits = benefits && !(action.id.is_none() && nothing_granted);
        let unfinished = |view: &View| if benefits { View::new() } else { view.clone() };
        let id = match &action.id {
            None => {
                let id = self.polar.products().create(body).await?.id.to_string();
                recorder.record(&action.address, &id, unfinished(&view))?;
                id
            }
            Some(id) => {
                let changed = &action.differences;
                let other = changed
                    .iter()
                    .any(|difference| difference.field != "benefits");
                if other {
                    let prices = touches(changed, "prices").then(|| change_prices(found, prices));
                    let mut update = update_product(&body, changed, prices);
                    update.metadata = metadata(&view, present, changed);
                    self.polar.products().update(id.as_str(), update).await?;
                    recorder.record(&action.address, id, unfinished(&view))?;
                }
                id.clone()
            }
        };
        if benefits {
            let ours = wanted
                .benefits
                .iter()
                .filter_map(|address| self.benefits.get(address));
            let ids = foreign.iter().chain(ours).map(String::as_str);
            let update = ProductBenefitsUpdate::new(ids);
            self.polar
                .products()
                .update_benefits(id.as_str(), update)
                .await?;
            recorder.record(&action.address, &id, view)?;
        }
        Ok(id)
    }
}

struct ProductWork<'a> {
    wanted: &'a PolarProduct,
    view: View,
    present: &'a View,
    found: Option<&'a Product>,
    foreign: Vec<String>,
}

fn missing_meter(address: &str) -> ProvisionError {
    ProvisionError::Blocked(vec![format!("{address} needs a meter that does not exist")])
}

/// The whole metadata to send, when any of it differs: an update replaces all of it.
fn metadata(view: &View, present: &View, changed: &[Difference]) -> Option<Map<MetadataValue>> {
    if !touches(changed, "metadata") {
        return None;
    }
    let merged = merged_metadata(view, present, changed).into_iter();
    Some(
        merged
            .filter_map(|(name, value)| Some((name, metadata_value(value)?)))
            .collect(),
    )
}

fn metadata_value(value: Value) -> Option<MetadataValue> {
    Some(match value {
        Value::String(text) => MetadataValue::Text(text),
        Value::Bool(flag) => MetadataValue::Bool(flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => MetadataValue::Integer(number),
            None => MetadataValue::Number(number.as_f64()?),
        },
        _ => return None,
    })
}

fn update_benefit(body: BenefitCreate, metadata: Option<Map<MetadataValue>>) -> UpdateBenefitBody {
    match body {
        BenefitCreate::MeterCredit(body) => {
            let mut update = BenefitMeterCreditUpdate::new()
                .description(body.description)
                .properties(body.properties);
            update.metadata = metadata;
            update.into()
        }
        BenefitCreate::FeatureFlag(body) => {
            let body = body.into_inner();
            let mut update = BenefitFeatureFlagUpdate::new().description(body.description);
            update.metadata = metadata;
            update.into()
        }
        _ => UpdateBenefitBody::Unknown(Raw::NULL),
    }
}

fn update_product(
    body: &ProductCreate,
    changed: &[Difference],
    prices: Option<Vec<ProductUpdatePrice>>,
) -> ProductUpdate {
    let mut update = ProductUpdate::new();
    if touches(changed, "name") {
        update = update.name(view::name_of(body));
    }
    if touches(changed, "archived") {
        update = update.is_archived(false);
    }
    let description = match body {
        ProductCreate::Recurring(body) => body.description.value(),
        ProductCreate::OneTime(body) => body.description.value(),
        _ => None,
    };
    if let (true, Some(description)) = (touches(changed, "description"), description) {
        update = update.description(description.as_str());
    }
    if let (true, ProductCreate::Recurring(body)) = (touches(changed, "trial"), body) {
        update.trial_interval = Patch::or_null(body.trial_interval.value().cloned());
        update.trial_interval_count = Patch::or_null(body.trial_interval_count.value().copied());
    }
    update.prices = Patch::or_absent(prices);
    update
}

/// Keeps the prices that are as they should be and adds the others; what is not named goes.
fn change_prices(
    found: Option<&Product>,
    wanted: Vec<ProductPriceCreate>,
) -> Vec<ProductUpdatePrice> {
    let mut kept: Vec<_> = found
        .into_iter()
        .flat_map(view::current_prices)
        .filter_map(|price| Some((view::price_id(price)?, view::price_view(price))))
        .collect();
    let known = HashMap::new();
    wanted
        .into_iter()
        .map(|price| {
            let wanted = view::wanted_price(&price, &known);
            match kept.iter().position(|(_, view)| *view == wanted) {
                Some(place) => {
                    let (id, _) = kept.swap_remove(place);
                    ExistingProductPrice::new(id).into()
                }
                None => price.into(),
            }
        })
        .collect()
}
