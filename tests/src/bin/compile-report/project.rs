//! Throw-away cargo projects in which the subjects are compiled.

use std::path::{Path, PathBuf};

use billing_tests::measure::compiler::{Recorder, Used};

use crate::subjects::{APP, Subject};

const APP_SOURCE: &str = include_str!("../../../measure/app/main.rs");

/// What compiling a subject took.
pub(crate) struct Measured {
    /// The counted crate in the best run.
    pub(crate) used: Used,
    /// CPU seconds and crates of the whole build, when the run began with nothing compiled.
    pub(crate) whole: Option<(f64, usize)>,
}

/// The folder in which projects are made and compiled.
pub(crate) struct Workshop {
    pub(crate) workspace: PathBuf,
    folder: PathBuf,
    recorder: Recorder,
}

impl Workshop {
    pub(crate) fn new() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = program
            .parent()
            .ok_or("this program has no folder")?
            .join("compile-report-projects");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("the workspace is not there")?
            .to_owned();
        let _ = std::fs::remove_dir_all(&folder);
        Ok(Self {
            workspace,
            recorder: Recorder::new(&folder)?,
            folder,
        })
    }

    /// Compiles a subject `runs` times.
    pub(crate) fn measure(&self, subject: &Subject, runs: u32) -> Result<Measured, String> {
        let project = self.folder.join(slug(subject.name));
        self.write(&project, subject)?;
        self.recorder.cargo(&project, &["fetch", "--quiet"])?;
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
        let counted = subject.counted.replace('-', "_");
        let mut best: Option<Used> = None;
        for number in 0..runs.max(1) {
            if number > 0 || !fresh {
                self.recorder.cargo(&project, &clean)?;
            }
            let compiled = self.recorder.cargo(&project, &build)?;
            if number == 0 && fresh {
                let cpu = |used: &Used| used.cpu + used.linked.unwrap_or_default();
                whole = Some((
                    compiled.iter().map(|(_, used)| cpu(used)).sum(),
                    compiled.len(),
                ));
            }
            let (_, used) = compiled
                .into_iter()
                .find(|(krate, _)| *krate == counted)
                .ok_or_else(|| format!("{counted} was not compiled"))?;
            if best.is_none_or(|best| used.cpu < best.cpu) {
                best = Some(used);
            }
        }
        let used = best.ok_or("nothing was compiled")?;
        Ok(Measured { used, whole })
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
}

fn slug(name: &str) -> String {
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}
