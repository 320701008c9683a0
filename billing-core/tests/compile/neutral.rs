//! The provider-neutral form, with the JSON of the TypeScript catalog's compiler.

use billing_core::Provider;
use billing_core::catalog::Catalog;
use billing_core::compile::{ProductDetail, Strict};
use serde_json::{Value, json};

use super::ai_app;

fn to_json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn products_and_prices_carry_ids_names_and_stamps() {
    let compiled = to_json(ai_app().compile(Provider::Stripe, Strict::Yes).unwrap());
    assert_eq!(compiled["provider"], "stripe");
    assert_eq!(
        compiled["products"][0],
        json!({
            "provider": "stripe", "kind": "plan", "strategy": "subscription_product",
            "catalogPlanId": "pro", "name": "Pro", "description": "For people who write all day",
            "productId": "prod_pro",
            "metadata": {"catalogPlanId": "pro", "catalogPlanKey": "pro"}
        })
    );
    assert_eq!(
        compiled["products"][1],
        json!({
            "provider": "stripe", "kind": "addon", "strategy": "subscription_item",
            "catalogAddonId": "support", "name": "Priority support",
            "compatiblePlanIds": ["pro"], "multiple": false,
            "metadata": {"catalogAddonId": "support", "catalogAddonKey": "priority_support_addon"}
        })
    );
    assert_eq!(
        compiled["prices"][0],
        json!({
            "provider": "stripe", "kind": "plan", "strategy": "subscription_product",
            "catalogPlanId": "pro", "catalogPriceId": "monthly", "lookupKey": "pro:monthly",
            "amount": 2000, "currency": "usd", "interval": "month", "trialDays": 14,
            "priceId": "price_pro_monthly",
            "metadata": {
                "catalogPlanId": "pro", "catalogPlanKey": "pro",
                "catalogPriceId": "monthly", "provider": "stripe"
            }
        })
    );
    assert_eq!(
        compiled["prices"][3],
        json!({
            "provider": "stripe", "kind": "topup", "strategy": "one_time_checkout",
            "catalogTopupId": "tokenPack1m", "catalogPriceId": "oneTime",
            "featureId": "aiTokens", "compatiblePlanIds": ["pro"],
            "lookupKey": "token_pack_1m:oneTime",
            "amount": 1000, "currency": "usd", "interval": "one_time",
            "metadata": {
                "catalogTopupId": "tokenPack1m", "catalogTopupKey": "token_pack_1m",
                "catalogFeatureId": "aiTokens", "catalogPriceId": "oneTime", "provider": "stripe"
            }
        })
    );
    assert_eq!(compiled["warnings"], json!([]));
}

#[test]
fn each_provider_has_its_own_strategies() {
    let strategies = |provider| {
        let compiled = ai_app().compile(provider, Strict::No).unwrap();
        let mut strategies: Vec<&str> = compiled
            .prices
            .iter()
            .map(|price| price.strategy.as_str())
            .collect();
        strategies.dedup();
        strategies
    };
    let usual = [
        "subscription_product",
        "subscription_item",
        "one_time_checkout",
    ];
    for provider in [
        Provider::Stripe,
        Provider::Polar,
        Provider::Creem,
        Provider::OpenMeter,
    ] {
        assert_eq!(strategies(provider), usual);
    }
    assert_eq!(
        strategies(Provider::Razorpay),
        ["subscription_plan", "subscription_addon", "manual_charge"]
    );
    assert_eq!(
        strategies(Provider::Dodo),
        [
            "subscription_product",
            "subscription_addon",
            "one_time_checkout"
        ]
    );
}

#[test]
fn strict_fails_where_lenient_warns() {
    let catalog = ai_app();
    let lenient = catalog.compile(Provider::Razorpay, Strict::No).unwrap();
    assert_eq!(
        lenient.warnings,
        [
            "addons.support.prices.monthly.interval: Razorpay charges an add-on once, with \"one_time\"; this one recurs by \"month\"",
            "topups.tokenPack1m: Razorpay has no catalog object for a top-up",
        ]
    );
    let error = catalog
        .compile(Provider::Razorpay, Strict::Yes)
        .unwrap_err();
    assert_eq!(error.provider(), Provider::Razorpay);
    assert_eq!(error.report().issues, lenient.issues);
    assert!(
        error
            .to_string()
            .starts_with("the catalog does not fit the provider \"razorpay\"\n- addons.")
    );
}

