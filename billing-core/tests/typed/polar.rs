use billing_core::catalog::IssueCode;
use billing_core::compile::Strict;
use billing_core::provision::Provisioner;
use billing_sandbox::Sandbox;
use polar_client::Polar;
use polar_client::models::MeterId;
use serde_json::{Value, json};

use crate::support::{monthly, one_plan, read, varied};

/// The bodies as JSON, by address; `{meters.tokens}` resolved.
fn bodies(document: Value) -> Vec<(String, Value)> {
    let requests = read(document).compile_polar(Strict::No).unwrap();
    let meter = |name: &str| Some(MeterId::new(format!("id-of-{name}")));
    let meters = requests
        .meters
        .iter()
        .map(|meter| (format!("meters.{}", meter.meter), json!(meter.request.body)));
    let benefits = requests.benefits.iter();
    let benefits = benefits.map(|one| (one.address.clone(), json!(one.body(meter).unwrap())));
    let products = requests.products.iter();
    let products = products.map(|one| (one.address.clone(), json!(one.body(meter).unwrap())));
    meters.chain(benefits).chain(products).collect()
}

fn body(document: Value, address: &str) -> Value {
    let bodies = bodies(document);
    let found = bodies.iter().find(|(known, _)| known == address);
    found.unwrap_or_else(|| panic!("{bodies:#?}")).1.clone()
}

fn prices(price: Value) -> Value {
    let document = one_plan(json!({"api": true}), price);
    body(document, "products.plans.pro.main")["prices"].clone()
}

#[test]
fn a_meter_filters_by_event_type_and_aggregates_a_property() {
    let document = one_plan(json!({"api": true}), monthly(2000));
    assert_eq!(
        body(document, "meters.tokens"),
        json!({
            "metadata": {"catalogMeterId": "tokens"},
            "name": "tokens",
            "filter": {
                "conjunction": "and",
                "clauses": [{"property": "name", "operator": "eq", "value": "ai.tokens"}],
            },
            "aggregation": {"func": "sum", "property": "tokens"},
        })
    );
}

#[test]
fn a_price_becomes_a_product_with_the_stamps_that_lead_back() {
    let mut price = monthly(2000);
    price["trialDays"] = json!(7);
    price["metadata"] = json!({"campaign": "spring", "count": 3});
    let document = one_plan(json!({"api": true}), price);
    assert_eq!(
        body(document, "products.plans.pro.main"),
        json!({
            "metadata": {
                "campaign": "spring", "count": "3", "catalogPlanId": "pro",
                "catalogPlanKey": "pro", "catalogPriceId": "main", "provider": "polar",
            },
            "name": "Pro",
            "prices": [{"amount_type": "fixed", "price_currency": "usd", "price_amount": 2000}],
            "recurring_interval": "month",
            "recurring_interval_count": 1,
            "trial_interval": "day",
            "trial_interval_count": 7,
        })
    );
}

#[test]
fn seats_units_tiers_and_usage_become_polars_prices() {
    let mut price = monthly(1200);
    price["x-pricing"] = json!({
        "per": "seat", "minimum": 2, "mode": "graduated",
        "tiers": [{"upTo": 10, "amount": 1000}, {"amount": 800}],
    });
    assert_eq!(
        prices(price.clone()),
        json!([{
            "amount_type": "seat_based", "price_currency": "usd",
            "seat_tiers": {"seat_tier_type": "graduated", "tiers": [
                {"min_seats": 2, "max_seats": 10, "price_per_seat": 1000},
                {"min_seats": 11, "price_per_seat": 800},
            ]},
        }])
    );
    price["x-pricing"] =
        json!({"per": "unit", "tiers": [{"upTo": 5, "amount": 10.5}, {"amount": 9}]});
    assert_eq!(
        prices(price.clone())[0]["tiers"],
        json!({"type": "volume", "tiers": [
            {"bound": 5, "unit_amount": "10.5"}, {"bound": null, "unit_amount": "9"},
        ]})
    );
    price["x-pricing"] =
        json!({"usage": [{"feature": "aiTokens", "amount": "0.002", "cap": 5000}]});
    assert_eq!(
        prices(price.clone()),
        json!([
            {"amount_type": "fixed", "price_currency": "usd", "price_amount": 1200},
            {
                "amount_type": "metered_unit", "price_currency": "usd", "meter_id": "id-of-tokens",
                "unit_amount": "0.002", "cap_amount": 5000,
            },
        ])
    );
    price["amount"] = json!(0);
    let only_usage = prices(price);
    assert_eq!(
        only_usage.as_array().unwrap().len(),
        1,
        "a free price stands alone"
    );
    assert_eq!(only_usage[0]["amount_type"], "metered_unit");
}

