//! Members that no catalog has, and metadata that compiling replaces.

use crate::catalog::issue::IssueCode;
use crate::catalog::metadata::Metadata;
use crate::catalog::validate::Check;

/// Names that compiled metadata always carries.
const STAMPS: &[&str] = &[
    "catalogPlanId",
    "catalogPlanKey",
    "catalogAddonId",
    "catalogAddonKey",
    "catalogTopupId",
    "catalogTopupKey",
    "catalogFeatureId",
    "catalogPriceId",
];

impl Check<'_> {
    pub(super) fn unknown_members(
        &mut self,
        place: impl Fn() -> String,
        known: &[&str],
        extra: &Metadata,
    ) {
        for (name, _) in extra.iter() {
            if name.starts_with('$') || name.starts_with("x-") {
                continue;
            }
            let place = place();
            let path = if place.is_empty() {
                name.to_string()
            } else {
                format!("{place}.{name}")
            };
            let message = match closest(name, known.iter().copied()) {
                Some(known) => format!("`{name}` is not known here; did you mean `{known}`?"),
                None => format!("`{name}` is not known here"),
            };
            self.report(IssueCode::UnknownMember, path, message);
        }
    }

    pub(super) fn reserved_metadata(
        &mut self,
        place: &dyn Fn() -> String,
        metadata: &Metadata,
        also: Option<&str>,
    ) {
        for (name, _) in metadata.iter() {
            if STAMPS.contains(&name.as_str()) || also == Some(name.as_str()) {
                self.report(
                    IssueCode::ReservedMetadata,
                    format!("{}.metadata.{name}", place()),
                    format!("`{name}` is written by compiling"),
                );
            }
        }
    }
}

/// The known name that differs little enough to have been meant.
pub(crate) fn closest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let bare = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let name = bare(name);
    known
        .map(|known| (strsim::osa_distance(&name, &bare(known)), known))
        .filter(|(distance, known)| *distance <= 2 && *distance * 2 < known.len())
        .min()
        .map(|(_, known)| known)
}
