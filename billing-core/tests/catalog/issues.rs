//! Every kind of issue, with its path and message.

use billing_core::Provider;
use billing_core::catalog::{CatalogBuilder, CatalogFormat, IssueCode, Report, Severity};
use serde_json::{Value, json};

/// A catalog without a single issue, for a test to break.
pub(super) fn sound() -> Value {
    json!({
        "meters": {"tokens": {"eventType": "ai.tokens", "aggregation": "sum", "valueProperty": "n"}},
        "features": {
            "tokens": {"type": "metered", "meter": "tokens"},
            "api": {"type": "boolean"},
            "region": {"type": "static"}
        },
        "plans": {
            "pro": {
                "name": "The Pro plan",
                "entitlements": {"tokens": {"amount": 100, "reset": "month"}, "api": true},
                "prices": {"monthly": {"amount": 2000, "currency": "USD", "interval": "month"}}
            }
        },
        "addons": {
            "support": {
                "name": "The support add-on",
                "entitlements": {"api": true},
                "prices": {"monthly": {"amount": 1000, "currency": "USD", "interval": "month"}}
            }
        },
        "topups": {
            "pack": {
                "name": "The pack",
                "feature": "tokens",
                "amount": 500,
                "prices": {"once": {"amount": 900, "currency": "USD", "interval": "one_time"}}
            }
        }
    })
}

/// The sound catalog with other values at these JSON pointers; null removes a member.
pub(super) fn changed(changes: &[(&str, Value)]) -> CatalogBuilder {
    let mut catalog = sound();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = catalog
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        if value.is_null() {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value.clone());
        }
    }
    CatalogBuilder::parse(&catalog.to_string(), CatalogFormat::Json).unwrap()
}

#[track_caller]
pub(super) fn assert_issue(report: &Report, code: IssueCode, path: &str, message: &str) {
    let found = report
        .issues
        .iter()
        .any(|issue| issue.code == code && issue.path == path && issue.message == message);
    assert!(found, "no {code} at {path}: {message}\n{report}");
    assert!(!code.hint().is_empty());
}

/// The change gives exactly this issue, and it is as serious as it should be.
#[track_caller]
fn gives(changes: &[(&str, Value)], code: IssueCode, path: &str, message: &str) {
    let report = changed(changes).validate();
    assert_issue(&report, code, path, message);
    assert_eq!(report.issues.len(), 1, "{report}");
    assert_eq!(report.has_errors(), code.severity() == Severity::Error);
}

#[test]
fn the_sound_catalog_has_no_issue() {
    assert_eq!(changed(&[]).validate(), Report::default());
    for provider in [
        Provider::Stripe,
        Provider::Polar,
        Provider::Creem,
        Provider::Dodo,
    ] {
        let report = changed(&[]).build().unwrap().check(provider);
        assert_eq!(report, Report::default(), "{provider}: {report}");
    }
}

#[test]
fn keys_and_ids() {
    gives(
        &[("/features/api/key", json!("tokens"))],
        IssueCode::DuplicateKey,
        "features.tokens.key",
        "feature \"api\" already has the key \"tokens\"",
    );
    gives(
        &[
            ("/plans/basic", sound()["plans"]["pro"].clone()),
            ("/plans/basic/key", json!("one")),
            ("/plans/pro/key", json!("basic")),
        ],
        IssueCode::KeyShadowsId,
        "plans.pro.key",
        "the key \"basic\" is also the id of another plan",
    );
    gives(
        &[("/plans/pro/key", json!(" "))],
        IssueCode::EmptyId,
        "plans.pro.key",
        "the key is empty",
    );
    gives(
        &[
            ("/meters/other", sound()["meters"]["tokens"].clone()),
            ("/meters/other/key", json!("tokens")),
        ],
        IssueCode::DuplicateMeterKey,
        "meters.tokens.key",
        "meter \"other\" already has the key \"tokens\"",
    );
    let report = billing_core::catalog::Catalog::builder()
        .feature("api", billing_core::catalog::Feature::boolean())
        .feature("api", billing_core::catalog::Feature::boolean())
        .validate();
    assert_issue(
        &report,
        IssueCode::DuplicateId,
        "features.api",
        "`api` is defined twice",
    );
}

