//! Request bodies: what each provider's API takes.

use billing_core::Provider;
use billing_core::catalog::{
    Addon, Catalog, CatalogBuilder, Currency, Entitlement, Feature, Interval, IssueCode, Meter,
    Plan, Price, Reset, Topup,
};
use billing_core::compile::Strict;
use billing_core::compile::dodo::{DodoOptions, TaxCategory};
use billing_core::compile::stripe::form_fields;
use serde_json::{Value, json};

use super::ai_app;

fn base() -> CatalogBuilder {
    Catalog::builder()
        .meter("calls", Meter::count("api.call"))
        .feature("calls", Feature::metered("calls"))
        .feature("sso", Feature::boolean())
        .feature("model", Feature::fixed())
}

fn plan() -> Plan {
    Plan::new("Pro")
        .entitle("calls", Entitlement::metered(10).reset(Reset::Month))
        .entitle("sso", false)
        .entitle("model", "small")
}

fn bodies(requests: impl serde::Serialize, group: &str) -> Vec<Value> {
    let requests = serde_json::to_value(requests).unwrap();
    let group = requests[group].as_array().unwrap();
    group
        .iter()
        .map(|request| request["body"].clone())
        .collect()
}

#[test]
fn stripe_has_products_with_ids_and_prices_with_lookup_keys() {
    let requests = ai_app().compile_stripe(Strict::Yes).unwrap();
    assert_eq!(requests.products[0].endpoint, "POST /v1/products");
    assert_eq!(requests.products[0].body.id, "prod_pro");
    assert_eq!(requests.products[2].body.id, "topup_token_pack_1m");
    let monthly = &requests.prices[0];
    assert_eq!(monthly.trial_period_days, Some(14));
    assert_eq!(
        form_fields(&monthly.request.body),
        [
            ("currency", "usd"),
            ("lookup_key", "pro:monthly"),
            ("metadata[catalogPlanId]", "pro"),
            ("metadata[catalogPlanKey]", "pro"),
            ("metadata[catalogPriceId]", "monthly"),
            ("metadata[provider]", "stripe"),
            ("product", "prod_pro"),
            ("recurring[interval]", "month"),
            ("recurring[interval_count]", "1"),
            ("unit_amount", "2000"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let once = bodies(&requests, "prices").pop().unwrap();
    assert_eq!(once.get("recurring"), None);
}

#[test]
fn stripe_grants_only_what_is_on() {
    let catalog = base().plan("pro", plan()).build().unwrap();
    let requests = catalog.compile_stripe(Strict::Yes).unwrap();
    let granted: Vec<&str> = requests
        .product_features
        .iter()
        .map(|one| one.feature_lookup_key.as_str())
        .collect();
    assert_eq!(granted, ["calls", "model"]);
    assert_eq!(requests.features.len(), 3);
}

#[test]
fn stripe_counts_some_currencies_in_its_own_unit() {
    let price = |amount: u32, code: &str| {
        let price = Price::monthly(amount, Currency::from(code));
        let catalog = base()
            .plan("pro", plan().price("m", price))
            .build()
            .unwrap();
        let requests = catalog.compile_stripe(Strict::No).unwrap();
        requests
            .prices
            .first()
            .map(|price| price.request.body.unit_amount)
    };
    assert_eq!(price(2_000, "USD"), Some(2_000));
    assert_eq!(price(500, "JPY"), Some(500));
    assert_eq!(price(500, "ISK"), Some(50_000));
    assert_eq!(price(20_000, "MGA"), Some(200));
    assert_eq!(price(20_050, "MGA"), None);
    assert_eq!(price(5_000, "KWD"), Some(5_000));
}

#[test]
fn stripe_metadata_is_text_and_never_empty() {
    let plan = plan()
        .metadata("tier", 2)
        .metadata("tags", json!(["a"]))
        .metadata("none", Value::Null)
        .metadata("blank", "");
    let catalog = base().plan("pro", plan).build().unwrap();
    let requests = catalog.compile_stripe(Strict::No).unwrap();
    assert_eq!(
        serde_json::to_value(&requests.products[0].body.metadata).unwrap(),
        json!({
            "tier": "2", "tags": "[\"a\"]",
            "catalogPlanId": "pro", "catalogPlanKey": "pro"
        })
    );
}

#[test]
fn razorpay_has_a_plan_for_each_price_and_no_top_up() {
    let requests = ai_app().compile_razorpay(Strict::No).unwrap();
    assert_eq!(
        bodies(&requests, "plans")[1],
        json!({
            "period": "yearly", "interval": 1,
            "item": {
                "name": "Pro (yearly)", "amount": 20000, "currency": "USD",
                "description": "For people who write all day"
            },
            "notes": {
                "catalogPlanId": "pro", "catalogPlanKey": "pro",
                "catalogPriceId": "yearly", "provider": "razorpay"
            }
        })
    );
    assert_eq!(requests.plans[0].trial_days, Some(14));
    assert!(requests.addons.is_empty());
    assert_eq!(
        requests.orders[0].body.notes["catalogTopupId"],
        "tokenPack1m"
    );
    let codes: Vec<IssueCode> = requests.issues.iter().map(|issue| issue.code).collect();
    assert_eq!(
        codes,
        [
            IssueCode::RecurringAddonUnsupported,
            IssueCode::TopupUnsupported
        ]
    );
    assert!(ai_app().compile_razorpay(Strict::Yes).is_err());
}

#[test]
fn razorpay_charges_a_one_time_addon_with_the_subscription() {
    let setup = Addon::new("Onboarding")
        .entitle("sso", true)
        .price("once", Price::one_time(50_000, Currency::INR));
    let catalog = base()
        .plan("pro", plan())
        .addon("setup", setup)
        .build()
        .unwrap();
    let requests = catalog.compile_razorpay(Strict::Yes).unwrap();
    assert_eq!(
        bodies(&requests, "addons"),
        [json!({
            "item": {"name": "Onboarding", "amount": 50000, "currency": "INR"}, "quantity": 1
        })]
    );
}

#[test]
fn creem_has_a_product_for_each_price_with_a_key_against_doubles() {
    let requests = ai_app().compile_creem(Strict::Yes).unwrap();
    assert_eq!(
        requests.products[0].idempotency_key.as_deref(),
        Some("pro:monthly")
    );
    assert_eq!(
        bodies(&requests, "products")[0],
        json!({
            "name": "Pro (monthly)", "description": "For people who write all day",
            "price": 2000, "currency": "USD",
            "billing_type": "recurring", "billing_period": "every-month", "trial_period_days": 14
        })
    );
    assert_eq!(
        bodies(&requests, "products")[3],
        json!({
            "name": "One million tokens", "description": "One million tokens",
            "price": 1000, "currency": "USD", "billing_type": "onetime", "billing_period": "once"
        })
    );
}

#[test]
fn creem_has_presets_and_custom_periods() {
    let period = |price: Price| {
        let catalog = base()
            .plan("pro", plan().price("p", price))
            .build()
            .unwrap();
        let body = bodies(catalog.compile_creem(Strict::No).unwrap(), "products").pop()?;
        let custom = (
            body["recurring_interval"].clone(),
            body["recurring_interval_count"].clone(),
        );
        Some((
            body["billing_period"].as_str()?.to_owned(),
            custom.0,
            custom.1,
        ))
    };
    let preset = |name: &str| Some((name.to_owned(), Value::Null, Value::Null));
    let monthly = || Price::monthly(2_000, Currency::EUR);
    assert_eq!(period(monthly().every(3)), preset("every-three-months"));
    assert_eq!(period(monthly().every(6)), preset("every-six-months"));
    assert_eq!(
        period(Price::daily(200, Currency::EUR)),
        preset("every-day")
    );
    let custom =
        |interval: &str, count: u32| Some(("custom".into(), json!(interval), json!(count)));
    assert_eq!(period(monthly().every(2)), custom("month", 2));
    assert_eq!(period(Price::weekly(200, Currency::EUR)), custom("week", 1));
    assert_eq!(period(Price::monthly(2_000, Currency::GBP)), None);
    assert_eq!(
        period(Price::new(1, Currency::EUR, Interval::from("quarter"))),
        None
    );
}

#[test]
fn dodo_has_one_price_in_a_product_and_a_long_term() {
    let options = DodoOptions::default()
        .tax_category(TaxCategory::EBook)
        .term_years(3);
    let requests = ai_app().compile_dodo(options, Strict::Yes).unwrap();
    assert_eq!(
        bodies(&requests, "products")[0],
        json!({
            "name": "Pro (monthly)", "description": "For people who write all day",
            "tax_category": "e_book",
            "price": {
                "type": "recurring_price", "price": 2000, "currency": "USD",
                "payment_frequency_count": 1, "payment_frequency_interval": "Month",
                "subscription_period_count": 3, "subscription_period_interval": "Year",
                "trial_period_days": 14
            },
            "metadata": {
                "catalogPlanId": "pro", "catalogPlanKey": "pro",
                "catalogPriceId": "monthly", "provider": "dodo"
            }
        })
    );
    assert_eq!(
        bodies(&requests, "products")[2]["price"],
        json!({"type": "one_time_price", "price": 1000, "currency": "USD"})
    );
    assert_eq!(
        bodies(&requests, "addons"),
        [json!({
            "name": "Priority support", "price": 1000, "currency": "USD", "tax_category": "e_book"
        })]
    );
}

#[test]
fn a_dodo_product_offers_only_addons_that_are_charged_as_often() {
    let requests = ai_app()
        .compile_dodo(DodoOptions::default(), Strict::Yes)
        .unwrap();
    let offered: Vec<usize> = requests
        .products
        .iter()
        .map(|product| product.offered_addons.len())
        .collect();
    // The add-on is monthly: the yearly product would charge it once a year.
    assert_eq!(offered, [1, 0, 0]);
    assert_eq!(requests.products[0].offered_addons[0].id, "support");

    let noted = Addon::new("Support").entitle("sso", true).price(
        "m",
        Price::monthly(500, Currency::USD).provider_id(Provider::Dodo, "adn_1"),
    );
    let price = Price::monthly(2_000, Currency::USD);
    let catalog = base()
        .plan("pro", plan().price("m", price))
        .addon("s", noted)
        .build()
        .unwrap();
    let requests = catalog
        .compile_dodo(DodoOptions::default(), Strict::Yes)
        .unwrap();
    assert_eq!(requests.products[0].request.body.addons, ["adn_1"]);
    assert!(requests.products[0].offered_addons.is_empty());
}

#[test]
fn autumn_amounts_are_in_major_units() {
    let amount = |minor: u32, currency: Currency| {
        let price = Price::monthly(minor, currency);
        let catalog = base()
            .plan("pro", plan().price("m", price))
            .build()
            .unwrap();
        let requests = catalog.compile_autumn(Strict::No).unwrap();
        requests.plans[0]
            .body
            .price
            .as_ref()
            .map(|price| price.amount.to_string())
    };
    assert_eq!(amount(2_000, Currency::USD).as_deref(), Some("20"));
    assert_eq!(amount(1_999, Currency::USD).as_deref(), Some("19.99"));
    assert_eq!(amount(5, Currency::USD).as_deref(), Some("0.05"));
    assert_eq!(amount(500, Currency::JPY).as_deref(), Some("500"));
    assert_eq!(
        amount(1_234, Currency::from("KWD")).as_deref(),
        Some("1.234")
    );
    assert_eq!(amount(0, Currency::USD), None);
}

#[test]
fn autumn_has_a_plan_for_each_price_that_grants_what_is_on() {
    let requests = ai_app().compile_autumn(Strict::No).unwrap();
    assert_eq!(
        bodies(&requests, "plans")[0],
        json!({
            "plan_id": "pro-monthly", "name": "Pro (monthly)", "add_on": false,
            "description": "For people who write all day",
            "price": {"amount": 20, "interval": "month"},
            "items": [
                {"feature_id": "ai_tokens", "included": 100000, "reset": {"interval": "month"}},
                {"feature_id": "api_access"}
            ],
            "free_trial": {"duration_length": 14, "duration_type": "day"},
            "metadata": {
                "catalogPlanId": "pro", "catalogPlanKey": "pro",
                "catalogPriceId": "monthly", "provider": "autumn"
            }
        })
    );
    assert_eq!(
        bodies(&requests, "plans")[3]["items"],
        json!([{"feature_id": "ai_tokens", "included": 1000000}])
    );
    assert_eq!(
        bodies(&requests, "plans")[3]["price"],
        json!({"amount": 10, "interval": "one_off"})
    );
    assert_eq!(
        bodies(&requests, "features")[0],
        json!({"feature_id": "ai_tokens", "name": "AI tokens", "type": "metered", "consumable": true})
    );
    // The static feature has no counterpart, which strict compiling does not accept.
    assert_eq!(requests.issues[0].code, IssueCode::FeatureTypeUnsupported);
    assert!(ai_app().compile_autumn(Strict::Yes).is_err());

    let free = Plan::new("Free").entitle("calls", 5).entitle("sso", false);
    let quarter = plan().price("q", Price::monthly(3_000, Currency::USD).every(3));
    let catalog = base()
        .plan("free", free)
        .plan("pro", quarter)
        .build()
        .unwrap();
    let plans = bodies(catalog.compile_autumn(Strict::No).unwrap(), "plans");
    assert_eq!(plans[0]["plan_id"], "free");
    assert_eq!(plans[0].get("price"), None);
    assert_eq!(
        plans[0]["items"],
        json!([{"feature_id": "calls", "included": 5}])
    );
    assert_eq!(
        plans[1]["price"],
        json!({"amount": 30, "interval": "quarter"})
    );
}

#[test]
fn a_price_that_cannot_be_expressed_is_left_out_and_reported() {
    let odd = Price::new(2_000, Currency::USD, Interval::from("fortnight"));
    let pack = Topup::of("calls", 5).price("once", Price::one_time(900, Currency::USD));
    let catalog = base()
        .plan("pro", plan().price("odd", odd))
        .topup("pack", pack)
        .build()
        .unwrap();
    let stripe = catalog.compile_stripe(Strict::No).unwrap();
    let razorpay = catalog.compile_razorpay(Strict::No).unwrap();
    let creem = catalog.compile_creem(Strict::No).unwrap();
    let dodo = catalog
        .compile_dodo(DodoOptions::default(), Strict::No)
        .unwrap();
    let autumn = catalog.compile_autumn(Strict::No).unwrap();
    assert_eq!(stripe.prices.len(), 1);
    assert_eq!(razorpay.plans.len(), 0);
    assert_eq!(creem.products.len(), 1);
    assert_eq!(dodo.products.len(), 1);
    assert_eq!(autumn.plans.len(), 1);
    for issues in [
        stripe.issues,
        razorpay.issues,
        creem.issues,
        dodo.issues,
        autumn.issues,
    ] {
        let path = "plans.pro.prices.odd.interval";
        let reported = |issue: &billing_core::catalog::Issue| {
            issue.code == IssueCode::IntervalUnsupported && issue.path == path
        };
        assert!(issues.iter().any(reported), "{issues:?}");
    }
}
