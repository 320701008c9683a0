//! `billing apply`

use std::io::{self, BufRead, IsTerminal, Write};

use billing_core::Provider;
use billing_core::provision::{Applied, Change, Plan};
use serde::Serialize;

use crate::cli::{Apply, Format};
use crate::commands::provision::{Plans, block_on, human, plans, refused};
use crate::failure::Failure;
use crate::{input, output};

/// What was done at one provider.
#[derive(Serialize)]
struct Outcome {
    provider: Provider,
    url: String,
    #[serde(flatten)]
    applied: Applied,
}

#[derive(Serialize)]
struct Outcomes {
    applied: Vec<Outcome>,
}

pub(crate) fn run(args: &Apply, format: Format) -> Result<(), Failure> {
    block_on(work(args, format))
}

async fn work(args: &Apply, format: Format) -> Result<(), Failure> {
    let plans = plans(&args.provision).await?;
    if format == Format::Human {
        plans.iter().try_for_each(human)?;
    }
    if args.dry_run {
        if format == Format::Json {
            output::json(&Plans { plans: &plans })?;
        }
        return Ok(());
    }
    let blocked = plans
        .iter()
        .any(|plan| plan.changes(Change::Blocked).next().is_some());
    let idle = plans.iter().all(Plan::is_empty);
    if !(args.yes || idle || blocked || confirmed(args)?) {
        anstream::eprintln!("nothing was done");
        return Ok(());
    }
    let mut outcomes = Vec::new();
    for plan in plans {
        let (provider, url) = (plan.provider(), plan.url().to_owned());
        let applied = plan
            .apply_with(|action| {
                if format == Format::Human {
                    anstream::eprintln!("{}", progress(action.change, &action.address));
                }
            })
            .await
            .map_err(|failed| refused(provider, &url, &failed.error, &failed))?;
        outcomes.push(Outcome {
            provider,
            url,
            applied,
        });
    }
    match format {
        Format::Json => output::json(&Outcomes { applied: outcomes })?,
        Format::Human => {
            let mut out = output::stdout();
            let (green, done) = (output::GREEN, outcomes.iter());
            let done = done.map(|outcome| outcome.applied.done.len()).sum();
            let text = output::count(done, "object");
            writeln!(out, "{green}done{green:#}: {text} changed")?;
        }
    }
    Ok(())
}

fn progress(change: Change, address: &str) -> String {
    let verb = match change {
        Change::Create => "creating",
        Change::Orphan => "archiving",
        Change::Drift => "putting back",
        _ => "updating",
    };
    format!("{verb} {address}")
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirmed(args: &Apply) -> Result<bool, Failure> {
    let asked = io::stdin().is_terminal() && !input::is_stdin(&args.provision.catalog.file);
    if !asked {
        return Err(Failure::Usage(
            "nobody can be asked here; add --yes to do it, or --dry-run to look".into(),
        ));
    }
    anstream::eprint!("Do this? Type yes: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
