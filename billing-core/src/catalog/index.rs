//! Look-up tables of a valid catalog.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use smol_str::{SmolStr, SmolStrBuilder};

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
    /// Made when something is first resolved: compiling does not need it.
    pub(crate) reverse: OnceLock<ReverseIndex>,
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
            reverse: OnceLock::new(),
            all_plans: document.plans.keys().cloned().collect(),
        }
    }
}

/// From an item's own key to its place in its map.
pub(crate) struct KeyIndex(HashMap<SmolStr, usize, RandomState>);

impl KeyIndex {
    pub(crate) fn new<T>(items: &Entries<T>, key: impl Fn(&T) -> Option<&SmolStr>) -> Self {
        let mut slots = HashMap::with_capacity_and_hasher(items.len(), RandomState::default());
        for (slot, item) in items.values().enumerate() {
            if let Some(key) = key(item) {
                slots.entry(key.clone()).or_insert(slot);
            }
        }
        Self(slots)
    }

    /// The place of the item with this id or key; an id wins over a key.
    pub(crate) fn find<T>(&self, items: &Entries<T>, id_or_key: &str) -> Option<usize> {
        items
            .get_index_of(id_or_key)
            .or_else(|| self.0.get(id_or_key).copied())
    }
}

/// The lookup key of a price: its own, else the item's key, a colon and the price's id.
pub(crate) fn lookup_key(item_key: &str, price_id: &str, price: &Price) -> SmolStr {
    price.lookup_key.clone().unwrap_or_else(|| {
        let mut key = SmolStrBuilder::new();
        key.push_str(item_key);
        key.push(':');
        key.push_str(price_id);
        key.finish()
    })
}
