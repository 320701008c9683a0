use std::path::PathBuf;

use billing_core::Provider;
use clap::{Args, Subcommand};
use client_core::Secret;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::provider;

const VERIFY_EXAMPLE: &str = "\
Example:
  export BILLING_WEBHOOK_SECRET=whsec_...
  billing webhook verify --provider polar --headers headers.txt body.json

Exit code 0 when the webhook holds, 4 when it is refused. The body has to be the bytes as they
came: not parsed and written again, and without a line break that an editor put at its end.";

const NORMALIZE_EXAMPLE: &str = "\
Example:
  billing webhook normalize --provider polar --no-verify --catalog catalog.yaml body.json

Every event is printed as a JSON object, whatever --format says.";

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Check that a webhook comes from its provider, unaltered and in time.
    Verify(Verify),
    /// Print what a webhook means, in the names shared by all providers.
    Normalize(Normalize),
}

#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLE)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Debug, Args)]
#[command(after_help = NORMALIZE_EXAMPLE)]
pub(crate) struct Normalize {
    #[command(flatten)]
    pub(crate) signed: Signed,

    /// Also find in this catalog what the event is about.
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,

    /// Do not verify: secret, signature and age are not looked at.
    #[arg(long)]
    pub(crate) no_verify: bool,
}

/// A webhook with what it takes to verify it.
#[derive(Debug, Args)]
pub(crate) struct Signed {
    /// The body as it came, or - for standard input.
    #[arg(value_name = "BODY")]
    pub(crate) body: PathBuf,

    /// Whose webhook it is.
    #[arg(long, value_parser = provider(), ignore_case = true)]
    pub(crate) provider: Provider,

    /// The secret of the webhook endpoint; better in the environment than on the command line.
    #[arg(
        long,
        value_name = "SECRET",
        env = "BILLING_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    pub(crate) secret: Option<Secret>,

    /// A header that came with it; can be given several times.
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,

    /// The headers that came with it: a file of `name: value` lines or a JSON object.
    #[arg(long, value_name = "FILE")]
    pub(crate) headers: Option<PathBuf>,

    /// The time to verify at, in Unix seconds or RFC 3339; now by default.
    #[arg(long, value_name = "TIME", value_parser = moment, allow_negative_numbers = true)]
    pub(crate) now: Option<OffsetDateTime>,
}

fn header(text: &str) -> Result<(String, String), &'static str> {
    let split = text
        .split_once(':')
        .filter(|(name, _)| is_header_name(name.trim()));
    let (name, value) = split.ok_or("expected a name, a colon and a value")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Whether a text is the name of a header, as RFC 9110 has them.
pub(crate) fn is_header_name(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

fn moment(text: &str) -> Result<OffsetDateTime, &'static str> {
    let unix = || OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok();
    unix()
        .or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
        .ok_or("expected Unix seconds such as 1793318400, or a time such as 2026-10-30T00:00:00Z")
}
