//! What catalogs compile to is accepted by the validator of the API descriptions: every golden
//! catalog, and the one of the quickstart, sent through the clients.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;

use billing_core::catalog::Catalog;
use billing_core::compile::openmeter::{entitlement_body, grant_body};
use billing_core::compile::{CompiledEntitlement, Strict};
use billing_tests::conformance::document::Document;
use billing_tests::conformance::exchange::Recorder;
use billing_tests::conformance::judge::violations;
use billing_tests::conformance::known::FalseFinding;
use billing_tests::conformance::validator::{Unavailable, Validator};
use billing_tests::shared;
use openmeter_client::OpenMeter;
use polar_client::Polar;
use polar_client::models::MeterId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

const METER_ID: &str = "3bd82c74-97bc-4752-9452-d83a71dc98c8";
const PLAN_ID: &str = "01K9JWRZ2YQ6GJ5V4M3T8N7B1C";
const ADDON_ID: &str = "01K9JWS4D0H8E2X6P9R5A7F3KM";

fn catalogs() -> Vec<Catalog> {
    let golden: Vec<Value> = shared::json_lines("oracle/catalogs.jsonl").unwrap_or_default();
    let golden = golden
        .iter()
        .filter(|record| record["valid"] == true)
        .filter_map(|record| Catalog::from_json(&record["catalog"].to_string()).ok());
    let own = Catalog::from_json(include_str!("../../examples/catalog.json")).unwrap();
    golden.chain([own, priced()]).collect()
}

/// What the golden catalogs do not have: seats, units, tiers, usage, trials, and add-ons that are
/// bought several times.
fn priced() -> Catalog {
    let tiers = json!([{"upTo": 10, "amount": 900}, {"upTo": 50, "amount": 800}, {"amount": 700}]);
    let pricings = json!({
        "plain": {},
        "seats": {"per": "seat", "minimum": 2},
        "seat_volume": {"per": "seat", "tiers": tiers},
        "seat_graduated": {"per": "seat", "mode": "graduated", "minimum": 3, "tiers": tiers},
        "units": {"per": "unit", "minimum": 5},
        "unit_graduated": {"per": "unit", "mode": "graduated", "tiers": tiers},
        "usage": {"usage": [{"feature": "tokens", "amount": "0.002"}]},
        "usage_capped": {"usage": [{"feature": "tokens", "amount": 3, "cap": 50_000}]},
        "usage_tiers": {"usage": [{
            "feature": "tokens", "mode": "graduated", "cap": 90_000, "tiers": tiers,
        }]},
        "seats_and_usage": {"per": "seat", "usage": [{"feature": "tokens", "amount": "1.5"}]},
    });
    let granted = json!({"tokens": {"amount": 100, "reset": "month"}, "api": true, "region": "eu"});
    let prices = |pricing: &Value| {
        json!({
            "month_usd": {
                "amount": 1200, "currency": "USD", "interval": "month", "trialDays": 14,
                "x-pricing": pricing,
            },
            "year_jpy": {
                "amount": 12_000, "currency": "JPY", "interval": "year", "x-pricing": pricing,
            },
        })
    };
    let plans: Map<String, Value> = pricings
        .as_object()
        .unwrap()
        .iter()
        .map(|(id, pricing)| {
            let plan = json!({"name": id, "entitlements": granted, "prices": prices(pricing)});
            (id.clone(), plan)
        })
        .collect();
    let single = json!({
        "entitlements": granted,
        "prices": {"monthly": {"amount": 500, "currency": "USD", "interval": "month"}},
    });
    let mut several = single.clone();
    several["multiple"] = json!(true);
    several["quantity"] = json!({"min": 2, "max": 9});
    let topup = |grant: Value| {
        let prices = json!({"once": {"amount": 900, "currency": "USD", "interval": "one_time"}});
        json!({"feature": "tokens", "amount": 500.5, "grant": grant, "prices": prices})
    };
    let catalog = json!({
        "meters": {"tokens": {
            "eventType": "ai.tokens", "aggregation": "sum", "valueProperty": "tokens",
        }},
        "features": {
            "tokens": {"type": "metered", "meter": "tokens"},
            "api": {"type": "boolean"},
            "region": {"type": "static"},
        },
        "plans": plans,
        "addons": {"single": single, "several": several},
        "topups": {
            "plain": topup(json!({})),
            "full": topup(json!({
                "priority": 255, "maxRolloverAmount": 12.5,
                "expiration": {"duration": "MONTH", "count": 1000},
            })),
        },
    });
    Catalog::from_json(&catalog.to_string()).unwrap()
}

/// How many bodies of one kind there were, and how many of them were sent.
#[derive(Debug, Default)]
struct Count {
    compiled: usize,
    sent: usize,
}

/// Sends each distinct body once, and notes what is said against it.
struct Sender {
    recorder: Arc<Recorder>,
    known: &'static [FalseFinding],
    seen: HashSet<(&'static str, String)>,
    counts: BTreeMap<&'static str, Count>,
    found: Vec<String>,
}

impl Sender {
    fn new(recorder: &Arc<Recorder>, known: &'static [FalseFinding]) -> Self {
        Self {
            recorder: Arc::clone(recorder),
            known,
            seen: HashSet::new(),
            counts: BTreeMap::new(),
            found: Vec::new(),
        }
    }

