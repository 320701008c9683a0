use polar_client::models::{
    Customer, CustomerIndividualCreate, CustomerUpdate, CustomerUpdateExternalID,
};
use polar_client::{Error, ErrorBody};

use super::PolarOptions;
use crate::AuthUser;
use crate::hooks::{CustomerChange, CustomerSync};

/// Why a user and a customer could not be brought together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CustomerFailure {
    #[error("the user has no e-mail address, which a customer needs")]
    NoEmail,
    #[error(
        "the customer with the user's e-mail address belongs to external id {external_id} already"
    )]
    OtherOwner { external_id: String },
    #[error(
        "a customer with the user's e-mail address exists; it is linked once the user has verified \
         the address"
    )]
    UnverifiedEmail,
    #[error(transparent)]
    Polar(#[from] Error),
}

/// Makes the user a customer. One request when all is new; when something is there already, that is
/// looked at.
pub(crate) async fn create(
    options: &PolarOptions,
    user: &dyn AuthUser,
) -> Result<CustomerSync, CustomerFailure> {
    let email = user.email().ok_or(CustomerFailure::NoEmail)?;
    let mut body = CustomerIndividualCreate::new(email);
    if let Some(name) = user.name().filter(|name| !name.is_empty()) {
        body = body.name(name);
    }
    if let Some(params) = &options.customer_params {
        body = params(user, body);
        email.clone_into(&mut body.email);
    }
    let body = body.external_id(user.id());
    match options.client.customers().create(body).await {
        Ok(customer) => Ok(sync(CustomerChange::Created, &customer)),
        Err(error) if error.is_conflict() => match existing(options, user, email).await? {
            Some(found) => Ok(found),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn existing(
    options: &PolarOptions,
    user: &dyn AuthUser,
    email: &str,
) -> Result<Option<CustomerSync>, CustomerFailure> {
    let customers = options.client.customers();
    match customers.get_external(user.id()).await {
        Ok(customer) => return Ok(Some(sync(CustomerChange::Unchanged, &customer))),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error.into()),
    }
    let page = customers.list().email(email).limit(10).await?;
    let same_address = |customer: &&Customer| {
        customer
            .email()
            .is_some_and(|other| other.eq_ignore_ascii_case(email))
    };
    let Some(customer) = page.items.iter().find(same_address) else {
        return Ok(None);
    };
    if let Some(external_id) = customer.external_id() {
        return Err(CustomerFailure::OtherOwner {
            external_id: external_id.to_owned(),
        });
    }
    if !user.email_verified() {
        return Err(CustomerFailure::UnverifiedEmail);
    }
    let Some(id) = customer.id() else {
        return Ok(None);
    };
    let link = CustomerUpdate::new().external_id(user.id());
    let linked = customers.update(id, link).await?;
    Ok(Some(sync(CustomerChange::Linked, &linked)))
}

/// Brings name and e-mail address up to date. A user without a customer gets one, if users are to
/// have them: the sign-up may have failed here, or waited for the address to be verified.
pub(crate) async fn update(
    options: &PolarOptions,
    user: &dyn AuthUser,
) -> Result<CustomerSync, CustomerFailure> {
    let mut body = CustomerUpdateExternalID::new();
    if let Some(email) = user.email() {
        body = body.email(email);
    }
    if let Some(name) = user.name().filter(|name| !name.is_empty()) {
        body = body.name(name);
    }
    let customers = options.client.customers();
    match customers.update_external(user.id(), body).await {
        Ok(customer) => Ok(sync(CustomerChange::Updated, &customer)),
        Err(error) if is_missing(&error) && options.create_customer => create(options, user).await,
        Err(error) => Err(error.into()),
    }
}

/// Deletes the user's customer, found by the user's id alone.
pub(crate) async fn delete(
    options: &PolarOptions,
    user: &dyn AuthUser,
) -> Result<CustomerSync, CustomerFailure> {
    let delete = options
        .client
        .customers()
        .delete_external(user.id())
        .anonymize(options.anonymize);
    let change = match delete.await {
        Ok(()) => CustomerChange::Deleted,
        Err(error) if is_missing(&error) => CustomerChange::Unchanged,
        Err(error) => return Err(error.into()),
    };
    Ok(CustomerSync {
        change,
        customer_id: None,
    })
}

/// Whether there is no such customer, as opposed to no such route: Polar answers 404 to everything
/// when it does not serve the API version any more, and to ids that it cannot route.
fn is_missing(error: &Error) -> bool {
    let unknown_route = error.body().is_some_and(ErrorBody::is_unknown_route);
    error.is_not_found() && !unknown_route
}

fn sync(change: CustomerChange, customer: &Customer) -> CustomerSync {
    CustomerSync {
        change,
        customer_id: customer.id().map(ToString::to_string),
    }
}
