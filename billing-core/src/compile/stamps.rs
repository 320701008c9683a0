//! Names in metadata by which objects are found again.

use indexmap::IndexMap;

use crate::catalog::ItemKind;

/// Every name that leads back to the catalog.
const ALL: [&str; 10] = [
    "catalogPlanId",
    "catalogPlanKey",
    "catalogAddonId",
    "catalogAddonKey",
    "catalogTopupId",
    "catalogTopupKey",
    "catalogPriceId",
    "catalogFeatureId",
    "catalogFeatureKey",
    "catalogMeterId",
];

/// Takes out every stamp that the application wrote itself, so that an object does not pass for
/// another one; `own` are the ones that compiling wrote.
pub(crate) fn keep_only(metadata: &mut IndexMap<String, String>, own: &[&str]) {
    metadata.retain(|name, _| !ALL.contains(&name.as_str()) || own.contains(&name.as_str()));
}

/// The stamps of a price.
pub(crate) fn of_price(kind: ItemKind) -> [&'static str; 4] {
    let feature = match kind {
        ItemKind::Topup => "catalogFeatureId",
        _ => "catalogPriceId",
    };
    [kind.id_stamp(), kind.key_stamp(), "catalogPriceId", feature]
}
