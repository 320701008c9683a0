//! The compiler wrapper: runs the compiler and notes what it used.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

/// Names the file to which every compiler run adds a line; its presence makes this program a
/// wrapper.
pub(crate) const LOG: &str = "BILLING_COMPILE_LOG";

/// One run of the compiler.
pub(crate) struct Run {
    pub(crate) krate: String,
    /// User CPU seconds, those of the linker included.
    pub(crate) cpu: f64,
    /// Peak resident memory in MiB.
    pub(crate) memory: u64,
}

/// Runs the command line that cargo gives to its `RUSTC_WRAPPER`.
pub(crate) fn compile(log: &Path) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((compiler, arguments)) = arguments.split_first() else {
        return ExitCode::FAILURE;
    };
    let status = Command::new(compiler).args(arguments).status();
    let name = arguments
        .windows(2)
        .find(|pair| pair.first().is_some_and(|flag| flag == "--crate-name"))
        .and_then(|pair| pair.last()?.to_str());
    if let (Some(name), Ok(usage)) = (name, getrusage(UsageWho::RUSAGE_CHILDREN)) {
        let user = usage.user_time();
        // Linux counts memory in KiB.
        let line = format!(
            "{name} {} {} {}\n",
            user.tv_sec(),
            user.tv_usec(),
            usage.max_rss()
        );
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("cannot note the compilation of {name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    match status.ok().and_then(|status| status.code()) {
        Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        None => ExitCode::FAILURE,
    }
}

/// Reads the runs that were noted.
pub(crate) fn runs(log: &Path) -> Vec<Run> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().filter_map(run).collect()
}

fn run(line: &str) -> Option<Run> {
    let mut words = line.split(' ');
    let krate = words.next()?.to_owned();
    let seconds: f64 = words.next()?.parse().ok()?;
    let micros: f64 = words.next()?.parse().ok()?;
    let kib: u64 = words.next()?.parse().ok()?;
    Some(Run {
        krate,
        cpu: seconds + micros / 1e6,
        memory: kib / 1024,
    })
}
