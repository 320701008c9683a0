//! What the clients cost to compile: CPU seconds and peak memory of each compiler run, beside the
//! project's targets and other crates.
//!
//! `cargo run -p billing-tests --bin compile-report [-- --runs N] [--only TEXT]`
//!
//! Every subject is compiled clean, as a dependency of an empty crate outside the workspace (dev
//! profile, debug info 2, no incremental compilation). Times are user CPU seconds and the best of
//! the runs, because the machine may be busy with something else. Linking an application is told
//! apart: it puts all its crates together and is not the work of the one that counts.

mod lines;
mod project;
mod subjects;
mod table;

use std::process::ExitCode;

use billing_tests::measure::compiler;
use project::{Measured, Workshop};
use subjects::{SUBJECTS, Subject};

fn main() -> ExitCode {
    if let Some(done) = compiler::wrapped() {
        return done;
    }
    match report() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compile-report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(), String> {
    let mut runs = 3;
    let mut only = String::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--runs", Some(count)) => runs = count.parse().map_err(|_| "--runs takes a number")?,
            ("--only", Some(text)) => only = text,
            _ => return Err("usage: compile-report [--runs N] [--only TEXT]".to_owned()),
        }
    }
    let workshop = Workshop::new()?;
    let mut rows: Vec<(&Subject, Measured)> = Vec::new();
    for subject in SUBJECTS
        .iter()
        .filter(|subject| subject.name.contains(&only))
    {
        let measured = workshop.measure(subject, runs)?;
        eprintln!(
            "{}: {:.2} CPU s, {} MiB",
            subject.name, measured.used.cpu, measured.used.memory
        );
        rows.push((subject, measured));
    }
    table::print(&rows);
    lines::print(&workshop.workspace)
}
