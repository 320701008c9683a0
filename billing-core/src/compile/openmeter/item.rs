//! Plans, add-ons and the links between them.

use std::collections::HashMap;

use indexmap::IndexMap;
use openmeter_client::client_core::wire::IsoDuration;
use openmeter_client::models::{
    AddonCreate, AddonId, AddonInstanceType, PlanAddonCreate, PlanCreate, PlanPhase, RateCard,
    RateCardEntitlement,
};
use serde::Serialize;
use smol_str::SmolStr;

use super::metering::Known;
use super::{card, is_snake_key};
use crate::catalog::{Catalog, CatalogRef, Issue, IssueCode, ItemKind, Price};
use crate::compile::Pricing;
use crate::compile::item::{Item, Source, items};
use crate::compile::pricing::unsupported;
use crate::compile::request::ApiRequest;
use crate::compile::stamps;
use crate::provider::Provider;

/// Key of the phase that a plan stays in.
pub const DEFAULT_PHASE: &str = "default";

/// Key of the phase of a trial, which comes first.
pub const TRIAL_PHASE: &str = "trial";

/// An add-on that can be added to a plan: `POST /api/v1/plans/{planId}/addons`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanAddonLink {
    /// Key of the plan.
    pub plan_key: String,
    /// Key of the add-on.
    pub addon_key: String,
    /// Key of the phase from which on it can be bought.
    pub from_plan_phase: &'static str,
    /// How many a subscription can hold; only for an add-on of which it can hold several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_quantity: Option<i64>,
    /// The add-on's price.
    pub source: CatalogRef,
}

impl PlanAddonLink {
    /// The request body, with the id that OpenMeter gave the add-on.
    #[must_use]
    pub fn body(&self, addon_id: impl Into<AddonId>) -> PlanAddonCreate {
        let mut body = PlanAddonCreate::new(self.from_plan_phase, addon_id);
        body.max_quantity = self.max_quantity;
        body
    }
}

pub(super) struct Sold {
    pub(super) plans: Vec<ApiRequest<PlanCreate>>,
    pub(super) addons: Vec<ApiRequest<AddonCreate>>,
    pub(super) links: Vec<PlanAddonLink>,
    pub(super) issues: Vec<Issue>,
}

/// A price with the key that its plan or add-on has at OpenMeter.
struct Edition<'a> {
    item: Item<'a>,
    price_id: &'a SmolStr,
    price: &'a Price,
    key: String,
    cadence: Option<IsoDuration>,
    /// What is charged, and what is granted.
    cards: Vec<RateCard>,
    /// What is granted, free of charge.
    granted: Vec<RateCard>,
}

pub(super) fn compile(catalog: &Catalog, known: &Known) -> Sold {
    let mut sold = Sold {
        plans: Vec::new(),
        addons: Vec::new(),
        links: Vec::new(),
        issues: Vec::new(),
    };
    let mut taken: HashMap<(ItemKind, String), String> = HashMap::new();
    let (mut plans, mut addons) = (Vec::new(), Vec::new());
    for item in items(catalog).filter(|item| item.kind != ItemKind::Topup) {
        let granted = card::entitlements(catalog, &item, known);
        for (price_id, price) in item.prices {
            let Some(edition) = edition(
                catalog,
                item,
                price_id,
                price,
                known,
                &granted,
                &mut sold.issues,
            ) else {
                continue;
            };
            let path = format!("{}.prices.{price_id}", item.path());
            let slot = (item.kind, edition.key.clone());
            if let Some(earlier) = taken.get(&slot) {
                sold.issues.push(Issue::new(
                    IssueCode::KeyFormat,
                    path,
                    format!(
                        "OpenMeter: the key \"{}\" of this price is that of {earlier}",
                        edition.key
                    ),
                ));
                continue;
            }
            taken.insert(slot, path);
            if item.kind == ItemKind::Plan {
                if let Some(body) = plan(&edition) {
                    sold.plans.push(body);
                    plans.push(edition);
                }
            } else {
                sold.addons.push(addon(&edition));
                addons.push(edition);
            }
        }
    }
    for addon in &addons {
        links(catalog, addon, &plans, &mut sold);
    }
    sold
}

