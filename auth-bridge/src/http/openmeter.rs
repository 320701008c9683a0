use http::StatusCode;
use openmeter_client::Error;
use serde_json::{Map, Value, json};

use super::camel::from_openmeter;
use super::fields::Fields;
use super::metadata;
use super::reply::{Refusal, Reply};
use super::routes::{Operation, Scope};
use super::{Call, Json, Purpose};
use crate::openmeter::{OpenMeterOptions, SyncFailure, sync};
use crate::{CustomerLinks, Organization, Owner, Session};

mod events;

const FAILED: &str = "OpenMeter request failed";

/// Whose data a request is about, after it was checked that they may be seen.
enum Subject {
    User(Session),
    Organization(Organization),
}

impl Subject {
    fn owner(&self) -> Owner<'_> {
        match self {
            Self::User(session) => Owner::User(session.user()),
            Self::Organization(organization) => Owner::Organization(organization),
        }
    }
}

pub(super) async fn answer(
    call: &Call<'_>,
    operation: Operation,
    scope: Scope,
    body: Json,
) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let options = call.parts.openmeter.as_ref();
    let options = options.ok_or_else(|| Refusal::internal("openmeter", "it is not configured"))?;
    let mut fields = match operation {
        Operation::Ingest | Operation::Sync => Fields::of_body(body)?,
        _ => Fields::of_query(call.head.uri.query()),
    };
    let subject = match scope {
        Scope::User => Subject::User(session),
        Scope::Organization => {
            Subject::Organization(organization(call, &session, &mut fields, operation).await?)
        }
    };
    match operation {
        Operation::Ingest => events::ingest(options, subject.owner(), fields).await,
        Operation::Sync => synchronize(call, options, subject.owner(), fields).await,
        _ => show(call, options, subject.owner(), operation, fields).await,
    }
}

async fn organization(
    call: &Call<'_>,
    session: &Session,
    fields: &mut Fields,
    operation: Operation,
) -> Result<Organization, Refusal> {
    let id = fields.required_text("organizationId");
    fields.finish()?;
    let purpose = match operation {
        Operation::Ingest | Operation::Sync => Purpose::Act,
        _ => Purpose::View,
    };
    call.authorize(session.user(), &id, purpose).await?;
    let missing = || {
        Refusal::new(StatusCode::NOT_FOUND, "Organization not found")
            .code("OPENMETER_ORGANIZATION_NOT_FOUND")
    };
    let organizations = call.parts.organizations.as_ref().ok_or_else(missing)?;
    let found = organizations.organization(&id).await;
    let found = found.map_err(|error| Refusal::internal("organization lookup", &*error))?;
    found.ok_or_else(missing)
}

async fn synchronize(
    call: &Call<'_>,
    options: &OpenMeterOptions,
    owner: Owner<'_>,
    mut fields: Fields,
) -> Result<Reply, Refusal> {
    let own = metadata::take(&mut fields, "metadata").unwrap_or_default();
    fields.finish()?;
    let links = call.links();
    let done = sync(options, links, owner, &own).await;
    let (_, customer) = done.map_err(|failure| match failure {
        SyncFailure::OtherOwner { .. } => {
            tracing::error!(%failure, "customer conflict");
            Refusal::new(
                StatusCode::CONFLICT,
                "The customer belongs to somebody else",
            )
            .code("OPENMETER_CUSTOMER_CONFLICT")
        }
        other => Refusal::provider(FAILED, &other),
    })?;
    let request = options.client.customers().get(customer.id.as_str());
    let answer = request.send_raw().await;
    let answer = answer.map_err(|error| Refusal::provider(FAILED, &error))?;
    let answer = answer.json::<Value>();
    let answer = answer.map_err(|error| Refusal::provider(FAILED, &error))?;
    Ok(Reply::ok(from_openmeter(answer)))
}

async fn show(
    call: &Call<'_>,
    options: &OpenMeterOptions,
    owner: Owner<'_>,
    operation: Operation,
    mut query: Fields,
) -> Result<Reply, Refusal> {
    let feature = match operation {
        Operation::Value => query.required_text("featureKey"),
        _ => String::new(),
    };
    query.finish()?;
    let id = call.customer_id(options, owner).await?;
    let customers = options.client.customers();
    let answer = match operation {
        Operation::Access => customers.get_access(id).send_raw().await,
        Operation::Entitlements => customers.entitlements(id).list().send_raw().await,
        Operation::Value => customers.entitlements(id).value(feature).send_raw().await,
        _ => match customers.get(id).send_raw().await {
            Err(error) if error.is_not_found() => return Ok(Reply::ok(Value::Null)),
            other => other,
        },
    };
    let answer = answer.map_err(|error| failure(&error))?;
    let answer = answer.json::<Value>();
    let answer = answer.map_err(|error| Refusal::provider(FAILED, &error))?;
    Ok(Reply::ok(from_openmeter(answer)))
}

fn failure(error: &Error) -> Refusal {
    if error.is_not_found() {
        return Refusal::new(StatusCode::NOT_FOUND, "Customer or entitlement not found")
            .code("OPENMETER_CUSTOMER_NOT_FOUND");
    }
    Refusal::provider(FAILED, error)
}

impl Call<'_> {
    fn links(&self) -> Option<&dyn CustomerLinks> {
        self.parts.links.as_deref()
    }

    /// The id that OpenMeter gave, where it was kept, else the key.
    async fn customer_id(
        &self,
        options: &OpenMeterOptions,
        owner: Owner<'_>,
    ) -> Result<String, Refusal> {
        let linked = match self.links() {
            Some(links) => links
                .openmeter_customer_id(owner.kind(), owner.id())
                .await
                .map_err(|error| Refusal::internal("customer link", &*error))?,
            None => None,
        };
        Ok(linked.unwrap_or_else(|| options.key(owner)))
    }
}

/// The answer to what was taken in.
fn accepted() -> Reply {
    Reply::ok(json!({ "ok": true }))
}

type Members = Map<String, Value>;
