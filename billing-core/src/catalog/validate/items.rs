//! Plans, add-ons and top-ups.

use std::collections::HashSet;

use smol_str::SmolStr;

use crate::catalog::entitlement::{Entitlement, EntitlementObject, Reset};
use crate::catalog::entries::Entries;
use crate::catalog::feature::FeatureType;
use crate::catalog::issue::IssueCode;
use crate::catalog::plan::{Addon, Plan, QuantityLimits};
use crate::catalog::resolve::ItemKind;
use crate::catalog::topup::{Expiration, ExpirationUnit, Grant, Topup};
use crate::catalog::validate::Check;
use crate::catalog::validate::identity::Keys;
use crate::catalog::validate::prices::is_positive_integer;

impl Check<'_> {
    pub(super) fn plans(&mut self) {
        let document = self.document;
        let mut keys = Keys::new("plan", document.plans.len());
        for (id, plan) in &document.plans {
            let place = || format!("plans.{id}");
            let key = plan.key.as_ref();
            self.keys(
                &mut keys,
                &document.plans,
                |item| item.key.as_ref(),
                "plans",
                id,
            );
            self.entitlements("plans", "plan", id, &plan.entitlements);
            self.prices(ItemKind::Plan, "plans", id, key.unwrap_or(id), &plan.prices);
            self.provider_ids(&place, ItemKind::Plan, id, &plan.provider_ids);
            self.reserved_metadata(&place, &plan.metadata, None);
            self.unknown_members(place, Plan::MEMBERS, &plan.extra);
        }
    }

    pub(super) fn addons(&mut self) {
        let document = self.document;
        let mut keys = Keys::new("add-on", document.addons.len());
        for (id, addon) in &document.addons {
            let place = || format!("addons.{id}");
            let key = addon.key.as_ref();
            self.keys(
                &mut keys,
                &document.addons,
                |item| item.key.as_ref(),
                "addons",
                id,
            );
            self.entitlements("addons", "add-on", id, &addon.entitlements);
            self.prices(
                ItemKind::Addon,
                "addons",
                id,
                key.unwrap_or(id),
                &addon.prices,
            );
            self.compatible_plans("addons", id, addon.compatible_plans.as_deref());
            if let Some(quantity) = &addon.quantity {
                self.quantity(id, quantity);
            }
            self.provider_ids(&place, ItemKind::Addon, id, &addon.provider_ids);
            self.reserved_metadata(&place, &addon.metadata, None);
            self.unknown_members(place, Addon::MEMBERS, &addon.extra);
        }
    }

    pub(super) fn topups(&mut self) {
        let document = self.document;
        let mut keys = Keys::new("top-up", document.topups.len());
        for (id, topup) in &document.topups {
            let place = || format!("topups.{id}");
            let key = topup.key.as_ref();
            self.keys(
                &mut keys,
                &document.topups,
                |item| item.key.as_ref(),
                "topups",
                id,
            );
            self.topup_feature(id, topup);
            self.topup_amount(id, topup);
            self.compatible_plans("topups", id, topup.compatible_plans.as_deref());
            if topup.prices.is_empty() {
                self.report(
                    IssueCode::NoPrices,
                    format!("topups.{id}.prices"),
                    "the top-up has no price, so nobody can buy it".into(),
                );
            }
            self.prices(
                ItemKind::Topup,
                "topups",
                id,
                key.unwrap_or(id),
                &topup.prices,
            );
            if let Some(grant) = &topup.grant {
                self.grant(id, grant);
            }
            self.provider_ids(&place, ItemKind::Topup, id, &topup.provider_ids);
            self.reserved_metadata(&place, &topup.metadata, None);
            self.unknown_members(place, Topup::MEMBERS, &topup.extra);
        }
    }

    fn entitlements(
        &mut self,
        section: &str,
        noun: &str,
        id: &SmolStr,
        entitlements: &Entries<Entitlement>,
    ) {
        if entitlements.is_empty() {
            self.report(
                IssueCode::NoEntitlements,
                format!("{section}.{id}.entitlements"),
                format!("the {noun} grants no feature"),
            );
        }
        for (feature_id, entitlement) in entitlements {
            let place = || format!("{section}.{id}.entitlements.{feature_id}");
            let entitlement_type = entitlement.feature_type();
            match self.document.features.get(feature_id) {
                None => self.report(
                    IssueCode::FeatureNotFound,
                    place(),
                    format!("there is no feature \"{feature_id}\""),
                ),
                Some(feature) if feature.feature_type != entitlement_type => self.report(
                    IssueCode::EntitlementTypeMismatch,
                    place(),
                    format!(
                        "the entitlement is \"{entitlement_type}\" and the feature is \"{}\"",
                        feature.feature_type
                    ),
                ),
                Some(_) => {}
            }
            if let Some(amount) = entitlement.metered_amount().filter(|n| n.is_negative()) {
                let path = if entitlement.object().is_some() {
                    format!("{}.amount", place())
                } else {
                    place()
                };
                self.report(
                    IssueCode::NegativeAmount,
                    path,
                    format!("{amount} is a negative amount"),
                );
            }
            if let Some(object) = entitlement.object() {
                self.entitlement_object(&place, entitlement_type, object);
            }
        }
    }

    fn entitlement_object(
        &mut self,
        place: &dyn Fn() -> String,
        entitlement_type: FeatureType,
        object: &EntitlementObject,
    ) {
        let members = [
            ("enabled", object.enabled.is_some(), FeatureType::Boolean),
            ("amount", object.amount.is_some(), FeatureType::Metered),
            ("reset", object.reset.is_some(), FeatureType::Metered),
            ("config", object.config.is_some(), FeatureType::Static),
        ];
        for (name, written, used_by) in members {
            if written && used_by != entitlement_type {
                self.report(
                    IssueCode::UnusedEntitlementMember,
                    format!("{}.{name}", place()),
                    format!("`{name}` does nothing in a \"{entitlement_type}\" entitlement"),
                );
            }
        }
        if let Some(Reset::Other(text)) = &object.reset
            && !is_iso8601_duration(text)
        {
            self.report(
                IssueCode::UnknownReset,
                format!("{}.reset", place()),
                format!("\"{text}\" is not a known interval"),
            );
        }
        let also = (entitlement_type == FeatureType::Boolean).then_some("enabled");
        self.reserved_metadata(place, &object.metadata, also);
        self.unknown_members(place, EntitlementObject::MEMBERS, &object.extra);
    }

    fn compatible_plans(&mut self, section: &str, id: &SmolStr, plans: Option<&[SmolStr]>) {
        let mut seen = HashSet::new();
        for (index, plan) in plans.unwrap_or_default().iter().enumerate() {
            let path = || format!("{section}.{id}.compatiblePlans.{index}");
            match self.plans.find(&self.document.plans, plan) {
                None => self.report(
                    IssueCode::PlanNotFound,
                    path(),
                    format!("there is no plan with the id or key \"{plan}\""),
                ),
                Some(slot) if !seen.insert(slot) => self.report(
                    IssueCode::RepeatedReference,
                    path(),
                    format!("the plan \"{plan}\" already stands in this list"),
                ),
                Some(_) => {}
            }
        }
    }

    fn quantity(&mut self, id: &SmolStr, quantity: &QuantityLimits) {
        for (name, limit) in [("min", quantity.min), ("max", quantity.max)] {
            if let Some(limit) = limit.filter(|limit| limit.as_u64().is_none()) {
                self.report(
                    IssueCode::InvalidQuantity,
                    format!("addons.{id}.quantity.{name}"),
                    format!("{limit} is not a whole number, 0 or more"),
                );
            }
        }
        if let (Some(min), Some(max)) = (quantity.min, quantity.max)
            && max < min
        {
            self.report(
                IssueCode::QuantityRange,
                format!("addons.{id}.quantity.max"),
                format!("the greatest quantity {max} is below the least, {min}"),
            );
        }
        let place = || format!("addons.{id}.quantity");
        self.unknown_members(place, QuantityLimits::MEMBERS, &quantity.extra);
    }

    fn topup_feature(&mut self, id: &SmolStr, topup: &Topup) {
        let path = || format!("topups.{id}.feature");
        match self.document.features.get(&topup.feature) {
            None => self.report(
                IssueCode::FeatureNotFound,
                path(),
                format!("there is no feature \"{}\"", topup.feature),
            ),
            Some(feature) if feature.feature_type != FeatureType::Metered => self.report(
                IssueCode::FeatureNotMetered,
                path(),
                format!(
                    "only metered features can be topped up; \"{}\" is \"{}\"",
                    topup.feature, feature.feature_type
                ),
            ),
            Some(_) => {}
        }
    }

    fn topup_amount(&mut self, id: &SmolStr, topup: &Topup) {
        let path = format!("topups.{id}.amount");
        if topup.amount.is_negative() {
            self.report(
                IssueCode::NegativeAmount,
                path,
                format!("{} is a negative amount", topup.amount),
            );
        } else if topup.amount.is_zero() {
            self.report(
                IssueCode::ZeroTopupAmount,
                path,
                "the top-up grants an amount of 0".into(),
            );
        }
    }

    fn grant(&mut self, id: &SmolStr, grant: &Grant) {
        let place = || format!("topups.{id}.grant");
        if let Some(priority) = grant.priority.filter(|priority| priority.is_negative()) {
            self.report(
                IssueCode::NegativePriority,
                format!("{}.priority", place()),
                format!("{priority} is a negative priority"),
            );
        }
        if let Some(expiration) = &grant.expiration {
            self.expiration(&|| format!("{}.expiration", place()), expiration);
        }
        if let Some(amount) = grant
            .max_rollover_amount
            .filter(|amount| amount.is_negative())
        {
            self.report(
                IssueCode::NegativeRollover,
                format!("{}.maxRolloverAmount", place()),
                format!("{amount} is a negative amount"),
            );
        }
        self.reserved_metadata(&place, &grant.metadata, None);
        self.unknown_members(place, Grant::MEMBERS, &grant.extra);
    }

    fn expiration(&mut self, place: &dyn Fn() -> String, expiration: &Expiration) {
        if let Some(count) = expiration
            .count
            .filter(|count| !is_positive_integer(*count))
        {
            self.report(
                IssueCode::InvalidExpirationCount,
                format!("{}.count", place()),
                format!("{count} is not a whole number from 1"),
            );
        }
        if let ExpirationUnit::Other(_) = expiration.unit() {
            self.report(
                IssueCode::UnknownExpirationUnit,
                format!("{}.duration", place()),
                format!("\"{}\" is not a known unit of time", expiration.duration),
            );
        }
        self.unknown_members(place, Expiration::MEMBERS, &expiration.extra);
    }
}

/// Whether a text is an ISO 8601 duration such as `P1M`, `P2W` or `PT12H`.
pub(crate) fn is_iso8601_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    !rest.is_empty() && in_order(date, "YMWD") && in_order(time, "HMS")
}

/// Whether a text is a sequence of numbers, each followed by a unit, the units in this order.
fn in_order(text: &str, units: &str) -> bool {
    let mut units = units.chars();
    let mut digits = 0;
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits += 1;
        } else if digits == 0 || !units.any(|unit| unit == character) {
            return false;
        } else {
            digits = 0;
        }
    }
    digits == 0
}

#[cfg(test)]
mod tests {
    use super::is_iso8601_duration;

    #[test]
    fn durations_are_told_from_other_text() {
        for good in ["P1M", "P1Y", "P2W", "P10D", "PT12H", "P1Y2M3DT4H5M6S"] {
            assert!(is_iso8601_duration(good), "{good}");
        }
        for bad in [
            "", "P", "PT", "P1", "PM", "1M", "P1S", "PT1D", "P1D1M", "month", "p1m",
        ] {
            assert!(!is_iso8601_duration(bad), "{bad}");
        }
    }
}
