//! `billing entitlements`

use std::io::Write;

use billing_core::catalog::EntitlementValue;

use crate::cli::{Entitlements, Format};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn run(args: &Entitlements, format: Format) -> Result<(), Failure> {
    let catalog = input::load(&args.catalog)?;
    let entitlements = match (&args.item.plan, &args.item.addon) {
        (Some(plan), _) => catalog.compile_plan_entitlements(plan),
        (None, Some(addon)) => catalog.compile_addon_entitlements(addon),
        (None, None) => return Err(Failure::Usage("name a --plan or an --addon".into())),
    }
    .map_err(Failure::catalog)?;
    if format == Format::Json {
        return Ok(output::json(&entitlements)?);
    }
    let mut out = output::stdout();
    let bold = output::BOLD;
    for entitlement in &entitlements {
        let value = match &entitlement.value {
            EntitlementValue::Boolean { enabled: true } => "on".to_owned(),
            EntitlementValue::Boolean { enabled: false } => "off, grants nothing".to_owned(),
            EntitlementValue::Metered {
                amount,
                reset: None,
            } => format!("{amount}, once"),
            EntitlementValue::Metered {
                amount,
                reset: Some(reset),
            } => {
                format!("{amount} every {reset}")
            }
            EntitlementValue::Static { config } => config.to_string(),
            _ => String::new(),
        };
        writeln!(out, "{bold}{}{bold:#}  {value}", entitlement.feature_key)?;
    }
    Ok(())
}
