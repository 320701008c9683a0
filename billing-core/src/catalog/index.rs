//! Look-up tables of a valid catalog.

use std::collections::HashMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::catalog::Document;
use crate::catalog::entries::Entries;
use crate::catalog::price::Price;
use crate::catalog::resolve::ReverseIndex;

/// Everything about a catalog that is worked out once.
pub(crate) struct Index {
    pub(crate) meters: KeyIndex,
    pub(crate) features: KeyIndex,
    pub(crate) plans: KeyIndex,
    pub(crate) addons: KeyIndex,
    pub(crate) topups: KeyIndex,
    pub(crate) reverse: ReverseIndex,
    pub(crate) all_plans: Arc<[SmolStr]>,
}

impl Index {
    pub(crate) fn new(document: &Document) -> Self {
        Self {
            meters: KeyIndex::new(&document.meters, |meter| meter.key.as_ref()),
            features: KeyIndex::new(&document.features, |feature| feature.key.as_ref()),
            plans: KeyIndex::new(&document.plans, |plan| plan.key.as_ref()),
            addons: KeyIndex::new(&document.addons, |addon| addon.key.as_ref()),
            topups: KeyIndex::new(&document.topups, |topup| topup.key.as_ref()),
            reverse: ReverseIndex::new(document),
            all_plans: document.plans.keys().cloned().collect(),
        }
    }
}

/// From id or key to the item's place in its map; an id wins over a key.
pub(crate) struct KeyIndex(HashMap<SmolStr, usize>);

impl KeyIndex {
    pub(crate) fn new<T>(items: &Entries<T>, key: impl Fn(&T) -> Option<&SmolStr>) -> Self {
        let mut slots: HashMap<_, _> = HashMap::with_capacity(items.len() * 2);
        slots.extend(
            items
                .keys()
                .enumerate()
                .map(|(slot, id)| (id.clone(), slot)),
        );
        for (slot, item) in items.values().enumerate() {
            if let Some(key) = key(item) {
                slots.entry(key.clone()).or_insert(slot);
            }
        }
        Self(slots)
    }

    pub(crate) fn find(&self, id_or_key: &str) -> Option<usize> {
        self.0.get(id_or_key).copied()
    }
}

/// The lookup key of a price: its own, else the item's key, a colon and the price's id.
pub(crate) fn lookup_key(item_key: &str, price_id: &str, price: &Price) -> SmolStr {
    price
        .lookup_key
        .clone()
        .unwrap_or_else(|| smol_str::format_smolstr!("{item_key}:{price_id}"))
}
