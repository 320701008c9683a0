//! What the ways of decoding answers cost, side by side, for the same synthetic types: compiling
//! the types, compiling an application that decodes ten of them, and decoding a page.
//!
//! `cargo run -p billing-tests --bin strategy-report --release [-- --runs N]`
//!
//! Each strategy is generated as throw-away crates outside the workspace, with the dependencies
//! that the workspace has locked, and compiled with default profiles but not incrementally. CPU
//! times are the best of the runs, because the machine may be busy with something else; the types
//! in release, which take longest, are compiled once. A whole run takes minutes.
//!
//! The files of `crates` are parts of the generated crates: what each strategy shares between its
//! types, and the program that decodes.

mod decoding;
mod documents;
mod model;
mod project;
mod strategies;
mod table;

use std::process::ExitCode;

use billing_tests::measure::compiler;
use billing_tests::measure::instructions::Unit;
use model::Model;
use project::Project;
use strategies::STRATEGIES;
use table::Row;

fn main() -> ExitCode {
    if let Some(done) = compiler::wrapped() {
        return done;
    }
    match report() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strategy-report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runs = match words.as_slice() {
        [] => 3,
        ["--runs", count] => count.parse().map_err(|_| "--runs takes a number")?,
        _ => return Err("usage: strategy-report [--runs N]".to_owned()),
    };
    let model = Model::new();
    let project = Project::write(&model)?;
    let documents = project.documents();
    let page = documents::write(&model, &documents)?;
    let unit = Unit::detect();
    let mut shown: Option<String> = None;
    let mut rows = Vec::new();
    for strategy in &STRATEGIES {
        eprintln!("{}", strategy.title);
        let debug = project.compile_models(strategy, false, runs)?;
        let release = project.compile_models(strategy, true, 1)?;
        let application = project.compile_application(strategy, runs)?;
        let decoder = project.build_decoder(strategy)?;
        check(&mut shown, decoding::show(&decoder, &documents)?)
            .map_err(|error| format!("{}: {error}", strategy.title))?;
        rows.push(Row {
            title: strategy.title,
            lines: project.lines(strategy)?,
            debug,
            release,
            application,
            decoding: decoding::measure(unit, &decoder, &documents)?,
        });
    }
    table::print(&rows, unit, page);
    Ok(())
}

/// Compares what a strategy decoded with what the first one did.
fn check(first: &mut Option<String>, shown: String) -> Result<(), String> {
    if shown.contains("refused false") {
        return Err("a broken text was accepted".to_owned());
    }
    let first = first.get_or_insert_with(|| shown.clone());
    let pairs = first.lines().zip(shown.lines());
    for (number, (expected, found)) in pairs.enumerate() {
        if expected != found {
            return Err(format!(
                "line {number} differs from the first strategy:\n{expected}\n{found}"
            ));
        }
    }
    if first.lines().count() != shown.lines().count() {
        return Err("not all was decoded".to_owned());
    }
    Ok(())
}
