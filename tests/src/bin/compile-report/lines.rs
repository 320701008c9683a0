//! How much is generated.

use std::path::Path;

/// The folders of each document's generated code.
const DOCUMENTS: [(&str, &str); 3] = [
    ("polar.json", "polar-client/src/generated"),
    ("openmeter-v1.yaml", "openmeter-client/src/generated/v1"),
    ("openmeter-v3.yaml", "openmeter-client/src/generated/v3"),
];

pub(crate) fn print(workspace: &Path) -> Result<(), String> {
    println!("| document | generated files | lines | of which documentation |");
    println!("|---|---|---|---|");
    for (document, folder) in DOCUMENTS {
        let mut total = Count::default();
        let mut folders = vec![workspace.join(folder)];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    total.add(&text);
                }
            }
        }
        println!(
            "| {document} | {} | {} | {} |",
            total.files, total.lines, total.docs
        );
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    files: usize,
    lines: usize,
    docs: usize,
}

impl Count {
    fn add(&mut self, text: &str) {
        self.files += 1;
        self.lines += text.lines().count();
        self.docs += text
            .lines()
            .filter(|line| line.trim_start().starts_with("//"))
            .count();
    }
}