#[test]
fn meters_and_features() {
    gives(
        &[("/features/tokens/meter", json!("ghost"))],
        IssueCode::MeterNotFound,
        "features.tokens.meter",
        "there is no meter \"ghost\"",
    );
    gives(
        &[("/features/tokens/meter", Value::Null)],
        IssueCode::FeatureWithoutMeter,
        "features.tokens.meter",
        "the metered feature names no meter",
    );
    gives(
        &[("/meters/tokens/aggregation", json!("p95"))],
        IssueCode::UnknownAggregation,
        "meters.tokens.aggregation",
        "`p95` is not a known way to aggregate",
    );
    gives(
        &[("/meters/tokens/valueProperty", Value::Null)],
        IssueCode::MeterWithoutValueProperty,
        "meters.tokens.valueProperty",
        "a meter with the aggregation sum needs a value property",
    );
    gives(
        &[("/meters/tokens/eventType", Value::Null)],
        IssueCode::MeterWithoutEventType,
        "meters.tokens.eventType",
        "the meter has no event type, so it counts nothing",
    );
}

#[test]
fn entitlements() {
    gives(
        &[("/plans/pro/entitlements", json!({}))],
        IssueCode::NoEntitlements,
        "plans.pro.entitlements",
        "the plan grants no feature",
    );
    gives(
        &[("/addons/support/entitlements", Value::Null)],
        IssueCode::NoEntitlements,
        "addons.support.entitlements",
        "the add-on grants no feature",
    );
    gives(
        &[("/plans/pro/entitlements/ghost", json!(true))],
        IssueCode::FeatureNotFound,
        "plans.pro.entitlements.ghost",
        "there is no feature \"ghost\"",
    );
    gives(
        &[("/plans/pro/entitlements/region", json!(5))],
        IssueCode::EntitlementTypeMismatch,
        "plans.pro.entitlements.region",
        "the entitlement is \"metered\" and the feature is \"static\"",
    );
    gives(
        &[("/plans/pro/entitlements/tokens", json!(-1))],
        IssueCode::NegativeAmount,
        "plans.pro.entitlements.tokens",
        "-1 is a negative amount",
    );
    gives(
        &[("/plans/pro/entitlements/tokens", json!({"amount": -0.5}))],
        IssueCode::NegativeAmount,
        "plans.pro.entitlements.tokens.amount",
        "-0.5 is a negative amount",
    );
    gives(
        &[("/plans/pro/entitlements/tokens/reset", json!("fortnight"))],
        IssueCode::UnknownReset,
        "plans.pro.entitlements.tokens.reset",
        "\"fortnight\" is not a known interval",
    );
    gives(
        &[(
            "/plans/pro/entitlements/api",
            json!({"type": "boolean", "reset": "month"}),
        )],
        IssueCode::UnusedEntitlementMember,
        "plans.pro.entitlements.api.reset",
        "`reset` does nothing in a \"boolean\" entitlement",
    );
}

#[test]
fn prices() {
    let monthly = "/plans/pro/prices/monthly";
    let at = |name: &str| format!("{monthly}/{name}");
    gives(
        &[(&at("amount"), json!(19.99))],
        IssueCode::InvalidPriceAmount,
        "plans.pro.prices.monthly.amount",
        "19.99 is not a whole number of the smallest currency unit, 0 or more",
    );
    gives(
        &[(&at("currency"), json!("DOLLARS"))],
        IssueCode::InvalidCurrency,
        "plans.pro.prices.monthly.currency",
        "\"DOLLARS\" is not a three-letter currency code",
    );
    gives(
        &[(&at("currency"), json!("ABC"))],
        IssueCode::UnknownCurrency,
        "plans.pro.prices.monthly.currency",
        "\"ABC\" is not an active ISO 4217 code",
    );
    gives(
        &[(&at("intervalCount"), json!(0))],
        IssueCode::InvalidIntervalCount,
        "plans.pro.prices.monthly.intervalCount",
        "0 is not a whole number from 1",
    );
    gives(
        &[(&at("trialDays"), json!(-7))],
        IssueCode::InvalidTrialDays,
        "plans.pro.prices.monthly.trialDays",
        "-7 is not a whole number of days",
    );
    gives(
        &[(&at("interval"), json!("one_time"))],
        IssueCode::OneTimePlanPrice,
        "plans.pro.prices.monthly.interval",
        "a plan recurs, so its price cannot have the interval \"one_time\"",
    );
    gives(
        &[(&at("interval"), json!("Month"))],
        IssueCode::UnknownInterval,
        "plans.pro.prices.monthly.interval",
        "\"Month\" is not a known interval",
    );
    gives(
        &[(&at("interval"), Value::Null)],
        IssueCode::MissingInterval,
        "plans.pro.prices.monthly.interval",
        "the price does not say how often it is charged",
    );
    gives(
        &[(&at("lookupKey"), json!("support:monthly"))],
        IssueCode::LookupKeyReused,
        "addons.support.prices.monthly.lookupKey",
        "\"support:monthly\" is also a lookup key of plan \"pro\"",
    );
}

