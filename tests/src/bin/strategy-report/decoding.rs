//! Running the programs that decode: what comes out, and what it takes.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// How often the shorter of two counted runs decodes the page.
const TIMES: u32 = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Instructions,
    Nanoseconds,
}

impl Unit {
    pub(crate) fn detect() -> Self {
        match Command::new("valgrind").arg("--version").output() {
            Ok(output) if output.status.success() => Self::Instructions,
            _ => Self::Nanoseconds,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Nanoseconds => "ns",
        }
    }

    /// What decoding and dropping the page once takes. Two runs of different length are compared,
    /// so that starting the program does not count.
    pub(crate) fn measure(self, program: &Path, documents: &Path) -> Result<f64, String> {
        match self {
            Self::Instructions => {
                let short = instructions(program, documents, TIMES)?;
                let long = instructions(program, documents, TIMES * 3)?;
                Ok((long - short) / f64::from(TIMES * 2))
            }
            Self::Nanoseconds => {
                let told = run(Command::new(program)
                    .args(["time".as_ref(), documents.as_os_str()])
                    .arg("200"))?;
                told.trim().parse().map_err(|_| format!("no time: {told}"))
            }
        }
    }
}

/// What the program decoded, as `Debug` shows it, and whether it refused what is broken.
pub(crate) fn show(program: &Path, documents: &Path) -> Result<String, String> {
    run(Command::new(program).args(["show".as_ref(), documents.as_os_str(), OsStr::new("1")]))
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("{command:?}: {told}"))
    }
}

fn instructions(program: &Path, documents: &Path, times: u32) -> Result<f64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg("repeat")
        .arg(documents)
        .arg(times.to_string())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!(
            "{} fails below callgrind: {told}",
            program.display()
        ));
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
