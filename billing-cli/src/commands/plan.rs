//! `billing plan`

use crate::cli::{Format, Provision};
use crate::commands::provision::{Plans, block_on, human, plans};
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(args: &Provision, format: Format) -> Result<(), Failure> {
    let plans = block_on(plans(args))?;
    match format {
        Format::Json => output::json(&Plans { plans: &plans })?,
        Format::Human => plans.iter().try_for_each(human)?,
    }
    Ok(())
}
