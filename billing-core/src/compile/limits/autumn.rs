//! Autumn: `POST /v1/plans.create`, on top of Stripe.

use crate::catalog::{
    Catalog, CurrencyCode, FeatureType, Interval, Issue, IssueCode, Price, Reset,
};
use crate::compile::item::Item;
use crate::compile::limits::{Cadence, KeyRule, Rules, iso_currency, stripe};
use crate::provider::Provider;

pub(super) const RULES: Rules = Rules {
    provider: Provider::Autumn,
    currency: iso_currency,
    exponent: stripe::exponent,
    free: true,
    minimum: stripe::minimum,
    maximum: |_| 99_999_999,
    step: |_| 1,
    cadence,
    name: None,
    description: None,
    lookup_key: None,
    trial_days: None,
    metadata: None,
    key: Some(KeyRule {
        valid: is_plan_id,
        expected: "letters, digits, `_` and `-`",
    }),
};

fn is_plan_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.bytes().all(allowed)
}

fn cadence(interval: &Interval) -> Cadence {
    match interval {
        Interval::Week | Interval::Month | Interval::Year => Cadence::ANY,
        _ => Cadence::Never,
    }
}

/// Checks what a plan grants, and that its id and the price's make the id of a plan.
pub(super) fn item(item: &Item<'_>, issues: &mut Vec<Issue>) {
    let mut report = |code, path: String, message: String| {
        issues.push(Issue::new(
            code,
            format!("{}.{path}", item.path()),
            format!("Autumn: {message}"),
        ));
    };
    for (feature, entitlement) in item.entitlements().into_iter().flatten() {
        if entitlement.feature_type() == FeatureType::Static {
            report(
                IssueCode::FeatureTypeUnsupported,
                format!("entitlements.{feature}"),
                "there are no static features".into(),
            );
        }
        if let Some(Reset::Other(text)) = entitlement.metered_reset() {
            report(
                IssueCode::IntervalUnsupported,
                format!("entitlements.{feature}.reset"),
                format!("an amount starts anew by day, week, month or year; found \"{text}\""),
            );
        }
    }
    for price_id in item.prices.keys().filter(|price_id| !is_plan_id(price_id)) {
        report(
            IssueCode::KeyFormat,
            format!("prices.{price_id}"),
            format!(
                "the price id \"{price_id}\" becomes part of a plan's id, which has letters, digits, `_` and `-`"
            ),
        );
    }
}

/// Amounts have no currency of their own: they are in the organization's, so there is one.
pub(super) fn one_currency(catalog: &Catalog, issues: &mut Vec<Issue>) {
    let mut first: Option<CurrencyCode> = None;
    let mut look = |place: String, price: &Price| {
        let code = price.currency.upper();
        let first = *first.get_or_insert(code);
        if first != code {
            issues.push(Issue::new(
                IssueCode::MixedCurrencies,
                format!("{place}.currency"),
                format!(
                    "Autumn: amounts are in the organization's one currency; found {code} after {first}"
                ),
            ));
        }
    };
    for (id, plan) in catalog.plans() {
        for (price_id, price) in &plan.prices {
            look(format!("plans.{id}.prices.{price_id}"), price);
        }
    }
    for (id, addon) in catalog.addons() {
        for (price_id, price) in &addon.prices {
            look(format!("addons.{id}.prices.{price_id}"), price);
        }
    }
    for (id, topup) in catalog.topups() {
        for (price_id, price) in &topup.prices {
            look(format!("topups.{id}.prices.{price_id}"), price);
        }
    }
}
