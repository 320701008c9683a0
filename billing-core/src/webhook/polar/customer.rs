use crate::event::EventCustomer;
use crate::webhook::view::View;

/// Reads whose event it is. `customer.*` events are the customer; others name it.
pub(super) fn read(provider_type: &str, data: &View<'_>) -> EventCustomer {
    let mut customer = EventCustomer::default();
    if provider_type.starts_with("customer.") {
        fill(&mut customer, data);
        return customer;
    }
    if let Some(object) = data.object("customer") {
        fill(&mut customer, &object);
    }
    if customer.provider_id.is_none() {
        customer.provider_id = data.free_text("customer_id").map(str::to_owned);
    }
    if provider_type.starts_with("checkout.") {
        let external = data.free_text("external_customer_id");
        customer.external_id = external.map(str::to_owned);
        customer.name = data.free_text("customer_name").map(str::to_owned);
        customer.email = data.free_text("customer_email").map(str::to_owned);
    }
    customer.reference_id = reference_id(data).or_else(|| {
        data.object("subscription")
            .and_then(|object| reference_id(&object))
    });
    customer
}

fn fill(customer: &mut EventCustomer, object: &View<'_>) {
    customer.provider_id = object.text("id").map(str::to_owned);
    customer.external_id = object.text("external_id").map(str::to_owned);
    customer.name = object.free_text("name").map(str::to_owned);
    customer.email = object.free_text("email").map(str::to_owned);
}

fn reference_id(data: &View<'_>) -> Option<String> {
    let metadata = data.object("metadata")?;
    let found = metadata
        .free_text("referenceId")
        .or_else(|| metadata.free_text("reference_id"));
    found.map(str::to_owned)
}