#[test]
fn amounts_are_in_polars_unit_of_the_currency() {
    let in_currency = |code: &str, amount: i64| {
        let mut price = monthly(amount);
        price["currency"] = json!(code);
        prices(price)[0]["price_amount"].clone()
    };
    assert_eq!(in_currency("JPY", 1500), 1500);
    assert_eq!(
        in_currency("ISK", 990),
        99_000,
        "Polar counts in hundredths of a krona"
    );
    assert_eq!(in_currency("eur", 1999), 1999);
}

#[test]
fn an_addon_of_which_there_can_be_several_is_sold_by_the_unit() {
    let mut document = one_plan(json!({"api": true}), monthly(2000));
    document["addons"] = json!({"seat": {
        "name": "Seat", "multiple": true, "quantity": {"min": 2, "max": 9},
        "entitlements": {"api": true}, "prices": {"main": monthly(300)},
    }});
    let product = body(document, "products.addons.seat.main");
    assert_eq!(
        product["prices"],
        json!([{
            "amount_type": "unit_based", "price_currency": "usd", "minimum_units": 2,
            "tiers": {"type": "volume", "tiers": [{"bound": null, "unit_amount": "300"}]},
        }])
    );
}

#[test]
fn what_is_off_grants_nothing_and_a_static_value_travels_as_json() {
    let granted = json!({"api": false, "tier": {"config": {"models": ["a"]}}});
    let requests = read(one_plan(granted, monthly(2000)))
        .compile_polar(Strict::Yes)
        .unwrap();
    assert_eq!(requests.benefits.len(), 1);
    let flag = json!(requests.benefits[0].request.body);
    assert_eq!(flag["type"], "feature_flag");
    assert_eq!(flag["metadata"]["config"], r#"{"models":["a"]}"#);
    assert_eq!(requests.products[0].benefits, ["benefits.plans.pro.tier"]);
}

#[test]
fn credits_come_in_the_cycle_of_the_amount() {
    let product = |interval: &str, reset: &str| {
        let mut price = monthly(2000);
        price["interval"] = json!(interval);
        let granted = json!({"aiTokens": {"amount": 100, "reset": reset}});
        let compiled = read(one_plan(granted, price))
            .compile_polar(Strict::No)
            .unwrap();
        let body = json!(compiled.products[0].request.body);
        (
            body["meter_interval"].clone(),
            compiled.products[0].benefits.len(),
            compiled.left_out.len(),
        )
    };
    assert_eq!(product("month", "month"), (Value::Null, 1, 0));
    assert_eq!(product("year", "month"), (json!("month"), 1, 0));
    assert_eq!(product("week", "P1D"), (json!("day"), 1, 0));
    assert_eq!(
        product("month", "week"),
        (Value::Null, 0, 1),
        "weeks do not divide months"
    );
    assert_eq!(product("month", "year"), (Value::Null, 0, 1));
}

#[test]
fn what_polar_cannot_grant_is_left_out_and_said() {
    let granted = json!({"aiTokens": 1000});
    let mut document = one_plan(granted, monthly(2000));
    document["topups"] = json!({
        "kept": {
            "feature": "aiTokens", "amount": 500, "name": "Kept tokens",
            "prices": {"once": {"amount": 900, "currency": "USD", "interval": "one_time"}},
        },
        "expiring": {
            "feature": "aiTokens", "amount": 500, "name": "Expiring tokens",
            "grant": {"expiration": {"duration": "YEAR"}},
            "prices": {"once": {"amount": 900, "currency": "USD", "interval": "one_time"}},
        },
    });
    let compiled = read(document).compile_polar(Strict::Yes).unwrap();
    let paths: Vec<&str> = compiled
        .left_out
        .iter()
        .map(|issue| issue.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "plans.pro.entitlements.aiTokens.reset",
            "topups.expiring.grant.expiration"
        ]
    );
    let addresses: Vec<&str> = compiled
        .benefits
        .iter()
        .map(|one| one.address.as_str())
        .collect();
    assert_eq!(addresses, ["benefits.topups.kept.aiTokens"]);
    let credit = json!(compiled.benefits[0].request.body);
    assert_eq!(
        credit["properties"]["rollover"], true,
        "bought balance is kept over a reset"
    );
    assert_eq!(compiled.products.len(), 3, "all of it is sold");
}

