//! The Polar API in memory.

pub(crate) mod auth;
mod benefits;
mod body;
mod checkout_view;
mod checkouts;
mod completion;
mod currency;
mod customer_state;
mod customers;
mod discounts;
pub(crate) mod error;
mod events;
mod grants;
mod lifecycle;
mod meter_usage;
mod meters;
mod model;
mod operations;
mod orders;
mod organization;
mod portal;
mod prices;
mod products;
mod query;
mod refunds;
mod routes;
mod sessions;
mod subscription_body;
mod subscription_update;
mod subscription_view;
mod subscriptions;
mod webhook_endpoints;

use crate::http::route::{Found, Route, find};
use crate::http::{Outcome, Reply, Request};
use crate::webhook::outbox::Outbox;
use auth::{Access, AccessToken, Session, Subject};
pub(crate) use completion::{Made, Refused};
use http::Method;
use model::{
    Benefit, BenefitGrant, Checkout, Customer, CustomerMeter, Discount, Meter, Order, Product,
    Refund, Subscription, UserEvent,
};
use organization::Organization;
use serde_json::Value;
use std::collections::HashSet;
use time::OffsetDateTime;

/// The version that a request without a `Polar-Version` header gets.
const CURRENT_VERSION: &str = "2026-10";
const VERSIONS: &[&str] = &["2026-04", "2026-10"];
/// Published, but with another form of seat prices than the one here.
const NEXT_VERSION: &str = "2027-01";
const MAX_BODY: usize = 10 * 1024 * 1024;

/// One request being answered.
pub(crate) struct Call<'r> {
    pub(crate) request: &'r Request,
    args: Vec<String>,
    pub(crate) subject: Subject,
}

pub(crate) type Handler = (Access, fn(&mut Polar, &Call<'_>) -> Outcome);

/// The state of the Polar server.
#[derive(Debug)]
pub(crate) struct Polar {
    pub(crate) now: OffsetDateTime,
    pub(crate) origin: String,
    pub(crate) organization: Organization,
    pub(crate) tokens: Vec<AccessToken>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) products: Vec<Product>,
    pub(crate) benefits: Vec<Benefit>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) checkouts: Vec<Checkout>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) orders: Vec<Order>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) discounts: Vec<Discount>,
    pub(crate) grants: Vec<BenefitGrant>,
    pub(crate) customer_meters: Vec<CustomerMeter>,
    pub(crate) events: Vec<UserEvent>,
    pub(crate) outbox: Outbox,
    /// Customers whose next payments are declined.
    pub(crate) declined: HashSet<String>,
    pub(crate) next_invoice: u32,
}

impl Polar {
    pub(crate) fn new(now: OffsetDateTime, origin: String, token: String) -> Self {
        Self {
            now,
            origin,
            organization: Organization::new(now),
            tokens: vec![AccessToken {
                token,
                scopes: None,
            }],
            sessions: Vec::new(),
            products: Vec::new(),
            benefits: Vec::new(),
            meters: Vec::new(),
            customers: Vec::new(),
            checkouts: Vec::new(),
            subscriptions: Vec::new(),
            orders: Vec::new(),
            refunds: Vec::new(),
            discounts: Vec::new(),
            grants: Vec::new(),
            customer_meters: Vec::new(),
            events: Vec::new(),
            outbox: Outbox::default(),
            declined: HashSet::new(),
            next_invoice: 1,
        }
    }

    /// Queues a webhook for every endpoint that wants it.
    pub(crate) fn emit(&mut self, kind: &'static str, data: &Value) {
        self.outbox.emit(self.now, kind, data);
    }

