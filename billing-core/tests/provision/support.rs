use billing_core::catalog::Catalog;
use billing_core::provision::{Change, Plan, Provisioner};
use billing_sandbox::{RecordedRequest, Sandbox, Service};
use openmeter_client::OpenMeter;
use polar_client::{Polar, RetryPolicy};
use serde_json::{Value, json};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) polar: Polar,
    pub(crate) om: OpenMeter,
}

impl World {
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let polar = Polar::builder()
            .base_url(sandbox.polar_url())
            .access_token(sandbox.polar_token())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let om = OpenMeter::builder()
            .url(sandbox.openmeter_url())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        Self { sandbox, polar, om }
    }

    pub(crate) fn provisioner(&self, service: Service) -> Provisioner {
        match service {
            Service::Polar => Provisioner::polar(&self.polar),
            _ => Provisioner::openmeter(&self.om),
        }
    }

    /// The requests that change something, since the log was last emptied.
    pub(crate) fn writes(&self) -> Vec<RecordedRequest> {
        let requests = self.sandbox.requests().into_iter();
        requests.filter(|request| request.method != "GET").collect()
    }

    /// Plans and applies, and asserts that nothing is left to do afterwards.
    pub(crate) async fn settle(&self, service: Service, catalog: &Catalog) -> Plan {
        let provisioner = self.provisioner(service);
        let plan = provisioner.plan(catalog).await.unwrap();
        let applied = plan.apply().await.unwrap();
        let after = self
            .provisioner(service)
            .lock(applied.lock)
            .plan(catalog)
            .await
            .unwrap();
        assert!(after.is_empty(), "{after}");
        after
    }
}

/// `address: change` of everything that is not unchanged.
pub(crate) fn changes(plan: &Plan) -> Vec<String> {
    let changed = plan.actions().iter();
    changed
        .filter(|action| action.change != Change::Unchanged)
        .map(|action| {
            format!(
                "{}: {}",
                action.address,
                json!(action.change).as_str().unwrap()
            )
        })
        .collect()
}

pub(crate) fn document() -> Value {
    json!({
        "meters": {
            "tokens": {
                "key": "ai_tokens_total", "name": "Tokens", "eventType": "ai.tokens",
                "aggregation": "sum", "valueProperty": "tokens",
            },
            "requests": {"eventType": "api.request", "aggregation": "count"},
        },
        "features": {
            "aiTokens": {"type": "metered", "key": "ai_tokens", "name": "AI tokens", "meter": "tokens"},
            "requests": {"type": "metered", "meter": "requests"},
            "apiAccess": {"type": "boolean", "key": "api_access", "name": "API access"},
            "support": {"type": "static", "key": "support"},
        },
        "plans": {
            "free": {
                "name": "Free",
                "entitlements": {"apiAccess": false, "aiTokens": {"amount": 1000, "reset": "month"}},
                "prices": {"monthly": {"amount": 0, "currency": "USD", "interval": "month"}},
            },
            "pro": {
                "name": "Pro", "description": "For teams",
                "metadata": {"tier": 2},
                "entitlements": {
                    "apiAccess": true,
                    "support": {"config": {"hours": 4}},
                    "aiTokens": {"amount": 100_000, "reset": "month"},
                    "requests": {"amount": 5000, "reset": "month"},
                },
                "prices": {
                    "monthly": {"amount": 2000, "currency": "USD", "interval": "month", "trialDays": 14},
                    "yearly": {"amount": 19_950, "currency": "USD", "interval": "year"},
                },
            },
        },
        "addons": {
            "extra": {
                "name": "Extra tokens", "compatiblePlans": ["pro"],
                "multiple": true, "quantity": {"min": 1, "max": 5},
                "entitlements": {"aiTokens": {"amount": 10_000, "reset": "month"}},
                "prices": {"monthly": {"amount": 500, "currency": "USD", "interval": "month"}},
            },
            "priority": {
                "key": "priority_support", "name": "Priority support",
                "entitlements": {"apiAccess": true},
                "prices": {"once": {"amount": 9900, "currency": "USD", "interval": "one_time"}},
            },
        },
        "topups": {
            "pack": {
                "name": "Token pack", "feature": "aiTokens", "amount": 1_000_000,
                "prices": {"oneTime": {"amount": 1000, "currency": "USD", "interval": "one_time"}},
            },
        },
    })
}

pub(crate) fn catalog() -> Catalog {
    read(document())
}

pub(crate) fn read(document: Value) -> Catalog {
    serde_json::from_value(document).unwrap()
}

/// The catalog with one value changed; the path is a JSON pointer.
pub(crate) fn changed(pointer: &str, value: Value) -> Catalog {
    let mut document = document();
    *document.pointer_mut(pointer).unwrap() = value;
    read(document)
}

/// The catalog without one member of an object.
pub(crate) fn without(pointer: &str, member: &str) -> Catalog {
    let mut document = document();
    let object = document.pointer_mut(pointer).unwrap().as_object_mut();
    object.unwrap().remove(member).unwrap();
    read(document)
}
