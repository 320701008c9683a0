//! From ids and keys to items, and from what providers report back to the catalog.

use billing_core::Provider;
use billing_core::catalog::{Catalog, CatalogRef, ItemKind};
use serde_json::{Value, json};

fn catalog() -> Catalog {
    let entitlements = json!({"api": true});
    let catalog = json!({
        "features": {"api": {"type": "boolean", "key": "api_access"}},
        "plans": {
            "pro": {
                "key": "pro_v2",
                "entitlements": entitlements,
                "providerIds": {"stripe": "prod_pro", "Polar": "ignored"},
                "prices": {
                    "monthly": {
                        "amount": 2000, "currency": "USD", "interval": "month",
                        "providerIds": {"stripe": "price_m", "polar": "polar_m", "creem": "shared"}
                    },
                    "yearly": {
                        "amount": 20000, "currency": "USD", "interval": "year", "lookupKey": "pro-yearly",
                        "providerIds": {"stripe": "price_y", "polar": "polar_both", "creem": "shared"}
                    },
                    "yearlyEuro": {
                        "amount": 19000, "currency": "EUR", "interval": "year",
                        "providerIds": {"polar": "polar_both"}
                    }
                }
            },
            "team": {
                "entitlements": entitlements,
                "providerIds": {"creem": "shared"},
                "prices": {}
            }
        }
    });
    Catalog::from_json(&catalog.to_string()).unwrap()
}

fn place(found: Option<&CatalogRef>) -> Option<(ItemKind, &str, Option<&str>)> {
    found.map(|found| (found.kind, found.id.as_str(), found.price.as_deref()))
}

#[test]
fn an_item_is_found_by_id_and_by_key() {
    let catalog = catalog();
    assert_eq!(catalog.plan("pro"), catalog.plan("pro_v2"));
    assert_eq!(catalog.plan_entry("pro_v2").unwrap().0, "pro");
    assert!(catalog.plan("PRO").is_none());
    assert_eq!(catalog.feature_key("api").unwrap(), "api_access");
    assert_eq!(catalog.feature_key("api_access").unwrap(), "api_access");
    assert!(catalog.topup("pro").is_none());
}

#[test]
fn provider_ids_lead_back_to_the_catalog() {
    let catalog = catalog();
    let plan = |price| Some((ItemKind::Plan, "pro", price));
    assert_eq!(
        place(catalog.find_product(Provider::Stripe, "prod_pro")),
        plan(None)
    );
    assert_eq!(
        place(catalog.find_price(Provider::Stripe, "price_m")),
        plan(Some("monthly"))
    );
    assert_eq!(
        place(catalog.find_provider_id(Provider::Stripe, "prod_pro")),
        plan(None)
    );
    assert_eq!(
        place(catalog.find_provider_id(Provider::Polar, "polar_m")),
        plan(Some("monthly"))
    );
    assert_eq!(
        place(catalog.find_lookup_key("pro_v2:monthly")),
        plan(Some("monthly"))
    );
    assert_eq!(
        place(catalog.find_lookup_key("pro-yearly")),
        plan(Some("yearly"))
    );
    assert_eq!(place(catalog.find_lookup_key("pro_v2:yearly")), None);
    assert_eq!(place(catalog.find_price(Provider::Polar, "price_m")), None);
    assert_eq!(
        place(catalog.find_product(Provider::Polar, "ignored")),
        None
    );
}

#[test]
fn an_id_that_could_mean_two_things_is_never_guessed() {
    let catalog = catalog();
    // Two prices of one plan: the plan is certain, the price is not.
    let both = catalog.find_provider_id(Provider::Polar, "polar_both");
    assert_eq!(place(both), Some((ItemKind::Plan, "pro", None)));
    // A price of one plan and the product of another.
    assert_eq!(
        place(catalog.find_provider_id(Provider::Creem, "shared")),
        None
    );
    assert_eq!(catalog.warnings().len(), 2, "{:?}", catalog.warnings());
}

#[test]
fn stamped_metadata_leads_back_to_the_catalog() {
    let catalog = catalog();
    let stamped = |metadata: Value| catalog.find_stamped(metadata.as_object().unwrap());
    let found = stamped(json!({"catalogPlanId": "pro", "catalogPriceId": "yearly"})).unwrap();
    assert_eq!(
        place(Some(&found)),
        Some((ItemKind::Plan, "pro", Some("yearly")))
    );
    let by_key = stamped(json!({"catalogPlanId": "", "catalogPlanKey": "pro_v2"})).unwrap();
    assert_eq!(place(Some(&by_key)), Some((ItemKind::Plan, "pro", None)));
    assert_eq!(stamped(json!({"catalogPlanId": "gone"})), None);
    assert_eq!(
        stamped(json!({"catalogPlanId": "pro", "catalogTopupId": "pack"})),
        None
    );
    assert_eq!(stamped(json!({"catalogPlanId": 5})), None);
    assert_eq!(stamped(json!({})), None);
}