fn edition<'a>(
    catalog: &Catalog,
    item: Item<'a>,
    price_id: &'a SmolStr,
    price: &'a Price,
    known: &Known,
    granted: &[RateCard],
    issues: &mut Vec<Issue>,
) -> Option<Edition<'a>> {
    let cadence = card::cadence(price)?;
    let key = if item.prices.len() > 1 {
        format!("{}_{}", item.key, snake(price_id))
    } else {
        item.key.to_string()
    };
    if !is_snake_key(item.key) {
        return None;
    }
    let fee = card::price(&item, price, known)?;
    if !is_snake_key(&key) {
        issues.push(Issue::new(
            IssueCode::KeyFormat,
            format!("{}.prices.{price_id}", item.path()),
            format!(
                "OpenMeter: \"{key}\", made of the keys of item and price, is no key of 64 lower-case letters, digits and single `_` at most"
            ),
        ));
        return None;
    }
    let mut cards = vec![fee];
    cards.extend_from_slice(granted);
    let place = format!("{}.prices.{price_id}", item.path());
    let pricing = match Pricing::of(price) {
        Ok(pricing) => pricing,
        Err(invalid) => {
            issues.push(invalid.issue(&place));
            return None;
        }
    };
    let priced = card::add_usage(
        catalog,
        price,
        &pricing,
        cadence.as_ref(),
        known,
        &mut cards,
    );
    let several = is_multiple(&item)
        && cards
            .iter()
            .any(|card| matches!(card, RateCard::UsageBased(_)));
    let priced = priced.and_then(|()| {
        let message = "usage is not charged with an add-on of which there can be several";
        if several {
            Err(message.to_owned())
        } else {
            Ok(())
        }
    });
    if let Err(message) = priced {
        issues.push(unsupported(Provider::OpenMeter, &place, &message));
        return None;
    }
    Some(Edition {
        item,
        price_id,
        price,
        key,
        cadence,
        cards,
        granted: granted.to_vec(),
    })
}

/// `yearlyEUR` as `yearly_eur`.
fn snake(text: &str) -> String {
    let mut key = String::with_capacity(text.len() + 4);
    let mut upper_before = true;
    for character in text.chars() {
        if character.is_ascii_uppercase() {
            if !upper_before && !key.ends_with('_') {
                key.push('_');
            }
            key.push(character.to_ascii_lowercase());
        } else if matches!(character, '-' | ' ' | '.') {
            key.push('_');
        } else {
            key.push(character);
        }
        upper_before = character.is_ascii_uppercase();
    }
    key
}

fn plan(edition: &Edition<'_>) -> Option<ApiRequest<PlanCreate>> {
    let item = &edition.item;
    let mut phases = Vec::with_capacity(2);
    if let Some(days) = edition.price.trial() {
        let mut granted = edition.granted.clone();
        if granted.is_empty() {
            granted.extend(edition.cards.first().and_then(card::free));
        }
        let mut trial = PlanPhase::new(TRIAL_PHASE, "Trial", granted);
        trial.duration = Some(IsoDuration::days(days));
        phases.push(trial);
    }
    phases.push(PlanPhase::new(
        DEFAULT_PHASE,
        item.name.as_str(),
        edition.cards.clone(),
    ));
    let mut body = PlanCreate::new(
        item.price_title(edition.price_id),
        edition.key.as_str(),
        edition.price.currency.upper().as_str(),
        edition.cadence.clone()?,
        phases,
    )
    .metadata(metadata(edition));
    body.description = item.description.map(ToString::to_string);
    let source = item.reference(Some(edition.price_id));
    Some(ApiRequest::new("POST /api/v1/plans", source, body))
}

