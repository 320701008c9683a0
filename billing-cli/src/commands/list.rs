//! `billing features`, `plans`, `addons` and `topups`

use std::io::{self, Write};

use billing_core::catalog::{Entries, Price};
use serde::Serialize;

use crate::cli::{CatalogFile, Format};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn features(file: &CatalogFile, format: Format) -> Result<(), Failure> {
    let catalog = input::load(file)?;
    let views: Vec<_> = catalog.list_features().collect();
    print(format, &views, |out, view| {
        let name = view
            .name
            .map(|name| format!("  {name}"))
            .unwrap_or_default();
        let meter = view
            .item
            .meter
            .as_ref()
            .map(|meter| format!("  meter {meter}"));
        let detail = format!(
            "{}{name}{}",
            view.item.feature_type,
            meter.unwrap_or_default()
        );
        heading(out, view.id, view.key, &detail)
    })
}

pub(crate) fn plans(file: &CatalogFile, format: Format) -> Result<(), Failure> {
    let catalog = input::load(file)?;
    let views: Vec<_> = catalog.list_plans().collect();
    print(format, &views, |out, view| {
        heading(
            out,
            view.id,
            view.key,
            view.name.map_or("", |name| name.as_str()),
        )?;
        prices(out, &view.item.prices)
    })
}

pub(crate) fn addons(file: &CatalogFile, format: Format) -> Result<(), Failure> {
    let catalog = input::load(file)?;
    let views: Vec<_> = catalog.list_addons().collect();
    print(format, &views, |out, view| {
        heading(
            out,
            view.id,
            view.key,
            view.name.map_or("", |name| name.as_str()),
        )?;
        fits(out, view.item.compatible_plans.as_deref())?;
        prices(out, &view.item.prices)
    })
}

pub(crate) fn topups(file: &CatalogFile, format: Format) -> Result<(), Failure> {
    let catalog = input::load(file)?;
    let views: Vec<_> = catalog.list_topups().collect();
    print(format, &views, |out, view| {
        heading(
            out,
            view.id,
            view.key,
            view.name.map_or("", |name| name.as_str()),
        )?;
        let feature = catalog
            .feature_key(&view.item.feature)
            .map_or("", |key| key.as_str());
        writeln!(out, "  grants {} of {feature}", view.item.amount)?;
        fits(out, view.item.compatible_plans.as_deref())?;
        prices(out, &view.item.prices)
    })
}

fn print<V: Serialize>(
    format: Format,
    views: &[V],
    line: impl Fn(&mut dyn Write, &V) -> io::Result<()>,
) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(&views)?,
        Format::Human => {
            let mut out = output::stdout();
            views.iter().try_for_each(|view| line(&mut out, view))?;
        }
    }
    Ok(())
}

fn heading(out: &mut dyn Write, id: &str, key: &str, detail: &str) -> io::Result<()> {
    let bold = output::BOLD;
    let key = if key == id {
        String::new()
    } else {
        format!(" (key {key})")
    };
    writeln!(out, "{bold}{id}{bold:#}{key}  {detail}")
}

fn fits(out: &mut dyn Write, plans: Option<&[impl AsRef<str>]>) -> io::Result<()> {
    let plans: Vec<&str> = plans
        .unwrap_or_default()
        .iter()
        .map(AsRef::as_ref)
        .collect();
    if plans.is_empty() {
        writeln!(out, "  for every plan")
    } else {
        writeln!(out, "  for {}", plans.join(", "))
    }
}

fn prices(out: &mut dyn Write, prices: &Entries<Price>) -> io::Result<()> {
    for (id, price) in prices {
        let amount = price.minor_units().unwrap_or_default();
        let money = output::money(amount, price.currency.as_str());
        let count = u64::from(price.interval_count_or_one());
        writeln!(
            out,
            "  {id}: {money} {}",
            output::cadence(price.interval.as_ref(), count)
        )?;
    }
    Ok(())
}
