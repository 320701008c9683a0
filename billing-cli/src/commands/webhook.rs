//! `billing webhook verify` and `billing webhook normalize`

mod delivery;
mod headers;

use std::io::Write;
use std::path::Path;

use billing_core::event::{BillingEvent, Matching, Reference};
use serde::Serialize;
use time::OffsetDateTime;

use self::delivery::Delivery;
use crate::cli::{CatalogFile, Format, Normalize, Verify, Webhook};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn run(args: &Webhook, format: Format) -> Result<(), Failure> {
    match args {
        Webhook::Verify(args) => verify(args, format),
        Webhook::Normalize(args) => normalize(args),
    }
}

/// What identifies a verified event.
#[derive(Serialize)]
struct Verified<'a> {
    provider: &'a str,
    id: &'a str,
    #[serde(rename = "type")]
    provider_type: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    time: OffsetDateTime,
}

fn verify(args: &Verify, format: Format) -> Result<(), Failure> {
    let signed = &args.signed;
    let secret = delivery::secret(signed)?;
    read_once(&[Some(&signed.body), signed.headers.as_deref()])?;
    let events = Delivery::read(signed)?.verify(secret)?;
    let mut out = output::stdout();
    for event in &events {
        let verified = Verified {
            provider: event.provider.as_str(),
            id: &event.id,
            provider_type: &event.provider_type,
            time: event.occurred_at,
        };
        if format == Format::Json {
            output::json(&verified)?;
            continue;
        }
        let good = output::GREEN;
        let time = delivery::text(event.occurred_at);
        writeln!(out, "{good}verified{good:#}")?;
        writeln!(out, "  id    {}", event.id)?;
        writeln!(out, "  type  {}", event.provider_type)?;
        writeln!(out, "  time  {time}")?;
    }
    Ok(())
}

/// An event with what it is about.
#[derive(Serialize)]
struct Normalized<'a> {
    #[serde(flatten)]
    event: &'a BillingEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<Reference>>,
}

fn normalize(args: &Normalize) -> Result<(), Failure> {
    let signed = &args.signed;
    let secret = match args.no_verify {
        true => None,
        false => Some(delivery::secret(signed)?),
    };
    delivery::supported(signed.provider)?;
    let catalog = args.catalog.as_deref();
    read_once(&[Some(&signed.body), signed.headers.as_deref(), catalog])?;
    let catalog = catalog.map(load).transpose()?;
    let delivery = Delivery::read(signed)?;
    let events = match secret {
        Some(secret) => delivery.verify(secret)?,
        None => delivery.trust()?,
    };
    for event in &events {
        let find = |catalog| event.references(catalog, Matching::Ids);
        output::json(&Normalized {
            event,
            references: catalog.as_ref().map(find),
        })?;
    }
    Ok(())
}

fn load(file: &Path) -> Result<billing_core::catalog::Catalog, Failure> {
    input::load(&CatalogFile {
        file: file.to_owned(),
        input_format: None,
    })
}

/// Standard input has only one content.
fn read_once(files: &[Option<&Path>]) -> Result<(), Failure> {
    let from_stdin = files.iter().flatten().filter(|path| input::is_stdin(path));
    if from_stdin.count() > 1 {
        return Err(Failure::Usage(
            "- can stand for one file only: standard input is read once".into(),
        ));
    }
    Ok(())
}
