use std::collections::BTreeMap;

use billing_core::Provider;
use http::Method;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Checkout,
    Portal,
    State,
    Benefits,
    Subscriptions,
    Orders,
    Meters,
    UsageIngest,
    Webhooks(Provider),
    OpenMeter(Operation, Scope),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Ingest,
    Sync,
    Customer,
    Access,
    Entitlements,
    Value,
}

/// Whose data an OpenMeter endpoint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    User,
    Organization,
}

/// The endpoints that are configured, by path and method.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    table: BTreeMap<String, Vec<(Method, Endpoint)>>,
}

impl Routes {
    pub(crate) fn add_polar(&mut self) {
        self.add("/checkout", Method::POST, Endpoint::Checkout);
        self.add("/customer/portal", Method::GET, Endpoint::Portal);
        self.add("/customer/portal", Method::POST, Endpoint::Portal);
        self.add("/customer/state", Method::GET, Endpoint::State);
        self.add("/customer/benefits/list", Method::GET, Endpoint::Benefits);
        self.add(
            "/customer/subscriptions/list",
            Method::GET,
            Endpoint::Subscriptions,
        );
        self.add("/customer/orders/list", Method::GET, Endpoint::Orders);
        self.add("/usage/meters/list", Method::GET, Endpoint::Meters);
        self.add("/usage/ingest", Method::POST, Endpoint::UsageIngest);
    }

    pub(crate) fn add_openmeter(&mut self, scope: Scope) {
        let root = match scope {
            Scope::User => "/openmeter",
            Scope::Organization => "/openmeter/organization",
        };
        let operations = [
            ("events/ingest", Method::POST, Operation::Ingest),
            ("customer/sync", Method::POST, Operation::Sync),
            ("customer", Method::GET, Operation::Customer),
            ("customer/access", Method::GET, Operation::Access),
            ("entitlements", Method::GET, Operation::Entitlements),
            ("entitlement/value", Method::GET, Operation::Value),
        ];
        for (path, method, operation) in operations {
            let endpoint = Endpoint::OpenMeter(operation, scope);
            self.add(&format!("{root}/{path}"), method, endpoint);
        }
    }

    pub(crate) fn add_webhooks(&mut self, provider: Provider) {
        let path = format!("/{}/webhooks", provider.as_str());
        self.add(&path, Method::POST, Endpoint::Webhooks(provider));
    }

    fn add(&mut self, path: &str, method: Method, endpoint: Endpoint) {
        let methods = self.table.entry(path.to_owned()).or_default();
        methods.push((method, endpoint));
    }

    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Endpoint> {
        let methods = self.table.get(path)?;
        methods
            .iter()
            .find(|(known, _)| known == method)
            .map(|(_, endpoint)| *endpoint)
    }

    #[cfg(feature = "axum")]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.table.keys().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}
