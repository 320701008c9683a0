//! `billing validate`

use std::io::{self, Write};

use billing_core::catalog::{Document, Report};

use crate::cli::{Format, Validate};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn run(args: &Validate, format: Format) -> Result<(), Failure> {
    let builder = input::read(&args.catalog)?;
    let mut report = builder.validate();
    let has_errors = report.has_errors();
    let document = builder.document().clone();
    if let (false, Ok(catalog)) = (args.providers.is_empty() || has_errors, builder.build()) {
        for provider in &args.providers {
            report.issues.extend(catalog.check(*provider).issues);
        }
    }
    match format {
        Format::Json => output::json(&report)?,
        Format::Human => human(args, &document, &report)?,
    }
    if has_errors || (args.strict && !report.issues.is_empty()) {
        return Err(Failure::Catalog(None));
    }
    Ok(())
}

fn human(args: &Validate, document: &Document, report: &Report) -> io::Result<()> {
    let mut out = output::stdout();
    for issue in &report.issues {
        output::issue(&mut out, issue)?;
    }
    let name = input::display_name(&args.catalog.file);
    let (errors, warnings) = (report.errors().count(), report.warnings().count());
    let mut verdict = match errors {
        0 => "valid".to_owned(),
        errors => output::count(errors, "error"),
    };
    if warnings > 0 {
        verdict = format!("{verdict}, {}", output::count(warnings, "warning"));
    }
    let contents = [
        (document.features.len(), "feature"),
        (document.plans.len(), "plan"),
        (document.addons.len(), "add-on"),
        (document.topups.len(), "top-up"),
    ];
    let contents: Vec<String> = contents
        .into_iter()
        .map(|(number, noun)| output::count(number, noun))
        .collect();
    let bold = output::BOLD;
    writeln!(
        out,
        "{bold}{name}{bold:#}: {verdict} ({})",
        contents.join(", ")
    )?;
    if errors > 0 && !args.providers.is_empty() {
        writeln!(out, "The providers are checked once the errors are gone.")?;
    }
    Ok(())
}
