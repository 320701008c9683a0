//! Which path is which operation.

use super::auth::Access::{Organization, Portal};
use super::{Call, Handler, Polar};
use super::{
    benefits, checkouts, customers, discounts, events, grants, meters, orders, organization,
    portal, products, refunds, sessions, subscription_update, subscriptions,
    webhook_endpoints as webhooks,
};
use crate::http::Outcome;
use crate::http::route::Route;
use http::Method;
use std::sync::OnceLock;

type Function = fn(&mut Polar, &Call<'_>) -> Outcome;

struct Table(Vec<Route<Handler>>);

impl Table {
    /// Adds the operations of one path of the organization API.
    fn path(
        &mut self,
        resource: &'static str,
        template: &'static str,
        operations: &[(Method, &'static str, Function)],
    ) {
        for (method, operation, function) in operations {
            self.0.push(Route {
                method: method.clone(),
                template,
                operation,
                handler: (Organization(resource), *function),
            });
        }
    }

    fn portal(&mut self, template: &'static str, operation: &'static str, function: Function) {
        self.0.push(Route {
            method: Method::GET,
            template,
            operation,
            handler: (Portal, function),
        });
    }
}

/// All routes; where two templates could match, the literal one comes first.
pub(crate) fn all() -> &'static [Route<Handler>] {
    static ROUTES: OnceLock<Vec<Route<Handler>>> = OnceLock::new();
    ROUTES.get_or_init(build)
}

fn build() -> Vec<Route<Handler>> {
    let mut table = Table(Vec::new());
    catalog(&mut table);
    people(&mut table);
    sales(&mut table);
    usage(&mut table);
    webhook_routes(&mut table);
    portal_routes(&mut table);
    table.0
}

fn catalog(table: &mut Table) {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PATCH: Method = Method::PATCH;
    const DELETE: Method = Method::DELETE;
    table.path(
        "products",
        "/v1/products/",
        &[
            (GET, "products.list", products::list_all),
            (POST, "products.create", products::create),
        ],
    );
    table.path(
        "products",
        "/v1/products/{id}",
        &[
            (GET, "products.get", products::get),
            (PATCH, "products.update", products::update),
            (DELETE, "products.delete", products::delete),
        ],
    );
    table.path(
        "products",
        "/v1/products/{id}/benefits",
        &[(POST, "products.update_benefits", products::update_benefits)],
    );
    table.path(
        "benefits",
        "/v1/benefits/",
        &[
            (GET, "benefits.list", benefits::list),
            (POST, "benefits.create", benefits::create),
        ],
    );
    table.path(
        "benefits",
        "/v1/benefits/{id}",
        &[
            (GET, "benefits.get", benefits::get),
            (PATCH, "benefits.update", benefits::update),
            (DELETE, "benefits.delete", benefits::delete),
        ],
    );
    table.path(
        "benefits",
        "/v1/benefits/{id}/grants",
        &[(GET, "benefits.grants", grants::list_of_benefit)],
    );
    table.path(
        "benefits",
        "/v1/benefit-grants/",
        &[(GET, "benefit_grants.list", grants::list)],
    );
    table.path(
        "discounts",
        "/v1/discounts/",
        &[
            (GET, "discounts.list", discounts::list_all),
            (POST, "discounts.create", discounts::create),
        ],
    );
    table.path(
        "discounts",
        "/v1/discounts/{id}",
        &[
            (GET, "discounts.get", discounts::get),
            (DELETE, "discounts.delete", discounts::delete),
        ],
    );
    table.path(
        "organizations",
        "/v1/organizations/",
        &[(GET, "organizations.list", organization::list)],
    );
    table.path(
        "organizations",
        "/v1/organizations/{id}",
        &[(GET, "organizations.get", organization::get)],
    );
}

fn people(table: &mut Table) {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PATCH: Method = Method::PATCH;
    const DELETE: Method = Method::DELETE;
    table.path(
        "customers",
        "/v1/customers/",
        &[
            (GET, "customers.list", customers::list),
            (POST, "customers.create", customers::create),
        ],
    );
    table.path(
        "customers",
        "/v1/customers/external/{external_id}",
        &[
            (GET, "customers.get_external", customers::get_external),
            (
                PATCH,
                "customers.update_external",
                customers::update_external,
            ),
            (
                DELETE,
                "customers.delete_external",
                customers::delete_external,
            ),
        ],
    );
    table.path(
        "customers",
        "/v1/customers/external/{external_id}/state",
        &[(
            GET,
            "customers.get_state_external",
            customers::state_external,
        )],
    );
    table.path(
        "customers",
        "/v1/customers/{id}",
        &[
            (GET, "customers.get", customers::get),
            (PATCH, "customers.update", customers::update),
            (DELETE, "customers.delete", customers::delete),
        ],
    );
    table.path(
        "customers",
        "/v1/customers/{id}/state",
        &[(GET, "customers.get_state", customers::state)],
    );
    table.path(
        "customer_sessions",
        "/v1/customer-sessions/",
        &[(POST, "customer_sessions.create", sessions::create)],
    );
}

fn sales(table: &mut Table) {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PATCH: Method = Method::PATCH;
    const DELETE: Method = Method::DELETE;
    table.path(
        "checkouts",
        "/v1/checkouts/",
        &[
            (GET, "checkouts.list", checkouts::list_all),
            (POST, "checkouts.create", checkouts::create),
        ],
    );
    table.path(
        "checkouts",
        "/v1/checkouts/{id}",
        &[(GET, "checkouts.get", checkouts::get)],
    );
    table.path(
        "subscriptions",
        "/v1/subscriptions/",
        &[
            (GET, "subscriptions.list", subscriptions::list),
            (POST, "subscriptions.create", subscriptions::create),
        ],
    );
    table.path(
        "subscriptions",
        "/v1/subscriptions/{id}",
        &[
            (GET, "subscriptions.get", subscriptions::get),
            (PATCH, "subscriptions.update", subscription_update::update),
            (DELETE, "subscriptions.revoke", subscriptions::revoke),
        ],
    );
    table.path(
        "orders",
        "/v1/orders/",
        &[(GET, "orders.list", orders::list)],
    );
    table.path(
        "orders",
        "/v1/orders/{id}",
        &[(GET, "orders.get", orders::get)],
    );
    table.path(
        "refunds",
        "/v1/refunds/",
        &[
            (GET, "refunds.list", refunds::list),
            (POST, "refunds.create", refunds::create),
        ],
    );
}

fn usage(table: &mut Table) {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PATCH: Method = Method::PATCH;
    table.path(
        "meters",
        "/v1/meters/",
        &[
            (GET, "meters.list", meters::list),
            (POST, "meters.create", meters::create),
        ],
    );
    table.path(
        "meters",
        "/v1/meters/{id}",
        &[
            (GET, "meters.get", meters::get),
            (PATCH, "meters.update", meters::update),
        ],
    );
    table.path(
        "customer_meters",
        "/v1/customer-meters/",
        &[(GET, "customer_meters.list", meters::list_for_customers)],
    );
    table.path(
        "customer_meters",
        "/v1/customer-meters/{id}",
        &[(GET, "customer_meters.get", meters::get_for_customer)],
    );
    table.path(
        "events",
        "/v1/events/ingest",
        &[(POST, "events.ingest", events::ingest)],
    );
    table.path(
        "events",
        "/v1/events/",
        &[(GET, "events.list", events::list)],
    );
    // `names` is an operation of its own that the sandbox has not; ids are UUIDs.
    table.path(
        "events",
        "/v1/events/{id}",
        &[(GET, "events.get", events::get)],
    );
}

fn webhook_routes(table: &mut Table) {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PATCH: Method = Method::PATCH;
    const DELETE: Method = Method::DELETE;
    table.path(
        "webhooks",
        "/v1/webhooks/endpoints",
        &[
            (GET, "webhooks.list_webhook_endpoints", webhooks::list_all),
            (POST, "webhooks.create_webhook_endpoint", webhooks::create),
        ],
    );
    table.path(
        "webhooks",
        "/v1/webhooks/endpoints/{id}",
        &[
            (GET, "webhooks.get_webhook_endpoint", webhooks::get),
            (PATCH, "webhooks.update_webhook_endpoint", webhooks::update),
            (DELETE, "webhooks.delete_webhook_endpoint", webhooks::delete),
        ],
    );
    table.path(
        "webhooks",
        "/v1/webhooks/endpoints/{id}/secret",
        &[(
            PATCH,
            "webhooks.reset_webhook_endpoint_secret",
            webhooks::reset_secret,
        )],
    );
    table.path(
        "webhooks",
        "/v1/webhooks/deliveries",
        &[(
            GET,
            "webhooks.list_webhook_deliveries",
            webhooks::deliveries,
        )],
    );
    table.path(
        "webhooks",
        "/v1/webhooks/events/{id}/redeliver",
        &[(
            POST,
            "webhooks.redeliver_webhook_event",
            webhooks::redeliver,
        )],
    );
}

fn portal_routes(table: &mut Table) {
    const BASE: &[(&str, &str, Function)] = &[
        (
            "/v1/customer-portal/customers/me",
            "customer_portal.customers.get",
            portal::me,
        ),
        (
            "/v1/customer-portal/customer-session/user",
            "customer_portal.customer_session.get_authenticated_user",
            portal::session,
        ),
        (
            "/v1/customer-portal/subscriptions/",
            "customer_portal.subscriptions.list",
            portal::subscriptions,
        ),
        (
            "/v1/customer-portal/subscriptions/{id}",
            "customer_portal.subscriptions.get",
            portal::subscription,
        ),
        (
            "/v1/customer-portal/orders/",
            "customer_portal.orders.list",
            portal::orders,
        ),
        (
            "/v1/customer-portal/orders/{id}",
            "customer_portal.orders.get",
            portal::order,
        ),
        (
            "/v1/customer-portal/meters/",
            "customer_portal.customer_meters.list",
            portal::meters,
        ),
        (
            "/v1/customer-portal/meters/{id}",
            "customer_portal.customer_meters.get",
            portal::meter,
        ),
        (
            "/v1/customer-portal/benefit-grants/",
            "customer_portal.benefit_grants.list",
            portal::grants,
        ),
        (
            "/v1/customer-portal/benefit-grants/{id}",
            "customer_portal.benefit_grants.get",
            portal::grant,
        ),
    ];
    for (template, operation, function) in BASE {
        table.portal(template, operation, *function);
    }
}