fn addon(edition: &Edition<'_>) -> ApiRequest<AddonCreate> {
    let item = &edition.item;
    let instance = if is_multiple(item) {
        AddonInstanceType::Multiple
    } else {
        AddonInstanceType::Single
    };
    let mut body = AddonCreate::new(
        item.price_title(edition.price_id),
        edition.key.as_str(),
        instance,
        edition.price.currency.upper().as_str(),
        edition.cards.clone(),
    )
    .metadata(metadata(edition));
    body.description = item.description.map(ToString::to_string);
    let source = item.reference(Some(edition.price_id));
    ApiRequest::new("POST /api/v1/addons", source, body)
}

fn metadata(edition: &Edition<'_>) -> IndexMap<String, String> {
    let item = &edition.item;
    let mut metadata =
        item.joint_text_metadata(edition.price_id, edition.price, Provider::OpenMeter);
    stamps::keep_only(&mut metadata, &stamps::of_price(item.kind));
    metadata
}

fn is_multiple(item: &Item<'_>) -> bool {
    matches!(item.source, Source::Addon(addon) if addon.multiple == Some(true))
}

/// Links an add-on to every plan that it fits: compatible, in the same currency, charged in the same
/// cadence or once, and with the same usage periods.
fn links(catalog: &Catalog, addon: &Edition<'_>, plans: &[Edition<'_>], sold: &mut Sold) {
    let written = addon.item.compatible_plans().unwrap_or_default();
    let compatible: Vec<&SmolStr> = written
        .iter()
        .filter_map(|name| catalog.plan_entry(name).map(|(id, _)| id))
        .collect();
    let max_quantity = match addon.item.source {
        Source::Addon(found) if is_multiple(&addon.item) => found
            .quantity
            .as_ref()
            .and_then(|quantity| quantity.max)
            .and_then(crate::catalog::Number::as_i64)
            .filter(|max| *max > 0),
        _ => None,
    };
    for plan in plans {
        let fits = (written.is_empty() || compatible.contains(&plan.item.id))
            && plan.price.currency == addon.price.currency
            && (addon.cadence.is_none() || addon.cadence == plan.cadence);
        if !fits {
            continue;
        }
        if let Some(key) = other_period(&plan.cards, &addon.cards) {
            let mut granted = addon.item.entitlements().into_iter().flatten();
            let feature = granted.find_map(|(id, _)| {
                let known = catalog.feature_key(id)?;
                (known == key).then_some(id.as_str())
            });
            let feature = feature.unwrap_or(key);
            sold.issues.push(Issue::new(
                IssueCode::IntervalUnsupported,
                format!("{}.entitlements.{feature}", addon.item.path()),
                format!(
                    "OpenMeter: an add-on's amount starts anew together with that of its plan, and that of the plan \"{}\" does so in another interval",
                    plan.item.id
                ),
            ));
            continue;
        }
        sold.links.push(PlanAddonLink {
            plan_key: plan.key.clone(),
            addon_key: addon.key.clone(),
            from_plan_phase: DEFAULT_PHASE,
            max_quantity,
            source: addon.item.reference(Some(addon.price_id)),
        });
    }
}

/// The key of a feature whose usage periods differ between two lists of rate cards.
fn other_period<'a>(plan: &[RateCard], addon: &'a [RateCard]) -> Option<&'a str> {
    fn parts(card: &RateCard) -> Option<(&str, Option<&RateCardEntitlement>)> {
        let (key, template) = match card {
            RateCard::FlatFee(card) => (&card.feature_key, &card.entitlement_template),
            RateCard::UsageBased(card) => (&card.feature_key, &card.entitlement_template),
            _ => return None,
        };
        Some((key.as_deref()?, template.as_ref()))
    }

    let period = |card: &RateCard| match parts(card)?.1? {
        RateCardEntitlement::Metered(metered) => metered.usage_period.clone(),
        _ => None,
    };
    addon.iter().find_map(|card| {
        let (key, _) = parts(card)?;
        let held = plan
            .iter()
            .find(|card| parts(card).is_some_and(|(found, _)| found == key))?;
        (period(held) != period(card)).then_some(key)
    })
}
