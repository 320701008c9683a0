//! The material that is provided beside the project: samples, recordings, vectors. It is not part
//! of the project, so tests that need it say that they were left out when it is not there.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// Returns a path below the provided folder, when it exists.
pub fn path(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let path = base.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("left out: {name} is not provided");
    None
}

/// Reads a JSON file of the provided folder.
pub fn json<T: DeserializeOwned>(name: &str) -> Option<T> {
    let text = std::fs::read(path(name)?).ok()?;
    match serde_json::from_slice(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            eprintln!("left out: {name}: {error}");
            None
        }
    }
}

/// Reads a file of JSON lines of the provided folder.
pub fn json_lines<T: DeserializeOwned>(name: &str) -> Option<Vec<T>> {
    let text = std::fs::read_to_string(path(name)?).ok()?;
    let lines: Result<Vec<T>, _> = text.lines().map(serde_json::from_str).collect();
    match lines {
        Ok(lines) => Some(lines),
        Err(error) => {
            eprintln!("left out: {name}: {error}");
            None
        }
    }
}
