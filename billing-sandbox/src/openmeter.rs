//! The OpenMeter API, versions 1 and 2, in memory.

mod addons;
mod balance;
mod body;
mod customers;
mod entitlement_value;
mod entitlements;
mod event_store;
mod events;
mod features;
mod filter;
mod grants;
mod meter_query;
mod meters;
mod model;
mod operations;
mod page;
mod plan_addons;
mod plans;
mod portal;
pub(crate) mod problem;
mod rate_cards;
mod routes;
mod subjects;
mod subscription_view;
mod subscriptions;

use crate::http::route::{Found, find};
use crate::http::{Outcome, Reply, Request};
use http::Method;
use model::{
    Addon, Customer, Entitlement, Feature, Meter, Plan, PlanAddon, PortalToken, StoredEvent,
    Subject, Subscription,
};
use time::OffsetDateTime;

/// One request being answered.
pub(crate) struct Call<'r> {
    pub(crate) request: &'r Request,
    args: Vec<String>,
}

impl Call<'_> {
    /// A path argument.
    pub(crate) fn argument(&self, index: usize) -> &str {
        self.args.get(index).map_or("", String::as_str)
    }
}

pub(crate) type Handler = fn(&mut OpenMeter, &Call<'_>) -> Outcome;

/// The state of the OpenMeter server.
#[derive(Debug)]
pub(crate) struct OpenMeter {
    pub(crate) now: OffsetDateTime,
    pub(crate) meters: Vec<Meter>,
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) features: Vec<Feature>,
    pub(crate) entitlements: Vec<Entitlement>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) addons: Vec<Addon>,
    pub(crate) plan_addons: Vec<PlanAddon>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) portal_tokens: Vec<PortalToken>,
}

impl OpenMeter {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            meters: Vec::new(),
            events: Vec::new(),
            customers: Vec::new(),
            subjects: Vec::new(),
            features: Vec::new(),
            entitlements: Vec::new(),
            plans: Vec::new(),
            addons: Vec::new(),
            plan_addons: Vec::new(),
            subscriptions: Vec::new(),
            portal_tokens: Vec::new(),
        }
    }

    /// Moves the clock. Nothing is scheduled here: periods, grants and versions are computed for the
    /// moment that is asked about.
    pub(crate) fn set_now(&mut self, now: OffsetDateTime) {
        self.now = self.now.max(now);
    }

    /// Answers one request.
    pub(crate) fn dispatch(&mut self, request: &Request) -> (Option<&'static str>, Reply) {
        let (operation, outcome) = match find(routes::all(), &request.method, &request.path) {
            Found::Route(route, args) => (
                Some(route.operation),
                (route.handler)(self, &Call { request, args }),
            ),
            found => (None, Err(missing(&request.method, &request.path, &found))),
        };
        let reply = outcome.unwrap_or_else(|reply| *reply);
        (
            operation,
            reply.with("x-powered-by", "OpenMeter by Kong, Inc."),
        )
    }
}

fn missing(method: &Method, path: &str, found: &Found<'_, Handler>) -> Box<Reply> {
    let known = operations::OPERATIONS.iter().find(|(verb, template, _)| {
        *verb == method.as_str() && crate::http::route::arguments(template, path).is_some()
    });
    if let Some((_, _, operation)) = known {
        return problem::not_implemented(operation);
    }
    if path.starts_with("/api/v3/") {
        return problem::not_implemented("version 3 of the API");
    }
    match found {
        Found::Method(_) => problem::problem(405, "method not allowed"),
        _ => problem::problem(404, "no matching operation was found"),
    }
}
