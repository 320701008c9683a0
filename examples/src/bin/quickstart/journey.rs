//! The steps.

use std::time::Duration;

use auth_bridge::{CustomerLinks, OwnerKind, User};
use billing_core::Provider;
use billing_core::catalog::Catalog;
use billing_core::compile::Strict;
use billing_core::provision::Provisioner;
use billing_sandbox::Completion;
use openmeter_client::Event;
use openmeter_client::models::EntitlementValueV2;
use polar_client::models::SubscriptionCancel;
use serde_json::json;
use tokio::net::TcpListener;

use crate::app::App;
use crate::services::Services;
use crate::step::{Result, expect, say};

const USER: &str = "usr_ada";
const TOKENS: &str = "ai_tokens";
const API: &str = "api_access";

/// Walks the journey; every step checks what really came back.
pub(crate) async fn run() -> Result<()> {
    let services = Services::start().await?;
    let catalog = load()?;
    let catalog = provision(&services, catalog).await?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let webhooks = format!("http://{}/api/auth/polar/webhooks", listener.local_addr()?);
    let endpoint = services.sandbox.register_webhook(webhooks, &[]);
    let app = App::start(&services, catalog, listener, &endpoint.secret).await?;

    let cookie = sign_up(&services, &app).await?;
    let url = app.checkout(&cookie, "pro").await?;
    say("checkout", format!("plan `pro`, to be paid at {url}"));
    if services.real_polar {
        say(
            "left out",
            "paying and what follows: Polar's own sandbox needs a person with a test card",
        );
        return Ok(());
    }

    let mut events = Vec::new();
    let bought = pay(&services).await?;
    let delivered = deliver(&services, &mut events).await?;
    say(
        "payment",
        format!("order {} is paid, {delivered}", bought.order_id),
    );
    let value = access(&services, TOKENS).await?;
    expect(
        "the balance after buying the plan",
        value.balance,
        Some(100_000.0),
    )?;
    expect(
        "access to the API",
        access(&services, API).await?.has_access,
        true,
    )?;
    say("entitled", "100000 tokens and the API, as OpenMeter says");

    use_up(&services).await?;
    top_up(&services, &app, &cookie, &mut events).await?;
    repeat(&services, &events).await?;

    let subscription = bought
        .subscription_id
        .ok_or("a plan makes a subscription")?;
    cancel(&services, &app, &subscription).await
}

fn load() -> Result<Catalog> {
    let text = include_str!("../../../catalog.json");
    let catalog = Catalog::from_json(text)?;
    for provider in [Provider::Polar, Provider::OpenMeter] {
        catalog.compile(provider, Strict::Yes)?;
    }
    say(
        "catalog",
        format!(
            "{} plan, {} add-on, {} top-up: valid, and compiled for Polar and OpenMeter",
            catalog.plans().len(),
            catalog.addons().len(),
            catalog.topups().len()
        ),
    );
    Ok(catalog)
}

/// Sets both services up, and checks that doing it again finds nothing to do.
async fn provision(services: &Services, catalog: Catalog) -> Result<Catalog> {
    // Entitlements are OpenMeter's in this application, so Polar needs products alone.
    let polar = Provisioner::polar(&services.polar).without_benefits();
    let plan = polar.plan(&catalog).await?;
    let (url, summary) = (plan.url().to_owned(), plan.summary());
    let applied = plan.apply().await?;
    say("provision", format!("Polar: {summary}"));
    let polar = polar.lock(applied.lock.clone());
    expect(
        "a second plan has nothing to do",
        polar.plan(&catalog).await?.is_empty(),
        true,
    )?;
    let catalog = applied.lock.note_ids(&catalog, Provider::Polar, &url)?;

    let openmeter = Provisioner::openmeter(&services.om);
    let plan = openmeter.plan(&catalog).await?;
    let summary = plan.summary();
    let applied = plan.apply().await?;
    say("provision", format!("OpenMeter: {summary}"));
    let openmeter = openmeter.lock(applied.lock);
    expect(
        "a second plan has nothing to do",
        openmeter.plan(&catalog).await?.is_empty(),
        true,
    )?;
    Ok(catalog)
}

async fn sign_up(services: &Services, app: &App) -> Result<String> {
    let user = User::new(USER)
        .verified_email("ada@example.com")
        .name("Ada Lovelace");
    let (cookie, _) = app.sign_up(user).await?;
    let payer = services.polar.customers().get_external(USER).await?;
    let metered = services.om.customers().get(USER).await?;
    let linked = app
        .auth
        .openmeter_customer_id(OwnerKind::User, USER)
        .await?
        .ok_or("the user is not linked to a customer of OpenMeter")?;
    expect("the linked customer", linked.as_str(), metered.id.as_str())?;
    let polar_id = payer.id().map(ToString::to_string).unwrap_or_default();
    say(
        "sign-up",
        format!(
            "{USER} is {polar_id} at Polar and {} at OpenMeter",
            metered.id
        ),
    );
    Ok(cookie)
}