#[test]
fn compatible_plans_and_quantities() {
    gives(
        &[("/addons/support/compatiblePlans", json!(["pro", "ghost"]))],
        IssueCode::PlanNotFound,
        "addons.support.compatiblePlans.1",
        "there is no plan with the id or key \"ghost\"",
    );
    gives(
        &[("/topups/pack/compatiblePlans", json!(["pro", "pro"]))],
        IssueCode::RepeatedReference,
        "topups.pack.compatiblePlans.1",
        "the plan \"pro\" already stands in this list",
    );
    gives(
        &[("/addons/support/quantity", json!({"min": 0.5}))],
        IssueCode::InvalidQuantity,
        "addons.support.quantity.min",
        "0.5 is not a whole number, 0 or more",
    );
    gives(
        &[("/addons/support/quantity", json!({"min": 3, "max": 2}))],
        IssueCode::QuantityRange,
        "addons.support.quantity.max",
        "the greatest quantity 2 is below the least, 3",
    );
}

#[test]
fn topups() {
    gives(
        &[("/topups/pack/feature", json!("ghost"))],
        IssueCode::FeatureNotFound,
        "topups.pack.feature",
        "there is no feature \"ghost\"",
    );
    gives(
        &[("/topups/pack/feature", json!("api"))],
        IssueCode::FeatureNotMetered,
        "topups.pack.feature",
        "only metered features can be topped up; \"api\" is \"boolean\"",
    );
    gives(
        &[("/topups/pack/amount", json!(-5))],
        IssueCode::NegativeAmount,
        "topups.pack.amount",
        "-5 is a negative amount",
    );
    gives(
        &[("/topups/pack/amount", json!(0))],
        IssueCode::ZeroTopupAmount,
        "topups.pack.amount",
        "the top-up grants an amount of 0",
    );
    gives(
        &[("/topups/pack/prices", json!({}))],
        IssueCode::NoPrices,
        "topups.pack.prices",
        "the top-up has no price, so nobody can buy it",
    );
    gives(
        &[("/topups/pack/prices/once/interval", json!("month"))],
        IssueCode::RecurringTopupPrice,
        "topups.pack.prices.once.interval",
        "a top-up is bought with the interval \"one_time\"; found month",
    );
    gives(
        &[("/topups/pack/grant", json!({"priority": -1}))],
        IssueCode::NegativePriority,
        "topups.pack.grant.priority",
        "-1 is a negative priority",
    );
    gives(
        &[("/topups/pack/grant", json!({"maxRolloverAmount": -1}))],
        IssueCode::NegativeRollover,
        "topups.pack.grant.maxRolloverAmount",
        "-1 is a negative amount",
    );
    gives(
        &[(
            "/topups/pack/grant",
            json!({"expiration": {"duration": "year", "count": 1.5}}),
        )],
        IssueCode::InvalidExpirationCount,
        "topups.pack.grant.expiration.count",
        "1.5 is not a whole number from 1",
    );
    gives(
        &[(
            "/topups/pack/grant",
            json!({"expiration": {"duration": "aeon"}}),
        )],
        IssueCode::UnknownExpirationUnit,
        "topups.pack.grant.expiration.duration",
        "\"aeon\" is not a known unit of time",
    );
}

