//! The table.

use billing_tests::measure::compiler::Used;
use billing_tests::measure::instructions::Unit;

/// What was measured of one strategy.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) lines: usize,
    pub(crate) debug: Used,
    pub(crate) release: Used,
    pub(crate) application: Used,
    /// Decoding the page once.
    pub(crate) decoding: f64,
}

pub(crate) fn print(rows: &[Row], unit: Unit, page: usize) {
    println!(
        "| strategy | generated lines | types, debug: CPU s | MiB | types, release: CPU s \
         | application, release: CPU s | decoding, ratio |"
    );
    println!("|---|---|---|---|---|---|---|");
    let first = rows.first().map_or(1.0, |row| row.decoding);
    for row in rows {
        println!(
            "| {} | {} | {:.2} | {} | {:.2} | {:.2} | {:.2} |",
            row.title,
            row.lines,
            row.debug.cpu,
            row.debug.memory,
            row.release.cpu,
            row.application.cpu,
            row.decoding / first,
        );
    }
    println!();
    println!(
        "- types: user CPU seconds and peak memory of the compiler for the generated crate alone: \
         301 structs, 30 tagged unions, 30 open enums and a concrete function per struct that \
         decodes it; in debug the best of the runs, in release one run. What is written by hand \
         once for all types is a crate of its own and not counted. The \
         types are alike, but for what keeps an unknown variant: a `Value`, with the pull reader \
         client-core's `Raw`."
    );
    println!(
        "- application: user CPU seconds of the compiler, without linking, for a program that \
         decodes ten of the structs; best of the runs. With serde it instantiates \
         `from_slice::<T>`, else it calls functions of the crate of types."
    );
    println!(
        "- decoding: {} to decode and drop a page of {page} bytes in release, as a ratio to serde \
         derive (1.00 is {first:.0}).",
        unit
    );
    println!(
        "- Every strategy decoded the page and a text of each of ten structs to the same values, \
         and refused the same broken texts."
    );
    if unit == Unit::Nanoseconds {
        println!(
            "- valgrind is not installed: decoding is a time, which varies with the machine's load."
        );
    }
}
