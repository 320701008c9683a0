//! What plans, add-ons and top-ups grant.

use serde::ser::{Serialize, SerializeMap, Serializer};
use smol_str::SmolStr;

use crate::catalog::{
    Catalog, Entitlement, EntitlementValue, Entries, Expiration, ItemKind, Number, closest,
};
use crate::compile::metadata::{CompiledMetadata, Stamps};

/// What a plan or add-on grants of one feature.
///
/// Its JSON is the TypeScript catalog's: `featureKey`, `type`, then `amount` or `config`, and
/// `metadata`, where a boolean entitlement carries `enabled`. It is no request body of OpenMeter,
/// whose API needs more and refuses some of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompiledEntitlement {
    /// Id of the feature in the catalog.
    pub feature_id: SmolStr,
    /// Key of the feature.
    pub feature_key: SmolStr,
    /// What is granted.
    pub value: EntitlementValue,
    /// Own metadata with the ids of the item and the feature.
    pub metadata: CompiledMetadata,
}

impl CompiledEntitlement {
    /// Whether it gives any access: a boolean that is off gives none.
    #[must_use]
    pub fn grants_access(&self) -> bool {
        self.value != EntitlementValue::Boolean { enabled: false }
    }
}

impl Serialize for CompiledEntitlement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("featureKey", &self.feature_key)?;
        match &self.value {
            EntitlementValue::Boolean { .. } => map.serialize_entry("type", "boolean")?,
            EntitlementValue::Metered { amount, .. } => {
                map.serialize_entry("type", "metered")?;
                map.serialize_entry("amount", amount)?;
            }
            EntitlementValue::Static { config } => {
                map.serialize_entry("type", "static")?;
                map.serialize_entry("config", config)?;
            }
        }
        map.serialize_entry("metadata", &self.metadata)?;
        map.end()
    }
}

/// What buying a top-up grants, in the TypeScript catalog's JSON form.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompiledTopupGrant {
    /// Id of the top-up.
    pub topup_id: SmolStr,
    /// Key of the top-up.
    pub topup_key: SmolStr,
    /// Id of the metered feature.
    pub feature_id: SmolStr,
    /// Key of the metered feature.
    pub feature_key: SmolStr,
    /// Amount granted, in units of the feature's meter.
    pub amount: Number,
    /// Order of use: a lower number is used first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Number>,
    /// How long the balance can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// Most that is carried over a reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rollover_amount: Option<Number>,
    /// The grant's metadata, the top-up's over it, and the ids.
    pub metadata: CompiledMetadata,
}

/// The catalog has no such plan, add-on or top-up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalog has no {} with the id or key \"{name}\"{}", noun(.kind), question(.near))]
#[non_exhaustive]
pub struct UnknownItem {
    /// The kind of item that was looked for.
    pub kind: ItemKind,
    /// The id or key.
    pub name: SmolStr,
    /// The id or key that was probably meant, when there is one that differs little.
    pub near: Option<SmolStr>,
}

impl UnknownItem {
    fn new<T>(
        kind: ItemKind,
        name: &str,
        items: &Entries<T>,
        key: impl Fn(&T) -> Option<&SmolStr>,
    ) -> Self {
        let keys = items.values().filter_map(key);
        let near = closest(name, items.keys().chain(keys).map(SmolStr::as_str));
        Self {
            kind,
            name: name.into(),
            near: near.map(SmolStr::new),
        }
    }
}

fn question(near: &Option<SmolStr>) -> String {
    near.as_ref()
        .map(|near| format!("; did you mean \"{near}\"?"))
        .unwrap_or_default()
}

fn noun(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Plan => "plan",
        ItemKind::Addon => "add-on",
        ItemKind::Topup => "top-up",
    }
}

impl Catalog {
    /// What the plan with this id or key grants, in the order of the catalog.
    ///
    /// # Errors
    /// When there is no such plan.
    pub fn compile_plan_entitlements(
        &self,
        id_or_key: &str,
    ) -> Result<Vec<CompiledEntitlement>, UnknownItem> {
        let (id, plan) = self.plan_entry(id_or_key).ok_or_else(|| {
            UnknownItem::new(ItemKind::Plan, id_or_key, self.plans(), |plan| {
                plan.key.as_ref()
            })
        })?;
        Ok(self.compile_entitlements(ItemKind::Plan, id, &plan.entitlements))
    }

    /// What the add-on with this id or key grants, in the order of the catalog.
    ///
    /// # Errors
    /// When there is no such add-on.
    pub fn compile_addon_entitlements(
        &self,
        id_or_key: &str,
    ) -> Result<Vec<CompiledEntitlement>, UnknownItem> {
        let (id, addon) = self.addon_entry(id_or_key).ok_or_else(|| {
            UnknownItem::new(ItemKind::Addon, id_or_key, self.addons(), |addon| {
                addon.key.as_ref()
            })
        })?;
        Ok(self.compile_entitlements(ItemKind::Addon, id, &addon.entitlements))
    }

    /// What buying the top-up with this id or key grants.
    ///
    /// # Errors
    /// When there is no such top-up.
    pub fn compile_topup_grant(&self, id_or_key: &str) -> Result<CompiledTopupGrant, UnknownItem> {
        let (id, topup) = self.topup_entry(id_or_key).ok_or_else(|| {
            UnknownItem::new(ItemKind::Topup, id_or_key, self.topups(), |topup| {
                topup.key.as_ref()
            })
        })?;
        let grant = topup.grant.as_ref();
        let key = topup.key.as_ref().unwrap_or(id);
        let own = grant.map_or_else(
            || topup.metadata.clone(),
            |grant| grant.metadata.merged(&topup.metadata),
        );
        let stamps = Stamps {
            key: Some(key.clone()),
            feature: Some(topup.feature.clone()),
            ..Stamps::item(ItemKind::Topup, id)
        };
        Ok(CompiledTopupGrant {
            topup_id: id.clone(),
            topup_key: key.clone(),
            feature_id: topup.feature.clone(),
            feature_key: self
                .feature_key(&topup.feature)
                .unwrap_or(&topup.feature)
                .clone(),
            amount: topup.amount,
            priority: grant.and_then(|grant| grant.priority),
            expiration: grant.and_then(|grant| grant.expiration.clone()),
            max_rollover_amount: grant.and_then(|grant| grant.max_rollover_amount),
            metadata: CompiledMetadata::new(&own, stamps),
        })
    }

    fn compile_entitlements(
        &self,
        kind: ItemKind,
        id: &SmolStr,
        entitlements: &Entries<Entitlement>,
    ) -> Vec<CompiledEntitlement> {
        entitlements
            .iter()
            .map(|(feature_id, entitlement)| {
                let value = entitlement.value();
                let enabled = match value {
                    EntitlementValue::Boolean { enabled } => Some(enabled),
                    _ => None,
                };
                let stamps = Stamps {
                    feature: Some(feature_id.clone()),
                    enabled,
                    ..Stamps::item(kind, id)
                };
                CompiledEntitlement {
                    feature_id: feature_id.clone(),
                    feature_key: self.feature_key(feature_id).unwrap_or(feature_id).clone(),
                    value,
                    metadata: CompiledMetadata::new(&entitlement.own_metadata(), stamps),
                }
            })
            .collect()
    }
}
