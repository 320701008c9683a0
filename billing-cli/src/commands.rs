//! The subcommands.

mod apply;
mod compile;
mod completions;
mod diff;
mod entitlements;
mod list;
mod plan;
mod provision;
mod sandbox;
mod topup_grant;
mod validate;
mod webhook;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let format = cli.format;
    match cli.command {
        Command::Validate(args) => validate::run(&args, format),
        Command::Compile(args) => compile::run(&args, format),
        Command::Features(file) => list::features(&file, format),
        Command::Plans(file) => list::plans(&file, format),
        Command::Addons(file) => list::addons(&file, format),
        Command::Topups(file) => list::topups(&file, format),
        Command::Entitlements(args) => entitlements::run(&args, format),
        Command::TopupGrant(args) => topup_grant::run(&args, format),
        Command::Plan(args) => plan::run(&args, format),
        Command::Apply(args) => apply::run(&args, format),
        Command::Diff(args) => diff::run(&args, format),
        Command::Webhook(args) => webhook::run(&args, format),
        Command::Sandbox(args) => sandbox::run(&args, format),
        Command::Completions(args) => completions::run(&args),
    }
}
