use clap::Args;
use client_core::Secret;

const EXAMPLE: &str = "\
Example:
  billing sandbox --webhook http://127.0.0.1:3000/webhooks/polar

Prints the lines that lead a client to it, and runs until Ctrl-C. With --format json it prints one
JSON object when it is ready. Webhooks are delivered as they happen; each attempt is a line on
standard error. The servers listen on this machine alone, and forget everything when they stop.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Sandbox {
    /// The port of Polar; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub(crate) polar_port: u16,

    /// The port of OpenMeter; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8888)]
    pub(crate) openmeter_port: u16,

    /// The access token that Polar takes; a new one by default.
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    pub(crate) token: Option<Secret>,

    /// Where Polar sends its webhooks, an http:// URL; can be given several times.
    #[arg(long = "webhook", value_name = "URL", value_parser = webhook_url)]
    pub(crate) webhooks: Vec<String>,

    /// The secret that signs webhooks; a new one by default.
    #[arg(
        long,
        value_name = "SECRET",
        env = "BILLING_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    pub(crate) webhook_secret: Option<Secret>,
}

fn token(text: &str) -> Result<Secret, &'static str> {
    let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    visible
        .then(|| Secret::from(text))
        .ok_or("it has to be visible ASCII characters without blanks")
}

fn webhook_url(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("http://").unwrap_or_default();
    (!host.is_empty() && !host.starts_with('/'))
        .then(|| text.to_owned())
        .ok_or("it has to begin with http:// and name a host; the sandbox does not speak TLS")
}
