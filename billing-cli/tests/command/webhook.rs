//! `billing webhook verify` and `billing webhook normalize`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;

use client_core::webhook::{KeyDerivation, Keys};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::support::{
    command, fails, json_of, run, run_with_input, shared, shared_catalog, stderr, stdout,
};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const SENT: i64 = 1_793_318_400;
const NOW: &str = "1793318401";
const NO_MATCH: &str = "webhook refused: no signature matches: the secret is that of another endpoint or an old one, or the body is not byte for byte as it came";

fn body() -> String {
    json!({
        "type": "subscription.active",
        "timestamp": "2026-10-30T00:00:02Z",
        "data": {
            "id": "sub_1",
            "created_at": "2026-10-30T00:00:00Z",
            "modified_at": null,
            "status": "active",
            "amount": 2000,
            "currency": "usd",
            "recurring_interval": "month",
            "current_period_start": "2026-10-30T00:00:00Z",
            "current_period_end": "2026-11-30T00:00:00Z",
            "trial_start": null,
            "trial_end": null,
            "cancel_at_period_end": false,
            "canceled_at": null,
            "started_at": "2026-10-30T00:00:00Z",
            "ends_at": null,
            "ended_at": null,
            "customer_id": "cus_1",
            "product_id": "prod_1",
            "metadata": {},
            "customer": {"id": "cus_1", "external_id": "user_1", "metadata": {}},
            "product": {"id": "prod_1", "name": "Pro", "metadata": {"catalogPlanId": "pro"}},
            "prices": [],
        },
    })
    .to_string()
}

/// A signed webhook in files, as a user saved it.
struct Saved {
    _folder: TempDir,
    body: PathBuf,
    headers: PathBuf,
    pairs: Vec<(String, String)>,
}

