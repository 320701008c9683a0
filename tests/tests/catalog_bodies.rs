//! What catalogs compile to is accepted by the validator of the API descriptions: every golden
//! catalog, and the one of the quickstart, sent through the clients.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to the lint"
)]

use std::sync::Arc;

use billing_core::catalog::Catalog;
use billing_core::compile::Strict;
use billing_tests::conformance::document::Document;
use billing_tests::conformance::exchange::Recorder;
use billing_tests::conformance::judge::violations;
use billing_tests::conformance::known::FalseFinding;
use billing_tests::conformance::validator::{Unavailable, Validator};
use billing_tests::shared;
use openmeter_client::OpenMeter;
use polar_client::Polar;
use polar_client::models::MeterId;
use serde_json::Value;

fn catalogs() -> Vec<Catalog> {
    let golden: Vec<Value> = shared::json_lines("oracle/catalogs.jsonl").unwrap_or_default();
    let golden = golden
        .iter()
        .filter(|record| record["valid"] == true)
        .filter_map(|record| Catalog::from_json(&record["catalog"].to_string()).ok());
    let own = Catalog::from_json(include_str!("../../examples/catalog.json")).unwrap();
    golden.chain([own]).collect()
}

/// Notes what the validator says against the requests so far, and how many there were.
#[derive(Default)]
struct Findings {
    requests: usize,
    found: Vec<String>,
}

impl Findings {
    fn add(&mut self, recorder: &Arc<Recorder>, known: &[FalseFinding]) {
        for exchange in recorder.take() {
            self.requests += 1;
            let operation = format!("{} {}", exchange.method, exchange.uri.path());
            for violation in violations(exchange.answer_header("sl-violations")) {
                if !known
                    .iter()
                    .any(|finding| finding.is(&operation, &violation))
                {
                    let body = String::from_utf8_lossy(&exchange.body);
                    self.found.push(format!(
                        "{operation}: {}: {}: {body}",
                        violation.place(),
                        violation.message
                    ));
                }
            }
        }
    }
}

async fn send_polar(catalog: &Catalog, polar: &Polar) {
    let requests = catalog.compile_polar(Strict::No).unwrap();
    let meter = |_: &str| Some(MeterId::from("3bd82c74-97bc-4752-9452-d83a71dc98c8"));
    for request in requests.meters {
        polar.meters().create(request.request.body).await.unwrap();
    }
    for benefit in requests.benefits {
        polar
            .benefits()
            .create(benefit.body(meter).unwrap())
            .await
            .unwrap();
    }
    for product in requests.products {
        polar
            .products()
            .create(product.body(meter).unwrap())
            .await
            .unwrap();
    }
}

async fn send_openmeter(catalog: &Catalog, om: &OpenMeter) {
    let requests = catalog.compile_openmeter(Strict::No).unwrap();
    for request in requests.meters {
        om.meters().create(request.body).await.unwrap();
    }
    for request in requests.features {
        om.features().create(request.body).await.unwrap();
    }
    for request in requests.plans {
        om.plans().create(request.body).await.unwrap();
    }
    for request in requests.addons {
        om.addons().create(request.body).await.unwrap();
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
    let mut findings = Findings::default();
    let catalogs = catalogs();
    runtime.block_on(async {
        for catalog in &catalogs {
            send_polar(catalog, &polar.client).await;
            findings.add(&polar.recorder, polar.known);
            send_openmeter(catalog, &openmeter.client).await;
            findings.add(&openmeter.recorder, openmeter.known);
        }
    });
    println!("{} catalogs, {} bodies", catalogs.len(), findings.requests);
    assert!(findings.requests > 0);
    assert!(findings.found.is_empty(), "{:#?}", findings.found);
}
