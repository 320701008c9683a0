//! The providers' own lists of currencies, from outside of the project: without them, the tests say
//! so and pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

use billing_core::Provider;
use billing_core::catalog::{Currency, IssueCode};
use billing_core::compile::Strict;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::issues::changed;

fn list<T: DeserializeOwned>(file: &str) -> Option<T> {
    let shared = std::env::var_os("BILLING_SHARED_DIR").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"));
    let Ok(text) = std::fs::read_to_string(shared.join("data").join(file)) else {
        eprintln!("skipped: {file} is not in {}", shared.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn price(amount: u64, currency: &str) -> Value {
    json!({"amount": amount, "currency": currency, "interval": "month"})
}

/// What a provider finds in a price.
fn found(provider: Provider, amount: u64, currency: &str) -> Vec<IssueCode> {
    let catalog = changed(&[("/plans/pro/prices/monthly", price(amount, currency))]);
    let report = catalog.build().unwrap().check(provider);
    let of_price = |path: &str| path.starts_with("plans.pro.prices.monthly.");
    let issues = report.issues.iter().filter(|issue| of_price(&issue.path));
    issues.map(|issue| issue.code).collect()
}

fn iso_places(currency: &str) -> u32 {
    Currency::from(currency).exponent().unwrap_or(2).into()
}

#[derive(Deserialize)]
struct PolarLimits {
    minimum_minor_units: BTreeMap<String, u64>,
    maximum_minor_units: BTreeMap<String, u64>,
    zero_decimal: Vec<String>,
}

#[test]
fn polar_takes_amounts_from_its_least_to_its_greatest() {
    let Some(limits) = list::<PolarLimits>("polar_currency_limits.json") else {
        return;
    };
    assert!(limits.minimum_minor_units.len() > 100);
    for (currency, least) in &limits.minimum_minor_units {
        let places = if limits.zero_decimal.contains(currency) {
            0
        } else {
            2
        };
        let (iso, theirs) = (10_u64.pow(iso_places(currency)), 10_u64.pow(places));
        // What a catalog writes for an amount in Polar's unit.
        let least = (least * iso).div_ceil(theirs);
        assert_eq!(found(Provider::Polar, least, currency), [], "{currency}");
        let below = found(Provider::Polar, least - iso.div_ceil(theirs), currency);
        if least > iso.div_ceil(theirs) {
            assert_eq!(below, [IssueCode::AmountBelowMinimum], "{currency}");
        }
        let greatest = limits.maximum_minor_units.get(currency);
        let greatest = greatest.copied().unwrap_or(99_999_999) * iso / theirs;
        assert_eq!(found(Provider::Polar, greatest, currency), [], "{currency}");
        let above = found(Provider::Polar, greatest + iso.div_ceil(theirs), currency);
        assert_eq!(above, [IssueCode::AmountAboveMaximum], "{currency}");
    }
}

#[derive(Deserialize)]
struct RazorpayCurrencies {
    exponents: BTreeMap<String, u32>,
}

#[test]
fn razorpay_takes_amounts_in_its_own_places() {
    let Some(currencies) = list::<RazorpayCurrencies>("razorpay_currency_exponents.json") else {
        return;
    };
    assert!(currencies.exponents.len() > 100);
    for (currency, places) in &currencies.exponents {
        let thousand = price(1_000 * 10_u64.pow(iso_places(currency)), currency);
        let catalog = changed(&[("/plans/pro/prices/monthly", thousand)]);
        let requests = catalog.build().unwrap().compile_razorpay(Strict::No);
        let requests = serde_json::to_value(requests.unwrap()).unwrap();
        let item = &requests["plans"][0]["body"]["item"];
        assert_eq!(item["amount"], 1_000 * 10_u64.pow(*places), "{currency}");
        assert_eq!(item["currency"], currency.to_uppercase());
    }
}
