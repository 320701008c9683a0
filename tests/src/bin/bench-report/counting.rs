//! Counting instructions, or else measuring time.

use std::error::Error;
use std::fmt;
use std::process::Command;
use std::time::Instant;

use crate::cases::{Case, Side, repeat};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Instructions,
    Nanoseconds,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instructions => "instructions",
            Self::Nanoseconds => "ns",
        })
    }
}

impl Unit {
    pub(crate) fn detect() -> Self {
        match Command::new("valgrind").arg("--version").output() {
            Ok(output) if output.status.success() => Self::Instructions,
            _ => Self::Nanoseconds,
        }
    }

    /// What one call takes. Two runs of different length are compared, so that what happens once
    /// (starting, the first allocation, tables made on demand) does not count.
    pub(crate) fn measure(self, case: &Case, side: Side) -> Result<f64, Box<dyn Error>> {
        match self {
            Self::Instructions => {
                let short = instructions(case, side, case.times)?;
                let long = instructions(case, side, case.times * 3)?;
                Ok((long - short) / f64::from(case.times * 2))
            }
            Self::Nanoseconds => {
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
}

fn instructions(case: &Case, side: Side, times: u32) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--case", case.name, side.name(), &times.to_string()])
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} does not run below callgrind: {told}", case.name).into());
    }
    let count = told
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = count.ok_or("callgrind told no count")?;
    Ok(count.trim().parse()?)
}
