//! `billing plan`, `apply` and `diff` as a user runs them, against the sandbox.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use billing_sandbox::{Fault, Sandbox, Service};
use polar_client::Polar;
use serde_json::Value;
use tempfile::TempDir;

struct World {
    sandbox: Sandbox,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../billing-core/tests/catalogs/ai-app.yaml");
        std::fs::copy(catalog, folder.path().join("catalog.yaml")).unwrap();
        let sandbox = Sandbox::start().await.unwrap();
        Self { sandbox, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_billing"));
        command
            .args(args)
            .stdin(Stdio::null())
            .current_dir(self.folder.path())
            .env("POLAR_ACCESS_TOKEN", self.sandbox.polar_token())
            .env("POLAR_URL", self.sandbox.polar_url())
            .env("OPENMETER_URL", self.sandbox.openmeter_url())
            .env_remove("OPENMETER_API_KEY");
        command
    }

    async fn run(&self, args: &[&str]) -> Output {
        run(self.command(args)).await
    }

    fn writes(&self) -> usize {
        let requests = self.sandbox.requests();
        let written = requests.iter().filter(|request| request.method != "GET");
        written.count()
    }
}

async fn run(mut command: Command) -> Output {
    // The sandbox answers on this thread in the meantime.
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const BOTH: [&str; 4] = ["--provider", "polar", "--provider", "openmeter"];

#[tokio::test]
async fn a_plan_is_shown_applied_once_and_then_there_is_nothing_to_do() {
    let world = World::new().await;
    let plan = [&["plan", "catalog.yaml"][..], &BOTH].concat();
    let shown = world.run(&plan).await;
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    let text = stdout(&shown);
    assert!(
        text.contains("+ products.plans.pro.monthly \"Pro (monthly)\""),
        "{text}"
    );
    assert!(
        text.contains("9 to create\n") && text.contains("8 to create\n"),
        "{text}"
    );
    assert_eq!(world.writes(), 0);

    let apply = [&["apply", "catalog.yaml", "--yes"][..], &BOTH].concat();
    let applied = world.run(&apply).await;
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    assert!(stdout(&applied).ends_with("done: 17 objects changed\n"));
    assert!(stderr(&applied).contains("creating plans.pro.monthly\n"));

    let lock = std::fs::read(world.path("billing.lock.json")).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    assert_eq!(
        lock["targets"].as_array().unwrap().len(),
        2,
        "one for each provider"
    );

    let diff = [&["diff", "catalog.yaml"][..], &BOTH].concat();
    let same = world.run(&diff).await;
    assert_eq!((same.status.code(), stdout(&same).as_str()), (Some(0), ""));
    let before = world.writes();
    let again = [&["apply", "catalog.yaml"][..], &BOTH].concat();
    let again = world.run(&again).await;
    assert_eq!(
        again.status.code(),
        Some(0),
        "nobody has to be asked about nothing"
    );
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn a_difference_is_shown_where_it_is_and_fails_the_check() {
    let world = World::new().await;
    let apply = [&["apply", "catalog.yaml", "--yes"][..], &BOTH].concat();
    world.run(&apply).await;
    let catalog = std::fs::read_to_string(world.path("catalog.yaml")).unwrap();
    let dearer = catalog.replace("amount: 2000\n", "amount: 2500\n");
    assert_ne!(catalog, dearer);
    std::fs::write(world.path("catalog.yaml"), dearer).unwrap();
    let diff = [&["diff", "catalog.yaml"][..], &BOTH].concat();
    let found = world.run(&diff).await;
    assert_eq!(found.status.code(), Some(7));
    assert_eq!(stderr(&found), "");
    let text = stdout(&found);
    assert!(text.contains("prices[0].amount: 2000 -> 2500"), "{text}");
    assert!(
        text.contains("phases[default].rateCards[plan_pro].price.amount: \"20\" -> \"25\""),
        "{text}"
    );

    let json = world
        .run(&[&diff[..], &["--format", "json"]].concat())
        .await;
    assert_eq!(json.status.code(), Some(7));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["plans"][0]["provider"], "polar");
    let actions = json["plans"][0]["actions"].as_array().unwrap();
    let updates = actions.iter().filter(|action| action["change"] == "update");
    assert_eq!(updates.count(), 1);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let world = World::new().await;
    let dry = [&["apply", "catalog.yaml", "--dry-run"][..], &BOTH].concat();
    let output = world.run(&dry).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("to create"));
    assert_eq!(world.writes(), 0);
    assert!(!world.path("billing.lock.json").exists());
}

