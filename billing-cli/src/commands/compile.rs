//! `billing compile`

use std::io::{self, Write};

use billing_core::Provider;
use billing_core::catalog::{Catalog, Issue};
use billing_core::compile::dodo::DodoOptions;
use billing_core::compile::{CompileError, CompiledCatalog, Strict};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::{Compile, Format};
use crate::failure::Failure;
use crate::{input, output};

pub(crate) fn run(args: &Compile, format: Format) -> Result<(), Failure> {
    let catalog = input::load(&args.catalog)?;
    let strict = if args.strict { Strict::Yes } else { Strict::No };
    if args.typed {
        return typed(&catalog, args.provider, strict, format);
    }
    let compiled = catalog
        .compile(args.provider, strict)
        .map_err(Failure::catalog)?;
    match format {
        Format::Json => output::json(&compiled)?,
        Format::Human => human(&compiled)?,
    }
    Ok(())
}

fn human(compiled: &CompiledCatalog) -> io::Result<()> {
    let mut out = output::stdout();
    let bold = output::BOLD;
    let mut prices = compiled.prices.iter().peekable();
    for product in &compiled.products {
        let name = if product.name == product.catalog_id {
            String::new()
        } else {
            format!(" ({})", product.name)
        };
        let id = &product.catalog_id;
        writeln!(
            out,
            "{bold}{} {id}{bold:#}{name}  {}",
            product.kind, product.strategy
        )?;
        while let Some(price) = prices
            .next_if(|price| price.kind == product.kind && price.catalog_id == product.catalog_id)
        {
            let money = output::money(price.amount, price.currency.as_str());
            let cadence =
                output::cadence(price.interval.as_ref(), price.interval_count.unwrap_or(1));
            writeln!(
                out,
                "  {}: {money} {cadence}  {}",
                price.price_id, price.lookup_key
            )?;
        }
    }
    for issue in &compiled.issues {
        output::issue(&mut out, issue)?;
    }
    let products = output::count(compiled.products.len(), "product");
    let prices = output::count(compiled.prices.len(), "price");
    let issues = output::count(compiled.issues.len(), "issue");
    writeln!(
        out,
        "{bold}{}{bold:#}: {products}, {prices}, {issues}",
        compiled.provider
    )
}

fn typed(
    catalog: &Catalog,
    provider: Provider,
    strict: Strict,
    format: Format,
) -> Result<(), Failure> {
    let options = DodoOptions::default();
    match provider {
        Provider::Stripe => print(
            catalog.compile_stripe(strict),
            |all| list(&all.issues),
            format,
        ),
        Provider::Polar => print(
            catalog.compile_polar(strict),
            |all| all.issues.iter().chain(&all.left_out).collect(),
            format,
        ),
        Provider::Razorpay => print(
            catalog.compile_razorpay(strict),
            |all| list(&all.issues),
            format,
        ),
        Provider::Creem => print(
            catalog.compile_creem(strict),
            |all| list(&all.issues),
            format,
        ),
        Provider::Dodo => print(
            catalog.compile_dodo(options, strict),
            |all| list(&all.issues),
            format,
        ),
        Provider::Autumn => print(
            catalog.compile_autumn(strict),
            |all| list(&all.issues),
            format,
        ),
        Provider::OpenMeter => print(
            catalog.compile_openmeter(strict),
            |all| list(&all.issues),
            format,
        ),
        other => Err(Failure::Usage(format!(
            "--typed has no request bodies for {other}"
        ))),
    }
}

fn list(issues: &[Issue]) -> Vec<&Issue> {
    issues.iter().collect()
}

fn print<T: Serialize>(
    requests: Result<T, CompileError>,
    found: fn(&T) -> Vec<&Issue>,
    format: Format,
) -> Result<(), Failure> {
    let requests = requests.map_err(Failure::catalog)?;
    if format == Format::Json {
        return Ok(output::json(&requests)?);
    }
    let mut out = output::stdout();
    describe(&mut out, &requests)?;
    for issue in found(&requests) {
        output::issue(&mut out, issue)?;
    }
    Ok(())
}

/// A request as it was serialized, its members in their order.
type Request = IndexMap<String, Box<RawValue>>;

/// The requests in the order in which they are sent, each as endpoint and item with its body below.
fn describe(out: &mut impl Write, requests: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(requests)?;
    let groups: IndexMap<String, Vec<Request>> = serde_json::from_str(&text)?;
    let (bold, dim) = (output::BOLD, output::DIM);
    let reported = |name: &str| name == "issues" || name == "left_out";
    for (name, group) in groups.iter().filter(|(name, _)| !reported(name)) {
        if !group.is_empty() {
            writeln!(out, "{bold}{name}{bold:#}")?;
        }
        for request in group {
            let Some(endpoint) = request.get("endpoint") else {
                writeln!(out, "  {dim}{}{dim:#}", serde_json::to_string(request)?)?;
                continue;
            };
            let endpoint: String = serde_json::from_str(endpoint.get())?;
            let line = format!("  {endpoint}  {}", place(request)?);
            writeln!(out, "{}", line.trim_end())?;
            let body = request.get("body").map_or("", |body| body.get());
            writeln!(out, "    {dim}{body}{dim:#}")?;
        }
    }
    Ok(())
}

/// What of the catalog a request is for.
fn place(request: &Request) -> io::Result<String> {
    if let Some(source) = request.get("source") {
        let source: IndexMap<String, String> = serde_json::from_str(source.get())?;
        let words: Vec<&str> = source.values().map(String::as_str).collect();
        return Ok(words.join(" "));
    }
    let name = request.get("address").or_else(|| request.get("meter"));
    Ok(name.map_or(Ok(String::new()), |name| serde_json::from_str(name.get()))?)
}
