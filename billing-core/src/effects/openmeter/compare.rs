use openmeter_client::client_core::wire::IsoDuration;
use openmeter_client::models::{
    EntitlementMeteredV2, EntitlementMeteredV2CreateInputs, EntitlementV2,
    EntitlementV2CreateInputs,
};
use serde_json::Value;

use crate::duration::same_length;

/// Whether what a customer has allows the same as what a request would give. Metadata and anchors
/// make no difference.
pub(super) fn allows_same(present: &EntitlementV2, wanted: &EntitlementV2CreateInputs) -> bool {
    match (present, wanted) {
        (EntitlementV2::Boolean(_), EntitlementV2CreateInputs::Boolean(_)) => true,
        (EntitlementV2::Static(present), EntitlementV2CreateInputs::Static(wanted)) => {
            same_config(&present.config, &wanted.config)
        }
        (EntitlementV2::Metered(present), EntitlementV2CreateInputs::Metered(wanted)) => {
            metered(present, wanted)
        }
        _ => false,
    }
}

fn same_config(one: &str, other: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || value(one).is_some_and(|one| Some(one) == value(other))
}

fn metered(present: &EntitlementMeteredV2, wanted: &EntitlementMeteredV2CreateInputs) -> bool {
    let issued = present.issue.as_ref().map(|issue| issue.amount);
    let issued = issued.or(present.issue_after_reset).unwrap_or(0.0);
    let amount = wanted.issue.as_ref().map_or(0.0, |issue| issue.amount);
    let interval = match wanted.usage_period.interval.as_str() {
        "DAY" => Some(IsoDuration::days(1)),
        "WEEK" => Some(IsoDuration::weeks(1)),
        "MONTH" => Some(IsoDuration::months(1)),
        "YEAR" => Some(IsoDuration::years(1)),
        text => text.parse().ok(),
    };
    issued == amount
        && interval.is_some_and(|wanted| {
            same_length(present.usage_period.interval_iso.as_str(), wanted.as_str())
        })
        && present.is_soft_limit != Some(true)
        && present.preserve_overage_at_reset != Some(true)
}
