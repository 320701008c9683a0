//! An application that calls ten Polar operations: what its author compiles after every change.

use polar_client::Polar;
use polar_client::models::{
    CheckoutCreate, CustomerIndividualCreate, CustomerUpdateExternalID,
    EventCreateExternalCustomer, EventsIngest,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("POLAR_ACCESS_TOKEN")?;
    let polar = Polar::sandbox(token)?;

    let customer = polar
        .customers()
        .create(CustomerIndividualCreate::new("ada@example.com").external_id("usr_1"))
        .await?;
    println!("{:?}", customer.id());
    println!("{:?}", polar.customers().get_external("usr_1").await?.id());
    let update = CustomerUpdateExternalID::new().name("Ada");
    println!(
        "{:?}",
        polar
            .customers()
            .update_external("usr_1", update)
            .await?
            .id()
    );
    println!(
        "{}",
        polar
            .customers()
            .get_state_external("usr_1")
            .await?
            .granted_benefits()
            .map_or(0, Vec::len)
    );

    let mut products = polar.products().list().stream();
    while let Some(product) = products.next().await {
        println!("{}", product?.name);
    }
    let checkout = polar
        .checkouts()
        .create(CheckoutCreate::new(["7a6a"]))
        .await?;
    println!("{}", checkout.url.expose());
    println!("{:?}", polar.checkouts().get(checkout.id).await?.status);

    let subscription = polar.subscriptions().get("sub_1").await?;
    println!("{:?}", subscription.status);
    let mut orders = polar.orders().list().external_customer_id("usr_1").stream();
    while let Some(order) = orders.next().await {
        println!("{}", order?.total_amount);
    }
    let event = EventCreateExternalCustomer::new("ai.tokens", "usr_1");
    println!(
        "{}",
        polar
            .events()
            .ingest(EventsIngest::new([event]))
            .await?
            .inserted
    );
    Ok(())
}
