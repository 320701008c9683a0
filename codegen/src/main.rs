//! The generator's command line: see `--help`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use codegen::document::Document;
use codegen::emit::{Context, Files, emit, manifest_features, write_index};
use codegen::ir::Api;
use codegen::overlay::{Overlay, Phrases};
use codegen::target::{TARGETS, Target};
use codegen::{Error, coverage, lower, overlay, wording};

const HELP: &str = "\
Generates the Polar and OpenMeter clients from their API descriptions.

Usage: codegen [--check | --coverage] [--specs DIR]

  --check     write nothing; fail when what is committed is not current
  --coverage  list operations, schemas and webhooks that have no Rust counterpart, and phrases
              that are false or doubtful where they stand
  --specs DIR the folder of the documents (default: ../shared/specs, or CODEGEN_SPECS)";

/// A document with everything that is made of it.
struct Loaded {
    target: &'static Target,
    document: Document,
    overlay: Overlay,
    api: Api,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("codegen: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    let mut specs = std::env::var_os("CODEGEN_SPECS")
        .map_or_else(|| workspace.join("../shared/specs"), PathBuf::from);
    let mut check = false;
    let mut list = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => check = true,
            "--coverage" => list = true,
            "--specs" => specs = arguments.next().map(PathBuf::from).unwrap_or_default(),
            _ => {
                println!("{HELP}");
                return Ok(ExitCode::from(u8::from(argument != "--help") * 2));
            }
        }
    }
    let loaded = load(workspace, &specs)?;
    let path = workspace.join("codegen/overlay/fields.toml");
    let phrases: Phrases = overlay::load(&path)?;
    let contexts: Vec<Context<'_>> = loaded.iter().map(|one| one.context(&phrases)).collect();
    if list {
        return report(&loaded, &contexts);
    }
    let faults = wording::faults(&contexts);
    if !faults.is_empty() {
        return Err(Error::Document {
            path,
            message: faults.join("\n  "),
        });
    }
    let files = format(generate(workspace, &loaded, &phrases)?)?;
    if check {
        verify(workspace, &files)
    } else {
        write(workspace, &files)
    }
}

fn load(workspace: &Path, specs: &Path) -> Result<Vec<Loaded>, Error> {
    TARGETS
        .iter()
        .map(|target| {
            let document = Document::load(&specs.join(target.document))?;
            let overlay: Overlay =
                overlay::load(&workspace.join("codegen/overlay").join(target.overlay))?;
            let api = lower::lower(&document, &overlay, target)?;
            Ok(Loaded {
                target,
                document,
                overlay,
                api,
            })
        })
        .collect()
}

fn generate(workspace: &Path, loaded: &[Loaded], phrases: &Phrases) -> Result<Files, Error> {
    let mut files = Files::new();
    let mut crates: BTreeMap<&str, Vec<&Loaded>> = BTreeMap::new();
    for one in loaded {
        files.extend(emit(&one.context(phrases)));
        crates.entry(one.target.krate).or_default().push(one);
    }
    for (krate, members) in crates {
        let manifest = PathBuf::from(krate).join("Cargo.toml");
        let path = workspace.join(&manifest);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        let apis: Vec<(&Api, &Target)> = members.iter().map(|one| (&one.api, one.target)).collect();
        let text = manifest_features(&text, &apis).ok_or_else(|| Error::Document {
            path,
            message: "the marker lines for the features of the resources are missing".to_owned(),
        })?;
        files.insert(manifest, text);
        let contexts: Vec<Context<'_>> = members.iter().map(|one| one.context(phrases)).collect();
        files.insert(
            PathBuf::from(krate).join("llms.txt"),
            write_index(krate, &contexts),
        );
    }
    Ok(files)
}

impl Loaded {
    fn context<'a>(&'a self, phrases: &'a Phrases) -> Context<'a> {
        Context {
            api: &self.api,
            overlay: &self.overlay,
            phrases,
            target: self.target,
        }
    }
}

/// Runs rustfmt over every Rust file, so that `cargo fmt` finds nothing to change.
fn format(files: Files) -> Result<Files, Error> {
    let mut out = Files::new();
    for (path, text) in files {
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        let text = if is_rust {
            rustfmt(&path, &text)?
        } else {
            text
        };
        out.insert(path, text);
    }
    Ok(out)
}

fn rustfmt(path: &Path, text: &str) -> Result<String, Error> {
    let failed = |message: String| Error::Format(format!("{}: {message}", path.display()));
    let mut child = Command::new("rustfmt")
        .args([
            "--edition",
            "2024",
            "--config",
            "max_width=100,use_field_init_shorthand=true",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut input = child
        .stdin
        .take()
        .ok_or_else(|| failed("no standard input".to_owned()))?;
    let owned = text.to_owned();
    let feeder = std::thread::spawn(move || input.write_all(owned.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    let _ = feeder.join();
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

fn verify(workspace: &Path, files: &Files) -> Result<ExitCode, Error> {
    let mut stale: Vec<String> = Vec::new();
    for (path, text) in files {
        if std::fs::read_to_string(workspace.join(path)).ok().as_ref() != Some(text) {
            stale.push(path.display().to_string());
        }
    }
    stale.extend(
        leftovers(workspace, files)?
            .iter()
            .map(|path| path.display().to_string()),
    );
    if stale.is_empty() {
        println!("generated code is current: {} files", files.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("not current, run `cargo run -p codegen`:");
    stale.iter().for_each(|path| println!("  {path}"));
    Ok(ExitCode::FAILURE)
}

fn write(workspace: &Path, files: &Files) -> Result<ExitCode, Error> {
    for path in leftovers(workspace, files)? {
        std::fs::remove_file(workspace.join(&path)).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
    }
    let mut changed = 0;
    for (path, text) in files {
        let full = workspace.join(path);
        if std::fs::read_to_string(&full).ok().as_ref() == Some(text) {
            continue;
        }
        let parent = full.parent().unwrap_or(workspace);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&full, text))
            .map_err(|source| Error::Write {
                path: full.clone(),
                source,
            })?;
        changed += 1;
    }
    println!("{} files, {changed} written", files.len());
    Ok(ExitCode::SUCCESS)
}

/// Files in the generated folders that are not generated any more.
fn leftovers(workspace: &Path, files: &Files) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for folder in [
        "polar-client/src/generated",
        "openmeter-client/src/generated",
        "tests/src/generated",
    ] {
        walk(workspace, Path::new(folder), &mut found)?;
    }
    found.retain(|path| !files.contains_key(path));
    Ok(found)
}

fn walk(workspace: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let Ok(entries) = std::fs::read_dir(workspace.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.map_err(|source| Error::Read {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            walk(workspace, &path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

fn report(loaded: &[Loaded], contexts: &[Context<'_>]) -> Result<ExitCode, Error> {
    let mut complete = true;
    for one in loaded {
        let found = coverage::compare(&one.document, &one.api)?;
        println!(
            "{}: {} operations, {} missing; {} schemas, {} missing; {} webhooks, {} missing",
            one.target.document,
            found.operations,
            found.missing_operations.len(),
            found.schemas,
            found.missing_schemas.len(),
            found.webhooks,
            found.missing_webhooks.len()
        );
        for name in found
            .missing_operations
            .iter()
            .chain(&found.missing_schemas)
            .chain(&found.missing_webhooks)
        {
            complete = false;
            println!("  missing: {name}");
        }
    }
    for context in contexts {
        for text in wording::doubtful(context) {
            println!("  doubtful in {}: {text}", context.target.name);
        }
    }
    for fault in wording::faults(contexts) {
        complete = false;
        println!("  false: {fault}");
    }
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
