use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::ir::Api;
use crate::target::Target;

/// The line before the features that the generator writes into a manifest.
const BEGIN: &str = "# resources, written by codegen";
const END: &str = "# end of resources";

/// Writes the features of the resources into a manifest, between two marker lines.
///
/// Returns `None` when the manifest has no such lines.
pub fn manifest_features(manifest: &str, apis: &[(&Api, &Target)]) -> Option<String> {
    let (before, rest) = manifest.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let mut block = String::new();
    let mut all: Vec<String> = Vec::new();
    for (api, target) in apis {
        let features: BTreeSet<&str> = api
            .operations
            .iter()
            .map(|operation| operation.gate.feature.as_str())
            .collect();
        for feature in &features {
            let _ = writeln!(block, "{feature} = []");
        }
        let names: Vec<String> = features
            .iter()
            .map(|feature| format!("{feature:?}"))
            .collect();
        match target.name {
            "openmeter-v1" => {
                let _ = writeln!(block, "v1 = [{}]", names.join(", "));
            }
            "openmeter-v3" => {
                let _ = writeln!(block, "v3 = [{}]", names.join(", "));
                block += "v3-unstable = []\nv3-internal = [\"v3-unstable\"]\n";
                all.extend(["\"v3-internal\"".to_owned()]);
            }
            _ => {}
        }
        all.extend(names);
    }
    all.push("\"webhooks\"".to_owned());
    let _ = writeln!(block, "full = [{}]", all.join(", "));
    Some(format!("{before}{BEGIN}\n{block}{END}{after}"))
}
