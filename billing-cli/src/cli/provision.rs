use std::path::PathBuf;

use billing_core::Provider;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::CatalogFile;

const ENVIRONMENT: &str = "\
Environment:
  POLAR_ACCESS_TOKEN  organization access token of Polar
  OPENMETER_API_KEY   API key of OpenMeter; a self-hosted one may need none";

fn provider() -> impl TypedValueParser {
    PossibleValuesParser::new([Provider::Polar.as_str(), Provider::OpenMeter.as_str()])
        .try_map(|name| name.parse::<Provider>())
}

/// What to compare with what.
#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct Provision {
    #[command(flatten)]
    pub(crate) catalog: CatalogFile,

    /// Where the catalog goes; can be given several times.
    #[arg(
        long = "provider", value_name = "PROVIDER", required = true,
        value_parser = provider(), ignore_case = true
    )]
    pub(crate) providers: Vec<Provider>,

    /// Use Polar's sandbox instead of production.
    #[arg(long, conflicts_with = "polar_url")]
    pub(crate) polar_sandbox: bool,

    /// The root of Polar's API, when it is neither production nor the sandbox.
    #[arg(long, value_name = "URL", env = "POLAR_URL")]
    pub(crate) polar_url: Option<String>,

    /// The root of OpenMeter's API; OpenMeter Cloud when there is an API key and no URL.
    #[arg(long, value_name = "URL", env = "OPENMETER_URL")]
    pub(crate) openmeter_url: Option<String>,

    /// Leave benefits out at Polar, for entitlements that are kept elsewhere.
    #[arg(long)]
    pub(crate) without_benefits: bool,

    /// Archive what the catalog no longer has, where the provider can.
    #[arg(long)]
    pub(crate) archive_orphans: bool,

    /// Fail on anything that the provider cannot do.
    #[arg(long)]
    pub(crate) strict: bool,

    /// The file of recorded ids, to be committed; `billing.lock.json` beside the catalog by default.
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) provision: Provision,

    /// Do it without asking.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Show what would be done, and do nothing.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}
