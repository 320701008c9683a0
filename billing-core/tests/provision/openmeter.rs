use billing_core::provision::{Change, ProvisionError, Provisioner};
use billing_sandbox::Service;
use openmeter_client::models::{
    AddonStatus, MeterAggregation, MeterCreate, Plan as OmPlan, PlanReplaceUpdate, PlanStatus,
};
use serde_json::json;

use crate::support::{World, catalog, changed, changes, document, read, without};

const OM: Service = Service::OpenMeter;

impl World {
    async fn plan_versions(&self, key: &str) -> Vec<OmPlan> {
        let plans = self.om.plans().list().stream().try_collect().await;
        let mut plans: Vec<OmPlan> = plans.unwrap();
        plans.retain(|plan| plan.key == key);
        plans.sort_by_key(|plan| plan.version);
        plans
    }

    async fn links(&self, plan: &OmPlan) -> Vec<String> {
        let links = self.om.plans().addons(plan.id.as_str()).list().stream();
        let links = links.try_collect().await.unwrap();
        let text = links.iter().map(|link| {
            format!(
                "{} v{} x{:?}",
                link.addon.key, link.addon.version, link.max_quantity
            )
        });
        let mut text: Vec<String> = text.collect();
        text.sort();
        text
    }
}

#[tokio::test]
async fn a_catalog_becomes_published_plans_and_addons() {
    let world = World::new().await;
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog())
        .await
        .unwrap();
    assert!(world.writes().is_empty(), "planning only reads");
    let addresses: Vec<&str> = plan
        .actions()
        .iter()
        .map(|action| action.address.as_str())
        .collect();
    assert_eq!(
        addresses,
        [
            "meters.requests",
            "meters.tokens",
            "features.aiTokens",
            "features.apiAccess",
            "features.requests",
            "features.support",
            "addons.extra.monthly",
            "addons.priority.once",
            "plans.free.monthly",
            "plans.pro.monthly",
            "plans.pro.yearly",
        ]
    );
    plan.apply().await.unwrap();
    let pro = world.plan_versions("pro_monthly").await.remove(0);
    assert_eq!(pro.status, PlanStatus::Active);
    assert_eq!(pro.billing_cadence.as_str(), "P1M");
    let phases: Vec<String> = pro
        .phases
        .iter()
        .map(|phase| {
            format!(
                "{} {:?} {}",
                phase.key,
                phase.duration.as_ref().map(|d| d.as_str()),
                phase.rate_cards.len()
            )
        })
        .collect();
    assert_eq!(phases, ["trial Some(\"P14D\") 4", "default None 5"]);
    let cards = json!(pro.phases[1].rate_cards);
    assert_eq!(cards[0]["price"]["amount"], "20");
    assert_eq!(
        world.links(&pro).await,
        ["extra v1 xSome(5)", "priority_support v1 xNone"]
    );
    let yearly = world.plan_versions("pro_yearly").await.remove(0);
    assert_eq!(
        json!(yearly.phases[0].rate_cards)[0]["price"]["amount"],
        "199.5"
    );
    assert_eq!(world.links(&yearly).await, ["priority_support v1 xNone"]);
}

#[tokio::test]
async fn applying_twice_does_nothing_the_second_time() {
    let world = World::new().await;
    let plan = world.settle(OM, &catalog()).await;
    world.sandbox.clear_requests();
    plan.apply().await.unwrap();
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_changed_plan_gets_a_new_version_with_its_addons() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    let catalog = changed("/plans/pro/prices/monthly/amount", json!(2500));
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog)
        .await
        .unwrap();
    assert_eq!(changes(&plan), ["plans.pro.monthly: update"]);
    plan.apply().await.unwrap();
    let versions = world.plan_versions("pro_monthly").await;
    let statuses: Vec<&PlanStatus> = versions.iter().map(|plan| &plan.status).collect();
    assert_eq!(statuses, [&PlanStatus::Archived, &PlanStatus::Active]);
    assert_eq!(
        world.links(&versions[1]).await,
        ["extra v1 xSome(5)", "priority_support v1 xNone"]
    );
}

#[tokio::test]
async fn a_changed_addon_reaches_the_plans_that_it_can_be_added_to() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    let catalog = changed("/addons/extra/prices/monthly/amount", json!(700));
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog)
        .await
        .unwrap();
    assert_eq!(
        changes(&plan),
        ["addons.extra.monthly: update", "plans.pro.monthly: update"]
    );
    plan.apply().await.unwrap();
    let active = world.plan_versions("pro_monthly").await.remove(1);
    assert_eq!(
        world.links(&active).await,
        ["extra v2 xSome(5)", "priority_support v1 xNone"]
    );
    world.settle(OM, &catalog).await;
}

#[tokio::test]
async fn a_draft_of_somebody_else_is_left_alone_while_the_published_version_is_right() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    let published = world.plan_versions("free").await.remove(0);
    let draft = openmeter_client::models::PlanCreate::new(
        "Idea",
        "free",
        "USD",
        published.billing_cadence.clone(),
        published.phases.clone(),
    );
    let draft = world.om.plans().create(draft).await.unwrap();
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog())
        .await
        .unwrap();
    assert!(plan.is_empty(), "{plan}");

    let update = PlanReplaceUpdate::new("Idea 2", draft.billing_cadence, draft.phases);
    world.om.plans().update(draft.id, update).await.unwrap();
    let catalog = changed("/plans/free/name", json!("Starter"));
    world.settle(OM, &catalog).await;
    let versions = world.plan_versions("free").await;
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[1].name, "Starter");
}

