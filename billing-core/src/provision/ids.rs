use smol_str::SmolStr;

use super::lock::Lock;
use crate::catalog::{Catalog, CatalogBuilder, Document, InvalidCatalog, Price};
use crate::provider::Provider;

impl Lock {
    /// Returns the catalog with the ids that a provider gave to its prices noted in `providerIds`,
    /// where the catalog has none of its own.
    ///
    /// A running application needs them: to check out by slug, and to tell what was bought when a
    /// webhook carries no stamps. `url` is the base URL of the provider, as in
    /// [`Plan::url`](super::Plan::url).
    ///
    /// # Errors
    /// When an id makes the catalog invalid, such as one that two prices share.
    pub fn note_ids(
        &self,
        catalog: &Catalog,
        provider: Provider,
        url: &str,
    ) -> Result<Catalog, InvalidCatalog> {
        let mut document = catalog.document().clone();
        for (address, entry) in self.objects(provider, url).into_iter().flatten() {
            if let Some(price) = price_at(&mut document, address) {
                let ids = &mut price.provider_ids;
                ids.entry(provider.as_str().into())
                    .or_insert_with(|| SmolStr::new(&entry.id));
            }
        }
        CatalogBuilder::from(document).build()
    }
}

/// The price that an address such as `products.plans.pro.monthly` names.
fn price_at<'a>(document: &'a mut Document, address: &str) -> Option<&'a mut Price> {
    let (section, rest) = address.strip_prefix("products.")?.split_once('.')?;
    // Ids may hold dots, so the address is compared as a whole.
    macro_rules! price_of {
        ($items:expr) => {
            $items.iter_mut().find_map(|(item, value)| {
                let price = rest.strip_prefix(item.as_str())?.strip_prefix('.')?;
                value.prices.get_mut(price)
            })
        };
    }
    match section {
        "plans" => price_of!(document.plans),
        "addons" => price_of!(document.addons),
        "topups" => price_of!(document.topups),
        _ => None,
    }
}
