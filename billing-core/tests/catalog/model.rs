//! The model: builder, JSON forms, and what is kept.

use billing_core::Provider;
use billing_core::catalog::{
    Addon, Catalog, Currency, Entitlement, EntitlementValue, Expiration, Feature, Interval, Meter,
    Number, Plan, Price, Reset, Topup,
};
use serde_json::{Value, json};

fn built() -> Catalog {
    Catalog::builder()
        .meter("tokens", Meter::sum("ai.tokens", "tokens").key("tokens"))
        .feature("aiTokens", Feature::metered("tokens").key("ai_tokens"))
        .feature("apiAccess", Feature::boolean().key("api_access"))
        .feature(
            "prioritySupport",
            Feature::boolean().key("priority_support"),
        )
        .plan(
            "pro",
            Plan::new("Pro")
                .provider_id(Provider::Stripe, "prod_pro")
                .entitle(
                    "aiTokens",
                    Entitlement::metered(100_000).reset(Reset::Month),
                )
                .entitle("apiAccess", true)
                .price(
                    "monthly",
                    Price::monthly(2_000, Currency::USD).provider_id(Provider::Stripe, "price_pro"),
                ),
        )
        .addon(
            "prioritySupport",
            Addon::unnamed()
                .compatible_with(["pro"])
                .entitle("prioritySupport", true)
                .price("monthly", Price::monthly(1_000, Currency::USD)),
        )
        .topup(
            "tokenPack1m",
            Topup::of("aiTokens", 1_000_000)
                .priority(1)
                .expires(Expiration::years(1))
                .price("oneTime", Price::one_time(1_000, Currency::USD)),
        )
        .build()
        .unwrap()
}

const JSON: &str = r#"{
    "meters": {"tokens": {
        "key": "tokens", "eventType": "ai.tokens", "aggregation": "sum", "valueProperty": "tokens"
    }},
    "features": {
        "aiTokens": {"key": "ai_tokens", "type": "metered", "meter": "tokens"},
        "apiAccess": {"key": "api_access", "type": "boolean"},
        "prioritySupport": {"key": "priority_support", "type": "boolean"}
    },
    "plans": {"pro": {
        "name": "Pro",
        "providerIds": {"stripe": "prod_pro"},
        "entitlements": {"aiTokens": {"amount": 100000, "reset": "month"}, "apiAccess": true},
        "prices": {"monthly": {
            "amount": 2000, "currency": "USD", "interval": "month",
            "providerIds": {"stripe": "price_pro"}
        }}
    }},
    "addons": {"prioritySupport": {
        "compatiblePlans": ["pro"],
        "entitlements": {"prioritySupport": true},
        "prices": {"monthly": {"amount": 1000, "currency": "USD", "interval": "month"}}
    }},
    "topups": {"tokenPack1m": {
        "feature": "aiTokens", "amount": 1000000,
        "grant": {"priority": 1, "expiration": {"duration": "YEAR", "count": 1}},
        "prices": {"oneTime": {"amount": 1000, "currency": "USD", "interval": "one_time"}}
    }}
}"#;

#[test]
fn the_builder_and_the_shared_json_say_the_same() {
    let read = Catalog::from_json(JSON).unwrap();
    assert_eq!(built(), read);
    let written: Value = serde_json::to_value(built()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(JSON).unwrap());
    assert_eq!(read.warnings(), []);
}

#[test]
fn entitlements_can_be_written_short() {
    let read = |text: &str| serde_json::from_str::<Entitlement>(text).unwrap();
    let on = EntitlementValue::Boolean { enabled: true };
    for text in ["true", "{}", r#"{"type":"boolean"}"#, r#"{"enabled":true}"#] {
        assert_eq!(read(text).value(), on, "{text}");
    }
    assert_eq!(read("false"), Entitlement::from(false));
    assert_eq!(
        read("5.5").value(),
        Entitlement::from(Number::fraction(5.5).unwrap()).value()
    );
    assert_eq!(read("\"gpt-4\""), Entitlement::from("gpt-4"));
    assert_eq!(
        read(r#"{"config":{"a":[1]}}"#),
        Entitlement::fixed(json!({"a": [1]}))
    );
    // An explicit type decides, whatever else is written.
    let typed = read(r#"{"type":"metered"}"#);
    assert_eq!(
        typed.value(),
        EntitlementValue::Metered {
            amount: Number::ZERO,
            reset: None
        }
    );
    for wrong in ["null", "[]", r#"{"type":"seat"}"#] {
        assert!(
            serde_json::from_str::<Entitlement>(wrong).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn text_that_is_written_survives_as_it_was_written() {
    for text in [
        "true",
        "100000",
        "12.5",
        "\"eu\"",
        r#"{"type":"metered","amount":5}"#,
        r#"{"amount":5,"reset":"P1M","metadata":{"b":1,"a":[null]},"note":"kept"}"#,
    ] {
        let entitlement: Entitlement = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&entitlement).unwrap(), text);
    }
    let price = r#"{"amount":1,"currency":"jPy","interval":"Month","metadata":{},"x":{"y":1}}"#;
    let read: Price = serde_json::from_str(price).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), price);
    assert_eq!(read.interval, Some(Interval::Other("Month".into())));
    assert_eq!(read.currency, Currency::JPY);
}

#[test]
fn items_keep_the_order_of_the_file_and_order_counts() {
    let text = |first: &str, second: &str| {
        format!(
            r#"{{"features":{{"{first}":{{"type":"boolean"}},"{second}":{{"type":"boolean"}}}}}}"#
        )
    };
    let one = Catalog::from_json(&text("z", "a")).unwrap();
    let other = Catalog::from_json(&text("a", "z")).unwrap();
    assert_eq!(one.features().keys().collect::<Vec<_>>(), ["z", "a"]);
    assert_ne!(one, other);
}

#[test]
fn numbers_are_exact() {
    assert_eq!(
        serde_json::to_string(&Number::from(i64::MAX)).unwrap(),
        i64::MAX.to_string()
    );
    assert_eq!(
        serde_json::from_str::<Number>("1.0").unwrap(),
        Number::from(1)
    );
    assert_eq!(
        serde_json::from_str::<Number>("-0.0").unwrap(),
        Number::ZERO
    );
    assert_eq!(
        serde_json::from_str::<Number>("1e3").unwrap().as_u64(),
        Some(1_000)
    );
    assert_eq!(Number::from(u64::MAX).as_u64(), None);
    assert!(serde_json::from_str::<Number>("\"1\"").is_err());
    assert!(Number::from(2) > Number::fraction(1.5).unwrap());
}

#[test]
fn a_catalog_cannot_be_deserialized_into_an_invalid_one() {
    let error = serde_json::from_str::<Catalog>(r#"{"plans":{"pro":{"entitlements":{}}}}"#);
    let message = error.unwrap_err().to_string();
    assert!(
        message.contains("plans.pro.entitlements: the plan grants no feature"),
        "{message}"
    );
}
