use billing_core::provision::{Change, Provisioner};
use billing_sandbox::Service;
use polar_client::models::{
    AnyProductPrice, Benefit, BenefitCustomCreate, BenefitCustomCreateProperties, Product,
    ProductBenefitsUpdate, ProductPrice, ProductUpdate,
};
use serde_json::{Value, json};

use crate::support::{World, catalog, changed, changes, document, read, without};

const POLAR: Service = Service::Polar;

impl World {
    async fn products(&self) -> Vec<Product> {
        let products = self.polar.products().list().stream();
        products.try_collect().await.unwrap()
    }

    async fn product(&self, price: &str, plan: &str) -> Product {
        let found = self.products().await.into_iter().find(|product| {
            let stamp = |name: &str| json!(product.metadata.get(name));
            stamp("catalogPlanId") == plan
                && stamp("catalogPriceId") == price
                && !product.is_archived
        });
        found.unwrap()
    }
}

#[tokio::test]
async fn a_catalog_becomes_meters_benefits_and_one_product_for_each_price() {
    let world = World::new().await;
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    assert_eq!(plan.changes(Change::Create).count(), plan.actions().len());
    assert!(world.writes().is_empty(), "planning only reads");
    plan.apply().await.unwrap();

    let pro = world.product("yearly", "pro").await;
    assert_eq!(pro.name, "Pro (yearly)");
    assert_eq!(pro.description.as_deref(), Some("For teams"));
    assert_eq!(json!(pro.recurring_interval), "year");
    assert_eq!(
        json!(pro.meter_interval),
        "month",
        "credits come every month"
    );
    let AnyProductPrice::ProductPrice(ProductPrice::Fixed(price)) = &pro.prices[0] else {
        panic!("not fixed");
    };
    assert_eq!(
        (price.price_amount, price.price_currency.as_str()),
        (19_950, "usd")
    );
    assert_eq!(json!(pro.metadata["tier"]), "2");
    assert_eq!(json!(pro.metadata["catalogPlanKey"]), "pro");

    let monthly = world.product("monthly", "pro").await;
    assert_eq!(
        json!([monthly.trial_interval, monthly.trial_interval_count]),
        json!(["day", 14])
    );
    let mut granted: Vec<String> = monthly
        .benefits
        .iter()
        .map(|benefit| match benefit {
            Benefit::MeterCredit(credit) => {
                format!("{} of {}", credit.properties.units, credit.description)
            }
            Benefit::FeatureFlag(flag) => format!(
                "{} {}",
                flag.description,
                json!(flag.metadata.get("config"))
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    granted.sort();
    assert_eq!(
        granted,
        [
            "100000 of 100000 AI tokens",
            "5000 of 5000 requests",
            "API access null",
            "support \"{\\\"hours\\\":4}\"",
        ]
    );
    let free = world.product("monthly", "free").await;
    assert_eq!(free.benefits.len(), 1, "what is off grants nothing");
}

#[tokio::test]
async fn applying_twice_does_nothing_the_second_time() {
    let world = World::new().await;
    let plan = world.settle(POLAR, &catalog()).await;
    world.sandbox.clear_requests();
    plan.apply().await.unwrap();
    assert!(world.writes().is_empty());
}

#[tokio::test]
async fn a_changed_price_keeps_the_product_and_replaces_the_price() {
    let world = World::new().await;
    world.settle(POLAR, &catalog()).await;
    let before = world.product("monthly", "pro").await;
    let catalog = changed("/plans/pro/prices/monthly/amount", json!(2500));
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog)
        .await
        .unwrap();
    assert_eq!(changes(&plan), ["products.plans.pro.monthly: update"]);
    let text = plan.to_string();
    assert!(text.contains("prices[0].amount: 2000 -> 2500"), "{text}");
    plan.apply().await.unwrap();
    let after = world.product("monthly", "pro").await;
    assert_eq!(after.id, before.id);
    assert_eq!(after.prices.len(), 1);
    assert_eq!(after.benefits.len(), before.benefits.len());
}

#[tokio::test]
async fn a_changed_interval_makes_a_new_product_and_leaves_the_old_one_to_its_subscribers() {
    let world = World::new().await;
    let applied = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = applied.apply().await.unwrap().lock;
    let before = world.product("monthly", "free").await;
    let catalog = changed("/plans/free/prices/monthly/interval", json!("year"));
    let provisioner = Provisioner::polar(&world.polar).lock(lock);
    let plan = provisioner.plan(&catalog).await.unwrap();
    let found = changes(&plan);
    assert_eq!(
        found,
        [
            "products.plans.free.monthly: create",
            "products.plans.free.monthly: orphan"
        ]
    );
    let lock = plan.apply().await.unwrap().lock;
    let old = world.polar.products().get(&before.id).await.unwrap();
    assert!(!old.is_archived, "nothing is archived unless told");

    let provisioner = Provisioner::polar(&world.polar)
        .lock(lock)
        .archive_orphans();
    let plan = provisioner.plan(&catalog).await.unwrap();
    assert_eq!(changes(&plan), ["products.plans.free.monthly: orphan"]);
    plan.apply().await.unwrap();
    let old = world.polar.products().get(&before.id).await.unwrap();
    assert!(old.is_archived);
    let plan = provisioner.plan(&catalog).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn what_somebody_changed_at_polar_is_drift_and_is_put_back() {
    let world = World::new().await;
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = plan.apply().await.unwrap().lock;
    let product = world.product("monthly", "pro").await;
    let edit = ProductUpdate::new().name("Pro!").description("By hand");
    world
        .polar
        .products()
        .update(&product.id, edit)
        .await
        .unwrap();
    let provisioner = Provisioner::polar(&world.polar).lock(lock);
    let plan = provisioner.plan(&catalog()).await.unwrap();
    assert_eq!(changes(&plan), ["products.plans.pro.monthly: drift"]);
    plan.apply().await.unwrap();
    assert_eq!(world.product("monthly", "pro").await.name, "Pro (monthly)");
}

#[tokio::test]
async fn what_others_added_stays() {
    let world = World::new().await;
    world.settle(POLAR, &catalog()).await;
    let product = world.product("monthly", "free").await;
    let gift = BenefitCustomCreate::new("A sticker", BenefitCustomCreateProperties::new());
    let gift = world.polar.benefits().create(gift).await.unwrap();
    let Benefit::Custom(gift) = gift else {
        panic!("not custom")
    };
    let mut ids: Vec<String> = product
        .benefits
        .iter()
        .map(|benefit| match benefit {
            Benefit::MeterCredit(credit) => credit.id.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    ids.push(gift.id.to_string());
    let ids = ids.iter().map(String::as_str);
    let products = world.polar.products();
    products
        .update_benefits(&product.id, ProductBenefitsUpdate::new(ids))
        .await
        .unwrap();
    let mut metadata = product.metadata.clone();
    metadata.insert("campaign", "spring".into());
    let edit = ProductUpdate::new()
        .metadata(metadata)
        .description("By hand");
    products.update(&product.id, edit).await.unwrap();

    let unchanged = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    assert!(unchanged.is_empty(), "{unchanged}");

    let mut document = document();
    document["plans"]["free"]["metadata"] = json!({"color": "green"});
    document["plans"]["free"]["entitlements"]["apiAccess"] = json!(true);
    world.settle(POLAR, &read(document)).await;
    let after = world.product("monthly", "free").await;
    assert_eq!(json!(after.metadata["campaign"]), "spring");
    assert_eq!(json!(after.metadata["color"]), "green");
    assert_eq!(after.description.as_deref(), Some("By hand"));
    assert_eq!(after.benefits.len(), 3);
}

#[tokio::test]
async fn metadata_that_left_the_catalog_leaves_polar() {
    let world = World::new().await;
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog())
        .await
        .unwrap();
    let lock = plan.apply().await.unwrap().lock;
    let catalog = without("/plans/pro/metadata", "tier");
    let provisioner = Provisioner::polar(&world.polar).lock(lock);
    provisioner
        .plan(&catalog)
        .await
        .unwrap()
        .apply()
        .await
        .unwrap();
    let after = world.product("monthly", "pro").await;
    assert!(!after.metadata.contains_key("tier"));
    assert_eq!(json!(after.metadata["catalogPlanId"]), "pro");
}

#[tokio::test]
async fn a_product_that_the_catalog_notes_is_adopted() {
    let world = World::new().await;
    let body = json!({
        "name": "Old Pro", "recurring_interval": "month",
        "prices": [{"amount_type": "fixed", "price_amount": 1500, "price_currency": "usd"}],
    });
    let made = reqwest_post(&world, "/v1/products/", body).await;
    let id = made["id"].as_str().unwrap();
    let mut document = document();
    document["plans"]["pro"]["prices"]["monthly"]["providerIds"] = json!({"polar": id});
    world.settle(POLAR, &read(document)).await;
    let adopted = world.product("monthly", "pro").await;
    assert_eq!(adopted.id.as_str(), id);
    assert_eq!(adopted.name, "Pro (monthly)");
    assert_eq!(world.products().await.len(), 6);
}

async fn reqwest_post(world: &World, path: &str, body: Value) -> Value {
    assert_eq!(path, "/v1/products/");
    let interval = body["recurring_interval"].as_str().unwrap();
    let amount = body["prices"][0]["price_amount"].as_i64().unwrap();
    let price = polar_client::models::ProductPriceFixedCreate::new(amount);
    let name = body["name"].as_str().unwrap();
    let create = polar_client::models::ProductCreateRecurring::new(name, [price], interval);
    let made = world.polar.products().create(create).await.unwrap();
    json!({"id": made.id.as_str()})
}

#[tokio::test]
async fn a_plan_that_left_the_catalog_is_archived_when_told_and_comes_back_when_it_returns() {
    let world = World::new().await;
    world.settle(POLAR, &catalog()).await;
    let less = without("/plans", "free");
    let provisioner = Provisioner::polar(&world.polar).archive_orphans();
    let plan = provisioner.plan(&less).await.unwrap();
    let archived: Vec<&str> = plan
        .changes(Change::Orphan)
        .filter(|action| action.applies)
        .map(|action| action.address.as_str())
        .collect();
    assert_eq!(archived, ["products.plans.free.monthly"]);
    plan.apply().await.unwrap();

    let count = world.products().await.len();
    world.settle(POLAR, &catalog()).await;
    assert_eq!(world.products().await.len(), count);
    assert!(!world.product("monthly", "free").await.is_archived);
}

#[tokio::test]
async fn without_benefits_only_products_are_made() {
    let world = World::new().await;
    let provisioner = Provisioner::polar(&world.polar).without_benefits();
    let plan = provisioner.plan(&catalog()).await.unwrap();
    assert!(plan.issues().is_empty());
    plan.apply().await.unwrap();
    assert_eq!(world.writes().len(), 6);
    assert!(provisioner.plan(&catalog()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_polar_cannot_sell_is_left_out_or_refused() {
    let world = World::new().await;
    let catalog = changed("/plans/pro/prices/monthly/amount", json!(10));
    let plan = Provisioner::polar(&world.polar)
        .plan(&catalog)
        .await
        .unwrap();
    assert!(
        plan.to_string().contains("plans.pro.prices.monthly.amount"),
        "{plan}"
    );
    assert!(!changes(&plan).contains(&"products.plans.pro.monthly: create".to_owned()));
    let strict = Provisioner::polar(&world.polar)
        .strict()
        .plan(&catalog)
        .await;
    let message = strict.unwrap_err().to_string();
    assert!(
        message.contains("plans.pro.prices.monthly.amount"),
        "{message}"
    );
}
