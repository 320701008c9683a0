//! The wrapper: runs the compiler, or the linker, and notes what it used.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

use crate::subjects::APP;

/// Names the file to which every run of the compiler and the linker adds a line; its presence
/// makes this program a wrapper.
pub(crate) const LOG: &str = "BILLING_COMPILE_LOG";

/// Names the link to this program under which it wraps the linker of the application.
pub(crate) const LINKER: &str = "BILLING_COMPILE_LINKER";

/// One run of the compiler or the linker.
pub(crate) struct Run {
    /// The crate, or [`LINKED`].
    pub(crate) krate: String,
    /// User CPU seconds, those of the linker included.
    pub(crate) cpu: f64,
    /// Peak resident memory in MiB.
    pub(crate) memory: u64,
}

/// What stands for the linker of the application among the crates.
pub(crate) const LINKED: &str = "(linker)";

/// Runs the command line that cargo gives to its `RUSTC_WRAPPER`, or the compiler to its linker.
pub(crate) fn wrap(log: &Path) -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let own = arguments.remove(0);
    if Path::new(&own).file_name() == Some(OsStr::new("cc")) {
        return run(log, OsStr::new("cc"), &arguments, Some(LINKED));
    }
    if arguments.is_empty() {
        return ExitCode::FAILURE;
    }
    let compiler = arguments.remove(0);
    let name = arguments
        .windows(2)
        .find(|pair| pair.first().is_some_and(|flag| flag == "--crate-name"))
        .and_then(|pair| pair.last()?.to_str())
        .map(str::to_owned);
    if let (Some(APP), Some(linker)) = (name.as_deref(), std::env::var_os(LINKER)) {
        let mut flag = OsString::from("-Clinker=");
        flag.push(linker);
        arguments.push(flag);
    }
    run(log, &compiler, &arguments, name.as_deref())
}

fn run(log: &Path, program: &OsStr, arguments: &[OsString], name: Option<&str>) -> ExitCode {
    let status = Command::new(program).args(arguments).status();
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
    text.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Run> {
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
