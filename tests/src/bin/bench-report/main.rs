//! What a call costs at run time, beside the same thing written by hand.
//!
//! `cargo run -p billing-tests --bin bench-report --release`
//!
//! Each row counts the instructions of one call (callgrind) in this run, for the client and for a
//! function that does the same with serde's derives and nothing else, over the same in-process
//! transport. Instructions do not depend on what else the machine does. Without valgrind the rows
//! are times, which do.

mod by_hand;
mod canned;
mod cases;
mod counting;
mod material;
mod ours;
mod verifier;

use std::process::ExitCode;

use billing_tests::measure::instructions::Unit;
use cases::{CASES, Side};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        // How the program calls itself below callgrind.
        ["--case", name, side, times] => cases::run(name, side, times),
        [] => report(),
        _ => Err("usage: bench-report".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(), Box<dyn std::error::Error>> {
    let unit = Unit::detect();
    if unit == Unit::Nanoseconds {
        println!(
            "valgrind is not installed: these are times, which vary with the machine's load.\n"
        );
    }
    println!("| one call | {unit}, client | {unit}, by hand | ratio | target |");
    println!("|---|---|---|---|---|");
    for case in CASES {
        let ours = counting::measure(unit, case, Side::Client)?;
        let theirs = counting::measure(unit, case, Side::ByHand)?;
        let ratio = ours / theirs;
        let mark = if ratio <= case.target {
            "met"
        } else {
            "MISSED"
        };
        println!(
            "| {} | {ours:.0} | {theirs:.0} | {ratio:.2} | {:.2} {mark} |",
            case.name, case.target
        );
    }
    println!();
    verifier::report()
}
