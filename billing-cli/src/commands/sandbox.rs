//! `billing sandbox`

use std::convert::Infallible;
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use billing_sandbox::{Delivery, Error, Sandbox};
use client_core::Secret;
use indexmap::IndexMap;
use serde::Serialize;

use crate::cli::{self, Format};
use crate::failure::Failure;
use crate::output;

/// How often webhooks are looked for.
const DELIVERY_INTERVAL: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &cli::Sandbox, format: Format) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Network(format!("the sandbox cannot start: {error}")))?
        .block_on(serve(args, format))
}

async fn serve(args: &cli::Sandbox, format: Format) -> Result<(), Failure> {
    // From here on Ctrl-C ends it in order, whatever it is doing.
    let stop = stop_signal()
        .map_err(|error| Failure::Network(format!("the sandbox cannot start: {error}")))?;
    let secret = args.webhook_secret.clone().unwrap_or_else(new_secret);
    if secret.expose().trim().is_empty() {
        return Err(Failure::Usage("the webhook secret is empty".into()));
    }
    let mut builder = Sandbox::builder()
        .polar_port(args.polar_port)
        .openmeter_port(args.openmeter_port)
        .running_clock(true)
        // Receivers check the age of a webhook with the machine's clock, also after this one was
        // moved ahead.
        .wall_clock_signatures(true)
        .webhook_secret(secret.expose());
    if let Some(token) = &args.token {
        builder = builder.polar_token(token.expose());
    }
    let sandbox = builder
        .start()
        .await
        .map_err(|error| cannot_start(&error, args))?;
    for url in &args.webhooks {
        sandbox.register_webhook(url, &[]);
    }
    let ready = Ready::new(&sandbox, secret.expose(), &args.webhooks);
    match format {
        Format::Json => output::json(&ready)?,
        Format::Human => ready.print()?,
    }
    tokio::select! {
        () = stop => {}
        never = deliver(&sandbox) => match never {},
    }
    if format == Format::Human {
        tell("stopped");
    }
    Ok(())
}

/// Waits for Ctrl-C, or for being told to terminate.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a handler the system ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn cannot_start(error: &Error, args: &cli::Sandbox) -> Failure {
    let Error::Bind { port, source } = error else {
        return Failure::Network(format!("the sandbox cannot start: {error}"));
    };
    let option = if *port == args.polar_port {
        "--polar-port"
    } else {
        "--openmeter-port"
    };
    Failure::Network(format!(
        "cannot listen on 127.0.0.1:{port}: {source}; choose another with {option} (0 takes a free one)"
    ))
}

/// A secret in the form that Polar gives: base64 of 32 bytes.
fn new_secret() -> Secret {
    let key: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    Secret::from(format!("whsec_{}", STANDARD.encode(key)))
}

/// Delivers webhooks as they become due, for as long as it is polled.
async fn deliver(sandbox: &Sandbox) -> Infallible {
    loop {
        for delivery in sandbox.deliver_webhooks().await {
            report(&delivery);
        }
        tokio::time::sleep(DELIVERY_INTERVAL).await;
    }
}

fn report(delivery: &Delivery) {
    let Delivery {
        kind,
        event_id,
        url,
        attempt,
        ..
    } = delivery;
    let answer = match (delivery.status, &delivery.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => "no answer".into(),
    };
    let colour = if delivery.succeeded {
        output::GREEN
    } else {
        output::RED
    };
    let attempt = if delivery.succeeded && *attempt == 1 {
        String::new()
    } else {
        format!("  attempt {attempt}")
    };
    tell(format_args!(
        "{kind}  {event_id} -> {url}  {colour}{answer}{colour:#}{attempt}"
    ));
}

/// Writes a line to standard error; that nobody reads it is no reason to stop.
fn tell(line: impl Display) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// What to know about a sandbox that serves.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    polar: Polar<'a>,
    openmeter: OpenMeter,
    webhook_secret: &'a str,
    webhooks: &'a [String],
    /// Environment variables that lead a client here.
    environment: IndexMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Polar<'a> {
    url: String,
    access_token: &'a str,
}

#[derive(Serialize)]
struct OpenMeter {
    url: String,
}

impl<'a> Ready<'a> {
    fn new(sandbox: &'a Sandbox, webhook_secret: &'a str, webhooks: &'a [String]) -> Self {
        let (polar, openmeter) = (sandbox.polar_url(), sandbox.openmeter_url());
        let access_token = sandbox.polar_token();
        Self {
            environment: IndexMap::from([
                ("POLAR_URL", polar.clone()),
                ("POLAR_ACCESS_TOKEN", access_token.to_owned()),
                ("OPENMETER_URL", openmeter.clone()),
                ("BILLING_WEBHOOK_SECRET", webhook_secret.to_owned()),
            ]),
            polar: Polar {
                url: polar,
                access_token,
            },
            openmeter: OpenMeter { url: openmeter },
            webhook_secret,
            webhooks,
        }
    }

    fn print(&self) -> io::Result<()> {
        let mut out = output::stdout();
        let bold = output::BOLD;
        let polar = &self.polar.url;
        writeln!(out, "{bold}Polar{bold:#}      {polar}")?;
        writeln!(out, "{bold}OpenMeter{bold:#}  {}", self.openmeter.url)?;
        writeln!(out, "\n{bold}Environment of a client{bold:#}")?;
        for (name, value) in &self.environment {
            writeln!(out, "export {name}={}", quoted(value))?;
        }
        writeln!(out, "\n{bold}Webhooks{bold:#}")?;
        for url in self.webhooks {
            writeln!(out, "to {url}")?;
        }
        if self.webhooks.is_empty() {
            writeln!(
                out,
                "to nobody yet: start with --webhook URL, or create an endpoint through the API"
            )?;
        }
        writeln!(out, "\n{bold}By hand{bold:#}")?;
        writeln!(
            out,
            "pay:         open the url of a checkout in a browser, or curl -X POST it"
        )?;
        writeln!(
            out,
            "a day later: curl {polar}/sandbox/clock -d '{{\"advance_seconds\": 86400}}'"
        )?;
        writeln!(out, "stop:        Ctrl-C")?;
        out.flush()
    }
}

/// A text as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=+".contains(&byte);
    if text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
