//! Every kind of issue that one provider's limits give, with its path and message.

use billing_core::Provider;
use billing_core::catalog::{IssueCode, Report, Severity};
use serde_json::{Value, json};

use super::issues::{assert_issue, changed, sound};

/// The change keeps the catalog valid, and the provider finds exactly this issue.
#[track_caller]
fn provider_gives(
    provider: Provider,
    changes: &[(&str, Value)],
    code: IssueCode,
    path: &str,
    message: &str,
) {
    let catalog = changed(changes).build().unwrap();
    let report = catalog.check(provider);
    assert_issue(&report, code, path, message);
    assert_eq!(code.severity(), Severity::Warning);
}

#[test]
fn combinations_that_a_provider_does_not_have() {
    provider_gives(
        Provider::Razorpay,
        &[],
        IssueCode::RecurringAddonUnsupported,
        "addons.support.prices.monthly.interval",
        "Razorpay charges an add-on once, with \"one_time\"; this one recurs by \"month\"",
    );
    provider_gives(
        Provider::Razorpay,
        &[],
        IssueCode::TopupUnsupported,
        "topups.pack",
        "Razorpay has no catalog object for a top-up",
    );
    for (provider, name) in [
        (Provider::OpenMeter, "OpenMeter"),
        (Provider::Dodo, "Dodo Payments"),
    ] {
        provider_gives(
            provider,
            &[("/addons/support/prices/monthly/interval", json!("year"))],
            IssueCode::AddonIntervalMismatch,
            "addons.support.compatiblePlans",
            &format!(
                "{name} charges an add-on together with its plan: it recurs by \"year\", and no price of the plan \"pro\" does"
            ),
        );
    }
}

#[test]
fn pricing_that_a_provider_does_not_charge() {
    for (provider, name) in [
        (Provider::Stripe, "Stripe"),
        (Provider::Razorpay, "Razorpay"),
        (Provider::Creem, "Creem"),
        (Provider::Dodo, "Dodo Payments"),
        (Provider::Autumn, "Autumn"),
    ] {
        provider_gives(
            provider,
            &[(
                "/plans/pro/prices/monthly/x-pricing",
                json!({"per": "seat"}),
            )],
            IssueCode::PricingUnsupported,
            "plans.pro.prices.monthly.x-pricing",
            &format!("{name}: only the price's one amount is charged"),
        );
    }
    provider_gives(
        Provider::OpenMeter,
        &[(
            "/plans/pro/prices/monthly/x-pricing",
            json!({"per": "unit"}),
        )],
        IssueCode::PricingUnsupported,
        "plans.pro.prices.monthly.x-pricing",
        "OpenMeter: nothing is sold by the seat or by the unit",
    );
    for (provider, name) in [
        (Provider::Polar, "Polar"),
        (Provider::OpenMeter, "OpenMeter"),
    ] {
        provider_gives(
            provider,
            &[(
                "/topups/pack/prices/once/x-pricing",
                json!({"usage": [{"feature": "tokens", "amount": 1}]}),
            )],
            IssueCode::PricingUnsupported,
            "topups.pack.prices.once.x-pricing",
            &format!("{name}: usage is charged with a subscription, not once"),
        );
    }
}

