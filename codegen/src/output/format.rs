use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Error;
use crate::emit::Files;

/// Runs rustfmt over every Rust file, so that `cargo fmt` finds nothing to change.
///
/// # Errors
/// When rustfmt cannot be run, or what was generated is no Rust.
pub fn format(workspace: &Path, files: Files) -> Result<Files, Error> {
    let mut out = Files::new();
    for (path, text) in files {
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        let text = if is_rust {
            rustfmt(workspace, &path, &text)?
        } else {
            text
        };
        out.insert(path, text);
    }
    Ok(out)
}

fn rustfmt(workspace: &Path, path: &Path, text: &str) -> Result<String, Error> {
    let failed = |message: String| Error::Format(format!("{}: {message}", path.display()));
    let mut child = Command::new("rustfmt")
        .arg("--config-path")
        .arg(workspace.join("rustfmt.toml"))
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
