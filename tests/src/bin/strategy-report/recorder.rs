//! The wrapper: runs the compiler and notes what it used.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

/// Names the file to which every run of the compiler adds a line; its presence makes this program
/// the wrapper.
pub(crate) const LOG: &str = "BILLING_STRATEGY_LOG";

/// What one run of the compiler used.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// User CPU seconds.
    pub(crate) cpu: f64,
    /// Peak resident memory in MiB.
    pub(crate) memory: u64,
}

/// Runs the command line that cargo gives to its `RUSTC_WRAPPER`.
pub(crate) fn wrap(log: &Path) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
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
        let cpu = user.tv_sec() as f64 + user.tv_usec() as f64 / 1e6;
        // Linux counts memory in KiB.
        let line = format!("{name} {cpu} {}\n", usage.max_rss() / 1024);
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

/// Reads what the last run for a crate used.
pub(crate) fn used(log: &Path, krate: &str) -> Option<Used> {
    let text = std::fs::read_to_string(log).ok()?;
    text.lines().rev().find_map(|line| {
        let mut words = line.split(' ');
        if words.next()? != krate {
            return None;
        }
        Some(Used {
            cpu: words.next()?.parse().ok()?,
            memory: words.next()?.parse().ok()?,
        })
    })
}
