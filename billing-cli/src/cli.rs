//! What can be written on the command line.

mod provision;
mod sandbox;
mod webhook;

use std::path::PathBuf;

use billing_core::Provider;
use billing_core::catalog::CatalogFormat;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use provision::{Apply, Provision};
pub(crate) use sandbox::Sandbox;
pub(crate) use webhook::{Normalize, Signed, Verify, Webhook, is_header_name};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the catalog has errors, does not fit the provider, or has no such item
  2  the command line is wrong
  3  a file cannot be read
  4  the webhook is refused: forged, altered, too old, or not an event
  5  a port cannot be opened
  6  a provider refuses, or cannot be reached
  7  the provider differs from the catalog (billing diff)";

/// One billing catalog for every provider, their webhooks, and a sandbox to try it all in.
#[derive(Debug, Parser)]
#[command(name = "billing", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report everything that is wrong with a catalog.
    Validate(Validate),
    /// Compile products and prices for a provider.
    Compile(Compile),
    /// List the features.
    Features(CatalogFile),
    /// List the plans.
    Plans(CatalogFile),
    /// List the add-ons.
    Addons(CatalogFile),
    /// List the top-ups.
    Topups(CatalogFile),
    /// Show what a plan or an add-on grants.
    Entitlements(Entitlements),
    /// Show what buying a top-up grants.
    TopupGrant(TopupGrant),
    /// Show what has to be done so that a provider has what the catalog says.
    Plan(Provision),
    /// Do it: create, update and publish; nothing is ever deleted.
    Apply(Apply),
    /// Show where a provider differs from the catalog, and fail if it does.
    Diff(Provision),
    /// Verify webhooks, and show what they mean.
    #[command(subcommand)]
    Webhook(Webhook),
    /// Run Polar and OpenMeter on this machine, in memory.
    Sandbox(Sandbox),
    /// Print a completion script for a shell.
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct CatalogFile {
    /// The catalog: a .json, .yaml, .yml or .toml file, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The format of the catalog, when its name does not tell.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) input_format: Option<InputFormat>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InputFormat {
    Json,
    Yaml,
    Toml,
}

impl From<InputFormat> for CatalogFormat {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Json => Self::Json,
            InputFormat::Yaml => Self::Yaml,
            InputFormat::Toml => Self::Toml,
        }
    }
}

fn provider() -> impl TypedValueParser {
    PossibleValuesParser::new(Provider::ALL.map(Provider::as_str))
        .try_map(|name| name.parse::<Provider>())
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) catalog: CatalogFile,

    /// Also check what this provider takes; can be given several times.
    #[arg(long = "provider", value_name = "PROVIDER", value_parser = provider(), ignore_case = true)]
    pub(crate) providers: Vec<Provider>,

    /// Fail on warnings too.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compile {
    #[command(flatten)]
    pub(crate) catalog: CatalogFile,

    /// The provider to compile for.
    #[arg(long, value_parser = provider(), ignore_case = true)]
    pub(crate) provider: Provider,

    /// Fail on anything that the provider cannot do.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print the request bodies of the provider's API instead of the neutral form.
    ///
    /// What only the provider can tell, such as the id of a meter that does not exist yet, stands
    /// as `{meters.tokens}`.
    #[arg(long)]
    pub(crate) typed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Entitlements {
    #[command(flatten)]
    pub(crate) catalog: CatalogFile,

    #[command(flatten)]
    pub(crate) item: EntitledItem,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct EntitledItem {
    /// Id or key of the plan.
    #[arg(long)]
    pub(crate) plan: Option<String>,

    /// Id or key of the add-on.
    #[arg(long)]
    pub(crate) addon: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TopupGrant {
    #[command(flatten)]
    pub(crate) catalog: CatalogFile,

    /// Id or key of the top-up.
    #[arg(long)]
    pub(crate) topup: String,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
