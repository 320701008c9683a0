//! What holds for any catalog.

use billing_core::Provider;
use billing_core::catalog::{Catalog, CatalogBuilder, CatalogFormat, Entitlement, Price};
use billing_core::compile::Strict;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof};
use proptest::{collection, option, prop_assert, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z][a-zA-Z0-9_.:-]{0,12}", "\\PC{0,8}"]
}

fn id() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9_.-]{0,8}"
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..1_000_000_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(Value::from),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            collection::btree_map(text(), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn map(value: impl Strategy<Value = Value>, most: usize) -> impl Strategy<Value = Value> {
    collection::btree_map(id(), value, 0..most)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// An object of members of which each may be left out.
fn object(members: Vec<(&'static str, Value)>) -> impl Strategy<Value = Value> {
    let length = members.len();
    collection::vec(any::<bool>(), length).prop_map(move |keep| {
        let kept = members.iter().zip(keep).filter(|(_, keep)| *keep);
        Value::Object(
            kept.map(|((name, value), _)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    })
}

fn price() -> impl Strategy<Value = Value> {
    let interval = prop_oneof![
        Just("day".to_owned()),
        Just("month".to_owned()),
        Just("year".to_owned()),
        Just("one_time".to_owned()),
        text(),
    ];
    let currency = prop_oneof!["USD|eur|jPy|KWD", text()];
    let optional = (interval, number(), number(), text(), map(json_value(), 3));
    (number(), currency, optional).prop_flat_map(|(amount, currency, optional)| {
        let (interval, count, days, lookup_key, metadata) = optional;
        let members = vec![
            ("interval", json!(interval)),
            ("intervalCount", count),
            ("trialDays", days),
            ("lookupKey", json!(lookup_key)),
            ("providerIds", json!({"stripe": lookup_key})),
            ("metadata", metadata),
        ];
        object(members).prop_map(move |mut price| {
            price["amount"] = amount.clone();
            price["currency"] = json!(currency);
            price
        })
    })
}

fn entitlement() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
        (number(), text(), json_value(), map(json_value(), 3)).prop_flat_map(
            |(amount, reset, config, metadata)| object(vec![
                ("amount", amount),
                ("reset", json!(reset)),
                ("config", if config.is_null() { json!(1) } else { config }),
                ("metadata", metadata),
                ("enabled", json!(true)),
                ("own", json!([1])),
            ])
        ),
    ]
}

/// Any catalog that can be read, valid or not.
fn any_catalog() -> impl Strategy<Value = Value> {
    let plan = (
        map(entitlement(), 4),
        map(price(), 3),
        text(),
        map(json_value(), 3),
    )
        .prop_flat_map(|(entitlements, prices, name, metadata)| {
            object(vec![
                ("entitlements", entitlements),
                ("prices", prices),
                ("name", json!(name)),
                ("key", json!(name)),
                ("metadata", metadata),
                ("providerIds", json!({"polar": name, "other": name})),
                ("unknown", json!({"kept": [true]})),
            ])
        })
        .boxed();
    let addon = (plan.clone(), collection::vec(text(), 0..3), number()).prop_map(
        |(mut addon, plans, number)| {
            addon["compatiblePlans"] = json!(plans);
            addon["quantity"] = json!({"min": number});
            addon
        },
    );
    let topup = (id(), number(), map(price(), 3), option::of(number())).prop_map(
        |(feature, amount, prices, count)| {
            let mut topup = json!({"feature": feature, "amount": amount, "prices": prices});
            if let Some(count) = count {
                topup["grant"] = json!({"expiration": {"duration": "Year", "count": count}});
            }
            topup
        },
    );
    let feature = (
        prop::sample::select(vec!["boolean", "metered", "static"]),
        text(),
    )
        .prop_map(|(feature_type, name)| json!({"type": feature_type, "name": name}));
    (map(feature, 4), map(plan, 4), map(addon, 3), map(topup, 3)).prop_flat_map(
        |(features, plans, addons, topups)| {
            object(vec![
                ("features", features),
                ("plans", plans),
                ("addons", addons),
                ("topups", topups),
                ("x-own", json!(1)),
            ])
        },
    )
}

/// A valid catalog of `plans` plans and two add-ons for every plan.
fn valid_catalog() -> impl Strategy<Value = Catalog> {
    let price = || {
        (
            0..100_000_u32,
            prop::sample::select(vec!["day", "week", "month", "year"]),
        )
    };
    let plan = (
        collection::btree_map(id(), price(), 0..4),
        0..3_u8,
        any::<bool>(),
    );
    (collection::btree_map(id(), plan, 1..6), price()).prop_map(|(plans, addon_price)| {
        let one = |(amount, interval): (u32, &str)| {
            json!({"amount": amount, "currency": "USD", "interval": interval})
        };
        let plans: Map<String, Value> = plans
            .into_iter()
            .map(|(id, (prices, tokens, api))| {
                let prices: Map<String, Value> =
                    prices.into_iter().map(|(id, price)| (id, one(price))).collect();
                let entitlements = json!({"tokens": tokens, "api": api});
                (id, json!({"entitlements": entitlements, "prices": prices}))
            })
            .collect();
        let catalog = json!({
            "meters": {"m": {"aggregation": "count", "eventType": "e"}},
            "features": {
                "tokens": {"type": "metered", "meter": "m"},
                "api": {"type": "boolean"}
            },
            "plans": plans,
            "addons": {"extra": {"entitlements": {"api": true}, "prices": {"p": one(addon_price)}}},
            "topups": {"pack": {"feature": "tokens", "amount": 5, "prices": {
                "once": {"amount": 500, "currency": "EUR", "interval": "one_time"}
            }}}
        });
        Catalog::from_json(&catalog.to_string()).expect("the catalog is valid")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_catalog_that_is_written_and_read_back_is_equal(value in any_catalog()) {
        let builder = CatalogBuilder::parse(&value.to_string(), CatalogFormat::Json).unwrap();
        let text = serde_json::to_string(&builder).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
        let back = CatalogBuilder::parse(&text, CatalogFormat::Json).unwrap();
        prop_assert_eq!(&back, &builder);
        prop_assert_eq!(back.validate(), builder.validate());
        let yaml = serde_yaml_ng::to_string(&builder).unwrap();
        let back = CatalogBuilder::parse(&yaml, CatalogFormat::Yaml).unwrap();
        prop_assert_eq!(&back, &builder);
    }

    #[test]
    fn toml_holds_every_catalog_that_is_valid(catalog in valid_catalog()) {
        let text = toml::to_string(&catalog).unwrap();
        let back = CatalogBuilder::parse(&text, CatalogFormat::Toml).unwrap();
        prop_assert_eq!(back.build().unwrap(), catalog);
    }

    #[test]
    fn validation_decides_whether_it_can_be_built(value in any_catalog()) {
        let builder = CatalogBuilder::parse(&value.to_string(), CatalogFormat::Json).unwrap();
        let report = builder.validate();
        match builder.build() {
            Ok(catalog) => {
                prop_assert!(!report.has_errors());
                prop_assert_eq!(catalog.warnings(), report.issues);
            }
            Err(invalid) => {
                prop_assert!(report.has_errors());
                prop_assert_eq!(invalid.report(), &report);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,60}") {
        for format in [CatalogFormat::Json, CatalogFormat::Yaml, CatalogFormat::Toml] {
            let _ = CatalogBuilder::parse(&text, format);
        }
        let _ = CatalogFormat::sniff(&text);
    }

    #[test]
    fn builder_and_json_agree(catalog in valid_catalog()) {
        let mut builder = Catalog::builder();
        for (id, meter) in catalog.meters() {
            builder = builder.meter(id.clone(), meter.clone());
        }
        for (id, feature) in catalog.features() {
            builder = builder.feature(id.clone(), feature.clone());
        }
        for (id, plan) in catalog.plans() {
            let mut built = billing_core::catalog::Plan::unnamed();
            for (feature, entitlement) in &plan.entitlements {
                let amount = serde_json::to_value(entitlement).unwrap();
                let same = match amount.as_u64() {
                    Some(amount) => Entitlement::metered(amount),
                    None => Entitlement::boolean(amount.as_bool().unwrap()),
                };
                built = built.entitle(feature.clone(), same);
            }
            for (price_id, price) in &plan.prices {
                let interval = price.interval.clone().unwrap();
                let same = Price::new(price.amount, price.currency.clone(), interval);
                built = built.price(price_id.clone(), same);
            }
            builder = builder.plan(id.clone(), built);
        }
        for (id, addon) in catalog.addons() {
            builder = builder.addon(id.clone(), addon.clone());
        }
        for (id, topup) in catalog.topups() {
            builder = builder.topup(id.clone(), topup.clone());
        }
        prop_assert_eq!(builder.build().unwrap(), catalog);
    }

    #[test]
    fn every_price_is_compiled_once_and_leads_back(catalog in valid_catalog()) {
        for provider in Provider::ALL {
            let compiled = catalog.compile(provider, Strict::No).unwrap();
            let prices = catalog.plans().values().map(|plan| plan.prices.len()).sum::<usize>();
            prop_assert_eq!(compiled.prices.len(), prices + 2);
            prop_assert_eq!(compiled.products.len(), catalog.plans().len() + 2);
            for price in &compiled.prices {
                let found = catalog.find_stamped(&price.metadata.to_map()).unwrap();
                prop_assert_eq!(found.kind, price.kind);
                prop_assert_eq!(&found.id, &price.catalog_id);
                prop_assert_eq!(found.price.as_ref(), Some(&price.price_id));
                let found = catalog.find_lookup_key(&price.lookup_key);
                // Two ids that join to one lookup key resolve to nothing, with a warning.
                prop_assert!(found.is_some() || !catalog.warnings().is_empty());
            }
            let strict = catalog.compile(provider, Strict::Yes);
            prop_assert_eq!(strict.is_err(), !catalog.check(provider).issues.is_empty());
        }
    }
}