#[test]
fn pricing_beside_the_one_amount() {
    let pricing = "/plans/pro/prices/monthly/x-pricing";
    gives(
        &[(pricing, json!({"tiers": [{"amount": -5}], "per": "seat"}))],
        IssueCode::InvalidPricing,
        "plans.pro.prices.monthly.x-pricing.tiers.0.amount",
        "expected an amount such as 10 or \"0.002\", with 12 places at most",
    );
    for feature in ["ghost", "api"] {
        gives(
            &[(
                pricing,
                json!({"usage": [{"feature": feature, "amount": 5}]}),
            )],
            IssueCode::InvalidPricing,
            "plans.pro.prices.monthly.x-pricing.usage.0.feature",
            &format!("\"{feature}\" is no metered feature of the catalog"),
        );
    }
    let sound = changed(&[(
        pricing,
        json!({"per": "seat", "usage": [{"feature": "tokens", "amount": 5}]}),
    )]);
    assert_eq!(sound.validate(), Report::default());
}

#[test]
fn members_metadata_and_provider_ids() {
    gives(
        &[("/plans/pro/provider_ids", json!({}))],
        IssueCode::UnknownMember,
        "plans.pro.provider_ids",
        "`provider_ids` is not known here; did you mean `providerIds`?",
    );
    gives(
        &[("/plans/pro/colour", json!("red"))],
        IssueCode::UnknownMember,
        "plans.pro.colour",
        "`colour` is not known here",
    );
    gives(
        &[("/plans/pro/metadata", json!({"catalogPlanId": "x"}))],
        IssueCode::ReservedMetadata,
        "plans.pro.metadata.catalogPlanId",
        "`catalogPlanId` is written by compiling",
    );
    gives(
        &[
            ("/plans/pro/providerIds", json!({"stripe": "prod_1"})),
            ("/topups/pack/providerIds", json!({"stripe": "prod_1"})),
        ],
        IssueCode::ProviderIdReused,
        "topups.pack.providerIds.stripe",
        "\"prod_1\" is also the stripe id of plan \"pro\"",
    );
    gives(
        &[(
            "/plans/pro/providerIds",
            json!({"Stripe": "prod_1", "paddle": "pro_1"}),
        )],
        IssueCode::ProviderNameCase,
        "plans.pro.providerIds.Stripe",
        "\"Stripe\" is not read as the provider stripe",
    );
    let report = CatalogBuilder::parse("{\"$schema\": \"x\"}", CatalogFormat::Json)
        .unwrap()
        .validate();
    assert_issue(
        &report,
        IssueCode::EmptyCatalog,
        "",
        "the catalog has no features, plans or top-ups",
    );
    assert_eq!(report.issues.len(), 1);
}

#[test]
fn all_issues_come_at_once_in_the_order_of_the_catalog() {
    let report = changed(&[
        ("/features/tokens/meter", json!("ghost")),
        ("/plans/pro/entitlements/ghost", json!(true)),
        ("/plans/pro/prices/monthly/amount", json!(-1)),
        ("/plans/pro/prices/monthly/currency", json!("")),
        ("/addons/support/compatiblePlans", json!(["ghost"])),
        ("/topups/pack/feature", json!("api")),
        ("/topups/pack/amount", json!(-1)),
    ])
    .validate();
    let paths: Vec<&str> = report
        .issues
        .iter()
        .map(|issue| issue.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "features.tokens.meter",
            "plans.pro.entitlements.ghost",
            "plans.pro.prices.monthly.amount",
            "plans.pro.prices.monthly.currency",
            "addons.support.compatiblePlans.0",
            "topups.pack.feature",
            "topups.pack.amount",
        ]
    );
    let error = changed(&[("/plans/pro/prices/monthly/amount", json!(-1))])
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid catalog\n- plans.pro.prices.monthly.amount: -1 is not a whole number of the smallest currency unit, 0 or more"
    );
}

#[test]
fn codes_are_unique_and_all_of_them_are_tested_here() {
    let tests = concat!(
        include_str!("issues.rs"),
        include_str!("provider_issues.rs")
    );
    let mut seen = std::collections::HashSet::new();
    for code in IssueCode::ALL {
        assert!(seen.insert(code.as_str()), "{code} stands for two kinds");
        assert!(
            tests.contains(&format!("IssueCode::{code:?},")),
            "{code:?} has no test"
        );
    }
}
