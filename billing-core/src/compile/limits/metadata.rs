//! How much metadata a provider stores, and what kinds of values.

use crate::catalog::{IssueCode, ItemKind, Metadata};
use crate::compile::limits::Check;
use crate::compile::metadata::value_text;

/// What a provider stores with an object.
pub(super) struct MetadataRules {
    /// Most names, our stamps included.
    pub(super) count: usize,
    /// Most characters in a name.
    pub(super) key: usize,
    /// Whether a character can stand in a name.
    pub(super) key_character: fn(char) -> bool,
    /// Most characters in a value, written as text.
    pub(super) value: usize,
    /// Whether a value can be an empty text.
    pub(super) empty_value: bool,
    /// Whether item and price become one object, which carries the metadata of both.
    pub(super) with_price: bool,
}

/// Stamps on an item.
pub(super) fn item_stamps(kind: ItemKind) -> &'static [&'static str] {
    match kind {
        ItemKind::Plan => &["catalogPlanId", "catalogPlanKey"],
        ItemKind::Addon => &["catalogAddonId", "catalogAddonKey"],
        ItemKind::Topup => &["catalogTopupId", "catalogTopupKey", "catalogFeatureId"],
    }
}

/// Stamps on a price.
pub(super) fn price_stamps(kind: ItemKind) -> &'static [&'static str] {
    match kind {
        ItemKind::Plan => &[
            "catalogPlanId",
            "catalogPlanKey",
            "catalogPriceId",
            "provider",
        ],
        ItemKind::Addon => &[
            "catalogAddonId",
            "catalogAddonKey",
            "catalogPriceId",
            "provider",
        ],
        ItemKind::Topup => &[
            "catalogTopupId",
            "catalogTopupKey",
            "catalogFeatureId",
            "catalogPriceId",
            "provider",
        ],
    }
}

impl Check<'_> {
    pub(super) fn metadata(
        &mut self,
        place: &dyn Fn() -> String,
        own: &Metadata,
        stamps: &'static [&'static str],
    ) {
        let Some(rules) = &self.rules.metadata else {
            return;
        };
        if own.is_empty() {
            return;
        }
        let mut count = stamps.len();
        for (name, value) in own.iter() {
            let path = || format!("{}.metadata.{name}", place());
            if stamps.contains(&name.as_str()) {
                continue;
            }
            let Some(text) = value_text(value) else {
                continue;
            };
            count += 1;
            let length = name.chars().count();
            if length == 0 || length > rules.key || !name.chars().all(rules.key_character) {
                self.report(
                    IssueCode::MetadataKey,
                    path(),
                    format!("`{name}` cannot be the name of metadata"),
                );
            }
            let length = text.chars().count();
            if length > rules.value {
                self.report(
                    IssueCode::MetadataValue,
                    path(),
                    format!(
                        "the value has {length} characters as text, and {} are taken",
                        rules.value
                    ),
                );
            } else if length == 0 && !rules.empty_value {
                self.report(
                    IssueCode::MetadataValue,
                    path(),
                    "the value is an empty text, which is not taken".into(),
                );
            }
        }
        if count > rules.count {
            self.report(
                IssueCode::MetadataCount,
                format!("{}.metadata", place()),
                format!(
                    "there are {count} entries of metadata, stamps included, and {} are taken",
                    rules.count
                ),
            );
        }
    }
}