#[tokio::test]
async fn a_meter_that_measures_something_else_blocks_everything() {
    let world = World::new().await;
    let other = MeterCreate::new("ai_tokens_total", MeterAggregation::Count, "ai.tokens");
    world.om.meters().create(other).await.unwrap();
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog())
        .await
        .unwrap();
    assert_eq!(plan.changes(Change::Blocked).count(), 1);
    assert!(!plan.is_empty());
    world.sandbox.clear_requests();
    let failed = plan.apply().await.unwrap_err();
    assert!(matches!(failed.error, ProvisionError::Blocked(_)));
    let message = failed.to_string();
    assert!(
        message.contains("meters.tokens") && message.contains("SUM"),
        "{message}"
    );
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn what_left_the_catalog_is_archived_when_told() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    let mut less = document();
    less["plans"].as_object_mut().unwrap().remove("free");
    less["addons"].as_object_mut().unwrap().remove("priority");
    less["features"].as_object_mut().unwrap().remove("support");
    less["plans"]["pro"]["entitlements"]
        .as_object_mut()
        .unwrap()
        .remove("support");
    let less = read(less);
    let plan = Provisioner::openmeter(&world.om).plan(&less).await.unwrap();
    let orphans: Vec<&str> = plan
        .changes(Change::Orphan)
        .map(|action| action.address.as_str())
        .collect();
    assert_eq!(
        orphans,
        [
            "plans.free.monthly",
            "addons.priority.once",
            "features.support"
        ]
    );
    plan.apply().await.unwrap();
    assert_eq!(
        world.plan_versions("free").await[0].status,
        PlanStatus::Active
    );

    let provisioner = Provisioner::openmeter(&world.om).archive_orphans();
    provisioner
        .plan(&less)
        .await
        .unwrap()
        .apply()
        .await
        .unwrap();
    assert_eq!(
        world.plan_versions("free").await[0].status,
        PlanStatus::Archived
    );
    let addons = world.om.addons().list().key("priority_support").stream();
    let addons = addons.try_collect().await.unwrap();
    assert!(
        addons
            .iter()
            .all(|addon| addon.status == AddonStatus::Archived)
    );
    let plan = provisioner.plan(&less).await.unwrap();
    assert!(plan.is_empty(), "{plan}");

    world.settle(OM, &catalog()).await;
    let versions = world.plan_versions("free").await;
    assert_eq!(versions.last().unwrap().status, PlanStatus::Active);
}

#[tokio::test]
async fn an_addon_taken_from_a_plan_is_gone_from_its_next_version() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    world.settle(OM, &without("/addons", "priority")).await;
    let active = world.plan_versions("pro_monthly").await.remove(1);
    assert_eq!(world.links(&active).await, ["extra v1 xSome(5)"]);
}

#[tokio::test]
async fn a_version_that_somebody_published_is_drift_and_is_followed_by_ours() {
    let world = World::new().await;
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = plan.apply().await.unwrap().lock;
    let ours = world.plan_versions("free").await.remove(0);
    let other = openmeter_client::models::PlanCreate::new(
        "Cheap",
        "free",
        "USD",
        ours.billing_cadence.clone(),
        ours.phases.clone(),
    );
    let other = world.om.plans().create(other).await.unwrap();
    world.om.plans().publish(other.id).await.unwrap();

    let provisioner = Provisioner::openmeter(&world.om).lock(lock);
    let plan = provisioner.plan(&catalog()).await.unwrap();
    assert_eq!(changes(&plan), ["plans.free.monthly: drift"]);
    plan.apply().await.unwrap();
    let versions = world.plan_versions("free").await;
    assert_eq!(versions.len(), 3);
    assert_eq!(versions[2].name, "Free");
    assert_eq!(versions[2].status, PlanStatus::Active);
}

#[tokio::test]
async fn a_meter_that_was_renamed_is_drift() {
    let world = World::new().await;
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = plan.apply().await.unwrap().lock;
    let edit = openmeter_client::models::MeterUpdate::new().name("Renamed");
    let meters = world.om.meters();
    meters.update("ai_tokens_total", edit).await.unwrap();
    let provisioner = Provisioner::openmeter(&world.om).lock(lock);
    let plan = provisioner.plan(&catalog()).await.unwrap();
    assert_eq!(changes(&plan), ["meters.tokens: drift"]);
    plan.apply().await.unwrap();
    let meter = meters.get("ai_tokens_total").await.unwrap();
    assert_eq!(meter.name.as_deref(), Some("Tokens"));
    assert_eq!(meter.metadata.unwrap()["catalogMeterId"], "tokens");
}

#[tokio::test]
async fn a_draft_with_an_addon_that_is_not_wanted_blocks_until_somebody_decides() {
    let world = World::new().await;
    world.settle(OM, &catalog()).await;
    let ours = world.plan_versions("free").await.remove(0);
    let draft = openmeter_client::models::PlanCreate::new(
        "Draft",
        "free",
        "USD",
        ours.billing_cadence.clone(),
        ours.phases.clone(),
    );
    let draft = world.om.plans().create(draft).await.unwrap();
    let extra = world.om.addons().list().key("extra").stream();
    let extra = extra.try_collect().await.unwrap().remove(0);
    let link = openmeter_client::models::PlanAddonCreate::new("default", extra.id);
    let links = world.om.plans().addons(draft.id.as_str());
    links.create(link).await.unwrap();

    let catalog = changed("/plans/free/name", json!("Starter"));
    let plan = Provisioner::openmeter(&world.om)
        .plan(&catalog)
        .await
        .unwrap();
    assert_eq!(changes(&plan), ["plans.free.monthly: blocked"]);
    let failed = plan.apply().await.unwrap_err();
    assert!(failed.to_string().contains("\"extra\""), "{failed}");
    assert_eq!(
        world.plan_versions("free").await.len(),
        2,
        "nothing was deleted"
    );
}
