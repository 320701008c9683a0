//! Throw-away cargo projects in which the subjects are compiled.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::recorder::{self, LINKED, LINKER, LOG};
use crate::subjects::{APP, Subject};

const APP_SOURCE: &str = include_str!("../../../measure/app/main.rs");

/// What compiling a subject took.
pub(crate) struct Measured {
    /// User CPU seconds of the counted crate without linking, the best run.
    pub(crate) cpu: f64,
    /// User CPU seconds of linking the application, in that run.
    pub(crate) linked: Option<f64>,
    /// Peak memory in MiB of the counted crate, the best run.
    pub(crate) memory: u64,
    /// CPU seconds and crates of the whole build, when the run began with nothing compiled.
    pub(crate) whole: Option<(f64, usize)>,
}

/// The folder in which projects are made and compiled.
pub(crate) struct Workshop {
    pub(crate) workspace: PathBuf,
    folder: PathBuf,
    wrapper: PathBuf,
    /// A link to this program, under which it is the linker.
    linker: PathBuf,
}

impl Workshop {
    pub(crate) fn new() -> Result<Self, String> {
        let wrapper = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = wrapper
            .parent()
            .ok_or("this program has no folder")?
            .join("compile-report-projects");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("the workspace is not there")?
            .to_owned();
        let _ = std::fs::remove_dir_all(&folder);
        let linker = folder.join("cc");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::os::unix::fs::symlink(&wrapper, &linker))
            .map_err(|error| format!("{}: {error}", linker.display()))?;
        Ok(Self {
            workspace,
            folder,
            wrapper,
            linker,
        })
    }

    /// Compiles a subject `runs` times.
    pub(crate) fn measure(&self, subject: &Subject, runs: u32) -> Result<Measured, String> {
        let project = self.folder.join(slug(subject.name));
        self.write(&project, subject)?;
        self.cargo(&project, &["fetch", "--quiet"])?;
        let log = project.join("compilations");
        let mut build = vec!["build", "--quiet", "--offline"];
        if subject.release {
            build.push("--release");
        }
        let package = if subject.counted == APP {
            APP
        } else {
            subject.dependency
        };
        let mut clean = vec!["clean", "--quiet", "--package", package];
        if subject.release {
            clean.push("--release");
        }

        let fresh = !self.target(subject).exists();
        let mut whole = None;
        let mut best: Option<Measured> = None;
        for number in 0..runs.max(1) {
            if number > 0 || !fresh {
                self.cargo(&project, &clean)?;
            }
            let _ = std::fs::remove_file(&log);
            self.cargo(&project, &build)?;
            let compiled = recorder::runs(&log);
            if number == 0 && fresh {
                whole = Some((compiled.iter().map(|run| run.cpu).sum(), compiled.len()));
            }
            let counted = subject.counted.replace('-', "_");
            let find = |name: &str| compiled.iter().find(|run| run.krate == name);
            let run = find(&counted).ok_or_else(|| format!("{counted} was not compiled"))?;
            let linked = find(LINKED).map(|run| run.cpu);
            let measured = Measured {
                cpu: run.cpu - linked.unwrap_or_default(),
                linked,
                memory: run.memory,
                whole,
            };
            if best.as_ref().is_none_or(|best| measured.cpu < best.cpu) {
                best = Some(measured);
            }
        }
        let best = best.ok_or("nothing was compiled")?;
        Ok(Measured { whole, ..best })
    }

    /// Subjects with the same dependencies share what is compiled of them.
    fn target(&self, subject: &Subject) -> PathBuf {
        let transport = if subject.features.is_some() {
            "without"
        } else {
            "with"
        };
        let profile = if subject.release { "release" } else { "debug" };
        self.folder
            .join(format!("target-{transport}-transport"))
            .join(profile)
    }

    fn write(&self, project: &Path, subject: &Subject) -> Result<(), String> {
        let dependency = subject.dependency;
        let path = self.workspace.join(dependency);
        let features = match subject.features {
            Some(features) => format!(", default-features = false, features = {features:?}"),
            None => String::new(),
        };
        let mut manifest = format!(
            "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\n{dependency} = {{ path = {path:?}{features} }}\n"
        );
        let (file, source) = if subject.counted == APP {
            manifest += "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n";
            ("src/main.rs", APP_SOURCE)
        } else {
            ("src/lib.rs", "")
        };
        let copy_lock = || {
            std::fs::create_dir_all(project.join("src"))?;
            std::fs::write(project.join("Cargo.toml"), manifest)?;
            std::fs::copy(
                self.workspace.join("Cargo.lock"),
                project.join("Cargo.lock"),
            )?;
            let name = self.target(subject);
            let target = name.parent().unwrap_or(&name);
            std::fs::create_dir_all(project.join(".cargo"))?;
            std::fs::write(
                project.join(".cargo/config.toml"),
                format!("[build]\ntarget-dir = {target:?}\n"),
            )?;
            std::fs::write(project.join(file), source)
        };
        copy_lock().map_err(|error| format!("{}: {error}", project.display()))
    }

    fn cargo(&self, project: &Path, arguments: &[&str]) -> Result<(), String> {
        let status = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(project)
            .env("RUSTC_WRAPPER", &self.wrapper)
            .env(LOG, project.join("compilations"))
            .env(LINKER, &self.linker)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .status()
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!(
                "`cargo {}` failed in {}",
                arguments.join(" "),
                project.display()
            ))
        }
    }
}

fn slug(name: &str) -> String {
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}
