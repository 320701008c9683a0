//! The throw-away cargo workspace in which the strategies are compiled.

use std::path::{Path, PathBuf};

use billing_tests::measure::compiler::{Recorder, Used};

use crate::model::Model;
use crate::strategies::{STRATEGIES, Strategy};

const DECODE: &str = include_str!("crates/decode.rs");

pub(crate) struct Project {
    folder: PathBuf,
    recorder: Recorder,
}

impl Project {
    /// Writes the crates of every strategy: the types, an application, and a program that decodes.
    pub(crate) fn write(model: &Model) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = program
            .parent()
            .ok_or("this program has no folder")?
            .join("strategy-report-project");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("the workspace is not there")?;
        let _ = std::fs::remove_dir_all(&folder);
        let client_core = format!("{:?}", workspace.join("client-core"));
        for strategy in &STRATEGIES {
            let name = strategy.name;
            let write = |part: &str, file: &str, source: &str, dependencies: &[String]| {
                let manifest = format!(
                    "[package]\nname = \"{name}-{part}\"\nversion = \"0.0.0\"\n\
                     edition = \"2024\"\n\n[dependencies]\n{}\n",
                    dependencies.join("\n").replace("CLIENT_CORE", &client_core)
                );
                let package = folder.join(format!("{name}-{part}"));
                write(&package.join("Cargo.toml"), &manifest)?;
                write(&package.join("src").join(file), source)
            };
            let mut used: Vec<String> = owned(strategy.dependencies);
            if let Some((source, dependencies)) = strategy.support {
                write("support", "lib.rs", source, &owned(dependencies))?;
                used.push(format!(
                    "{name}-support = {{ path = \"../{name}-support\" }}"
                ));
            }
            write("models", "lib.rs", &(strategy.generate)(model), &used)?;
            used.push(format!(
                "models = {{ package = \"{name}-models\", path = \"../{name}-models\" }}"
            ));
            write("app", "main.rs", &strategy.application(model), &used)?;
            write("decode", "main.rs", DECODE, &used)?;
        }
        write(
            &folder.join("Cargo.toml"),
            // What strips or links would be counted, and is not the work of the compiler.
            "[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n[profile.release]\nstrip = false\n",
        )?;
        write(
            &folder.join(".cargo/config.toml"),
            "[build]\ntarget-dir = \"target\"\nincremental = false\n",
        )?;
        let lock = folder.join("Cargo.lock");
        std::fs::copy(workspace.join("Cargo.lock"), &lock)
            .map_err(|error| format!("{}: {error}", lock.display()))?;
        Ok(Self {
            recorder: Recorder::new(&folder)?,
            folder,
        })
    }

    /// The folder in which the texts to decode are.
    pub(crate) fn documents(&self) -> PathBuf {
        self.folder.join("documents")
    }

    /// Lines of the generated crate.
    pub(crate) fn lines(&self, strategy: &Strategy) -> Result<usize, String> {
        let path = self
            .folder
            .join(format!("{}-models/src/lib.rs", strategy.name));
        std::fs::read_to_string(&path)
            .map(|text| text.lines().count())
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Compiles the types `runs` times; the least of what the compiler used.
    pub(crate) fn compile_models(
        &self,
        strategy: &Strategy,
        release: bool,
        runs: u32,
    ) -> Result<Used, String> {
        self.compile(&format!("{}-models", strategy.name), release, runs)
    }

    /// Compiles the application in release `runs` times.
    pub(crate) fn compile_application(
        &self,
        strategy: &Strategy,
        runs: u32,
    ) -> Result<Used, String> {
        let package = format!("{}-app", strategy.name);
        self.compile(&package, true, runs)
    }

    fn compile(&self, package: &str, release: bool, runs: u32) -> Result<Used, String> {
        let mut options = vec!["--quiet", "--offline", "--package", package];
        if release {
            options.push("--release");
        }
        let krate = package.replace('-', "_");
        let mut best: Option<Used> = None;
        for _ in 0..runs.max(1) {
            self.cargo(&[&["clean"], options.as_slice()].concat())?;
            let (_, used) = self
                .cargo(&[&["build"], options.as_slice()].concat())?
                .into_iter()
                .find(|(name, _)| *name == krate)
                .ok_or_else(|| format!("{krate} was not compiled"))?;
            best = Some(best.map_or(used, |best| Used {
                cpu: best.cpu.min(used.cpu),
                memory: best.memory.min(used.memory),
                ..used
            }));
        }
        best.ok_or_else(|| format!("{krate} was not compiled"))
    }

    /// Compiles the program that decodes, in release, and returns where it is.
    pub(crate) fn build_decoder(&self, strategy: &Strategy) -> Result<PathBuf, String> {
        let package = format!("{}-decode", strategy.name);
        self.cargo(&[
            "build",
            "--quiet",
            "--offline",
            "--release",
            "--package",
            &package,
        ])?;
        Ok(self.folder.join("target/release").join(package))
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Vec<(String, Used)>, String> {
        self.recorder.cargo(&self.folder, arguments)
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}
