//! Which path is which operation.

use super::{
    Handler, addons, customers, entitlement_value as value, entitlements, events, features, grants,
    meter_query, meters, plan_addons, plans, portal, subjects, subscriptions,
};
use crate::http::route::Route;
use http::Method;
use std::sync::OnceLock;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

type Table = Vec<Route<Handler>>;

/// All routes; where two templates could match, the literal one comes first.
pub(crate) fn all() -> &'static [Route<Handler>] {
    static ROUTES: OnceLock<Table> = OnceLock::new();
    ROUTES.get_or_init(|| {
        let mut table = Table::new();
        metering(&mut table);
        catalog(&mut table);
        customer_routes(&mut table);
        entitlement_routes(&mut table);
        table
    })
}

fn path(table: &mut Table, template: &'static str, operations: &[(Method, &'static str, Handler)]) {
    for (method, operation, handler) in operations {
        table.push(Route {
            method: method.clone(),
            template,
            operation,
            handler: *handler,
        });
    }
}

#[rustfmt::skip]
fn metering(table: &mut Table) {
    path(table, "/api/v1/meters", &[
        (GET, "listMeters", meters::list),
        (POST, "createMeter", meters::create),
    ]);
    path(table, "/api/v1/meters/{meterIdOrSlug}", &[
        (GET, "getMeter", meters::get),
        (PUT, "updateMeter", meters::update),
        (DELETE, "deleteMeter", meters::delete),
    ]);
    path(table, "/api/v1/meters/{meterIdOrSlug}/query", &[
        (GET, "queryMeter", meter_query::get),
        (POST, "queryMeterPost", meter_query::post),
    ]);
    path(table, "/api/v1/meters/{meterIdOrSlug}/subjects", &[
        (GET, "listMeterSubjects", meters::subjects),
    ]);
    path(table, "/api/v1/meters/{meterIdOrSlug}/group-by/{groupByKey}/values", &[
        (GET, "listMeterGroupByValues", meters::group_values),
    ]);
    path(table, "/api/v1/events", &[
        (GET, "listEvents", events::list),
        (POST, "ingestEvents", events::ingest),
    ]);
    path(table, "/api/v2/events", &[
        (GET, "listEventsV2", events::list_v2),
    ]);
    path(table, "/api/v1/portal/tokens", &[
        (GET, "listPortalTokens", portal::list_tokens),
        (POST, "createPortalToken", portal::create_token),
    ]);
    path(table, "/api/v1/portal/tokens/invalidate", &[
        (POST, "invalidatePortalTokens", portal::invalidate_tokens),
    ]);
    path(table, "/api/v1/portal/meters/{meterSlug}/query", &[
        (GET, "queryPortalMeter", portal::query),
    ]);
    path(table, "/api/v1/subjects", &[
        (GET, "listSubjects", subjects::list_all),
        (POST, "upsertSubject", subjects::upsert),
    ]);
    path(table, "/api/v1/subjects/{subjectIdOrKey}", &[
        (GET, "getSubject", subjects::get),
        (DELETE, "deleteSubject", subjects::delete),
    ]);
}

#[rustfmt::skip]
fn catalog(table: &mut Table) {
    path(table, "/api/v1/features", &[
        (GET, "listFeatures", features::list),
        (POST, "createFeature", features::create),
    ]);
    path(table, "/api/v1/features/{featureId}", &[
        (GET, "getFeature", features::get),
        (DELETE, "deleteFeature", features::archive),
    ]);
    path(table, "/api/v1/plans", &[
        (GET, "listPlans", plans::list_all),
        (POST, "createPlan", plans::create),
    ]);
    path(table, "/api/v1/plans/{planId}", &[
        (GET, "getPlan", plans::get),
        (PUT, "updatePlan", plans::update),
        (DELETE, "deletePlan", plans::delete),
    ]);
    path(table, "/api/v1/plans/{planId}/publish", &[(POST, "publishPlan", plans::publish)]);
    path(table, "/api/v1/plans/{planId}/archive", &[(POST, "archivePlan", plans::archive)]);
    path(table, "/api/v1/plans/{planId}/addons", &[
        (GET, "listPlanAddons", plan_addons::list),
        (POST, "createPlanAddon", plan_addons::create),
    ]);
    path(table, "/api/v1/plans/{planId}/addons/{planAddonId}", &[
        (GET, "getPlanAddon", plan_addons::get),
        (PUT, "updatePlanAddon", plan_addons::update),
        (DELETE, "deletePlanAddon", plan_addons::delete),
    ]);
    path(table, "/api/v1/addons", &[
        (GET, "listAddons", addons::list_all),
        (POST, "createAddon", addons::create),
    ]);
    path(table, "/api/v1/addons/{addonId}", &[
        (GET, "getAddon", addons::get),
        (PUT, "updateAddon", addons::update),
        (DELETE, "deleteAddon", addons::delete),
    ]);
    path(table, "/api/v1/addons/{addonId}/publish", &[(POST, "publishAddon", addons::publish)]);
    path(table, "/api/v1/addons/{addonId}/archive", &[(POST, "archiveAddon", addons::archive)]);
}

