use openmeter_client::Error;
use openmeter_client::models::{
    Customer, CustomerCreate, CustomerReplaceUpdate, CustomerUsageAttribution,
};
use serde_json::{Map, Value};

use super::OpenMeterOptions;
use crate::hooks::{CustomerChange, CustomerSync};
use crate::{BoxError, CustomerLinks, Owner, OwnerKind};

const USER_ID: &str = "betterAuthUserId";
const ORGANIZATION_ID: &str = "betterAuthOrganizationId";

/// Why a customer could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncFailure {
    #[error("the key of the customer is empty")]
    NoKey,
    #[error("the customer with key {key} belongs to {kind} {id} already")]
    OtherOwner {
        key: String,
        kind: OwnerKind,
        id: String,
    },
    #[error("the link could not be stored: {0}")]
    Link(#[source] BoxError),
    #[error(transparent)]
    OpenMeter(#[from] Error),
}

/// Creates the customer or brings it up to date, and stores its id. Safe to repeat.
///
/// An update replaces the whole customer, so what others keep there is sent along: metadata,
/// subjects, address, description.
pub(crate) async fn sync(
    options: &OpenMeterOptions,
    links: Option<&dyn CustomerLinks>,
    owner: Owner<'_>,
    metadata: &Map<String, Value>,
) -> Result<(CustomerSync, Customer), SyncFailure> {
    let key = options.key(owner);
    if key.is_empty() {
        return Err(SyncFailure::NoKey);
    }
    let wanted = wanted(options, owner, &key, metadata);
    let customers = options.client.customers();
    let found = match get(options, &key).await? {
        Some(found) => found,
        None => match customers.create(wanted.clone()).await {
            Ok(customer) => return store(links, owner, CustomerChange::Created, customer).await,
            Err(error) if error.is_conflict() => get(options, &key).await?.ok_or(error)?,
            Err(error) => return Err(error.into()),
        },
    };
    check_owner(&found, owner, &key)?;
    let body = merged(wanted, &found);
    let customer = customers.update(&key, body).await?;
    store(links, owner, CustomerChange::Updated, customer).await
}

/// Deletes the customer of an owner, found by its key alone.
pub(crate) async fn delete(
    options: &OpenMeterOptions,
    links: Option<&dyn CustomerLinks>,
    owner: Owner<'_>,
) -> Result<CustomerSync, SyncFailure> {
    let key = options.key(owner);
    let change = match get(options, &key).await? {
        None => CustomerChange::Unchanged,
        Some(customer) => {
            check_owner(&customer, owner, &key)?;
            match options.client.customers().delete(&key).await {
                Ok(()) => CustomerChange::Deleted,
                Err(error) if error.is_not_found() => CustomerChange::Unchanged,
                Err(error) => return Err(error.into()),
            }
        }
    };
    if let Some(links) = links {
        links
            .set_openmeter_customer_id(owner.kind(), owner.id(), None)
            .await
            .map_err(SyncFailure::Link)?;
    }
    Ok(CustomerSync {
        change,
        customer_id: None,
    })
}

async fn get(options: &OpenMeterOptions, key: &str) -> Result<Option<Customer>, Error> {
    match options.client.customers().get(key).await {
        // A deleted customer is still found by its id.
        Ok(customer) => Ok(customer.deleted_at.is_none().then_some(customer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn wanted(
    options: &OpenMeterOptions,
    owner: Owner<'_>,
    key: &str,
    further: &Map<String, Value>,
) -> CustomerCreate {
    let (name, email, own) = match owner {
        Owner::User(user) => (
            first([user.name(), user.email(), Some(user.id())]),
            user.email(),
            [
                (USER_ID, Some(user.id())),
                ("betterAuthEmail", user.email()),
            ],
        ),
        Owner::Organization(organization) => (
            first([
                organization.name.as_deref(),
                organization.slug.as_deref(),
                Some(&organization.id),
            ]),
            None,
            [
                (ORGANIZATION_ID, Some(organization.id.as_str())),
                ("betterAuthOrganizationSlug", organization.slug.as_deref()),
            ],
        ),
    };
    let mut defaults = CustomerCreate::new(name);
    defaults.primary_email = email.map(ToOwned::to_owned);
    defaults.currency.clone_from(&options.currency);
    let own: Vec<(String, String)> = own
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    defaults.metadata = own
        .iter()
        .cloned()
        .collect::<client_core::json::Map<String>>()
        .into();
    let mut profile = options.profile(owner, defaults);
    let mut metadata = profile.metadata.into_value().unwrap_or_default();
    for (name, value) in further {
        metadata.insert(name.clone(), text(value));
    }
    // Who the customer stands for is no matter of taste.
    metadata.extend(own);
    profile.metadata = metadata.into();
    profile.key = Some(key.to_owned());
    profile.usage_attribution = Some(CustomerUsageAttribution::new([options.subject(owner)]));
    profile
}

fn merged(wanted: CustomerCreate, found: &Customer) -> CustomerReplaceUpdate {
    let mut metadata = found.metadata.clone().unwrap_or_default();
    metadata.extend(wanted.metadata.into_value().unwrap_or_default());
    let mut subjects = wanted
        .usage_attribution
        .map(|attribution| attribution.subject_keys)
        .unwrap_or_default();
    for subject in found
        .usage_attribution
        .iter()
        .flat_map(|now| &now.subject_keys)
    {
        if !subjects.contains(subject) {
            subjects.push(subject.clone());
        }
    }
    let mut body = CustomerReplaceUpdate::new(wanted.name);
    body.key = wanted.key;
    body.metadata = metadata.into();
    body.usage_attribution = Some(CustomerUsageAttribution::new(subjects));
    body.primary_email = wanted.primary_email.or_else(|| found.primary_email.clone());
    body.description = wanted.description.or_else(|| found.description.clone());
    body.currency = wanted.currency.or_else(|| found.currency.clone());
    body.billing_address = wanted
        .billing_address
        .or_else(|| found.billing_address.clone());
    body
}

fn check_owner(found: &Customer, owner: Owner<'_>, key: &str) -> Result<(), SyncFailure> {
    let recorded = |name: &str| found.metadata.as_ref().and_then(|all| all.get(name));
    let owners = [
        (OwnerKind::User, recorded(USER_ID)),
        (OwnerKind::Organization, recorded(ORGANIZATION_ID)),
    ];
    for (kind, id) in owners {
        if let Some(id) = id
            && (kind != owner.kind() || id != owner.id())
        {
            return Err(SyncFailure::OtherOwner {
                key: key.to_owned(),
                kind,
                id: id.clone(),
            });
        }
    }
    Ok(())
}

async fn store(
    links: Option<&dyn CustomerLinks>,
    owner: Owner<'_>,
    change: CustomerChange,
    customer: Customer,
) -> Result<(CustomerSync, Customer), SyncFailure> {
    if let Some(links) = links {
        links
            .set_openmeter_customer_id(owner.kind(), owner.id(), Some(customer.id.as_str()))
            .await
            .map_err(SyncFailure::Link)?;
    }
    let customer_id = Some(customer.id.to_string());
    Ok((
        CustomerSync {
            change,
            customer_id,
        },
        customer,
    ))
}

fn first<const N: usize>(names: [Option<&str>; N]) -> String {
    let mut given = names.into_iter().flatten();
    given
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
