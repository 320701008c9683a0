//! Setting a catalog up at Polar and OpenMeter, and keeping it up to date.
//!
//! [`Provisioner::plan`] compiles the catalog, reads what the provider has, and says what is to be
//! done; nothing is changed. [`Plan::apply`] does it, in the order in which objects depend on each
//! other. A second apply does nothing.
//!
//! ```no_run
//! # #[cfg(feature = "polar")]
//! # async fn example(catalog: billing_core::catalog::Catalog) -> Result<(), Box<dyn std::error::Error>> {
//! use billing_core::provision::Provisioner;
//! use polar_client::Polar;
//!
//! let polar = Polar::sandbox("polar_oat_…")?;
//! let provisioner = Provisioner::polar(&polar).lock_file("billing.lock.json")?;
//! let plan = provisioner.plan(&catalog).await?;
//! println!("{plan}");
//! plan.apply().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is recognized
//! Every object carries stamps that lead back to the catalog (`catalogPlanId`, `catalogPriceId`,
//! `catalogMeterId`, …) or has a key of its own (OpenMeter). So an apply that broke off anywhere,
//! even between a request and its answer, is finished by the next one, without a second copy of
//! anything. The [`Lock`] adds what cannot be seen at the provider: the ids of objects that lost
//! their stamps, and what was applied last, which tells a change of the catalog
//! ([`Change::Update`]) from a change at the provider ([`Change::Drift`]). A lock file is JSON, made
//! to be committed; it is written after every request.
//!
//! # What is never done
//! Nothing is deleted. What the catalog no longer has is an orphan ([`Change::Orphan`]); it is
//! archived when [`Provisioner::archive_orphans`] is asked for, where the provider can archive it.
//! Only what the catalog says is compared and changed: a description, an image or a benefit added
//! in the provider's dashboard stays.

mod apply;
mod difference;
mod error;
mod ids;
mod lock;
#[cfg(feature = "openmeter")]
mod openmeter;
mod plan;
#[cfg(feature = "polar")]
mod polar;
mod record;

use std::path::Path;
use std::sync::Arc;

pub use apply::{Applied, ApplyError};
pub use difference::Difference;
pub use error::ProvisionError;
pub use lock::{Lock, LockEntry, LockError};
pub use plan::{Action, Change, Plan};

use crate::catalog::Catalog;
use crate::compile::Strict;
use crate::provider::Provider;
use record::Recorder;

/// Sets a catalog up at one provider.
#[derive(Clone, Debug)]
pub struct Provisioner {
    target: Target,
    options: Options,
    recorder: Recorder,
}

#[derive(Clone)]
enum Target {
    #[cfg(feature = "polar")]
    Polar(polar_client::Polar),
    #[cfg(feature = "openmeter")]
    OpenMeter(openmeter_client::OpenMeter),
}

#[derive(Clone, Copy, Debug)]
struct Options {
    strict: Strict,
    archive_orphans: bool,
    benefits: bool,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.provider(), self.url())
    }
}

impl Target {
    fn provider(&self) -> Provider {
        match self {
            #[cfg(feature = "polar")]
            Self::Polar(_) => Provider::Polar,
            #[cfg(feature = "openmeter")]
            Self::OpenMeter(_) => Provider::OpenMeter,
        }
    }

    fn url(&self) -> String {
        let url = match self {
            #[cfg(feature = "polar")]
            Self::Polar(polar) => polar.client().base_url(),
            #[cfg(feature = "openmeter")]
            Self::OpenMeter(om) => om.client().base_url(),
        };
        url.trim_end_matches('/').to_owned()
    }
}

impl Provisioner {
    /// Provisions an organization at Polar: meters, benefits and products.
    ///
    /// The access token needs `meters`, `benefits` and `products`, each to read and to write.
    #[cfg(feature = "polar")]
    #[must_use]
    pub fn polar(polar: &polar_client::Polar) -> Self {
        Self::new(Target::Polar(polar.clone()))
    }

    /// Provisions OpenMeter: meters, features, add-ons and plans, which are published.
    #[cfg(feature = "openmeter")]
    #[must_use]
    pub fn openmeter(om: &openmeter_client::OpenMeter) -> Self {
        Self::new(Target::OpenMeter(om.clone()))
    }

    fn new(target: Target) -> Self {
        let recorder = Recorder::new(target.provider(), target.url());
        Self {
            target,
            options: Options {
                strict: Strict::No,
                archive_orphans: false,
                benefits: true,
            },
            recorder,
        }
    }

    /// Returns the provider.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.target.provider()
    }

    /// Returns the base URL of the provider's API.
    #[must_use]
    pub fn url(&self) -> String {
        self.target.url()
    }

    /// Takes what former runs recorded.
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.recorder.set_lock(lock);
        self
    }

    /// Reads a lock file, which need not exist yet, and writes it after every request.
    ///
    /// Several provisioners can share a file, when they do not apply at the same time.
    ///
    /// # Errors
    /// When the file cannot be read or is no lock file.
    pub fn lock_file(self, path: impl AsRef<Path>) -> Result<Self, LockError> {
        let path = path.as_ref().to_owned();
        let lock = Lock::load(&path)?;
        let (provider, url) = (self.provider(), self.url());
        Ok(self.lock(lock).on_record(move |lock| {
            // Other targets may have been applied, and recorded in the file, in the meantime.
            let mut file = Lock::load(&path)?;
            file.take_objects(provider, &url, lock);
            file.save(&path).map_err(Into::into)
        }))
    }

    /// Hands the lock over after every request that changed something, to be stored anywhere.
    ///
    /// An error of `record` stops the apply; what was done so far is found again by its stamps.
    #[must_use]
    pub fn on_record(
        mut self,
        record: impl Fn(&Lock) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.recorder.set_callback(Arc::new(record));
        self
    }

    /// Archives what the catalog no longer has, where the provider can.
    #[must_use]
    pub fn archive_orphans(mut self) -> Self {
        self.options.archive_orphans = true;
        self
    }

    /// Refuses a catalog that the provider cannot take whole; without it, such parts are left out
    /// and reported by [`Plan::issues`].
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.options.strict = Strict::Yes;
        self
    }

    /// Leaves benefits out at Polar, for applications whose entitlements are kept elsewhere, such as
    /// in OpenMeter. Meters are then only made for metered prices.
    #[must_use]
    pub fn without_benefits(mut self) -> Self {
        self.options.benefits = false;
        self
    }

    /// Compares the catalog with what the provider has. Only reads.
    ///
    /// # Errors
    /// When the provider cannot be read, or with [`strict`](Self::strict) when it cannot take the
    /// catalog.
    pub async fn plan(&self, catalog: &Catalog) -> Result<Plan, ProvisionError> {
        let recorder = self.recorder.clone();
        match &self.target {
            #[cfg(feature = "polar")]
            Target::Polar(client) => polar::plan(client, catalog, self.options, recorder).await,
            #[cfg(feature = "openmeter")]
            Target::OpenMeter(om) => openmeter::plan(om, catalog, self.options, recorder).await,
        }
    }
}
