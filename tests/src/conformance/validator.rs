//! Starting and stopping the validator and the sample servers.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shared;

/// The names of the documents, and the ports where their validators listen.
pub const DOCUMENTS: [(&str, u16); 3] = [
    ("polar", 4010),
    ("openmeter-v1", 4011),
    ("openmeter-v3", 4012),
];

/// Held by the run that has the validators' ports.
const LOCK_PORT: u16 = 4009;
const PATIENCE: Duration = Duration::from_secs(600);

/// Why there is no validator.
#[derive(Debug)]
pub enum Unavailable {
    /// Something that it needs is not there and cannot be installed.
    LeftOut(String),
    /// It was to run and did not.
    Failed(String),
}

/// Running validators; they end when this is dropped.
#[derive(Debug)]
pub struct Validator {
    script: PathBuf,
    folder: PathBuf,
    _lock: TcpListener,
}

impl Validator {
    /// Installs what is needed into a cache, and starts the validators and sample servers with the
    /// answers of a seed, at least `samples` for each schema.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start(seed: u64, samples: usize) -> Result<Self, Unavailable> {
        let script = shared::path("conformance/validator.sh")
            .ok_or_else(|| Unavailable::LeftOut("the validator is not provided".to_owned()))?;
        for tool in ["bash", "node", "npm", "python3"] {
            let found = Command::new(tool)
                .arg("--version")
                .stdin(Stdio::null())
                .output();
            if !found.is_ok_and(|output| output.status.success()) {
                return Err(Unavailable::LeftOut(format!("{tool} is not installed")));
            }
        }
        let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(std::env::temp_dir, Into::into);
        let folder = cache.join("billing-conformance");
        let lock = lock()?;
        let validator = Self {
            script,
            folder,
            _lock: lock,
        };
        if busy() {
            // A run that was killed leaves its servers; no other run is alive, as the lock shows.
            validator.run("down", seed, samples)?;
            wait("a port of the validators", || (!busy()).then_some(()))?;
        }
        if let Err(Unavailable::Failed(reason)) = validator.run("install", seed, samples) {
            return Err(Unavailable::LeftOut(reason));
        }
        validator.run("up", seed, samples)?;
        for (name, _) in DOCUMENTS {
            validator.arguments(name, seed)?;
        }
        Ok(validator)
    }

    /// The arguments for a document.
    pub fn arguments_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("arguments-{name}.json"))
    }

    /// The answers for a document.
    pub fn answers_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("samples-{name}.json"))
    }

    fn run(&self, step: &str, seed: u64, samples: usize) -> Result<(), Unavailable> {
        let mut command = Command::new("bash");
        command.arg(&self.script).arg(step).arg(&self.folder);
        command
            .env("SEED", seed.to_string())
            .env("N", samples.to_string());
        finish(command, &format!("validator.sh {step}"))
    }

    fn arguments(&self, name: &str, seed: u64) -> Result<(), Unavailable> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance/arguments.py");
        let mut command = Command::new(self.folder.join("venv/bin/python"));
        command.arg(own).args(self.script.parent());
        command.arg(self.folder.join(format!("spec-{name}.json")));
        command
            .arg(self.arguments_of(name))
            .args(["--seed", &seed.to_string()]);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        finish(command, &format!("arguments of {name}"))
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        let mut command = Command::new("bash");
        command.arg(&self.script).arg("down").arg(&self.folder);
        if let Err(error) = finish(command, "validator.sh down") {
            eprintln!("{error:?}");
        }
    }
}

fn finish(mut command: Command, step: &str) -> Result<(), Unavailable> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Unavailable::Failed(format!("{step}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Unavailable::Failed(format!(
        "{step}: {}: {}",
        output.status,
        text.trim()
    )))
}

fn busy() -> bool {
    DOCUMENTS.iter().any(|(_, port)| {
        [*port, port + 100]
            .iter()
            .any(|port| TcpListener::bind(("127.0.0.1", *port)).is_err())
    })
}

/// Two runs share the ports, so the second one waits for the first.
fn lock() -> Result<TcpListener, Unavailable> {
    wait("port 4009, by which one run keeps out others,", || {
        TcpListener::bind(("127.0.0.1", LOCK_PORT)).ok()
    })
}

fn wait<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> Result<T, Unavailable> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = ready() {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(Unavailable::Failed(format!("{what} is in use")))
}
