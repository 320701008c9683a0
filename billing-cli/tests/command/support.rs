//! Running the command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) fn shared_catalog() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../billing-core/tests/catalogs/ai-app.yaml")
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_billing"));
    command.args(args).stdin(Stdio::null());
    command.env_remove("BILLING_WEBHOOK_SECRET");
    command
}

pub(crate) fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// Runs with the shared catalog's path in place of `FILE`.
pub(crate) fn run_shared(args: &[&str]) -> Output {
    let file = shared_catalog();
    let args: Vec<&str> = args
        .iter()
        .map(|arg| {
            if *arg == "FILE" {
                file.to_str().unwrap()
            } else {
                arg
            }
        })
        .collect();
    run(&args)
}

pub(crate) fn run_with_input(args: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    child.wait_with_output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
pub(crate) fn json_of(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The command fails with this exit code and one line that says why.
#[track_caller]
pub(crate) fn fails(output: &Output, code: i32, line: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    assert_eq!(stderr(output), format!("error: {line}\n"));
}

/// The folder with vectors, when this checkout has it beside it.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    std::fs::read_to_string(root.join(path)).ok()
}