#[rustfmt::skip]
fn customer_routes(table: &mut Table) {
    path(table, "/api/v1/customers", &[
        (GET, "listCustomers", customers::list),
        (POST, "createCustomer", customers::create),
    ]);
    path(table, "/api/v1/customers/{customerIdOrKey}", &[
        (GET, "getCustomer", customers::get),
        (PUT, "updateCustomer", customers::update),
        (DELETE, "deleteCustomer", customers::delete),
    ]);
    path(table, "/api/v1/customers/{customerIdOrKey}/access", &[
        (GET, "getCustomerAccess", value::access),
    ]);
    path(table, "/api/v1/customers/{customerIdOrKey}/entitlements/{featureKey}/value", &[
        (GET, "getCustomerEntitlementValue", value::value_v1),
    ]);
    path(table, "/api/v1/customers/{customerIdOrKey}/subscriptions", &[
        (GET, "listCustomerSubscriptions", subscriptions::list_of_customer),
    ]);
    path(table, "/api/v1/subscriptions", &[
        (POST, "createSubscription", subscriptions::create),
    ]);
    path(table, "/api/v1/subscriptions/{subscriptionId}", &[
        (GET, "getSubscription", subscriptions::get),
        (DELETE, "deleteSubscription", subscriptions::delete),
    ]);
    path(table, "/api/v1/subscriptions/{subscriptionId}/cancel", &[
        (POST, "cancelSubscription", subscriptions::cancel),
    ]);
    path(table, "/api/v1/subscriptions/{subscriptionId}/unschedule-cancelation", &[
        (POST, "unscheduleCancelation", subscriptions::unschedule),
    ]);
}

#[rustfmt::skip]
fn entitlement_routes(table: &mut Table) {
    const BASE: &str = "/api/v2/customers/{customerIdOrKey}/entitlements";
    const ONE: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}";
    path(table, BASE, &[
        (GET, "listCustomerEntitlementsV2", entitlements::list_of_customer),
        (POST, "createCustomerEntitlementV2", entitlements::create),
    ]);
    path(table, ONE, &[
        (GET, "getCustomerEntitlementV2", entitlements::get),
        (DELETE, "deleteCustomerEntitlementV2", entitlements::delete),
    ]);
    const GRANTS: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/grants";
    path(table, GRANTS, &[
        (GET, "listCustomerEntitlementGrantsV2", grants::list_of_entitlement),
        (POST, "createCustomerEntitlementGrantV2", grants::create),
    ]);
    const VALUE: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/value";
    path(table, VALUE, &[(GET, "getCustomerEntitlementValueV2", value::value)]);
    const HISTORY: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/history";
    path(table, HISTORY, &[(GET, "getCustomerEntitlementHistoryV2", value::history)]);
    const RESET: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/reset";
    path(table, RESET, &[(POST, "resetCustomerEntitlementUsageV2", value::reset)]);
    const OVERRIDE: &str =
        "/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/override";
    path(table, OVERRIDE, &[
        (PUT, "overrideCustomerEntitlementV2", entitlements::override_existing),
    ]);
    path(table, "/api/v2/entitlements", &[(GET, "listEntitlementsV2", entitlements::list_all)]);
    path(table, "/api/v2/entitlements/{entitlementId}", &[
        (GET, "getEntitlementByIdV2", entitlements::get_by_id),
    ]);
    path(table, "/api/v2/grants", &[(GET, "listGrantsV2", grants::list)]);
    path(table, "/api/v1/grants/{grantId}", &[(DELETE, "voidGrant", grants::void)]);
}
