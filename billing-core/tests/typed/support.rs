use billing_core::catalog::Catalog;
use serde_json::{Value, json};

pub(crate) fn read(document: Value) -> Catalog {
    serde_json::from_value(document).unwrap()
}

/// A catalog of one plan with one price.
pub(crate) fn one_plan(entitlements: Value, price: Value) -> Value {
    json!({
        "meters": {
            "tokens": {"eventType": "ai.tokens", "aggregation": "sum", "valueProperty": "tokens"},
        },
        "features": {
            "aiTokens": {"type": "metered", "key": "ai_tokens", "name": "AI tokens", "meter": "tokens"},
            "api": {"type": "boolean", "name": "API access"},
            "tier": {"type": "static"},
        },
        "plans": {"pro": {"name": "Pro", "entitlements": entitlements, "prices": {"main": price}}},
    })
}

pub(crate) fn monthly(amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD", "interval": "month"})
}

/// Catalogs of all shapes, for the servers to take.
pub(crate) fn varied() -> Vec<Value> {
    let granted = json!({
        "api": true, "tier": {"config": {"rate": 3}}, "aiTokens": {"amount": 1000, "reset": "month"},
    });
    let with = |pricing: Value| {
        let mut price = monthly(1200);
        price["x-pricing"] = pricing;
        one_plan(granted.clone(), price)
    };
    let tiers = json!([{"upTo": 10, "amount": 1000}, {"upTo": 50, "amount": 900}, {"amount": 800}]);
    let mut yen = monthly(1500);
    yen["currency"] = json!("JPY");
    let mut krona = monthly(990);
    krona["currency"] = json!("ISK");
    let mut biennial = monthly(9_900);
    biennial["interval"] = json!("year");
    biennial["intervalCount"] = json!(2);
    biennial["trialDays"] = json!(30);
    vec![
        one_plan(granted.clone(), monthly(2000)),
        one_plan(granted.clone(), monthly(0)),
        one_plan(granted.clone(), yen),
        one_plan(granted.clone(), krona),
        one_plan(granted.clone(), biennial),
        one_plan(json!({"api": false}), monthly(500)),
        one_plan(json!({"aiTokens": {"amount": 0}}), monthly(500)),
        with(json!({"per": "seat", "minimum": 2})),
        with(json!({"per": "seat", "mode": "graduated", "tiers": tiers})),
        with(json!({"per": "unit", "tiers": tiers, "minimum": 3})),
        with(json!({"usage": [{"feature": "aiTokens", "amount": "0.0025", "cap": 90_000}]})),
        with(
            json!({"usage": [{"feature": "aiTokens", "mode": "graduated", "tiers": [
                {"upTo": 1000, "amount": 0}, {"amount": 0.5},
            ]}]}),
        ),
    ]
}
