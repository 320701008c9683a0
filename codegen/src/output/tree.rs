use std::path::{Path, PathBuf};

use crate::Error;
use crate::emit::Files;

/// Returns the files that are not as they would be written, or would be removed.
///
/// # Errors
/// When a folder cannot be read.
pub fn stale(workspace: &Path, files: &Files) -> Result<Vec<PathBuf>, Error> {
    let mut stale = leftovers(workspace, files)?;
    for (path, text) in files {
        if std::fs::read_to_string(workspace.join(path)).ok().as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    Ok(stale)
}

/// Writes the files that changed and removes those that are not generated any more. Returns how
/// many were written.
///
/// # Errors
/// When a file cannot be written or removed.
pub fn write(workspace: &Path, files: &Files) -> Result<usize, Error> {
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
    Ok(changed)
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
