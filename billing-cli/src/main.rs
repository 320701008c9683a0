//! The `billing` command: one billing catalog, checked and compiled to every provider; webhooks,
//! verified and understood; and a sandbox to try it all in.
//!
//! ```text
//! billing validate catalog.yaml                       # every error and warning at once
//! billing validate catalog.yaml --provider stripe     # and what Stripe would refuse
//! billing compile catalog.yaml --provider stripe      # products and prices, provider-neutral
//! billing compile catalog.yaml --provider stripe --typed --format json   # request bodies
//! billing plans catalog.yaml                          # also features, addons, topups
//! billing entitlements catalog.yaml --plan pro
//! billing topup-grant catalog.yaml --topup tokenPack1m
//! billing webhook verify --provider polar --headers headers.txt body.json
//! billing webhook normalize --provider polar --no-verify --catalog catalog.yaml body.json
//! billing sandbox --webhook http://127.0.0.1:3000/webhooks/polar
//! billing plan catalog.yaml --provider polar --provider openmeter   # what has to be done there
//! billing apply catalog.yaml --provider polar         # does it; --dry-run looks only
//! billing diff catalog.yaml --provider openmeter      # fails when the provider differs
//! billing completions zsh
//! ```
//!
//! A catalog is a JSON, YAML or TOML file, or `-` for standard input. Results are for people by
//! default and JSON with `--format json`; colours appear on a terminal only (and `NO_COLOR` is
//! honoured). Errors go to standard error.
//!
//! # Webhooks
//!
//! `billing webhook verify` tells whether a delivery holds and, when it does not, why: a header is
//! missing, it is too old by so many seconds, no signature matches. It takes the body as it came
//! (a file, or `-`), the headers (`--header 'name: value'`, or `--headers FILE` with such lines or
//! a JSON object) and the endpoint's secret (`BILLING_WEBHOOK_SECRET`, or `--secret`). `--now`
//! verifies a recorded delivery as of then. It prints id, type and time of the event.
//!
//! `billing webhook normalize` verifies in the same way and prints each event of the delivery as a
//! JSON object, a [`BillingEvent`](billing_core::event::BillingEvent). With `--catalog` the object
//! has `references` too: the plans, add-ons and top-ups of the subscription's items, then those of
//! the payment's. `--no-verify` skips verification; the id of the event is then that of the header
//! `webhook-id`, or `unverified`.
//!
//! Both know the webhooks of Polar.
//!
//! # Provisioning
//!
//! `billing plan` compares a catalog with what Polar or OpenMeter has and says what has to be done;
//! `billing apply` does it, after it has asked (`--yes`: without asking, `--dry-run`: not at all).
//! Nothing is ever deleted: `--archive-orphans` archives what the catalog no longer has. What broke
//! off is finished by the next run. `billing diff` prints only what differs, and fails when anything
//! does, for a check in CI. The ids go to `billing.lock.json` beside the catalog (`--lock`), a file
//! to commit.
//!
//! Credentials come from the environment: `POLAR_ACCESS_TOKEN` (with `--polar-sandbox` for Polar's
//! own sandbox, or `--polar-url`), `OPENMETER_URL` and `OPENMETER_API_KEY`. With what
//! `billing sandbox` prints, they lead to the sandbox on this machine.
//!
//! # Sandbox
//!
//! `billing sandbox` serves Polar and OpenMeter on loopback ports, with a running clock and with
//! webhooks delivered as they happen. It prints the environment that leads a client to it:
//! `POLAR_URL`, `POLAR_ACCESS_TOKEN`, `OPENMETER_URL` and `BILLING_WEBHOOK_SECRET`, which signs the
//! webhooks of every endpoint. With `--format json` that is one object:
//! `{"polar": {"url", "accessToken"}, "openmeter": {"url"}, "webhookSecret", "webhooks": [url],
//! "environment": {name: value}}`. It runs until Ctrl-C or a request to terminate.
//!
//! # Exit codes
//!
//! | Exit code | Meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | the catalog has errors, does not fit the provider (`--strict`), or has no such item |
//! | 2 | the command line is wrong |
//! | 3 | a file cannot be read |
//! | 4 | the webhook is refused: forged, altered, too old, or not an event |
//! | 5 | a port cannot be opened |
//! | 6 | a provider refuses, or cannot be reached |
//! | 7 | the provider differs from the catalog (`billing diff`) |

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
