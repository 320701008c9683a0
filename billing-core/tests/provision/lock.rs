use std::sync::{Arc, Mutex};

use billing_core::Provider;
use billing_core::provision::{Lock, ProvisionError, Provisioner};
use billing_sandbox::Service;
use serde_json::json;

use crate::support::{World, catalog, changes};

#[tokio::test]
async fn every_request_is_recorded_before_the_next_one_is_sent() {
    let world = World::new().await;
    let locks = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&locks);
    let url = world.sandbox.polar_url();
    let provisioner = Provisioner::polar(&world.polar).on_record(move |lock| {
        let objects = lock.objects(Provider::Polar, &url).unwrap();
        seen.lock().unwrap().push(objects.len());
        Ok(())
    });
    let plan = provisioner.plan(&catalog()).await.unwrap();
    let objects = plan.actions().len();
    plan.apply().await.unwrap();
    let counts = locks.lock().unwrap().clone();
    assert_eq!(counts.len(), world.writes().len());
    assert_eq!(counts.last(), Some(&objects));
    assert!(
        counts.windows(2).all(|pair| pair[1] - pair[0] <= 1),
        "{counts:?}"
    );
}

#[tokio::test]
async fn a_lock_file_is_written_and_serves_the_next_run() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("billing.lock.json");
    // Both have read the file before either writes it.
    let provisioners = [Service::Polar, Service::OpenMeter]
        .map(|service| world.provisioner(service).lock_file(&path).unwrap());
    for provisioner in provisioners {
        provisioner
            .plan(&catalog())
            .await
            .unwrap()
            .apply()
            .await
            .unwrap();
    }
    let lock = Lock::load(&path).unwrap();
    let url = world.sandbox.polar_url();
    let entry = lock
        .entry(Provider::Polar, &url, "products.plans.pro.monthly")
        .unwrap();
    let product = world.polar.products().get(entry.id.as_str()).await.unwrap();
    assert_eq!(product.name, "Pro (monthly)");
    let url = world.sandbox.openmeter_url();
    assert!(
        lock.entry(Provider::OpenMeter, &url, "plans.pro.monthly")
            .is_some()
    );

    let before = std::fs::read(&path).unwrap();
    let provisioner = world.provisioner(Service::Polar).lock_file(&path).unwrap();
    provisioner
        .plan(&catalog())
        .await
        .unwrap()
        .apply()
        .await
        .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "no half-written file stays behind");
}

#[tokio::test]
async fn an_object_that_lost_its_stamps_is_found_by_the_lock() {
    let world = World::new().await;
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = plan.apply().await.unwrap().lock;
    let url = world.sandbox.polar_url();
    let id = lock
        .entry(Provider::Polar, &url, "products.plans.free.monthly")
        .unwrap()
        .id
        .clone();
    let bare = polar_client::models::ProductUpdate::new().metadata([("note", "cleared")]);
    world
        .polar
        .products()
        .update(id.as_str(), bare)
        .await
        .unwrap();
    let provisioner = Provisioner::polar(&world.polar).lock(lock);
    let plan = provisioner.plan(&catalog()).await.unwrap();
    assert_eq!(changes(&plan), ["products.plans.free.monthly: drift"]);
    plan.apply().await.unwrap();
    let product = world.polar.products().get(id.as_str()).await.unwrap();
    assert_eq!(json!(product.metadata["catalogPlanId"]), "free");
}

#[tokio::test]
async fn a_lock_that_cannot_be_kept_stops_the_apply_and_the_next_one_goes_on() {
    let world = World::new().await;
    let provisioner = Provisioner::openmeter(&world.om).on_record(|_| Err("disk full".into()));
    let plan = provisioner.plan(&catalog()).await.unwrap();
    let failed = plan.apply().await.unwrap_err();
    assert!(matches!(failed.error, ProvisionError::Record { .. }));
    assert!(failed.to_string().contains("disk full"), "{failed}");
    assert_eq!(world.writes().len(), 1);
    world.settle(Service::OpenMeter, &catalog()).await;
}

#[test]
fn a_file_that_is_no_lock_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock.json");
    for text in ["not json", r#"{"version": 2, "targets": []}"#] {
        std::fs::write(&path, text).unwrap();
        let message = Lock::load(&path).unwrap_err().to_string();
        assert!(
            message.contains("lock.json") && message.contains("no lock file"),
            "{message}"
        );
    }
    assert_eq!(
        Lock::load(folder.path().join("none.json")).unwrap(),
        Lock::default()
    );
}
