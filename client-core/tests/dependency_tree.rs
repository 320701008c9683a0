//! Without default features there is no HTTP client, no TLS and no async runtime in the tree.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

/// Returns the names of all crates that a build with these features contains.
fn tree(features: &[&str]) -> Vec<String> {
    tree_of("client-core", features)
}

fn tree_of(package: &str, features: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            package,
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .collect()
}

const HEAVY: [&str; 10] = [
    "reqwest",
    "hyper",
    "hyper-util",
    "h2",
    "tokio",
    "rustls",
    "native-tls",
    "openssl",
    "ring",
    "aws-lc-rs",
];

#[test]
fn the_bare_crate_and_webhooks_are_light() {
    for features in [
        &["--no-default-features"][..],
        &["--no-default-features", "--features", "webhooks"],
    ] {
        let crates = tree(features);
        assert!(crates.iter().any(|name| name == "http"));
        for heavy in HEAVY {
            assert!(
                !crates.iter().any(|name| name == heavy),
                "{features:?} brings {heavy}"
            );
        }
    }
}

#[test]
fn tls_comes_with_its_feature_alone() {
    let plain = tree(&["--no-default-features", "--features", "reqwest"]);
    assert!(plain.iter().any(|name| name == "hyper"));
    assert!(
        !plain
            .iter()
            .any(|name| name == "rustls" || name == "native-tls")
    );
    let own_provider = tree(&["--no-default-features", "--features", "rustls-no-provider"]);
    assert!(own_provider.iter().any(|name| name == "rustls"));
    assert!(
        !own_provider
            .iter()
            .any(|name| name == "aws-lc-rs" || name == "ring")
    );
}

#[test]
fn the_clients_are_as_light_as_the_runtime() {
    for package in ["polar-client", "openmeter-client"] {
        let light = ["--no-default-features", "--features", "customers,webhooks"];
        let crates = tree_of(package, &light);
        assert!(crates.iter().any(|name| name == "client-core"));
        for heavy in HEAVY {
            assert!(
                !crates.iter().any(|name| name == heavy),
                "{package} brings {heavy}"
            );
        }
        // Both kinds of TLS at once, as happens when two crates of an application choose.
        let both = ["--no-default-features", "--features", "native-tls,rustls"];
        let crates = tree_of(package, &both);
        for name in ["rustls", "native-tls"] {
            assert!(crates.iter().any(|found| found == name), "{package}");
        }
    }
}
