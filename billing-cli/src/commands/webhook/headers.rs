//! The headers of a webhook, from the command line and from a file.

use std::path::Path;

use indexmap::IndexMap;

use crate::cli::{Signed, is_header_name};
use crate::failure::Failure;
use crate::input;

pub(super) type Headers = Vec<(String, String)>;

/// Reads all headers; those of the command line replace those of the file.
pub(super) fn read(signed: &Signed) -> Result<Headers, Failure> {
    let given = &signed.header;
    let mut headers = given.clone();
    if let Some(file) = &signed.headers {
        let replaced = |name: &str| given.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        headers.extend(
            of_file(file)?
                .into_iter()
                .filter(|(name, _)| !replaced(name)),
        );
    }
    Ok(headers)
}

fn of_file(file: &Path) -> Result<Headers, Failure> {
    let text = input::text(file)?;
    let name = input::display_name(file);
    if text.trim_start().starts_with('{') {
        let members: IndexMap<String, String> = serde_json::from_str(&text).map_err(|error| {
            Failure::Unreadable(format!(
                "{name}: expected a JSON object of header names and texts: {error}"
            ))
        })?;
        return Ok(members.into_iter().collect());
    }
    let mut headers = Headers::new();
    for (index, line) in text.lines().enumerate() {
        let request_line = index == 0 && line.contains(" HTTP/");
        if request_line || line.trim().is_empty() {
            continue;
        }
        let (header, value) = line
            .split_once(':')
            .filter(|(header, _)| is_header_name(header.trim()))
            .ok_or_else(|| {
                let line = index + 1;
                Failure::Unreadable(format!("{name}:{line}: expected `name: value`"))
            })?;
        headers.push((header.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(headers)
}
