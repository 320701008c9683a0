use billing_core::catalog::IssueCode;
use billing_core::compile::openmeter::{entitlement_body, grant_body};
use billing_core::compile::{CompiledEntitlement, Strict};
use billing_core::provision::Provisioner;
use billing_sandbox::Sandbox;
use openmeter_client::OpenMeter;
use serde_json::{Value, json};
use time::macros::datetime;

use crate::support::{monthly, one_plan, read, varied};

fn plan(document: Value) -> Value {
    let requests = read(document).compile_openmeter(Strict::No).unwrap();
    json!(requests.plans[0].body)
}

#[test]
fn a_plan_is_a_fee_and_a_rate_card_for_each_entitlement() {
    let granted =
        json!({"api": true, "tier": "gold", "aiTokens": {"amount": 1000, "reset": "month"}});
    assert_eq!(
        plan(one_plan(granted, monthly(1999))),
        json!({
            "name": "Pro",
            "metadata": {
                "catalogPlanId": "pro", "catalogPlanKey": "pro", "catalogPriceId": "main",
                "provider": "openmeter",
            },
            "key": "pro",
            "currency": "USD",
            "billingCadence": "P1M",
            "phases": [{
                "key": "default", "name": "Pro", "duration": null,
                "rateCards": [
                    {
                        "type": "flat_fee", "key": "plan_pro", "name": "Pro",
                        "billingCadence": "P1M", "price": {"type": "flat", "amount": "19.99"},
                    },
                    {
                        "type": "flat_fee", "key": "ai_tokens", "name": "AI tokens",
                        "metadata": {"catalogFeatureId": "aiTokens"}, "featureKey": "ai_tokens",
                        "entitlementTemplate": {
                            "type": "metered", "issueAfterReset": 1000.0, "usagePeriod": "P1M",
                        },
                        "billingCadence": null, "price": null,
                    },
                    {
                        "type": "flat_fee", "key": "api", "name": "API access",
                        "metadata": {"catalogFeatureId": "api"}, "featureKey": "api",
                        "entitlementTemplate": {"type": "boolean"},
                        "billingCadence": null, "price": null,
                    },
                    {
                        "type": "flat_fee", "key": "tier", "name": "tier",
                        "metadata": {"catalogFeatureId": "tier"}, "featureKey": "tier",
                        "entitlementTemplate": {"type": "static", "config": "\"gold\""},
                        "billingCadence": null, "price": null,
                    },
                ],
            }],
        })
    );
}

#[test]
fn a_trial_is_a_first_phase_without_prices() {
    let mut price = monthly(1999);
    price["trialDays"] = json!(14);
    price["x-pricing"] = json!({"usage": [{"feature": "aiTokens", "amount": 2}]});
    let phases = plan(one_plan(
        json!({"aiTokens": {"amount": 5, "reset": "month"}}),
        price,
    ))["phases"]
        .clone();
    assert_eq!(phases[0]["duration"], "P14D");
    assert_eq!(phases[0]["rateCards"].as_array().unwrap().len(), 1);
    assert_eq!(phases[0]["rateCards"][0]["price"], Value::Null);
    assert_eq!(phases[1]["rateCards"][1]["type"], "usage_based");
    assert_eq!(
        phases[1]["rateCards"][1]["price"],
        json!({"type": "unit", "amount": "0.02"})
    );
    assert_eq!(
        phases[1]["rateCards"][1]["entitlementTemplate"]["issueAfterReset"],
        5.0
    );
}

#[test]
fn a_price_that_openmeter_cannot_charge_is_left_out_and_fails_strictly() {
    for (pricing, code, path, message) in [
        (
            json!({"per": "seat"}),
            IssueCode::PricingUnsupported,
            "plans.pro.prices.main.x-pricing",
            "OpenMeter: nothing is sold by the seat or by the unit",
        ),
        (
            json!({"minimum": 0, "per": "unit"}),
            IssueCode::InvalidPricing,
            "plans.pro.prices.main.x-pricing.minimum",
            "it is 1 or more",
        ),
    ] {
        let mut price = monthly(1200);
        price["x-pricing"] = pricing;
        let catalog = read(one_plan(json!({"api": true}), price));
        let compiled = catalog.compile_openmeter(Strict::No).unwrap();
        assert!(compiled.plans.is_empty());
        assert_eq!(compiled.issues.len(), 1);
        assert_eq!(compiled.issues[0].code, code);
        assert_eq!(compiled.issues[0].path, path);
        assert_eq!(compiled.issues[0].message, message);
        assert!(catalog.compile_openmeter(Strict::Yes).is_err());
    }
}

