//! Prints the table of a conformance run and fails when anything is missing.

use std::process::ExitCode;

use billing_tests::conformance::conform;
use billing_tests::conformance::validator::Unavailable;

const HELP: &str = "\
Calls every operation of both clients against a validator and random schema-valid answers.

Usage: conformance [--seed N] [--samples N]

  --seed N     the values of arguments and answers (default: 1)
  --samples N  answers for each schema at least; every enum value and union branch is covered
               whatever it is (default: 5)

Needs bash, node, npm and python3; what else it needs is installed into a cache.";

fn main() -> ExitCode {
    let mut seed = 1;
    let mut samples = 5;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = arguments.next().and_then(|value| value.parse().ok());
        match (argument.as_str(), number) {
            ("--seed", Some(number)) => seed = number,
            ("--samples", Some(number)) => samples = number as usize,
            _ => {
                println!("{HELP}");
                return ExitCode::from(2 * u8::from(argument != "--help"));
            }
        }
    }
    match conform(seed, samples) {
        Ok(report) => {
            println!("{report}");
            ExitCode::from(u8::from(!report.is_complete()))
        }
        Err(Unavailable::LeftOut(reason)) => {
            eprintln!("conformance: {reason}");
            ExitCode::from(2)
        }
        Err(Unavailable::Failed(reason)) => {
            eprintln!("conformance: {reason}");
            ExitCode::from(2)
        }
    }
}
