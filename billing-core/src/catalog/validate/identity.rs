//! Keys and ids that are not unique.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use foldhash::fast::RandomState;
use smol_str::SmolStr;

use crate::catalog::entries::Entries;
use crate::catalog::index::lookup_key;
use crate::catalog::issue::IssueCode;
use crate::catalog::price::{Price, ProviderIds};
use crate::catalog::resolve::{ItemKind, known};
use crate::catalog::validate::Check;
use crate::provider::Provider;

/// The keys of one kind of item seen so far, with the id of their holder.
pub(super) struct Keys<'a> {
    noun: &'static str,
    holders: HashMap<&'a str, &'a str, RandomState>,
}

impl<'a> Keys<'a> {
    /// For this many items.
    pub(super) fn new(noun: &'static str, items: usize) -> Self {
        Self {
            noun,
            holders: HashMap::with_capacity_and_hasher(items, RandomState::default()),
        }
    }

    /// Notes the key of an item; gives a message when another item has it already.
    pub(super) fn repeated(&mut self, id: &'a SmolStr, key: Option<&'a SmolStr>) -> Option<String> {
        let key = key.unwrap_or(id);
        match self.holders.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(id);
                None
            }
            Entry::Occupied(entry) => Some(format!(
                "{} \"{}\" already has the key \"{key}\"",
                self.noun,
                entry.get()
            )),
        }
    }
}

/// Where something that should belong to one item was first seen.
pub(super) struct Shared<'a, K>(HashMap<K, (ItemKind, &'a str), RandomState>);

impl<'a, K: Eq + Hash> Shared<'a, K> {
    /// For this many of them.
    pub(super) fn new(number: usize) -> Self {
        Self(HashMap::with_capacity_and_hasher(
            number,
            RandomState::default(),
        ))
    }

    /// The other item that holds it, when there is one.
    fn other_holder(&mut self, key: K, kind: ItemKind, id: &'a str) -> Option<(ItemKind, &'a str)> {
        match self.0.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert((kind, id));
                None
            }
            Entry::Occupied(entry) => Some(*entry.get()).filter(|holder| *holder != (kind, id)),
        }
    }
}

impl<'a> Check<'a> {
    /// Checks that a key is no other item's key or id.
    pub(super) fn keys<T>(
        &mut self,
        keys: &mut Keys<'a>,
        entries: &'a Entries<T>,
        key_of: impl Fn(&'a T) -> Option<&'a SmolStr>,
        section: &str,
        id: &'a SmolStr,
    ) {
        let key = entries.get(id).and_then(&key_of);
        // An item that goes by its id as a key is a duplicate, reported where the second one stands.
        let goes_by_id = |other: &'a T| key_of(other).is_none_or(|other| Some(other) == key);
        if let Some(message) = keys.repeated(id, key) {
            self.report(
                IssueCode::DuplicateKey,
                format!("{section}.{id}.key"),
                message,
            );
        } else if let Some(key) = key.filter(|key| *key != id)
            && entries.get(key).is_some_and(|other| !goes_by_id(other))
        {
            let noun = keys.noun;
            self.report(
                IssueCode::KeyShadowsId,
                format!("{section}.{id}.key"),
                format!("the key \"{key}\" is also the id of another {noun}"),
            );
        }
        self.blank_names(&|| format!("{section}.{id}"), id, key);
    }

    pub(super) fn blank_names(
        &mut self,
        place: &dyn Fn() -> String,
        id: &SmolStr,
        key: Option<&SmolStr>,
    ) {
        if id.trim().is_empty() {
            self.report(IssueCode::EmptyId, place(), "the id is empty".into());
        }
        if key.is_some_and(|key| key.trim().is_empty()) {
            self.report(
                IssueCode::EmptyId,
                format!("{}.key", place()),
                "the key is empty".into(),
            );
        }
    }

    pub(super) fn provider_ids(
        &mut self,
        place: &dyn Fn() -> String,
        kind: ItemKind,
        id: &'a SmolStr,
        ids: &'a ProviderIds,
    ) {
        for name in ids.keys() {
            self.provider_name(&|| format!("{}.providerIds.{name}", place()), name);
        }
        for (provider, provider_id) in known(ids) {
            let key = (provider, provider_id.as_str());
            if let Some((other, holder)) = self.provider_ids.other_holder(key, kind, id) {
                self.report(
                    IssueCode::ProviderIdReused,
                    format!("{}.providerIds.{provider}", place()),
                    format!("\"{provider_id}\" is also the {provider} id of {other} \"{holder}\""),
                );
            }
        }
    }

    /// Warns of a name that only differs in its case from a provider's.
    pub(super) fn provider_name(&mut self, place: &dyn Fn() -> String, name: &str) {
        let known = Provider::ALL.into_iter().find(|provider| {
            provider.as_str().eq_ignore_ascii_case(name) && provider.as_str() != name
        });
        if let Some(provider) = known {
            self.report(
                IssueCode::ProviderNameCase,
                place(),
                format!("\"{name}\" is not read as the provider {provider}"),
            );
        }
    }

    pub(super) fn lookup_key(
        &mut self,
        place: &dyn Fn() -> String,
        kind: ItemKind,
        id: &'a SmolStr,
        key: &SmolStr,
        price_id: &'a SmolStr,
        price: &Price,
    ) {
        let lookup_key = lookup_key(key, price_id, price);
        if let Some((other, holder)) = self.lookup_keys.other_holder(lookup_key, kind, id) {
            let lookup_key = crate::catalog::index::lookup_key(key, price_id, price);
            self.report(
                IssueCode::LookupKeyReused,
                format!("{}.lookupKey", place()),
                format!("\"{lookup_key}\" is also a lookup key of {other} \"{holder}\""),
            );
        }
    }
}
