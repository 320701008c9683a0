//! The endpoints.

mod body;
mod camel;
mod checkout;
mod fields;
mod lists;
mod metadata;
mod openmeter;
mod origin;
mod reply;
mod routes;
mod usage;
mod webhooks;

use http::request::Parts as RequestParts;
use http::{Method, Request, Response};
use serde_json::Value;

pub(crate) use origin::Site;
pub(crate) use reply::not_found;
pub(crate) use routes::{Endpoint, Routes, Scope};

use crate::bridge::Parts;
use crate::{AuthUser, Session};
use bytes::Bytes;
use reply::{Refusal, Reply};

/// One request to one endpoint.
struct Call<'a> {
    parts: &'a Parts,
    head: &'a RequestParts,
    body: &'a Bytes,
}

/// Answers a request whose path is relative to where the endpoints are mounted.
pub(crate) async fn answer(parts: &Parts, path: &str, request: Request<Bytes>) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    let Some(endpoint) = parts.routes.find(&head.method, path) else {
        return reply::not_found();
    };
    let call = Call {
        parts,
        head: &head,
        body: &body,
    };
    let answered = call.dispatch(endpoint).await;
    answered.unwrap_or_else(Refusal::into_reply).into_response()
}

#[cfg(feature = "axum")]
pub(crate) fn too_large(limit: usize) -> Response<Bytes> {
    Refusal::too_large(limit).into_reply().into_response()
}

impl Call<'_> {
    async fn dispatch(&self, endpoint: Endpoint) -> Result<Reply, Refusal> {
        let limit = self.parts.limit_of(endpoint);
        if self.body.len() > limit {
            return Err(Refusal::too_large(limit));
        }
        if self.head.method == Method::POST {
            self.parts.site.check_origin(self.head)?;
            body::check_content_type(self.head, self.body)?;
        }
        match endpoint {
            Endpoint::Webhooks(provider) => webhooks::receive(self, provider).await,
            Endpoint::Checkout => checkout::create(self, body::json(self.body)?).await,
            Endpoint::Portal => lists::portal(self, body::json(self.body)?).await,
            Endpoint::State => lists::state(self).await,
            Endpoint::Benefits => lists::benefits(self).await,
            Endpoint::Subscriptions => lists::subscriptions(self).await,
            Endpoint::Orders => lists::orders(self).await,
            Endpoint::Meters => lists::meters(self).await,
            Endpoint::UsageIngest => usage::ingest(self, body::json(self.body)?).await,
            Endpoint::OpenMeter(operation, scope) => {
                openmeter::answer(self, operation, scope, body::json(self.body)?).await
            }
        }
    }

    async fn session(&self) -> Result<Option<Session>, Refusal> {
        let found = self.parts.sessions.session(self.head).await;
        found.map_err(|error| Refusal::internal("session lookup", &*error))
    }

    async fn signed_in(&self) -> Result<Session, Refusal> {
        self.session().await?.ok_or_else(Refusal::unauthorized)
    }

    /// Makes sure that the user may act for the organization, or merely see what it has.
    async fn authorize(
        &self,
        user: &dyn AuthUser,
        organization_id: &str,
        purpose: Purpose,
    ) -> Result<(), Refusal> {
        let refusal = || Refusal::forbidden("Not a member of this organization");
        let Some(organizations) = &self.parts.organizations else {
            return Err(refusal());
        };
        let found = organizations.membership(user.id(), organization_id).await;
        let found = found.map_err(|error| Refusal::internal("membership lookup", &*error))?;
        let membership = found.ok_or_else(refusal)?;
        let anyone = purpose == Purpose::View && self.parts.members_may_view;
        if anyone || membership.has_any(&self.parts.roles) {
            return Ok(());
        }
        Err(Refusal::forbidden(
            "Your role in this organization does not allow this",
        ))
    }
}

/// What somebody wants to do for an organization.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    View,
    Act,
}

/// A body that is an object, or nothing at all.
type Json = Option<Value>;
