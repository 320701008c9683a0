use billing_core::provision::{Lock, Plan};
use billing_sandbox::{Fault, Service};
use serde_json::{Value, json};

use crate::support::{World, catalog, changed};

/// Everything that a server has, without ids and times.
async fn holdings(world: &World, service: Service) -> Vec<String> {
    let mut found = Vec::new();
    if service == Service::Polar {
        for meter in world
            .polar
            .meters()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            found.push(format!("meter {} {}", meter.name, json!(meter.metadata)));
        }
        for product in world
            .polar
            .products()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            let benefits = product.benefits.len();
            let prices = product.prices.len();
            found.push(format!(
                "product {} {} benefits, {prices} prices, archived {}, {}",
                product.name,
                benefits,
                product.is_archived,
                json!(product.metadata),
            ));
        }
        let benefits = world.polar.benefits().list().stream().try_collect().await;
        for benefit in benefits.unwrap() {
            let polar_client::models::Benefit::FeatureFlag(flag) = benefit else {
                found.push("credit".into());
                continue;
            };
            found.push(format!(
                "flag {} {}",
                flag.description,
                json!(flag.metadata)
            ));
        }
    } else {
        for meter in world
            .om
            .meters()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            found.push(format!("meter {}", meter.slug));
        }
        for feature in world
            .om
            .features()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            found.push(format!("feature {} {:?}", feature.key, feature.meter_slug));
        }
        for addon in world
            .om
            .addons()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            found.push(format!(
                "addon {} v{} {}",
                addon.key, addon.version, addon.status
            ));
        }
        for plan in world
            .om
            .plans()
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
        {
            let links = world.om.plans().addons(plan.id.as_str()).list();
            let mut links: Vec<String> = links
                .stream()
                .try_collect()
                .await
                .unwrap()
                .iter()
                .map(|link| format!("{} v{}", link.addon.key, link.addon.version))
                .collect();
            links.sort();
            found.push(format!(
                "plan {} v{} {} {links:?} {}",
                plan.key,
                plan.version,
                plan.status,
                json!(plan.phases),
            ));
        }
    }
    found.sort();
    found
}

async fn plan(world: &World, service: Service, lock: Lock, step: Step) -> Plan {
    let provisioner = world.provisioner(service).lock(lock).archive_orphans();
    let catalog = match step {
        Step::First => catalog(),
        Step::Second => second(),
    };
    provisioner.plan(&catalog).await.unwrap()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    First,
    Second,
}

/// The catalog after a day of work: prices, names, amounts and links changed, things gone and new.
fn second() -> billing_core::catalog::Catalog {
    let mut document =
        serde_json::to_value(changed("/plans/pro/prices/monthly/amount", json!(2500))).unwrap();
    let set = |document: &mut Value, pointer: &str, value: Value| {
        *document.pointer_mut(pointer).unwrap() = value;
    };
    set(&mut document, "/plans/pro/name", json!("Professional"));
    set(
        &mut document,
        "/plans/pro/entitlements/aiTokens/amount",
        json!(200_000),
    );
    set(
        &mut document,
        "/addons/extra/prices/monthly/amount",
        json!(600),
    );
    set(&mut document, "/meters/tokens/name", json!("All tokens"));
    set(
        &mut document,
        "/plans/free/prices/monthly",
        json!({
            "amount": 0, "currency": "USD", "interval": "week",
        }),
    );
    set(
        &mut document,
        "/plans/free/entitlements/aiTokens",
        json!({"amount": 10, "reset": "week"}),
    );
    let plans = document
        .pointer_mut("/plans")
        .unwrap()
        .as_object_mut()
        .unwrap();
    plans.insert(
        "team".into(),
        json!({
            "name": "Team", "entitlements": {"apiAccess": true},
            "prices": {"monthly": {"amount": 9900, "currency": "USD", "interval": "month"}},
        }),
    );
    document.as_object_mut().unwrap().remove("topups");
    let addons = document
        .pointer_mut("/addons")
        .unwrap()
        .as_object_mut()
        .unwrap();
    addons.remove("priority");
    serde_json::from_value(document).unwrap()
}

/// Runs a step with a failure at the n-th write; returns whether there was one to fail.
async fn broken_off(
    world: &World,
    service: Service,
    step: Step,
    nth: usize,
    lost: bool,
) -> Option<Lock> {
    let plan = plan(world, service, Lock::default(), step).await;
    let fault = Fault::on(service).nth(nth);
    let fault = if lost {
        fault.after_effect().reset()
    } else {
        fault.before_effect().status(503)
    };
    world.sandbox.inject(fault);
    let outcome = plan.apply().await;
    world.sandbox.clear_faults();
    match outcome {
        Ok(_) => None,
        Err(failed) => {
            assert!(failed.error.is_retryable(), "{failed}");
            Some(failed.lock)
        }
    }
}

async fn converges(service: Service) {
    let undisturbed = World::new().await;
    let mut expected = Vec::new();
    for step in [Step::First, Step::Second] {
        let plan = plan(&undisturbed, service, Lock::default(), step).await;
        assert!(!plan.is_empty());
        plan.apply().await.unwrap();
        expected.push(holdings(&undisturbed, service).await);
    }
    for (step, expected) in [Step::First, Step::Second].into_iter().zip(expected) {
        for lost in [false, true] {
            let mut nth = 0;
            loop {
                nth += 1;
                let world = World::new().await;
                if step == Step::Second {
                    let first = plan(&world, service, Lock::default(), Step::First).await;
                    first.apply().await.unwrap();
                }
                let Some(lock) = broken_off(&world, service, step, nth, lost).await else {
                    break;
                };
                // Half of the runs lose the lock as well.
                let lock = if nth % 2 == 0 { lock } else { Lock::default() };
                let again = plan(&world, service, lock, step).await;
                let applied = again.apply().await.unwrap();
                let found = holdings(&world, service).await;
                assert_eq!(found, expected, "{step:?}, request {nth}, lost {lost}");
                let third = plan(&world, service, applied.lock, step).await;
                assert!(third.is_empty(), "{third}");
            }
            assert!(nth > 10, "only {nth} requests");
        }
    }
}

#[tokio::test]
async fn polar_converges_after_a_crash_at_any_request() {
    converges(Service::Polar).await;
}

#[tokio::test]
async fn openmeter_converges_after_a_crash_at_any_request() {
    converges(Service::OpenMeter).await;
}
