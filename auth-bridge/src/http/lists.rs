use std::future::IntoFuture;

use client_core::{RawResponse, Secret};
use polar_client::models::CustomerSessionCustomerExternalIDCreate;
use polar_client::{CustomerPortal, Error};
use serde_json::{Value, json};

use http::StatusCode;

use super::camel::from_polar;
use super::fields::Fields;
use super::reply::{Refusal, Reply};
use super::{Call, Json, Purpose};
use crate::AuthUser;

const PORTAL_FAILED: &str = "Customer portal creation failed";
const STATE_FAILED: &str = "Subscriptions list failed";
const BENEFITS_FAILED: &str = "Benefits list failed";
const SUBSCRIPTIONS_FAILED: &str = "Polar subscriptions list failed";
const ORDERS_FAILED: &str = "Orders list failed";
const METERS_FAILED: &str = "Meters list failed";

pub(super) async fn portal(call: &Call<'_>, body: Json) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let mut fields = Fields::of_body(body)?;
    let redirect = fields.boolean("redirect").unwrap_or(true);
    fields.finish()?;
    let options = call.polar()?;
    let mut wanted = customer_session(session.user())?;
    let back = options.portal_return_url.as_ref();
    if let Some(url) = back.and_then(|place| call.configured_url(place)) {
        wanted = wanted.return_url(url);
    }
    let created = options.client.customer_sessions().create(wanted).await;
    let created = created.map_err(|error| failure(PORTAL_FAILED, &error))?;
    let url = created.customer_portal_url.expose();
    Ok(Reply::ok(json!({ "url": url, "redirect": redirect })))
}

pub(super) async fn state(call: &Call<'_>) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let customers = call.polar()?.client.customers();
    let request = customers.get_state_external(session.user().id());
    let answer = request.send_raw().await;
    let answer = answer.map_err(|error| failure(STATE_FAILED, &error))?;
    Ok(Reply::ok(from_polar(read(STATE_FAILED, &answer)?)))
}

pub(super) async fn benefits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let mut query = Fields::of_query(call.head.uri.query());
    let (page, limit) = paging(&mut query);
    query.finish()?;
    let portal = open_portal(call, session.user(), BENEFITS_FAILED).await?;
    let mut request = portal.benefit_grants().list();
    if let Some(page) = page {
        request = request.page(page);
    }
    if let Some(limit) = limit {
        request = request.limit(limit);
    }
    list(BENEFITS_FAILED, request.send_raw()).await
}

pub(super) async fn orders(call: &Call<'_>) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let mut query = Fields::of_query(call.head.uri.query());
    let (page, limit) = paging(&mut query);
    let billing = query.one_of("productBillingType", &["recurring", "one_time"]);
    query.finish()?;
    let portal = open_portal(call, session.user(), ORDERS_FAILED).await?;
    let mut request = portal.orders().list();
    if let Some(page) = page {
        request = request.page(page);
    }
    if let Some(limit) = limit {
        request = request.limit(limit);
    }
    if let Some(billing) = billing {
        request = request.product_billing_type(billing);
    }
    list(ORDERS_FAILED, request.send_raw()).await
}

pub(super) async fn meters(call: &Call<'_>) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let mut query = Fields::of_query(call.head.uri.query());
    let (page, limit) = paging(&mut query);
    query.finish()?;
    let portal = open_portal(call, session.user(), METERS_FAILED).await?;
    let mut request = portal.customer_meters().list();
    if let Some(page) = page {
        request = request.page(page);
    }
    if let Some(limit) = limit {
        request = request.limit(limit);
    }
    list(METERS_FAILED, request.send_raw()).await
}

/// Lists the user's own subscriptions, or those bought for an organization that the user may see.
pub(super) async fn subscriptions(call: &Call<'_>) -> Result<Reply, Refusal> {
    let session = call.signed_in().await?;
    let user = session.user();
    let mut query = Fields::of_query(call.head.uri.query());
    let (page, limit) = paging(&mut query);
    let active = query.boolean("active");
    let reference = query.text("referenceId");
    query.finish()?;
    if let Some(reference) = reference {
        if reference != user.id() {
            call.authorize(user, &reference, Purpose::View).await?;
        }
        let subscriptions = call.polar()?.client.subscriptions();
        let mut request = subscriptions.list().metadata("referenceId", &*reference);
        if let Some(page) = page {
            request = request.page(page);
        }
        if let Some(limit) = limit {
            request = request.limit(limit);
        }
        if let Some(active) = active {
            request = request.active(active);
        }
        return list(SUBSCRIPTIONS_FAILED, request.send_raw()).await;
    }
    let portal = open_portal(call, user, SUBSCRIPTIONS_FAILED).await?;
    let mut request = portal.subscriptions().list();
    if let Some(page) = page {
        request = request.page(page);
    }
    if let Some(limit) = limit {
        request = request.limit(limit);
    }
    if let Some(active) = active {
        request = request.active(active);
    }
    list(SUBSCRIPTIONS_FAILED, request.send_raw()).await
}

fn paging(query: &mut Fields) -> (Option<i64>, Option<i64>) {
    let page = query.integer("page", 1, i64::from(i32::MAX));
    (page, query.integer("limit", 1, 100))
}

fn customer_session(
    user: &dyn AuthUser,
) -> Result<CustomerSessionCustomerExternalIDCreate, Refusal> {
    if user.is_anonymous() {
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "Anonymous users cannot access the portal",
        ));
    }
    Ok(CustomerSessionCustomerExternalIDCreate::new(user.id()))
}

async fn open_portal(
    call: &Call<'_>,
    user: &dyn AuthUser,
    failed: &'static str,
) -> Result<CustomerPortal, Refusal> {
    let client = &call.polar()?.client;
    let created = client
        .customer_sessions()
        .create(customer_session(user)?)
        .await;
    let token: Secret = created.map_err(|error| failure(failed, &error))?.token;
    Ok(client.customer_portal(token))
}

async fn list(
    failed: &'static str,
    request: impl IntoFuture<Output = Result<RawResponse, Error>, IntoFuture: Send> + Send,
) -> Result<Reply, Refusal> {
    let answer = request.await.map_err(|error| failure(failed, &error))?;
    let page = from_polar(read(failed, &answer)?);
    Ok(Reply::ok(json!({ "result": page })))
}

fn read(failed: &'static str, answer: &RawResponse) -> Result<Value, Refusal> {
    let read = answer.json::<Value>();
    read.map_err(|error| Refusal::provider(failed, &error))
}

/// Tells a user who is no customer yet from an outage.
fn failure(failed: &'static str, error: &Error) -> Refusal {
    let unknown = |issue: &polar_client::Issue| issue.path() == "body.external_customer_id";
    let no_customer = match error.body() {
        Some(body) if error.is_validation() => body.issues().iter().any(unknown),
        Some(body) if error.is_not_found() => !body.is_unknown_route(),
        _ => false,
    };
    if no_customer {
        return Refusal::new(StatusCode::NOT_FOUND, "Customer not found")
            .code("CUSTOMER_NOT_FOUND");
    }
    Refusal::provider(failed, error)
}