#[test]
fn an_addon_without_a_list_fits_every_plan_and_a_repeated_one_counts_once() {
    let catalog = json!({
        "features": {"api": {"type": "boolean"}},
        "plans": {
            "a": {"key": "plan_a", "entitlements": {"api": true}},
            "b": {"entitlements": {"api": true}}
        },
        "addons": {
            "open": {"entitlements": {"api": true}},
            "empty": {"compatiblePlans": [], "entitlements": {"api": true}},
            "twice": {"compatiblePlans": ["b", "plan_a", "a"], "entitlements": {"api": true}}
        }
    });
    let catalog = Catalog::from_json(&catalog.to_string()).unwrap();
    let compiled = catalog.compile(Provider::Polar, Strict::No).unwrap();
    let plans = |slot: usize| match &compiled.products[slot].detail {
        ProductDetail::Addon {
            compatible_plan_ids,
            ..
        } => compatible_plan_ids.to_vec(),
        other => panic!("not an add-on: {other:?}"),
    };
    assert_eq!(plans(2), ["a", "b"]);
    assert_eq!(plans(3), ["a", "b"]);
    assert_eq!(plans(4), ["b", "a"]);
}

#[test]
fn own_metadata_is_kept_and_stamps_win() {
    let catalog = json!({
        "features": {"tokens": {"type": "metered", "key": "ai_tokens"}, "api": {"type": "boolean"}},
        "plans": {"pro": {
            "metadata": {"tier": 2, "catalogPlanId": "forged"},
            "entitlements": {
                "tokens": {"amount": 5, "metadata": {"unit": "k"}},
                "api": false
            },
            "prices": {"m": {
                "amount": 1, "currency": "USD", "interval": "month", "metadata": {"note": "x"}
            }}
        }},
        "topups": {"pack": {
            "feature": "tokens", "amount": 9.5,
            "metadata": {"shared": "top-up", "own": 1},
            "grant": {"maxRolloverAmount": 2, "metadata": {"shared": "grant", "deep": {"a": 1}}},
            "prices": {"p": {"amount": 1, "currency": "USD", "interval": "one_time"}}
        }}
    });
    let catalog = Catalog::from_json(&catalog.to_string()).unwrap();
    let compiled = catalog.compile(Provider::Polar, Strict::No).unwrap();
    assert_eq!(
        to_json(&compiled.products[0].metadata),
        json!({"tier": 2, "catalogPlanId": "pro", "catalogPlanKey": "pro"})
    );
    assert_eq!(compiled.products[0].metadata.len(), 3);
    assert_eq!(compiled.prices[0].metadata.get("note"), Some(json!("x")));
    assert_eq!(compiled.prices[0].metadata.get("tier"), None);

    let granted = catalog.compile_plan_entitlements("pro").unwrap();
    assert_eq!(
        to_json(&granted),
        json!([
            {
                "featureKey": "api", "type": "boolean",
                "metadata": {"catalogPlanId": "pro", "catalogFeatureId": "api", "enabled": false}
            },
            {
                "featureKey": "ai_tokens", "type": "metered", "amount": 5,
                "metadata": {"unit": "k", "catalogPlanId": "pro", "catalogFeatureId": "tokens"}
            }
        ])
    );
    assert_eq!(
        granted
            .iter()
            .map(|one| one.grants_access())
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(
        to_json(catalog.compile_topup_grant("pack").unwrap()),
        json!({
            "topupId": "pack", "topupKey": "pack", "featureId": "tokens", "featureKey": "ai_tokens",
            "amount": 9.5, "maxRolloverAmount": 2,
            "metadata": {
                "shared": "top-up", "own": 1, "deep": {"a": 1},
                "catalogTopupId": "pack", "catalogTopupKey": "pack", "catalogFeatureId": "tokens"
            }
        })
    );
}

#[test]
fn an_item_that_is_not_there_is_named() {
    let catalog = ai_app();
    assert_eq!(
        catalog
            .compile_plan_entitlements("gone")
            .unwrap_err()
            .to_string(),
        "the catalog has no plan with the id or key \"gone\""
    );
    assert_eq!(
        catalog.compile_topup_grant("pro").unwrap_err().to_string(),
        "the catalog has no top-up with the id or key \"pro\""
    );
    // An id and a key name the same item.
    assert_eq!(
        catalog.compile_addon_entitlements("support"),
        catalog.compile_addon_entitlements("priority_support_addon")
    );
}