#[test]
fn amounts_and_currencies_of_a_provider() {
    let amount = "/plans/pro/prices/monthly/amount";
    let currency = "/plans/pro/prices/monthly/currency";
    let path = "plans.pro.prices.monthly.amount";
    provider_gives(
        Provider::Stripe,
        &[(amount, json!(49))],
        IssueCode::AmountBelowMinimum,
        path,
        "Stripe: the least amount in USD is 0 or 50; found 49",
    );
    provider_gives(
        Provider::Razorpay,
        &[(amount, json!(0))],
        IssueCode::AmountBelowMinimum,
        path,
        "Razorpay: the least amount in USD is 100; found 0",
    );
    provider_gives(
        Provider::Polar,
        &[(amount, json!(100_000_000))],
        IssueCode::AmountAboveMaximum,
        path,
        "Polar: the greatest amount in USD is 99999999; found 100000000",
    );
    provider_gives(
        Provider::Razorpay,
        &[(amount, json!(5_555)), (currency, json!("KWD"))],
        IssueCode::AmountNotRound,
        path,
        "Razorpay: an amount in KWD must be a multiple of 10; found 5555",
    );
    provider_gives(
        Provider::Stripe,
        &[(amount, json!(5_550)), (currency, json!("MGA"))],
        IssueCode::AmountNotRound,
        path,
        "Stripe: 5550 is no whole number of the units taken in MGA",
    );
    provider_gives(
        Provider::Creem,
        &[(currency, json!("GBP"))],
        IssueCode::CurrencyUnsupported,
        "plans.pro.prices.monthly.currency",
        "Creem: the currency GBP is not taken",
    );
    provider_gives(
        Provider::Stripe,
        &[(currency, json!("ABC"))],
        IssueCode::CurrencyUnsupported,
        "plans.pro.prices.monthly.currency",
        "Stripe: the currency ABC is not taken",
    );
    provider_gives(
        Provider::Autumn,
        &[("/addons/support/prices/monthly/currency", json!("EUR"))],
        IssueCode::MixedCurrencies,
        "addons.support.prices.monthly.currency",
        "Autumn: amounts are in the organization's one currency; found EUR after USD",
    );
    provider_gives(
        Provider::OpenMeter,
        &[(
            "/addons/support/prices/other",
            json!({"amount": 900, "currency": "EUR", "interval": "month"}),
        )],
        IssueCode::MixedCurrencies,
        "addons.support.prices.other.currency",
        "OpenMeter: an add-on is in one currency; found EUR after USD",
    );
}

#[test]
fn an_amount_is_in_the_unit_of_iso_4217_whatever_the_provider_counts_in() {
    let prices = [
        ("/plans/pro/prices/monthly/amount", json!(7_000)),
        ("/plans/pro/prices/monthly/currency", json!("ISK")),
    ];
    // 7000 ISK are 700000 at Stripe and Polar, well above their minimum of 7000.
    let catalog = changed(&prices).build().unwrap();
    assert_eq!(catalog.check(Provider::Stripe), Report::default());
    assert_eq!(catalog.check(Provider::Polar), Report::default());
}

#[test]
fn intervals_and_trials_of_a_provider() {
    let monthly = "/plans/pro/prices/monthly";
    let at = |name: &str| format!("{monthly}/{name}");
    provider_gives(
        Provider::Autumn,
        &[(&at("interval"), json!("day"))],
        IssueCode::IntervalUnsupported,
        "plans.pro.prices.monthly.interval",
        "Autumn: nothing is charged by the interval \"day\"",
    );
    provider_gives(
        Provider::Stripe,
        &[(&at("interval"), Value::Null)],
        IssueCode::IntervalUnsupported,
        "plans.pro.prices.monthly.interval",
        "Stripe: a price needs an interval",
    );
    provider_gives(
        Provider::OpenMeter,
        &[("/plans/pro/entitlements/tokens/reset", json!("Monthly"))],
        IssueCode::IntervalUnsupported,
        "plans.pro.entitlements.tokens.reset",
        "OpenMeter: an amount cannot start anew by \"Monthly\"",
    );
    provider_gives(
        Provider::Stripe,
        &[(&at("intervalCount"), json!(37))],
        IssueCode::IntervalCountUnsupported,
        "plans.pro.prices.monthly.intervalCount",
        "Stripe: with the interval \"month\" it is every 1 to 36; found 37",
    );
    provider_gives(
        Provider::Razorpay,
        &[
            (&at("interval"), json!("day")),
            (&at("intervalCount"), json!(6)),
        ],
        IssueCode::IntervalCountUnsupported,
        "plans.pro.prices.monthly.intervalCount",
        "Razorpay: with the interval \"day\" it is every 7 to 36500; found 6",
    );
    provider_gives(
        Provider::Polar,
        &[(&at("trialDays"), json!(1001))],
        IssueCode::TrialUnsupported,
        "plans.pro.prices.monthly.trialDays",
        "Polar: a trial has 1000 days at most; found 1001",
    );
}

