//! Builder methods that several catalog objects share.

/// Writes chained setters for the named members of a catalog object.
macro_rules! setters {
    ($type:ty: $($name:ident),* $(,)?) => {
        impl $type {
            $( crate::catalog::setters::setters!(@one $name); )*
        }
    };
    (@one key) => {
        /// Sets the key, the stable name used outside the catalog.
        #[must_use]
        pub fn key(mut self, key: impl Into<smol_str::SmolStr>) -> Self {
            self.key = Some(key.into());
            self
        }
    };
    (@one name) => {
        /// Sets the name shown to people.
        #[must_use]
        pub fn name(mut self, name: impl Into<smol_str::SmolStr>) -> Self {
            self.name = Some(name.into());
            self
        }
    };
    (@one description) => {
        /// Sets the description shown to people.
        #[must_use]
        pub fn description(mut self, description: impl Into<smol_str::SmolStr>) -> Self {
            self.description = Some(description.into());
            self
        }
    };
    (@one metadata) => {
        /// Adds a value to the metadata.
        #[must_use]
        pub fn metadata(
            mut self,
            name: impl Into<smol_str::SmolStr>,
            value: impl Into<serde_json::Value>,
        ) -> Self {
            self.metadata.insert(name, value);
            self
        }
    };
    (@one provider_id) => {
        /// Records the id that the item has at a provider.
        #[must_use]
        pub fn provider_id(
            mut self,
            provider: crate::provider::Provider,
            id: impl Into<smol_str::SmolStr>,
        ) -> Self {
            self.provider_ids.insert(provider.as_str().into(), id.into());
            self
        }
    };
    (@one price) => {
        /// Adds a price under an id of its own.
        #[must_use]
        pub fn price(
            mut self,
            id: impl Into<smol_str::SmolStr>,
            price: crate::catalog::price::Price,
        ) -> Self {
            self.prices.insert(id.into(), price);
            self
        }
    };
    (@one entitle) => {
        /// Grants a feature, named by its id, to whoever holds the item.
        ///
        /// `true` and `false` are boolean entitlements, numbers metered amounts, text a static
        /// configuration; [`Entitlement`](crate::catalog::Entitlement) has the rest.
        #[must_use]
        pub fn entitle(
            mut self,
            feature: impl Into<smol_str::SmolStr>,
            entitlement: impl Into<crate::catalog::entitlement::Entitlement>,
        ) -> Self {
            self.entitlements.insert(feature.into(), entitlement.into());
            self
        }
    };
    (@one compatible_with) => {
        /// Restricts the item to these plans, by id or key; without a call it fits every plan.
        #[must_use]
        pub fn compatible_with<P: Into<smol_str::SmolStr>>(
            mut self,
            plans: impl IntoIterator<Item = P>,
        ) -> Self {
            self.compatible_plans
                .get_or_insert_default()
                .extend(plans.into_iter().map(Into::into));
            self
        }
    };
}

pub(crate) use setters;
