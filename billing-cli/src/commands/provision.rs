//! What `billing plan`, `billing apply` and `billing diff` have in common.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Color, Style};
use billing_core::Provider;
use billing_core::provision::{Action, Change, Plan, ProvisionError, Provisioner};
use openmeter_client::OpenMeter;
use polar_client::Polar;
use serde::Serialize;

use crate::cli::Provision;
use crate::failure::Failure;
use crate::{input, output};

/// Runs a future to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Provider(format!("no request can be sent: {error}")))?
        .block_on(work)
}

/// Plans every provider that was asked for; nothing is changed anywhere.
pub(super) async fn plans(args: &Provision) -> Result<Vec<Plan>, Failure> {
    let catalog = input::load(&args.catalog)?;
    // Every command line mistake comes before the first request.
    let provisioners: Vec<Provisioner> = args
        .providers
        .iter()
        .map(|provider| provisioner(args, *provider))
        .collect::<Result<_, _>>()?;
    let mut plans = Vec::new();
    for provisioner in &provisioners {
        let planned = provisioner.plan(&catalog).await;
        let (provider, url) = (provisioner.provider(), provisioner.url());
        plans.push(planned.map_err(|error| refused(provider, &url, &error, &error))?);
    }
    Ok(plans)
}

/// What a provider did not do, and what to look at.
pub(super) fn refused(
    provider: Provider,
    url: &str,
    error: &ProvisionError,
    message: &impl Display,
) -> Failure {
    if let ProvisionError::Compile(error) = error {
        return Failure::catalog(error);
    }
    let hint = match (provider, error.is_unauthorized()) {
        (_, false) => "",
        (Provider::Polar, true) => {
            "; check POLAR_ACCESS_TOKEN, whose production and sandbox tokens differ (--polar-sandbox)"
        }
        (_, true) => "; check OPENMETER_API_KEY",
    };
    let name = provider.display_name();
    Failure::Provider(format!("{name} at {url}: {message}{hint}"))
}

fn provisioner(args: &Provision, provider: Provider) -> Result<Provisioner, Failure> {
    let mut provisioner = if provider == Provider::Polar {
        Provisioner::polar(&polar(args)?)
    } else {
        Provisioner::openmeter(&openmeter(args)?)
    };
    if args.archive_orphans {
        provisioner = provisioner.archive_orphans();
    }
    if args.without_benefits {
        provisioner = provisioner.without_benefits();
    }
    if args.strict {
        provisioner = provisioner.strict();
    }
    provisioner
        .lock_file(lock_path(args))
        .map_err(|error| Failure::Unreadable(error.to_string()))
}

fn lock_path(args: &Provision) -> PathBuf {
    let file = args.catalog.file.as_path();
    args.lock.clone().unwrap_or_else(|| {
        let beside = if input::is_stdin(file) {
            PathBuf::new()
        } else {
            file.parent().map(PathBuf::from).unwrap_or_default()
        };
        beside.join("billing.lock.json")
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn polar(args: &Provision) -> Result<Polar, Failure> {
    let Some(token) = variable("POLAR_ACCESS_TOKEN") else {
        return Err(Failure::Usage(
            "set POLAR_ACCESS_TOKEN to an organization access token of Polar".into(),
        ));
    };
    let mut builder = Polar::builder().access_token(token);
    if args.polar_sandbox {
        builder = builder.sandbox();
    }
    if let Some(url) = args.polar_url.as_deref().filter(|url| !url.is_empty()) {
        builder = builder.base_url(url);
    }
    builder
        .build()
        .map_err(|error| Failure::Usage(format!("Polar: {error}")))
}

fn openmeter(args: &Provision) -> Result<OpenMeter, Failure> {
    let key = variable("OPENMETER_API_KEY");
    let url = args.openmeter_url.as_deref().filter(|url| !url.is_empty());
    let built = match (url, key) {
        (None, None) => {
            return Err(Failure::Usage(
                "set OPENMETER_URL to the root of OpenMeter's API, or OPENMETER_API_KEY for OpenMeter Cloud"
                    .into(),
            ));
        }
        (None, Some(key)) => OpenMeter::cloud(key),
        (Some(url), None) => OpenMeter::new(url),
        (Some(url), Some(key)) => OpenMeter::builder().url(url).api_key(key).build(),
    };
    built.map_err(|error| Failure::Usage(format!("OpenMeter: {error}")))
}

/// Plans for programs.
#[derive(Serialize)]
pub(super) struct Plans<'a> {
    pub(super) plans: &'a [Plan],
}

/// Prints what has to be done at a provider, with what the catalog asks for in vain.
pub(super) fn human(plan: &Plan) -> io::Result<()> {
    let mut out = output::stdout();
    for action in plan.actions() {
        if action.change != Change::Unchanged {
            line(&mut out, action)?;
        }
    }
    for issue in plan.issues() {
        output::issue(&mut out, issue)?;
    }
    let bold = output::BOLD;
    let provider = plan.provider();
    writeln!(
        out,
        "{bold}{provider}{bold:#} at {}: {}",
        plan.url(),
        plan.summary()
    )
}

fn line(out: &mut impl Write, action: &Action) -> io::Result<()> {
    let colour = match action.change {
        Change::Create => AnsiColor::Green,
        Change::Blocked => AnsiColor::Red,
        Change::Orphan => AnsiColor::BrightBlack,
        _ => AnsiColor::Yellow,
    };
    let style = Style::new().fg_color(Some(Color::Ansi(colour)));
    let text = action.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    writeln!(out, "{style}{first}{style:#}")?;
    if !rest.is_empty() {
        let dim = output::DIM;
        writeln!(out, "{dim}{rest}{dim:#}")?;
    }
    Ok(())
}