#[test]
fn tiers_of_usage_are_in_whole_units_of_the_currency() {
    let mut price = monthly(0);
    price["x-pricing"] = json!({"usage": [{
        "feature": "aiTokens", "mode": "graduated", "cap": 123_456,
        "tiers": [{"upTo": 1000, "amount": 0}, {"amount": "0.25"}],
    }]});
    let phases = plan(one_plan(json!({"api": true}), price))["phases"].clone();
    assert_eq!(
        phases[0]["rateCards"][2]["price"],
        json!({
            "type": "tiered", "mode": "graduated", "maximumAmount": "1234.56",
            "tiers": [
                {"upToAmount": "1000", "flatPrice": null, "unitPrice": {"type": "unit", "amount": "0"}},
                {"flatPrice": null, "unitPrice": {"type": "unit", "amount": "0.0025"}},
            ],
        })
    );
}

#[test]
fn several_prices_are_several_plans_with_keys_of_their_own() {
    let mut document = one_plan(json!({"api": true}), monthly(2000));
    document["plans"]["pro"]["prices"]["yearlyEUR"] =
        json!({"amount": 20_000, "currency": "EUR", "interval": "year"});
    document["addons"] = json!({
        "extra": {
            "multiple": true, "quantity": {"max": 4}, "entitlements": {"api": true},
            "prices": {"main": monthly(100)},
        },
        "setup": {
            "entitlements": {"api": true},
            "prices": {"once": {"amount": 100, "currency": "EUR", "interval": "one_time"}},
        },
    });
    let requests = read(document).compile_openmeter(Strict::No).unwrap();
    let keys: Vec<&str> = requests
        .plans
        .iter()
        .map(|plan| plan.body.key.as_str())
        .collect();
    assert_eq!(keys, ["pro_main", "pro_yearly_eur"]);
    let links: Vec<String> = requests
        .plan_addons
        .iter()
        .map(|link| {
            format!(
                "{} on {} x{:?}",
                link.addon_key, link.plan_key, link.max_quantity
            )
        })
        .collect();
    assert_eq!(
        links,
        [
            "extra on pro_main xSome(4)",
            "setup on pro_yearly_eur xNone"
        ],
        "in the same currency, and in the same cadence or once"
    );
}

#[test]
fn keys_that_meet_are_reported_and_only_the_first_is_made() {
    let mut document = one_plan(json!({"api": true}), monthly(2000));
    document["plans"]["pro"]["prices"]["second"] = monthly(3000);
    document["plans"]["pro_main"] =
        json!({"entitlements": {"api": true}, "prices": {"x": monthly(1)}});
    let catalog = read(document);
    let requests = catalog.compile_openmeter(Strict::No).unwrap();
    let keys: Vec<&str> = requests
        .plans
        .iter()
        .map(|plan| plan.body.key.as_str())
        .collect();
    assert_eq!(keys, ["pro_main", "pro_second"]);
    let issue = &requests.issues[0];
    assert_eq!(issue.path, "plans.pro_main.prices.x");
    assert!(catalog.compile_openmeter(Strict::Yes).is_err());
}

#[test]
fn amounts_that_start_anew_at_other_times_are_not_joined() {
    let granted = json!({"aiTokens": {"amount": 10, "reset": "month"}});
    let mut document = one_plan(granted, monthly(2000));
    document["addons"] = json!({"extra": {
        "entitlements": {"aiTokens": {"amount": 5, "reset": "day"}}, "prices": {"main": monthly(1)},
    }});
    let requests = read(document).compile_openmeter(Strict::No).unwrap();
    assert!(requests.plan_addons.is_empty());
    assert_eq!(
        requests.issues[0].path,
        "addons.extra.entitlements.aiTokens"
    );
}

fn entitlement(granted: Value) -> CompiledEntitlement {
    let catalog = read(one_plan(granted, monthly(2000)));
    catalog.compile_plan_entitlements("pro").unwrap().remove(0)
}

