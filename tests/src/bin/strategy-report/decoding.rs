//! Running the programs that decode: what comes out, and what it takes.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use billing_tests::measure::instructions::{Unit, per_repetition};

/// How often the shorter of two counted runs decodes the page.
const TIMES: u32 = 5;

/// What decoding and dropping the page once takes.
pub(crate) fn measure(unit: Unit, program: &Path, documents: &Path) -> Result<f64, String> {
    match unit {
        Unit::Instructions => per_repetition(TIMES, |times| {
            let mut command = Command::new(program);
            command.arg("repeat").arg(documents).arg(times.to_string());
            command
        }),
        Unit::Nanoseconds => {
            let told = run(Command::new(program)
                .args(["time".as_ref(), documents.as_os_str()])
                .arg("200"))?;
            told.trim().parse().map_err(|_| format!("no time: {told}"))
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
