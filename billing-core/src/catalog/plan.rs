//! Plans and add-ons: what is subscribed to.

use smol_str::SmolStr;

use crate::catalog::document::document;
use crate::catalog::entitlement::Entitlement;
use crate::catalog::entries::Entries;
use crate::catalog::metadata::Metadata;
use crate::catalog::number::Number;
use crate::catalog::price::{Price, ProviderIds};
use crate::catalog::setters::setters;

document! {
    /// A subscription; its prices recur.
    pub struct Plan: "a plan" {
        /// Stable name used outside the catalog; the id when there is none.
        pub key: Option<SmolStr> = "key",
        /// Name shown to people; the key when there is none.
        pub name: Option<SmolStr> = "name",
        /// Description shown to people.
        pub description: Option<SmolStr> = "description",
        /// What the plan grants, by feature id.
        pub entitlements: Entries<Entitlement> = "entitlements",
        /// Prices by an id of their own.
        pub prices: Entries<Price> = "prices",
        /// Ids of the plan's product at the providers.
        pub provider_ids: ProviderIds = "providerIds",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Plan {
    /// A plan with a name shown to people.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::unnamed()
        }
    }

    /// A plan that is shown by its key.
    #[must_use]
    pub fn unnamed() -> Self {
        Self {
            key: None,
            name: None,
            description: None,
            entitlements: Entries::new(),
            prices: Entries::new(),
            provider_ids: Entries::new(),
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }
}

setters!(Plan: key, name, description, entitle, price, provider_id, metadata);

document! {
    /// How many of an add-on one subscription may hold.
    pub struct QuantityLimits: "quantity limits" {
        /// Least number, 0 or more.
        pub min: Option<Number> = "min",
        /// Greatest number, not below `min`.
        pub max: Option<Number> = "max",
    }
}

document! {
    /// An extension of a subscription.
    pub struct Addon: "an add-on" {
        /// Stable name used outside the catalog; the id when there is none.
        pub key: Option<SmolStr> = "key",
        /// Name shown to people; the key when there is none.
        pub name: Option<SmolStr> = "name",
        /// Description shown to people.
        pub description: Option<SmolStr> = "description",
        /// Plans, by id or key, that it can be added to; every plan when left out or empty.
        pub compatible_plans: Option<Vec<SmolStr>> = "compatiblePlans",
        /// Whether one subscription can hold several; not when it is left out.
        pub multiple: Option<bool> = "multiple",
        /// How many one subscription may hold.
        pub quantity: Option<QuantityLimits> = "quantity",
        /// What the add-on grants, by feature id.
        pub entitlements: Entries<Entitlement> = "entitlements",
        /// Prices by an id of their own.
        pub prices: Entries<Price> = "prices",
        /// Ids of the add-on's product at the providers.
        pub provider_ids: ProviderIds = "providerIds",
        /// The application's own data.
        pub metadata: Metadata = "metadata",
    }
}

impl Addon {
    /// An add-on with a name shown to people.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::unnamed()
        }
    }

    /// An add-on that is shown by its key.
    #[must_use]
    pub fn unnamed() -> Self {
        Self {
            key: None,
            name: None,
            description: None,
            compatible_plans: None,
            multiple: None,
            quantity: None,
            entitlements: Entries::new(),
            prices: Entries::new(),
            provider_ids: Entries::new(),
            metadata: Metadata::default(),
            extra: Metadata::default(),
        }
    }

    /// Lets one subscription hold several.
    #[must_use]
    pub fn multiple(mut self) -> Self {
        self.multiple = Some(true);
        self
    }

    /// Lets one subscription hold from `min` to `max` of it.
    #[must_use]
    pub fn quantity(mut self, min: u32, max: u32) -> Self {
        self.quantity = Some(QuantityLimits {
            min: Some(min.into()),
            max: Some(max.into()),
            extra: Metadata::default(),
        });
        self
    }
}

setters!(Addon: key, name, description, compatible_with, entitle, price, provider_id, metadata);
