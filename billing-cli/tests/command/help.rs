//! What the command says about itself.

use super::support::{run, stderr, stdout};

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_ascii_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command with its subcommands, found by following the help texts.
fn walk(path: &[&str], found: &mut Vec<String>) {
    let args: Vec<&str> = path.iter().copied().chain(["--help"]).collect();
    let output = run(&args);
    let name = path.join(" ");
    assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{name}");
    let help = stdout(&output);
    assert!(
        help.contains(format!("Usage: billing {name}").trim_end()),
        "{name}: {help}"
    );
    assert!(help.contains("--format <FORMAT>"), "{name}: {help}");
    assert!(
        help.lines().all(|line| line.chars().count() <= 100),
        "{name}: {help}"
    );
    for next in listed(&help) {
        let path: Vec<&str> = path.iter().copied().chain([next.as_str()]).collect();
        found.push(path.join(" "));
        walk(&path, found);
    }
}

#[test]
fn every_command_has_a_help_text() {
    let mut found = Vec::new();
    walk(&[], &mut found);
    for name in [
        "validate",
        "compile",
        "features",
        "plans",
        "addons",
        "topups",
        "entitlements",
        "topup-grant",
        "webhook",
        "webhook verify",
        "webhook normalize",
        "sandbox",
        "completions",
    ] {
        assert!(found.iter().any(|known| known == name), "{name}: {found:?}");
    }
}

#[test]
fn the_exit_codes_are_documented() {
    let help = stdout(&run(&["--help"]));
    let codes = help.lines().skip_while(|line| *line != "Exit codes:");
    let codes: Vec<&str> = codes
        .skip(1)
        .filter_map(|line| line.split_ascii_whitespace().next())
        .collect();
    assert_eq!(
        codes.get(..6),
        Some(&["0", "1", "2", "3", "4", "5"][..]),
        "{help}"
    );
}

#[test]
fn the_manual_names_every_command() {
    let manual = include_str!("../../README.md");
    let mut found = Vec::new();
    walk(&[], &mut found);
    for name in found.iter().filter(|name| *name != "webhook") {
        assert!(
            manual.contains(&format!("`billing {name}")),
            "{name} is not in the README"
        );
    }
}
