//! What one call of a case takes.

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use billing_tests::measure::instructions::{Unit, per_repetition};

use crate::cases::{Case, Side, repeat};

pub(crate) fn measure(unit: Unit, case: &Case, side: Side) -> Result<f64, Box<dyn Error>> {
    match unit {
        Unit::Instructions => {
            let program = std::env::current_exe()?;
            Ok(per_repetition(case.times, |times| {
                let mut command = Command::new(&program);
                command.args(["--case", case.name, side.name(), &times.to_string()]);
                command
            })?)
        }
        Unit::Nanoseconds => {
            let mut best = f64::INFINITY;
            for _ in 0..30 {
                let started = Instant::now();
                repeat(case.name, side, case.times)?;
                best = best.min(started.elapsed().as_nanos() as f64 / f64::from(case.times));
            }
            Ok(best)
        }
    }
}