    async fn send<B, R, T, E>(&mut self, kind: &'static str, body: B, request: impl FnOnce(B) -> R)
    where
        B: Serialize,
        R: IntoFuture<Output = Result<T, E>>,
        E: Display,
    {
        let count = self.counts.entry(kind).or_default();
        count.compiled += 1;
        let text = serde_json::to_string(&body).unwrap();
        if !self.seen.insert((kind, text.clone())) {
            return;
        }
        count.sent += 1;
        if let Err(error) = request(body).await {
            self.found.push(format!("{kind}: {error}: {text}"));
        }
        for exchange in self.recorder.take() {
            let operation = format!("{} {}", exchange.method, exchange.uri.path());
            for violation in violations(exchange.answer_header("sl-violations")) {
                if !self
                    .known
                    .iter()
                    .any(|finding| finding.is(&operation, &violation))
                {
                    let body = String::from_utf8_lossy(&exchange.body);
                    self.found.push(format!(
                        "{kind}: {operation}: {}: {}: {body}",
                        violation.place(),
                        violation.message
                    ));
                }
            }
        }
    }
}

async fn send_polar(catalog: &Catalog, polar: &Polar, sender: &mut Sender) {
    let requests = catalog.compile_polar(Strict::No).unwrap();
    let meter = |_: &str| Some(MeterId::from(METER_ID));
    for meter in requests.meters {
        let body = meter.request.body;
        sender
            .send("meter", body, |body| polar.meters().create(body))
            .await;
    }
    for benefit in requests.benefits {
        let body = benefit.body(meter).unwrap();
        sender
            .send("benefit", body, |body| polar.benefits().create(body))
            .await;
    }
    for product in requests.products {
        let body = product.body(meter).unwrap();
        sender
            .send("product", body, |body| polar.products().create(body))
            .await;
    }
}

async fn send_openmeter(catalog: &Catalog, om: &OpenMeter, sender: &mut Sender) {
    let requests = catalog.compile_openmeter(Strict::No).unwrap();
    for meter in requests.meters {
        sender
            .send("meter", meter.body, |body| om.meters().create(body))
            .await;
    }
    for feature in requests.features {
        sender
            .send("feature", feature.body, |body| om.features().create(body))
            .await;
    }
    for plan in requests.plans {
        sender
            .send("plan", plan.body, |body| om.plans().create(body))
            .await;
    }
    for addon in requests.addons {
        sender
            .send("add-on", addon.body, |body| om.addons().create(body))
            .await;
    }
    for link in requests.plan_addons {
        let addons = om.plans().addons(PLAN_ID);
        sender
            .send("plan-addon link", link.body(ADDON_ID), |body| {
                addons.create(body)
            })
            .await;
    }
}

/// What the catalog grants to customers.
async fn send_granted(catalog: &Catalog, om: &OpenMeter, sender: &mut Sender) {
    let entitlements = om.customers().entitlements("usr_1");
    let plans = catalog.plans().keys();
    let plans = plans.map(|id| catalog.compile_plan_entitlements(id).unwrap());
    let addons = catalog.addons().keys();
    let addons = addons.map(|id| catalog.compile_addon_entitlements(id).unwrap());
    let granted: Vec<CompiledEntitlement> = plans.chain(addons).flatten().collect();
    for entitlement in granted {
        let Ok(Some(body)) = entitlement_body(&entitlement, None) else {
            continue;
        };
        sender
            .send("entitlement", body, |body| entitlements.create(body))
            .await;
    }
    for id in catalog.topups().keys() {
        let grant = catalog.compile_topup_grant(id).unwrap();
        let Ok(body) = grant_body(&grant, OffsetDateTime::UNIX_EPOCH) else {
            continue;
        };
        let key = grant.feature_key.as_str();
        sender
            .send("grant", body, |body| entitlements.create_grant(key, body))
            .await;
    }
}

#[test]
fn every_body_that_a_catalog_compiles_to_is_accepted() {
    if std::env::var_os("BILLING_CONFORMANCE").is_some_and(|value| value == "off") {
        eprintln!("left out: BILLING_CONFORMANCE is off");
        return;
    }
    let validator = match Validator::start(1, 1) {
        Ok(validator) => validator,
        Err(Unavailable::LeftOut(reason)) => return eprintln!("left out: {reason}"),
        Err(Unavailable::Failed(reason)) => panic!("{reason}"),
    };
    let polar = Document::polar(&validator).unwrap();
    let openmeter = Document::openmeter_v1(&validator).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut to_polar = Sender::new(&polar.recorder, polar.known);
    let mut to_openmeter = Sender::new(&openmeter.recorder, openmeter.known);
    let catalogs = catalogs();
    runtime.block_on(async {
        for catalog in &catalogs {
            send_polar(catalog, &polar.client, &mut to_polar).await;
            send_openmeter(catalog, &openmeter.client, &mut to_openmeter).await;
            send_granted(catalog, &openmeter.client, &mut to_openmeter).await;
        }
    });
    println!("{} catalogs", catalogs.len());
    for (name, sender) in [("Polar", &to_polar), ("OpenMeter", &to_openmeter)] {
        for (kind, count) in &sender.counts {
            let Count { compiled, sent } = count;
            println!("{name} {kind}: {compiled} compiled, {sent} of them distinct and sent");
        }
    }
    let kinds = |sender: &Sender| sender.counts.keys().copied().collect::<Vec<_>>();
    assert_eq!(kinds(&to_polar), ["benefit", "meter", "product"]);
    let all = [
        "add-on",
        "entitlement",
        "feature",
        "grant",
        "meter",
        "plan",
        "plan-addon link",
    ];
    assert_eq!(kinds(&to_openmeter), all);
    let found = [to_polar.found, to_openmeter.found].concat();
    let shown: Vec<&str> = found.iter().take(40).map(String::as_str).collect();
    assert!(
        found.is_empty(),
        "{}\n{} in all",
        shown.join("\n"),
        found.len()
    );
}