impl World {
    /// Applies again, and sees that everything is there, once.
    async fn goes_on(&self) {
        let again = self.run(&APPLY_POLAR).await;
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        let same = self
            .run(&["diff", "catalog.yaml", "--provider", "polar"])
            .await;
        assert_eq!((same.status.code(), stdout(&same).as_str()), (Some(0), ""));
        let polar = Polar::builder()
            .base_url(self.sandbox.polar_url())
            .access_token(self.sandbox.polar_token())
            .build()
            .unwrap();
        let products = polar.products().list().stream().try_collect().await;
        let products = products.unwrap();
        let names: HashSet<&str> = products
            .iter()
            .map(|product| product.name.as_str())
            .collect();
        assert_eq!((products.len(), names.len()), (4, 4), "{names:?}");
        let meters = polar.meters().list().stream().try_collect().await;
        assert_eq!(meters.unwrap().len(), 1);
    }
}

const APPLY_POLAR: [&str; 5] = ["apply", "catalog.yaml", "--yes", "--provider", "polar"];

#[tokio::test]
async fn an_apply_that_was_refused_in_the_middle_goes_on_the_next_time() {
    let world = World::new().await;
    let fault = Fault::on(Service::Polar).method("POST").nth(4);
    world.sandbox.inject(fault.before_effect().status(422));
    let refused = world.run(&APPLY_POLAR).await;
    world.sandbox.clear_faults();
    assert_eq!(refused.status.code(), Some(6));
    let text = stderr(&refused);
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("error: Polar at http://127.0.0.1"),
        "{text}"
    );
    assert!(last.contains("422"), "{text}");
    let lock = std::fs::read_to_string(world.path("billing.lock.json")).unwrap();
    assert!(lock.contains("meters.tokens"), "{lock}");
    world.goes_on().await;
}

#[tokio::test]
async fn an_apply_that_was_killed_goes_on_the_next_time() {
    for writes in 1..=6 {
        let world = World::new().await;
        let mut command = world.command(&APPLY_POLAR);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while world.writes() < writes && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        world.goes_on().await;
    }
}

#[tokio::test]
async fn programs_get_json() {
    let world = World::new().await;
    let apply = [
        "apply",
        "catalog.yaml",
        "--yes",
        "--provider",
        "polar",
        "--format",
        "json",
    ];
    let output = world.run(&apply).await;
    assert_eq!(stderr(&output), "");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let done = json["applied"][0]["done"].as_array().unwrap();
    assert_eq!(done.len(), 9);
    assert!(done.iter().all(|action| action["id"].is_string()));
}

/// The command fails with this exit code and one line that has these words.
#[track_caller]
fn fails(output: &Output, code: i32, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    for word in words {
        assert!(text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_in_one_line() {
    let world = World::new().await;
    let plan = ["plan", "catalog.yaml", "--provider", "polar"];
    let mut command = world.command(&plan);
    command.env_remove("POLAR_ACCESS_TOKEN");
    fails(&run(command).await, 2, &["POLAR_ACCESS_TOKEN"]);

    let mut command = world.command(&plan);
    command.env("POLAR_ACCESS_TOKEN", "polar_oat_wrong");
    let refused = run(command).await;
    fails(
        &refused,
        6,
        &["Polar at http://127.0.0.1", "401", "--polar-sandbox"],
    );
    assert!(
        !stderr(&refused).contains("polar_oat_wrong"),
        "secrets are never printed"
    );

    let mut command = world.command(&["plan", "catalog.yaml", "--provider", "openmeter"]);
    command.env("OPENMETER_URL", "http://127.0.0.1:1");
    fails(&run(command).await, 6, &["OpenMeter at http://127.0.0.1:1"]);

    let mut command = world.command(&["plan", "catalog.yaml", "--provider", "openmeter"]);
    command.env_remove("OPENMETER_URL");
    fails(
        &run(command).await,
        2,
        &["OPENMETER_URL", "OPENMETER_API_KEY"],
    );

    let unasked = world
        .run(&["apply", "catalog.yaml", "--provider", "polar"])
        .await;
    fails(&unasked, 2, &["--yes", "--dry-run"]);
    assert_eq!(world.writes(), 0);

    std::fs::write(world.path("billing.lock.json"), "{}").unwrap();
    fails(&world.run(&plan).await, 3, &["billing.lock.json"]);

    let unknown = world
        .run(&["plan", "catalog.yaml", "--provider", "stripe"])
        .await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("polar, openmeter"));

    let missing = world
        .run(&["plan", "none.yaml", "--provider", "polar"])
        .await;
    fails(&missing, 3, &["none.yaml"]);
}