#[test]
fn a_price_that_cannot_be_charged_is_left_out_and_fails_strictly() {
    for (pricing, code, path, message) in [
        (
            json!({"usage": [{"feature": "ghost", "amount": 1}]}),
            IssueCode::PricingUnsupported,
            "plans.pro.prices.main.x-pricing",
            "Polar: \"ghost\" is no feature that Polar can meter",
        ),
        (
            json!({"usage": [{"feature": "ghost"}]}),
            IssueCode::InvalidPricing,
            "plans.pro.prices.main.x-pricing.usage.0",
            "it has either an amount or tiers",
        ),
    ] {
        let mut price = monthly(1200);
        price["x-pricing"] = pricing;
        let catalog = read(one_plan(json!({"api": true}), price));
        let compiled = catalog.compile_polar(Strict::No).unwrap();
        assert!(compiled.products.is_empty());
        assert_eq!(compiled.issues[0].code, code);
        assert_eq!(compiled.issues[0].path, path);
        assert_eq!(compiled.issues[0].message, message);
        assert!(catalog.compile_polar(Strict::Yes).is_err());
    }
}

#[test]
fn metadata_beyond_the_limits_is_not_sent_and_the_stamps_always_are() {
    let mut document = one_plan(json!({"api": true}), monthly(2000));
    let many: serde_json::Map<String, Value> = (0..60)
        .map(|number| (format!("n{number}"), json!(number)))
        .collect();
    document["plans"]["pro"]["metadata"] = Value::Object(many);
    document["plans"]["pro"]["metadata"]["empty"] = json!("");
    document["plans"]["pro"]["metadata"]["long"] = json!("x".repeat(501));
    let metadata = body(document, "products.plans.pro.main")["metadata"].clone();
    let metadata = metadata.as_object().unwrap();
    assert_eq!(metadata.len(), 50);
    assert!(metadata.contains_key("catalogPlanId") && metadata.contains_key("catalogPriceId"));
    assert!(!metadata.contains_key("empty") && !metadata.contains_key("long"));
}

#[tokio::test]
async fn polar_takes_every_body() {
    for document in varied() {
        let sandbox = Sandbox::start().await.unwrap();
        let polar = Polar::builder()
            .base_url(sandbox.polar_url())
            .access_token(sandbox.polar_token())
            .build()
            .unwrap();
        let catalog = read(document.clone());
        let provisioner = Provisioner::polar(&polar).strict();
        let plan = provisioner.plan(&catalog).await.unwrap();
        if let Err(error) = plan.apply().await {
            panic!("{error}\n{document:#}");
        }
        let again = provisioner.plan(&catalog).await.unwrap();
        assert!(again.is_empty(), "{again}\n{document:#}");
    }
}

#[test]
fn metadata_of_the_application_does_not_pass_for_a_stamp() {
    let mut document = one_plan(
        json!({"tier": {"config": 1, "metadata": {"catalogTopupId": "pack", "mine": 1}}}),
        monthly(2000),
    );
    document["plans"]["pro"]["metadata"] = json!({"catalogAddonId": "extra", "ours": true});
    let product = body(document.clone(), "products.plans.pro.main")["metadata"].clone();
    assert_eq!(product["ours"], "true");
    assert_eq!(product.get("catalogAddonId"), None);
    let benefit = body(document, "benefits.plans.pro.tier")["metadata"].clone();
    assert_eq!(benefit["mine"], "1");
    assert_eq!(benefit.get("catalogTopupId"), None);
}