#[test]
fn a_customer_entitlement_has_what_the_api_needs() {
    let metered =
        entitlement(json!({"aiTokens": {"amount": 100, "reset": "month", "metadata": {"n": 1}}}));
    let anchor = datetime!(2026-11-01 0:00 UTC);
    assert_eq!(
        json!(entitlement_body(&metered, Some(anchor)).unwrap().unwrap()),
        json!({
            "type": "metered", "featureKey": "ai_tokens",
            "metadata": {"n": "1", "catalogPlanId": "pro", "catalogFeatureId": "aiTokens"},
            "usagePeriod": {"interval": "MONTH", "anchor": "2026-11-01T00:00:00Z"},
            "measureUsageFrom": "NOW", "issue": {"amount": 100.0},
        })
    );
    let fixed = entitlement(json!({"tier": {"config": {"a": [1]}}}));
    assert_eq!(
        json!(entitlement_body(&fixed, None).unwrap().unwrap())["config"],
        r#"{"a":[1]}"#
    );
    let every_two_weeks = entitlement(json!({"aiTokens": {"amount": 1, "reset": "P2W"}}));
    let body = json!(entitlement_body(&every_two_weeks, None).unwrap().unwrap());
    assert_eq!(body["usagePeriod"], json!({"interval": "P2W"}));
    assert_eq!(
        entitlement_body(&entitlement(json!({"api": false})), None),
        Ok(None)
    );
}

#[test]
fn what_openmeter_does_not_have_is_said_and_not_left_out() {
    let mut odd = entitlement(json!({"aiTokens": {"amount": 1, "reset": "fortnight"}}));
    let error = entitlement_body(&odd, None).unwrap_err();
    assert_eq!(error.code, IssueCode::IntervalUnsupported);
    assert_eq!(
        error.to_string(),
        "OpenMeter: feature \"ai_tokens\": an amount cannot start anew by \"fortnight\""
    );
    odd.feature_key = "aiTokens".into();
    assert_eq!(
        entitlement_body(&odd, None).unwrap_err().code,
        IssueCode::KeyFormat
    );
}

#[test]
fn a_grant_that_openmeter_does_not_have_is_said() {
    let granted = |amount: Value, grant: Value| {
        let mut document = one_plan(json!({"api": true}), monthly(2000));
        document["topups"] = json!({"pack": {
            "feature": "aiTokens", "amount": amount, "grant": grant,
            "prices": {"once": {"amount": 900, "currency": "USD", "interval": "one_time"}},
        }});
        let grant = read(document).compile_topup_grant("pack").unwrap();
        grant_body(&grant, datetime!(2026-11-21 10:00 UTC)).map_err(|error| error.to_string())
    };
    for (amount, grant, said) in [
        (json!(0), json!({}), "found 0"),
        (json!(5), json!({"priority": 0}), "found 0"),
        (json!(5), json!({"priority": 256}), "found 256"),
        (json!(5), json!({"priority": 1.5}), "found 1.5"),
        (
            json!(5),
            json!({"expiration": {"duration": "DAY", "count": 1001}}),
            "found 1001 DAY",
        ),
        (
            json!(5),
            json!({"expiration": {"duration": "DECADE"}}),
            "found 1 DECADE",
        ),
    ] {
        let error = granted(amount, grant).unwrap_err();
        assert!(
            error.starts_with("OpenMeter: feature \"ai_tokens\": "),
            "{error}"
        );
        assert!(error.ends_with(said), "{error}");
    }
    assert!(granted(json!(0.5), json!({"priority": 255})).is_ok());
}

#[test]
fn a_grant_has_its_expiration_in_the_apis_words() {
    let mut document = one_plan(json!({"api": true}), monthly(2000));
    document["topups"] = json!({"pack": {
        "feature": "aiTokens", "amount": 500,
        "grant": {"priority": 3, "expiration": {"duration": "year"}, "maxRolloverAmount": 0},
        "prices": {"once": {"amount": 900, "currency": "USD", "interval": "one_time"}},
    }});
    let grant = read(document).compile_topup_grant("pack").unwrap();
    let body = grant_body(&grant, datetime!(2026-11-21 10:00 UTC)).unwrap();
    assert_eq!(
        json!(body),
        json!({
            "amount": 500.0, "priority": 3, "effectiveAt": "2026-11-21T10:00:00Z",
            "metadata": {
                "catalogTopupId": "pack", "catalogTopupKey": "pack", "catalogFeatureId": "aiTokens",
            },
            "maxRolloverAmount": 0.0, "expiration": {"duration": "YEAR", "count": 1},
        })
    );
}

#[tokio::test]
async fn openmeter_takes_every_body() {
    for document in varied() {
        let sandbox = Sandbox::start().await.unwrap();
        let om = OpenMeter::new(sandbox.openmeter_url()).unwrap();
        let catalog = read(document.clone());
        let provisioner = Provisioner::openmeter(&om);
        let plan = provisioner.plan(&catalog).await.unwrap();
        if let Err(error) = plan.apply().await {
            panic!("{error}\n{document:#}");
        }
        let again = provisioner.plan(&catalog).await.unwrap();
        assert!(again.is_empty(), "{again}\n{document:#}");
    }
}
