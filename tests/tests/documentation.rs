//! The documentation is whole: the indexes list every operation of the documents with the call
//! that makes it, and the docs of every operation say what a caller has to know.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use billing_tests::shared;
use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// One line of an index.
struct Listed {
    call: String,
    endpoint: String,
}

fn index(package: &str) -> Vec<Listed> {
    let text = fs::read_to_string(workspace().join(package).join("llms.txt")).unwrap();
    let entries = text.lines().filter_map(|line| line.strip_prefix("- `"));
    entries
        .map(|entry| {
            let (call, rest) = entry.split_once("` -> `").unwrap();
            let (returned, rest) = rest.split_once("`: `").unwrap();
            let (endpoint, summary) = rest.split_once("`. ").unwrap();
            assert!(!returned.is_empty() && summary.ends_with('.'), "{entry}");
            Listed {
                call: call.to_owned(),
                endpoint: endpoint.to_owned(),
            }
        })
        .collect()
}

fn endpoints(listed: &[&Listed]) -> BTreeSet<String> {
    let all: BTreeSet<_> = listed.iter().map(|it| it.endpoint.clone()).collect();
    assert_eq!(all.len(), listed.len(), "an endpoint is listed twice");
    all
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The endpoints of a JSON document.
fn of_json(name: &str) -> Option<BTreeSet<String>> {
    let document: Value = shared::json(name)?;
    let mut found = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if operations.get(method).is_some() {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    Some(found)
}

/// The endpoints of a YAML document that is written in blocks of two spaces.
fn of_yaml(name: &str) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(shared::path(name)?).unwrap();
    let (mut found, mut path) = (BTreeSet::new(), "");
    let paths = text.lines().skip_while(|line| *line != "paths:").skip(1);
    for line in paths.take_while(|line| line.starts_with(' ') || line.is_empty()) {
        if let Some(key) = line.strip_suffix(':') {
            if key.starts_with("  /") {
                path = key.trim();
            } else if let Some(method) = key.strip_prefix("    ")
                && METHODS.contains(&method)
            {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    Some(found)
}

#[test]
fn the_indexes_list_every_operation() {
    let polar = index("polar-client");
    let openmeter = index("openmeter-client");
    let (v3, v1): (Vec<_>, Vec<_>) = openmeter
        .iter()
        .partition(|it| it.call.starts_with("om.v3()."));
    let polar: Vec<_> = polar.iter().collect();
    assert_eq!((polar.len(), v1.len(), v3.len()), (190, 153, 101));

    let documents = [
        (of_json("specs/polar.json"), endpoints(&polar)),
        (of_yaml("specs/openmeter-v1.yaml"), endpoints(&v1)),
        (of_yaml("specs/openmeter-v3.yaml"), endpoints(&v3)),
    ];
    for (described, listed) in documents {
        if let Some(described) = described {
            assert_eq!(described, listed);
        }
    }
}

/// The generated files with operations, and their text.
fn resources(package: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![workspace().join(package).join("src/generated")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("models") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                if text.contains(": Operation = Operation {") {
                    found.push((path, text));
                }
            }
        }
    }
    found
}

/// The docs of each method that makes a request.
fn operations(text: &str) -> Vec<(String, String)> {
    let (mut docs, mut found) = (String::new(), Vec::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("///") {
            docs.push_str(doc);
            docs.push('\n');
        } else if let Some(method) = line.strip_prefix("pub fn ") {
            let mut body = String::new();
            while let Some(next) = lines.next_if(|next| !next.starts_with("    }")) {
                body.push_str(next);
            }
            if body.contains("crate::Request::new(") {
                let name = method.split('(').next().unwrap();
                found.push((name.to_owned(), std::mem::take(&mut docs)));
            }
            docs.clear();
        } else if !line.starts_with("#[") {
            docs.clear();
        }
    }
    found
}

#[test]
fn every_resource_opens_with_what_it_is_for_and_an_example() {
    for package in ["polar-client", "openmeter-client"] {
        let resources = resources(package);
        assert!(resources.len() > 20);
        for (path, text) in resources {
            let opening: String = text
                .lines()
                .filter_map(|line| line.strip_prefix("//!"))
                .collect();
            assert!(opening.contains("reached as"), "{}", path.display());
            assert!(opening.contains("```no_run"), "{}", path.display());
        }
    }
}

#[test]
fn every_operation_names_its_endpoint_errors_and_credential() {
    for (package, expected) in [("polar-client", 190), ("openmeter-client", 254)] {
        let mut count = 0;
        for (path, text) in resources(package) {
            for (name, docs) in operations(&text) {
                count += 1;
                let place = format!("{}: {name}", path.display());
                let first = docs.lines().next().unwrap().trim();
                assert!(first.ends_with('.') && first.len() > 12, "{place}: {first}");
                let endpoint = ["`GET /", "`POST /", "`PUT /", "`PATCH /", "`DELETE /"];
                assert!(endpoint.iter().any(|it| docs.contains(it)), "{place}");
                assert!(docs.contains("# Errors"), "{place}");
                if package == "polar-client" {
                    let credential = ["scope", "token", "credential"];
                    assert!(credential.iter().any(|it| docs.contains(it)), "{place}");
                }
            }
        }
        assert_eq!(count, expected, "{package}");
    }
}
