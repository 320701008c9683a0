//! Catalogs of every shape, good and bad, from outside of the project: without them, the tests say
//! so and pass.

use std::path::PathBuf;

use billing_core::catalog::Catalog;
use billing_core::provision::Provisioner;
use billing_sandbox::Sandbox;
use openmeter_client::OpenMeter;
use polar_client::Polar;
use serde_json::Value;

/// The catalogs that are valid, with their names.
fn catalogs() -> Vec<(String, Catalog)> {
    let shared = std::env::var_os("BILLING_SHARED_DIR").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"));
    let Ok(text) = std::fs::read_to_string(shared.join("oracle/catalogs.jsonl")) else {
        eprintln!(
            "skipped: there are no golden catalogs in {}",
            shared.display()
        );
        return Vec::new();
    };
    let read = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let name = record["id"].as_str().unwrap().to_owned();
        let catalog = serde_json::from_value(record["catalog"].clone()).ok()?;
        Some((name, catalog))
    };
    let catalogs: Vec<_> = text.lines().filter_map(read).collect();
    assert!(catalogs.len() > 50, "only {} are valid", catalogs.len());
    catalogs
}

#[tokio::test]
async fn polar_takes_what_is_compiled_of_any_catalog() {
    for (name, catalog) in catalogs() {
        let sandbox = Sandbox::start().await.unwrap();
        let polar = Polar::builder()
            .base_url(sandbox.polar_url())
            .access_token(sandbox.polar_token())
            .build()
            .unwrap();
        let provisioner = Provisioner::polar(&polar);
        let plan = provisioner.plan(&catalog).await.unwrap();
        if let Err(error) = plan.apply().await {
            panic!("{name}: {error}");
        }
        let again = provisioner.plan(&catalog).await.unwrap();
        assert!(again.is_empty(), "{name}: {again}");
    }
}

#[tokio::test]
async fn openmeter_takes_what_is_compiled_of_any_catalog() {
    for (name, catalog) in catalogs() {
        let sandbox = Sandbox::start().await.unwrap();
        let om = OpenMeter::new(sandbox.openmeter_url()).unwrap();
        let provisioner = Provisioner::openmeter(&om);
        let plan = provisioner.plan(&catalog).await.unwrap();
        if let Err(error) = plan.apply().await {
            panic!("{name}: {error}");
        }
        let again = provisioner.plan(&catalog).await.unwrap();
        assert!(again.is_empty(), "{name}: {again}");
    }
}
