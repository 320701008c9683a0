//! What each run of the compiler uses. A report program runs cargo, and cargo runs that program
//! again as the wrapper of the compiler, and the compiler as its linker.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

/// Names the file to which every run adds a line; its presence makes a program the wrapper.
const LOG: &str = "BILLING_MEASURE_LOG";

/// Names the link to the program under which it is the linker.
const LINKER: &str = "BILLING_MEASURE_LINKER";

/// Tells the linker for which crate it runs.
const CRATE: &str = "BILLING_MEASURE_CRATE";

/// What compiling a crate used.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// User CPU seconds without those of the linker.
    pub cpu: f64,
    /// User CPU seconds of the linker, when there was something to link.
    pub linked: Option<f64>,
    /// Peak resident memory in MiB.
    pub memory: u64,
}

/// Runs cargo and notes what every compilation uses.
#[derive(Debug)]
pub struct Recorder {
    program: PathBuf,
    linker: PathBuf,
    log: PathBuf,
}

impl Recorder {
    /// Creates a recorder that keeps its notes in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn new(folder: &Path) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        // The name decides how the compiler speaks to its linker.
        let linker = folder.join("cc");
        let _ = std::fs::remove_file(&linker);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::os::unix::fs::symlink(&program, &linker))
            .map_err(|error| format!("{}: {error}", linker.display()))?;
        Ok(Self {
            program,
            linker,
            log: folder.join("compilations"),
        })
    }

    /// Runs cargo in a project and returns what it compiled, by crate.
    ///
    /// # Errors
    /// When cargo cannot be started or fails.
    pub fn cargo(&self, project: &Path, arguments: &[&str]) -> Result<Vec<(String, Used)>, String> {
        let _ = std::fs::remove_file(&self.log);
        let status = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(project)
            .env("RUSTC_WRAPPER", &self.program)
            .env(LOG, &self.log)
            .env(LINKER, &self.linker)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .status()
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        if status.success() {
            Ok(noted(&self.log))
        } else {
            Err(format!(
                "`cargo {}` failed in {}",
                arguments.join(" "),
                project.display()
            ))
        }
    }
}

/// Does the work of the wrapper when this process is one; a program asks before it does anything
/// else.
pub fn wrapped() -> Option<ExitCode> {
    let log = PathBuf::from(std::env::var_os(LOG)?);
    let mut arguments = std::env::args_os();
    let own = arguments.next()?;
    if Path::new(&own).file_name() == Some(OsStr::new("cc")) {
        let krate = std::env::var(CRATE).unwrap_or_default();
        return Some(run(
            &log,
            Command::new("cc").args(arguments),
            &format!("link {krate}"),
        ));
    }
    let compiler = arguments.next()?;
    let arguments: Vec<OsString> = arguments.collect();
    let name = arguments
        .windows(2)
        .find(|pair| pair.first().is_some_and(|flag| flag == "--crate-name"))
        .and_then(|pair| pair.last()?.to_str());
    let mut command = Command::new(compiler);
    command.args(&arguments);
    // Programs only: libraries are not linked, and build scripts do not count.
    let is_program = arguments.iter().any(|argument| argument == "bin");
    if let (Some(name), true, Some(linker)) = (name, is_program, std::env::var_os(LINKER)) {
        let mut flag = OsString::from("-Clinker=");
        flag.push(linker);
        command.arg(flag).env(CRATE, name);
    }
    Some(match name {
        Some(name) => run(&log, &mut command, &format!("compile {name}")),
        // Cargo asking for the version.
        None => exit(&mut command),
    })
}

fn run(log: &Path, command: &mut Command, what: &str) -> ExitCode {
    let code = exit(command);
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return ExitCode::FAILURE;
    };
    let user = usage.user_time();
    let cpu = user.tv_sec() as f64 + user.tv_usec() as f64 / 1e6;
    // Linux counts memory in KiB.
    let line = format!("{what} {cpu} {}\n", usage.max_rss() / 1024);
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log);
    match file.and_then(|mut file| file.write_all(line.as_bytes())) {
        Ok(()) => code,
        Err(error) => {
            eprintln!("cannot note `{what}`: {error}");
            ExitCode::FAILURE
        }
    }
}

fn exit(command: &mut Command) -> ExitCode {
    let code = command.status().ok().and_then(|status| status.code());
    code.map_or(ExitCode::FAILURE, |code| {
        ExitCode::from(u8::try_from(code).unwrap_or(1))
    })
}

/// Reads the notes. A linker's line stands before that of the compiler that ran it, which counts
/// the linker among its children.
fn noted(log: &Path) -> Vec<(String, Used)> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().filter_map(parse).collect();
    let of = |kind: &'static str| lines.iter().filter(move |line| line.0 == kind);
    of("compile")
        .map(|(_, krate, cpu, memory)| {
            let linked = of("link").find(|line| line.1 == *krate).map(|line| line.2);
            let used = Used {
                cpu: cpu - linked.unwrap_or_default(),
                linked,
                memory: *memory,
            };
            ((*krate).to_owned(), used)
        })
        .collect()
}

fn parse(line: &str) -> Option<(&str, &str, f64, u64)> {
    let mut words = line.split(' ');
    Some((
        words.next()?,
        words.next()?,
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
    ))
}
