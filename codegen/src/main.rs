//! The generator's command line: see `--help`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use codegen::document::Document;
use codegen::emit::{Context, Files, emit, manifest_features, write_index};
use codegen::ir::Api;
use codegen::overlay::{Overlay, Phrases};
use codegen::target::{TARGETS, Target};
use codegen::{Error, coverage, lower, output, overlay, wording};

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
    let files = output::format(workspace, generate(workspace, &loaded, &phrases)?)?;
    if !check {
        let changed = output::write(workspace, &files)?;
        println!("{} files, {changed} written", files.len());
        return Ok(ExitCode::SUCCESS);
    }
    let stale = output::stale(workspace, &files)?;
    if stale.is_empty() {
        println!("generated code is current: {} files", files.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("not current, run `cargo run -p codegen`:");
    stale
        .iter()
        .for_each(|path| println!("  {}", path.display()));
    Ok(ExitCode::FAILURE)
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
