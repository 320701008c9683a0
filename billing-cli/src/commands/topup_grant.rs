//! `billing topup-grant`

use std::io::Write;

use crate::cli::{Format, TopupGrant};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn run(args: &TopupGrant, format: Format) -> Result<(), Failure> {
    let catalog = input::load(&args.catalog)?;
    let grant = catalog
        .compile_topup_grant(&args.topup)
        .map_err(Failure::catalog)?;
    if format == Format::Json {
        return Ok(output::json(&grant)?);
    }
    let mut out = output::stdout();
    let bold = output::BOLD;
    writeln!(
        out,
        "{bold}{}{bold:#}: {} of {}",
        grant.topup_key, grant.amount, grant.feature_key
    )?;
    if let Some(priority) = grant.priority {
        writeln!(out, "  priority {priority}")?;
    }
    if let Some(expiration) = &grant.expiration {
        let count = expiration.count_or_one();
        writeln!(out, "  expires after {count} {}", expiration.duration)?;
    }
    if let Some(amount) = grant.max_rollover_amount {
        writeln!(out, "  carries over {amount} at most")?;
    }
    Ok(())
}