#[test]
fn lengths_and_formats_of_a_provider() {
    provider_gives(
        Provider::Polar,
        &[("/plans/pro/name", json!("P"))],
        IssueCode::NameLength,
        "plans.pro.name",
        "Polar: the name has 1 characters, and 3 to 64 are taken",
    );
    provider_gives(
        Provider::OpenMeter,
        &[("/plans/pro/description", json!("d".repeat(1025)))],
        IssueCode::DescriptionLength,
        "plans.pro.description",
        "OpenMeter: the description has 1025 characters, and 1024 are taken",
    );
    provider_gives(
        Provider::OpenMeter,
        &[("/features/api/key", json!("apiAccess"))],
        IssueCode::KeyFormat,
        "features.api.key",
        "OpenMeter: \"apiAccess\" is no key of lower-case letters, digits and single `_` between them",
    );
    provider_gives(
        Provider::Autumn,
        &[("/plans/pro/key", json!("pro plan"))],
        IssueCode::KeyFormat,
        "plans.pro.key",
        "Autumn: \"pro plan\" is no key of letters, digits, `_` and `-`",
    );
    provider_gives(
        Provider::Stripe,
        &[(
            "/plans/pro/prices/monthly/lookupKey",
            json!("k".repeat(201)),
        )],
        IssueCode::LookupKeyLength,
        "plans.pro.prices.monthly.lookupKey",
        "Stripe: the lookup key has 201 characters, and 200 are taken",
    );
    provider_gives(
        Provider::Autumn,
        &[("/plans/pro/entitlements/region", json!("eu"))],
        IssueCode::FeatureTypeUnsupported,
        "plans.pro.entitlements.region",
        "Autumn: there are no static features",
    );
    provider_gives(
        Provider::OpenMeter,
        &[("/meters/tokens/aggregation", json!("avg"))],
        IssueCode::AggregationUnsupported,
        "meters.tokens.aggregation",
        "OpenMeter: a feature cannot be measured with avg",
    );
    provider_gives(
        Provider::OpenMeter,
        &[("/topups/pack/grant", json!({"priority": 0}))],
        IssueCode::GrantUnsupported,
        "topups.pack.grant.priority",
        "OpenMeter: a priority is a whole number from 1 to 255; found 0",
    );
}

#[test]
fn metadata_of_a_provider() {
    let many: serde_json::Map<String, Value> = (0..49)
        .map(|index| (format!("key{index}"), json!(index)))
        .collect();
    provider_gives(
        Provider::Stripe,
        &[("/plans/pro/metadata", Value::Object(many))],
        IssueCode::MetadataCount,
        "plans.pro.metadata",
        "Stripe: there are 51 entries of metadata, stamps included, and 50 are taken",
    );
    provider_gives(
        Provider::Stripe,
        &[("/plans/pro/metadata", json!({"a[b]": 1}))],
        IssueCode::MetadataKey,
        "plans.pro.metadata.a[b]",
        "Stripe: `a[b]` cannot be the name of metadata",
    );
    provider_gives(
        Provider::Razorpay,
        &[("/plans/pro/metadata", json!({"note": "n".repeat(257)}))],
        IssueCode::MetadataValue,
        "plans.pro.prices.monthly.metadata.note",
        "Razorpay: the value has 257 characters as text, and 256 are taken",
    );
    provider_gives(
        Provider::Polar,
        &[("/plans/pro/metadata", json!({"note": ""}))],
        IssueCode::MetadataValue,
        "plans.pro.prices.monthly.metadata.note",
        "Polar: the value is an empty text, which is not taken",
    );
    let addon = || sound()["addons"]["support"].clone();
    provider_gives(
        Provider::Dodo,
        &[
            ("/addons/a", addon()),
            ("/addons/b", addon()),
            ("/addons/c", addon()),
        ],
        IssueCode::TooManyAddons,
        "plans.pro.prices.monthly",
        "Dodo Payments: a product offers 3 add-ons at most, and 4 fit this price",
    );
}
