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
    let (text, format) = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::Unreadable(format!("cannot read {name}: {error}")))?;
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
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Unreadable(format!("cannot read {name}: {error}")))?;
        (text, format)
    };
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

pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".into()
    } else {
        path.display().to_string()
    }
}
