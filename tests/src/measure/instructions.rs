//! Counting the instructions of a program with callgrind.

use std::fmt;
use std::process::Command;

/// What a run is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Instructions, which do not depend on what else the machine does.
    Instructions,
    /// Nanoseconds, where valgrind is not installed.
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
    /// Returns the best unit that this machine can measure in.
    pub fn detect() -> Self {
        match Command::new("valgrind").arg("--version").output() {
            Ok(output) if output.status.success() => Self::Instructions,
            _ => Self::Nanoseconds,
        }
    }
}

/// Counts the instructions of one repetition. `program` returns the command that repeats so many
/// times; two runs of different length are compared, so that what happens once (starting, the
/// first allocation, tables made on demand) does not count.
///
/// # Errors
/// When the program fails, or callgrind tells no count.
pub fn per_repetition(times: u32, program: impl Fn(u32) -> Command) -> Result<f64, String> {
    let short = count(&program(times))?;
    let long = count(&program(times * 3))?;
    Ok((long - short) / f64::from(times * 2))
}

fn count(program: &Command) -> Result<f64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program.get_program())
        .args(program.get_args())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{program:?} fails below callgrind: {told}"));
    }
    let count = told
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = count.ok_or("callgrind told no count")?;
    count
        .trim()
        .parse()
        .map_err(|_| format!("no count: {count}"))
}