impl Saved {
    fn new(body: &str, headers: &str, pairs: Vec<(String, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let saved = Self {
            body: folder.path().join("body.json"),
            headers: folder.path().join("headers.txt"),
            _folder: folder,
            pairs,
        };
        std::fs::write(&saved.body, body).unwrap();
        std::fs::write(&saved.headers, headers).unwrap();
        saved
    }

    fn signed(body: &str) -> Self {
        let sent = OffsetDateTime::from_unix_timestamp(SENT).unwrap();
        let keys = Keys::new(SECRET, KeyDerivation::Base64).unwrap();
        let signed = keys.sign("evt_1", sent, body.as_bytes());
        let pairs = signed
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let lines: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let text = format!(
            "POST /webhooks/polar HTTP/1.1\nHost: 127.0.0.1:3000\n{}\n\n",
            lines.join("\n")
        );
        Self::new(body, &text, pairs.to_vec())
    }

    fn body(&self) -> &str {
        self.body.to_str().unwrap()
    }

    fn headers(&self) -> &str {
        self.headers.to_str().unwrap()
    }

    /// Runs `billing webhook ACTION` on it, with the secret in the environment.
    fn run(&self, action: &str, more: &[&str]) -> Output {
        let mut args = vec!["webhook", action, "--provider", "polar", self.body()];
        args.extend(more);
        let mut command = command(&args);
        command
            .env("BILLING_WEBHOOK_SECRET", SECRET)
            .output()
            .unwrap()
    }

    fn verify(&self, more: &[&str]) -> Output {
        let args = [&["--headers", self.headers()], more].concat();
        self.run("verify", &args)
    }
}

#[test]
fn a_webhook_that_holds_is_verified() {
    let saved = Saved::signed(&body());
    let output = saved.verify(&["--now", NOW]);
    assert_eq!(
        stdout(&output),
        "verified\n  id    evt_1\n  type  subscription.active\n  time  2026-10-30T00:00:02Z\n"
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let same_time = saved.verify(&["--now", "2026-10-30T01:00:00+01:00", "--format", "json"]);
    assert_eq!(
        json_of(&same_time),
        json!({
            "provider": "polar",
            "id": "evt_1",
            "type": "subscription.active",
            "time": "2026-10-30T00:00:02Z"
        })
    );
}

#[test]
fn headers_come_from_options_or_a_json_object_too() {
    let saved = Saved::signed(&body());
    let mut args = vec!["--now".to_owned(), NOW.to_owned()];
    for (name, value) in &saved.pairs {
        args.push("--header".into());
        args.push(format!("{}: {value}", name.to_uppercase()));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(saved.run("verify", &args).status.code(), Some(0));

    let members: BTreeMap<_, _> = saved.pairs.iter().cloned().collect();
    let object = serde_json::to_string(&members).unwrap();
    std::fs::write(&saved.headers, object).unwrap();
    assert_eq!(saved.verify(&["--now", NOW]).status.code(), Some(0));
    // An option replaces what the file says.
    let output = saved.verify(&["--now", NOW, "--header", "webhook-id: evt_2"]);
    fails(&output, 4, NO_MATCH);
}

#[test]
fn a_forged_webhook_is_refused() {
    let saved = Saved::signed(&body());
    fails(
        &saved.verify(&["--now", NOW, "--secret", "another"]),
        4,
        NO_MATCH,
    );
    std::fs::write(&saved.body, body().replace("2000", "1")).unwrap();
    fails(&saved.verify(&["--now", NOW]), 4, NO_MATCH);
    let output = saved.verify(&["--now", NOW, "--header", "webhook-signature: v2,AAAA"]);
    fails(
        &output,
        4,
        "webhook refused: no signature of version v1, the only one that is verified",
    );
}

#[test]
fn a_line_break_that_an_editor_added_is_named() {
    let saved = Saved::signed(&body());
    for line_break in ["\n", "\r\n"] {
        std::fs::write(&saved.body, body() + line_break).unwrap();
        fails(
            &saved.verify(&["--now", NOW]),
            4,
            "webhook refused: no signature matches because of the line break at the body's end, which an editor or a shell added",
        );
    }
}

#[test]
fn a_webhook_out_of_time_is_refused_with_by_how_much() {
    let saved = Saved::signed(&body());
    let at = |seconds: i64| saved.verify(&["--now", &(SENT + seconds).to_string()]);
    assert_eq!(at(300).status.code(), Some(0));
    assert_eq!(at(-300).status.code(), Some(0));
    fails(
        &at(302),
        4,
        "webhook refused: too old by 2 seconds: signed at 2026-10-30T00:00:00Z, verified at 2026-10-30T00:05:02Z, 300 seconds are allowed; to verify as of then, add --now 1793318400",
    );
    fails(
        &at(-400),
        4,
        "webhook refused: too new by 100 seconds: signed at 2026-10-30T00:00:00Z, verified at 2026-10-29T23:53:20Z, 300 seconds are allowed; to verify as of then, add --now 1793318400",
    );
    let output = saved.verify(&["--header", "webhook-timestamp: today"]);
    fails(
        &output,
        4,
        "webhook refused: its timestamp is not a Unix time in seconds: \"today\"",
    );
}

#[test]
fn a_missing_header_is_named() {
    let saved = Saved::signed(&body());
    let message = |name: &str| {
        format!(
            "webhook refused: the header `{name}` is missing; give the headers as they came, with --header 'name: value' or --headers FILE"
        )
    };
    fails(&saved.run("verify", &[]), 4, &message("webhook-id"));
    let output = saved.run("verify", &["--header", "webhook-id: evt_1"]);
    fails(&output, 4, &message("webhook-timestamp"));
}

#[test]
fn two_ids_are_refused() {
    let saved = Saved::signed(&body());
    let args = [
        "--header",
        "webhook-id: evt_1",
        "--header",
        "Webhook-Id: evt_2",
    ];
    fails(
        &saved.verify(&args),
        4,
        "webhook refused: the header `webhook-id` comes more than once, with different values",
    );
}

#[test]
fn a_missing_secret_is_a_wrong_command_line() {
    let saved = Saved::signed(&body());
    let missing = "no webhook secret: set BILLING_WEBHOOK_SECRET or add --secret SECRET";
    for action in ["verify", "normalize"] {
        let output = run(&["webhook", action, "--provider", "polar", saved.body()]);
        fails(&output, 2, missing);
    }
    let output = saved.verify(&["--secret", " "]);
    fails(&output, 2, "the webhook secret is empty");
}

#[test]
fn secrets_are_not_shown() {
    let saved = Saved::signed(&body());
    for output in [
        saved.verify(&["--help"]),
        saved.verify(&[]),
        saved.verify(&["--now", NOW]),
        saved.run("normalize", &["--no-verify"]),
    ] {
        assert!(!stdout(&output).contains("whsec_MDE"));
        assert!(!stderr(&output).contains("whsec_MDE"));
    }
}

#[test]
fn providers_without_webhooks_are_told_apart_from_unknown_ones() {
    let saved = Saved::signed(&body());
    for action in ["verify", "normalize"] {
        let args = [
            "webhook",
            action,
            "--no-verify",
            "--provider",
            "openmeter",
            saved.body(),
        ];
        let args: Vec<&str> = args
            .into_iter()
            .filter(|arg| action == "normalize" || *arg != "--no-verify")
            .collect();
        fails(
            &run(&args),
            2,
            "webhooks of openmeter cannot be read yet; those of polar can",
        );
        let output = run(&["webhook", action, "--provider", "paddle", saved.body()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).starts_with("error: invalid value 'paddle' for '--provider"));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let saved = Saved::signed(&body());
    let gone = run(&[
        "webhook",
        "verify",
        "--provider",
        "polar",
        "--secret",
        "s",
        "gone.json",
    ]);
    fails(
        &gone,
        3,
        "cannot read gone.json: No such file or directory (os error 2)",
    );
    std::fs::write(&saved.headers, "webhook-id: evt_1\nno header\n").unwrap();
    let message = format!("{}:2: expected `name: value`", saved.headers());
    fails(&saved.verify(&[]), 3, &message);
    std::fs::write(&saved.headers, r#"{"webhook-id": 1}"#).unwrap();
    let output = saved.verify(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(": expected a JSON object of header names and texts: "));
    assert_eq!(stderr(&output).lines().count(), 1);
    let twice = [
        "webhook",
        "verify",
        "--provider",
        "polar",
        "--secret",
        "s",
        "--headers",
        "-",
        "-",
    ];
    fails(
        &run(&twice),
        2,
        "- can stand for one file only: standard input is read once",
    );
}

#[test]
fn wrong_options_are_explained() {
    let saved = Saved::signed(&body());
    let output = saved.verify(&["--header", "no header"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("expected a name, a colon and a value"));
    let output = saved.verify(&["--now", "tomorrow"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("expected Unix seconds such as 1793318400"));
}

#[test]
fn normalizing_prints_the_event_of_a_verified_webhook() {
    let saved = Saved::signed(&body());
    let args = ["--headers", saved.headers(), "--now", NOW];
    let event = json_of(&saved.run("normalize", &args));
    assert_eq!(event["id"], "evt_1");
    assert_eq!(event["provider"], "polar");
    assert_eq!(event["kind"], "subscription.active");
    assert_eq!(event["customer"]["externalId"], "user_1");
    assert_eq!(event["subscription"]["items"][0]["productId"], "prod_1");
    assert_eq!(event["raw"]["data"]["amount"], 2000);
    assert_eq!(event.get("references"), None);
    // It is an event as ledgers keep it.
    let read: billing_core::event::BillingEvent = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), event);

    // Without a valid signature there is no event, unless that is asked for.
    fails(
        &saved.run(
            "normalize",
            &[args[0], args[1], "--now", NOW, "--secret", "x"],
        ),
        4,
        NO_MATCH,
    );
    let trusted = json_of(&saved.run("normalize", &["--no-verify"]));
    assert_eq!(trusted["id"], "unverified");
    assert_eq!(trusted["subscription"], event["subscription"]);
    let named = saved.run(
        "normalize",
        &["--no-verify", "--header", "webhook-id: evt_7"],
    );
    assert_eq!(json_of(&named)["id"], "evt_7");
}

#[test]
fn a_catalog_tells_what_an_event_is_about() {
    let catalog = shared_catalog();
    let catalog = ["--no-verify", "--catalog", catalog.to_str().unwrap()];
    let event = json_of(&Saved::signed(&body()).run("normalize", &catalog));
    assert_eq!(
        event["references"],
        json!([{"kind": "plan", "plan": "pro", "price": null}])
    );
    let other = body().replace(r#""catalogPlanId":"pro""#, r#""catalogPlanId":"gone""#);
    let event = json_of(&Saved::signed(&other).run("normalize", &catalog));
    assert_eq!(event["references"][0]["kind"], "unresolved");
    assert_eq!(event["references"][0]["reason"]["kind"], "notInCatalog");
    assert_eq!(event["references"][0]["item"]["productId"], "prod_1");

    let missing = ["--no-verify", "--catalog", "gone.yaml"];
    fails(
        &Saved::signed(&body()).run("normalize", &missing),
        3,
        "cannot read gone.yaml: No such file or directory (os error 2)",
    );
}

#[test]
fn a_body_that_is_no_event_is_refused() {
    let args = [
        "webhook",
        "normalize",
        "--provider",
        "polar",
        "--no-verify",
        "-",
    ];
    fails(
        &run_with_input(&args, "{}"),
        4,
        "webhook not understood: type: expected the name of an event, found none",
    );
    let output = run_with_input(&args, [0xff]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).starts_with("error: webhook not understood: body: "));
    assert_eq!(stderr(&output).lines().count(), 1);
}

#[test]
fn vectors_made_by_the_official_libraries_agree() {
    let Some(vectors) = shared("vectors/polar.json") else {
        return;
    };
    let vectors: Vec<Value> = serde_json::from_str(&vectors).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let headers = vector["headers"].to_string();
        let saved = Saved::new(text("body"), &headers, Vec::new());
        let output = run(&[
            "webhook",
            "verify",
            "--provider",
            "polar",
            "--secret",
            text("secret"),
            "--headers",
            saved.headers(),
            "--now",
            &vector["now"].to_string(),
            "--format",
            "json",
            saved.body(),
        ]);
        let id = text("id");
        if vector["valid"] == true {
            let verified = json_of(&output);
            let sent: Value = serde_json::from_str(text("body")).unwrap();
            assert_eq!(verified["id"], vector["headers"]["webhook-id"], "{id}");
            assert_eq!(verified["type"], sent["type"], "{id}");
        } else {
            assert_eq!(output.status.code(), Some(4), "{id}: {}", stderr(&output));
            assert_eq!(stdout(&output), "", "{id}");
            assert!(
                stderr(&output).starts_with("error: webhook refused: "),
                "{id}"
            );
            assert_eq!(stderr(&output).lines().count(), 1, "{id}");
        }
    }
}
