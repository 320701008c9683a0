//! The `billing` command: one billing catalog, checked and compiled to every provider.
//!
//! ```text
//! billing validate catalog.yaml                       # every error and warning at once
//! billing validate catalog.yaml --provider stripe     # and what Stripe would refuse
//! billing compile catalog.yaml --provider stripe      # products and prices, provider-neutral
//! billing compile catalog.yaml --provider stripe --typed --format json   # request bodies
//! billing plans catalog.yaml                          # also features, addons, topups
//! billing entitlements catalog.yaml --plan pro
//! billing topup-grant catalog.yaml --topup tokenPack1m
//! billing completions zsh
//! ```
//!
//! A catalog is a JSON, YAML or TOML file, or `-` for standard input. Results are for people by
//! default and JSON with `--format json`; colours appear on a terminal only (and `NO_COLOR` is
//! honoured). Errors go to standard error.
//!
//! | Exit code | Meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | the catalog has errors, does not fit the provider (`--strict`), or has no such item |
//! | 2 | the command line is wrong |
//! | 3 | the catalog cannot be read |

mod cli;
mod commands;
mod failure;
mod input;
mod output;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
