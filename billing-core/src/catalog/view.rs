//! Lists of items with their ids, keys and names filled in.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::catalog::feature::Feature;
use crate::catalog::plan::{Addon, Plan};
use crate::catalog::topup::Topup;

/// An item of a catalog with its id, and with key and name filled in.
///
/// Its JSON is the item's own with the members `id`, `key` and (for what is sold) `name` added, the
/// form that the listing functions of the TypeScript catalog give.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ItemView<'a, T> {
    /// The item's id.
    pub id: &'a SmolStr,
    /// Its own key, else the id.
    pub key: &'a SmolStr,
    /// Its own name, else the key; `None` for a feature without a name.
    pub name: Option<&'a SmolStr>,
    /// The item.
    pub item: &'a T,
}

impl<T: Serialize> Serialize for ItemView<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;

        let Value::Object(mut members) =
            serde_json::to_value(self.item).map_err(S::Error::custom)?
        else {
            return Err(S::Error::custom("a catalog item is an object"));
        };
        members.insert("id".into(), self.id.as_str().into());
        members.insert("key".into(), self.key.as_str().into());
        if let Some(name) = self.name {
            members.insert("name".into(), name.as_str().into());
        }
        members.serialize(serializer)
    }
}

macro_rules! sold {
    ($( $(#[$meta:meta])* $name:ident: $entries:ident, $item:ty; )*) => {
        impl Catalog {
            $( $(#[$meta])*
            pub fn $name(&self) -> impl Iterator<Item = ItemView<'_, $item>> {
                self.$entries().iter().map(|(id, item)| {
                    let key = item.key.as_ref().unwrap_or(id);
                    ItemView { id, key, name: Some(item.name.as_ref().unwrap_or(key)), item }
                })
            } )*
        }
    };
}

sold! {
    /// The plans with id, key and name filled in.
    list_plans: plans, Plan;
    /// The add-ons with id, key and name filled in.
    list_addons: addons, Addon;
    /// The top-ups with id, key and name filled in.
    list_topups: topups, Topup;
}

impl Catalog {
    /// The features with id and key filled in.
    pub fn list_features(&self) -> impl Iterator<Item = ItemView<'_, Feature>> {
        self.features().iter().map(|(id, item)| ItemView {
            id,
            key: item.key.as_ref().unwrap_or(id),
            name: item.name.as_ref(),
            item,
        })
    }
}
