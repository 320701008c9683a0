use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that is subscribed to or was bought, as the provider names it.
///
/// [`resolve`](Self::resolve) finds it in the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PurchasedItem {
    /// The provider's product id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The provider's price ids. A product may be sold at several prices at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_ids: Vec<String>,
    /// The display name. Anyone with access to the provider's dashboard can edit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many were bought; absent means that the provider sells it without a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// The catalog ids that were stamped on the provider's *product* when it was provisioned:
    /// `catalogPlanId`, `catalogAddonKey`, `catalogPriceId` and so on.
    ///
    /// Only the seller can write product metadata. Metadata of checkouts, orders and subscriptions
    /// is never a stamp, because buyers can influence it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub stamp: Map<String, Value>,
}

impl PurchasedItem {
    /// Makes an item known by its product id.
    pub fn product(id: impl Into<String>) -> Self {
        Self {
            product_id: Some(id.into()),
            ..Self::default()
        }
    }

    /// Adds a price id.
    #[must_use]
    pub fn price(mut self, id: impl Into<String>) -> Self {
        self.price_ids.push(id.into());
        self
    }

    /// Sets the display name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a catalog id that is stamped on the product, such as `catalogPlanId`.
    #[must_use]
    pub fn stamped(mut self, name: impl Into<String>, id: impl Into<String>) -> Self {
        self.stamp.insert(name.into(), Value::String(id.into()));
        self
    }

    /// Sets how many were bought.
    #[must_use]
    pub fn quantity(mut self, quantity: u64) -> Self {
        self.quantity = Some(quantity);
        self
    }
}