/// Pays the open checkout of the user, as a person would at the page of Polar.
async fn pay(services: &Services) -> Result<Completion> {
    let checkouts = services
        .polar
        .checkouts()
        .list()
        .external_customer_id(USER)
        .status("open")
        .await?;
    let checkout = checkouts.items.first().ok_or("there is no open checkout")?;
    Ok(services.sandbox.complete_checkout(checkout.id.as_str())?)
}

/// Lets Polar deliver its webhooks; each must be accepted.
async fn deliver(services: &Services, events: &mut Vec<String>) -> Result<String> {
    let deliveries = services.sandbox.deliver_webhooks().await;
    for delivery in &deliveries {
        expect(
            &format!("the answer to {}", delivery.kind),
            delivery.status,
            Some(200),
        )?;
        events.push(delivery.event_id.clone());
    }
    Ok(format!("{} signed webhooks delivered", deliveries.len()))
}

async fn access(services: &Services, feature: &str) -> Result<EntitlementValueV2> {
    Ok(services
        .om
        .customers()
        .entitlements(USER)
        .value(feature)
        .await?)
}

/// Reports usage until there is no access any more.
async fn use_up(services: &Services) -> Result<()> {
    let mut spent = 0;
    while access(services, TOKENS).await?.has_access {
        let events: Vec<Event> = (0..10)
            .map(|_| {
                Event::new("ai.tokens", USER)
                    .time(services.sandbox.clock().now())
                    .data(json!({ "tokens": 2_500 }))
            })
            .collect();
        services.om.events().ingest(events).await?;
        spent += 25_000;
        settle(services, 100_000.0 - f64::from(spent)).await?;
        expect(
            "tokens spent while there was access",
            spent <= 100_000,
            true,
        )?;
    }
    let value = access(services, TOKENS).await?;
    expect("the balance after using it up", value.balance, Some(0.0))?;
    say(
        "usage",
        format!("{spent} tokens in {} events; access is gone", spent / 2_500),
    );
    Ok(())
}

/// A real OpenMeter counts usage a moment after it was reported.
async fn settle(services: &Services, balance: f64) -> Result<()> {
    let tries = if services.real_openmeter { 60 } else { 1 };
    for _ in 0..tries {
        if access(services, TOKENS).await?.balance == Some(balance) {
            return Ok(());
        }
        if services.real_openmeter {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    expect(
        "the balance",
        access(services, TOKENS).await?.balance,
        Some(balance),
    )
}

async fn top_up(
    services: &Services,
    app: &App,
    cookie: &str,
    events: &mut Vec<String>,
) -> Result<()> {
    app.checkout(cookie, "tokenPack1m").await?;
    let bought = pay(services).await?;
    let delivered = deliver(services, events).await?;
    let value = access(services, TOKENS).await?;
    expect("access after the top-up", value.has_access, true)?;
    expect(
        "the balance after the top-up",
        value.balance,
        Some(1_000_000.0),
    )?;
    say(
        "top-up",
        format!(
            "order {} is paid, {delivered}; 1000000 tokens, access is back",
            bought.order_id
        ),
    );
    Ok(())
}

/// Delivers everything again, three times and backwards: nothing may change.
async fn repeat(services: &Services, events: &[String]) -> Result<()> {
    let before = access(services, TOKENS).await?;
    for _ in 0..3 {
        for event in events.iter().rev() {
            let delivery = services.sandbox.redeliver(event).await?;
            expect(
                "the answer to a repeated webhook",
                delivery.status,
                Some(200),
            )?;
        }
    }
    let after = access(services, TOKENS).await?;
    expect(
        "the balance after repeated webhooks",
        after.balance,
        before.balance,
    )?;
    expect(
        "access to the API",
        access(services, API).await?.has_access,
        true,
    )?;
    say(
        "repetition",
        format!(
            "{} webhooks three times each, backwards; nothing changed",
            events.len()
        ),
    );
    Ok(())
}

async fn cancel(services: &Services, app: &App, subscription: &str) -> Result<()> {
    services
        .polar
        .subscriptions()
        .update(subscription, SubscriptionCancel::new(true))
        .await?;
    let delivered = deliver(services, &mut Vec::new()).await?;
    expect(
        "access after cancelling",
        access(services, TOKENS).await?.has_access,
        true,
    )?;
    say(
        "cancelled",
        format!("at the end of the period, {delivered}; access stays"),
    );

    services
        .sandbox
        .clock()
        .advance(Duration::from_secs(32 * 86_400));
    let due = app.billing.run_due(services.sandbox.clock().now()).await?;
    expect("customers whose access ended", due.customers.len(), 1)?;
    expect(
        "access to tokens",
        access(services, TOKENS).await?.has_access,
        false,
    )?;
    expect(
        "access to the API",
        access(services, API).await?.has_access,
        false,
    )?;
    let delivered = deliver(services, &mut Vec::new()).await?;
    expect(
        "access after the last webhooks",
        access(services, TOKENS).await?.has_access,
        false,
    )?;
    say(
        "expired",
        format!("32 days later access is gone, before and after {delivered}"),
    );
    Ok(())
}
