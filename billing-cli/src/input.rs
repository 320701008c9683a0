//! Reading the catalog that the user names.

use std::io::Read;
use std::path::Path;

use billing_core::catalog::{Catalog, CatalogBuilder, CatalogFormat};

use crate::cli::CatalogFile;
use crate::failure::Failure;

/// Reads a catalog without checking it.
pub(crate) fn read(source: &CatalogFile) -> Result<CatalogBuilder, Failure> {
    let path = source.file.as_path();
    let name = display_name(path);
    let (text, format) = if is_stdin(path) {
        let text = text(path)?;
        let format = source.input_format.map(CatalogFormat::from);
        let format = format.unwrap_or_else(|| CatalogFormat::sniff(&text));
        (text, format)
    } else {
        let format = match source.input_format {
            Some(format) => format.into(),
            None => CatalogFormat::from_path(path).ok_or_else(|| {
                Failure::Unreadable(format!(
                    "{name}: the name does not tell the format; add --input-format json, yaml or toml"
                ))
            })?,
        };
        (text(path)?, format)
    };
    if matches!(format, CatalogFormat::Json) && text.trim().is_empty() {
        return Err(Failure::Unreadable(format!(
            "{name} is empty; expected a catalog"
        )));
    }
    CatalogBuilder::parse(&text, format).map_err(|mut malformed| {
        malformed.file = Some(name);
        Failure::Unreadable(malformed.to_string())
    })
}

/// Reads a catalog that has to be valid.
pub(crate) fn load(source: &CatalogFile) -> Result<Catalog, Failure> {
    let name = display_name(&source.file);
    read(source)?.build().map_err(|invalid| {
        let mut errors = invalid.report().errors();
        let first = errors.next().map(ToString::to_string).unwrap_or_default();
        let more = match errors.count() {
            0 => String::new(),
            count => format!(" (and {count} more: see billing validate)"),
        };
        Failure::catalog(format_args!("{name}: {first}{more}"))
    })
}

/// The bytes of a file as they are, or of standard input.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if is_stdin(path) {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| {
        Failure::Unreadable(format!("cannot read {}: {error}", display_name(path)))
    })
}

/// The text of a file, or of standard input.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Failure::Unreadable(format!(
            "cannot read {}: it is not UTF-8 text (byte {place})",
            display_name(path)
        ))
    })
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

pub(crate) fn display_name(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".into()
    } else {
        path.display().to_string()
    }
}
