use std::collections::BTreeMap;

use serde_json::Value;

use super::{GrantSpec, SubscriptionRecord};
use crate::effects::AuditEntry;
use crate::event::{BillingEvent, EventKind, Reference, SubscriptionStatus};

/// The audit entry of an event itself.
pub(super) fn of_event(
    prefix: &str,
    customer: &str,
    event: &BillingEvent,
    references: &[Reference],
) -> AuditEntry {
    let mut data = BTreeMap::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            data.insert(name.to_owned(), value);
        }
    };
    put("provider", Some(event.provider.as_str().into()));
    put("providerType", Some(event.provider_type.as_str().into()));
    put(
        "referenceId",
        event.customer.reference_id.as_deref().map(Value::from),
    );
    put(
        "providerCustomerId",
        event.customer.provider_id.as_deref().map(Value::from),
    );
    let subscription = event.subscription.as_ref();
    let payment = event.payment.as_ref();
    let subscription_id = subscription
        .map(|found| found.id.as_str())
        .or_else(|| payment?.subscription_id.as_deref());
    put("subscriptionId", subscription_id.map(Value::from));
    put(
        "status",
        subscription.map(|found| found.status.as_str().into()),
    );
    put("paymentId", payment.map(|found| found.id.as_str().into()));
    put(
        "amount",
        payment.and_then(|found| found.amount).map(Value::from),
    );
    put(
        "currency",
        payment
            .and_then(|found| found.currency.as_deref())
            .map(Value::from),
    );
    for reference in references {
        match reference {
            Reference::Plan { plan, .. } => put("plan", Some(plan.as_str().into())),
            Reference::Addon { addon, .. } => put("addon", Some(addon.as_str().into())),
            Reference::Topup { topup, .. } => put("topup", Some(topup.as_str().into())),
            Reference::Unresolved { .. } => {}
        }
    }
    AuditEntry {
        id: format!("{}:{}", event.provider, event.id),
        entry_type: format!("{prefix}.{}", event.kind),
        subject: customer.to_owned(),
        time: event.occurred_at,
        data,
    }
}

/// The audit entry of a trial that began or ended with a snapshot. Providers do not report it.
pub(super) fn of_trial(
    prefix: &str,
    customer: &str,
    before: Option<&SubscriptionRecord>,
    after: &SubscriptionRecord,
) -> Option<AuditEntry> {
    let was = before.is_some_and(|found| found.snapshot.status == SubscriptionStatus::Trialing);
    let is = after.snapshot.status == SubscriptionStatus::Trialing;
    let kind = match (was, is) {
        (false, true) => EventKind::TrialStarted,
        (true, false) => EventKind::TrialEnded,
        _ => return None,
    };
    let id = &after.snapshot.id;
    Some(AuditEntry {
        id: format!("{}:{id}:{kind}", after.provider),
        entry_type: format!("{prefix}.{kind}"),
        subject: customer.to_owned(),
        time: after.occurred_at,
        data: BTreeMap::from([
            ("provider".to_owned(), after.provider.as_str().into()),
            ("subscriptionId".to_owned(), id.as_str().into()),
        ]),
    })
}

/// The audit entry of a top-up that is granted for the first time.
pub(super) fn topup_applied(
    prefix: &str,
    customer: &str,
    topup: &str,
    grant: &GrantSpec,
) -> AuditEntry {
    AuditEntry {
        id: format!("topup:{customer}:{}:{}", grant.feature_key, grant.key),
        entry_type: format!("{prefix}.topup.applied"),
        subject: customer.to_owned(),
        time: grant.effective_at,
        data: BTreeMap::from([
            ("topup".to_owned(), topup.into()),
            ("featureKey".to_owned(), grant.feature_key.as_str().into()),
            ("amount".to_owned(), grant.amount.into()),
            ("idempotencyKey".to_owned(), grant.key.as_str().into()),
        ]),
    }
}