    /// Answers one request.
    pub(crate) fn dispatch(&mut self, request: &Request) -> (Option<&'static str>, Reply) {
        let version = match request.header("polar-version") {
            None => CURRENT_VERSION,
            Some(version) => match VERSIONS.iter().find(|known| **known == version) {
                Some(known) => known,
                None if version == NEXT_VERSION => {
                    return (None, *error::not_implemented("Polar-Version 2027-01"));
                }
                None => return (None, *error::framework(404, "Not Found")),
            },
        };
        let moved = request
            .path
            .strip_prefix("/api/v1/")
            .map(|rest| format!("/v1/{rest}"));
        let path = moved.as_deref().unwrap_or(&request.path);
        let (operation, outcome) = self.route(request, path);
        let mut reply = outcome.unwrap_or_else(|reply| *reply);
        if !reply
            .headers
            .iter()
            .any(|(name, _)| *name == "cache-control")
            && !matches!(reply.status, 411 | 413)
        {
            reply = reply.with("cache-control", "private, no-store");
        }
        if moved.is_some() {
            let notice =
                "The API root has moved from /api/v1 to /v1. Please update your integration.";
            reply = reply.with("x-polar-deprecation-notice", notice);
        }
        (
            operation,
            reply
                .with("x-polar-sandbox", "1")
                .with("polar-version", version),
        )
    }

    fn route(&mut self, request: &Request, path: &str) -> (Option<&'static str>, Outcome) {
        if request.method == Method::OPTIONS {
            return (None, Ok(preflight()));
        }
        if let Err(reply) = check_length(request) {
            return (None, Err(reply));
        }
        let routes = routes::all();
        match find(routes, &request.method, path) {
            Found::Route(route, args) => (Some(route.operation), self.call(route, request, args)),
            Found::Method(allowed) => match missing_operation(&request.method, path) {
                Some(operation) => (None, Err(error::not_implemented(operation))),
                None => {
                    let reply = *error::framework(405, "Method Not Allowed");
                    (None, Ok(reply.with("allow", allowed.as_str())))
                }
            },
            Found::Nothing => {
                if let Some(operation) = missing_operation(&request.method, path) {
                    return (None, Err(error::not_implemented(operation)));
                }
                let other = match path.strip_suffix('/') {
                    Some(shorter) => shorter.to_owned(),
                    None => format!("{path}/"),
                };
                if exists(&other) {
                    let reply = Reply::empty(307)
                        .with("content-length", "0")
                        .with("location", format!("http://{}{other}", request.host));
                    return (None, Ok(reply));
                }
                (None, Err(error::framework(404, "Not Found")))
            }
        }
    }

    fn call(&mut self, route: &Route<Handler>, request: &Request, args: Vec<String>) -> Outcome {
        let (access, handler) = route.handler;
        let subject = self.authorize(request, access)?;
        handler(
            self,
            &Call {
                request,
                args,
                subject,
            },
        )
    }
}

/// The name of an operation that the API has and the sandbox has not.
fn missing_operation(method: &Method, path: &str) -> Option<&'static str> {
    operations::OPERATIONS
        .iter()
        .find(|(verb, template, _)| {
            *verb == method.as_str() && crate::http::route::arguments(template, path).is_some()
        })
        .map(|(_, _, name)| *name)
}

fn exists(path: &str) -> bool {
    operations::OPERATIONS
        .iter()
        .any(|(_, template, _)| crate::http::route::arguments(template, path).is_some())
}

fn preflight() -> Reply {
    Reply::text(200, "text/plain; charset=utf-8", "OK".to_owned())
        .with("access-control-allow-origin", "*")
        .with(
            "access-control-allow-methods",
            "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        )
        .with("access-control-max-age", "600")
        .with(
            "access-control-allow-headers",
            "Accept, Accept-Language, Authorization, Content-Language, Content-Type, Polar-Version",
        )
}

fn check_length(request: &Request) -> Result<(), Box<Reply>> {
    let writes = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    if writes && request.header("content-length").is_none() {
        return Err(error::domain(
            411,
            "LengthRequired",
            "A Content-Length header is required.",
        ));
    }
    if request.body.len() > MAX_BODY {
        return Err(error::domain(
            413,
            "RequestBodyTooLarge",
            format!("Request body exceeded the maximum allowed size of {MAX_BODY} bytes."),
        ));
    }
    Ok(())
}

/// The webhook event types.
pub(crate) fn event_types() -> &'static [&'static str] {
    webhook_endpoints::EVENT_TYPES
}
