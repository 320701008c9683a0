//! Commands that read a catalog.

use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{command, fails, json_of, run, run_shared, run_with_input, stderr, stdout};

#[test]
fn a_valid_catalog_is_said_to_be_valid() {
    let output = run_shared(&["validate", "FILE"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).ends_with(": valid (4 features, 1 plan, 1 add-on, 1 top-up)\n"));
    assert_eq!(
        json_of(&run_shared(&["validate", "FILE", "--format", "json"])),
        json!({"issues": []})
    );
}

#[test]
fn every_issue_of_a_catalog_is_printed_with_code_path_and_hint() {
    let catalog = r#"{
        "features": {"api": {"type": "boolean"}},
        "plans": {"pro": {"entitlements": {"api": true, "ghost": 5}, "colour": "red"}}
    }"#;
    let output = run_with_input(&["validate", "-", "--format", "json"], catalog);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["issues"][0],
        json!({
            "code": "feature_not_found",
            "severity": "error",
            "path": "plans.pro.entitlements.ghost",
            "message": "there is no feature \"ghost\"",
            "hint": "Define the feature under `features`, or correct the id (features are named by id, not by key)."
        })
    );
    assert_eq!(report["issues"][1]["severity"], "warning");
    assert_eq!(stderr(&output), "");

    let output = run_with_input(&["validate", "-"], catalog);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "error[feature_not_found] plans.pro.entitlements.ghost: there is no feature \"ghost\"\n  \
         Define the feature under `features`, or correct the id (features are named by id, not by key).\n\
         warning[unknown_member] plans.pro.colour: `colour` is not known here\n  \
         Correct the name; data of your own goes into `metadata`, or starts with `x-`.\n\
         standard input: 1 error, 1 warning (1 feature, 1 plan, 0 add-ons, 0 top-ups)\n"
    );
}

#[test]
fn warnings_fail_only_when_asked() {
    let catalog =
        "features: {api: {type: boolean}}\nplans: {pro: {entitlements: {api: true}, x: 1}}";
    assert_eq!(
        run_with_input(&["validate", "-"], catalog).status.code(),
        Some(0)
    );
    assert_eq!(
        run_with_input(&["validate", "-", "--strict"], catalog)
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn a_provider_is_checked_on_request() {
    let args = [
        "validate",
        "FILE",
        "--provider",
        "razorpay",
        "--format",
        "json",
    ];
    let report = json_of(&run_shared(&args));
    assert_eq!(report["issues"][0]["code"], "recurring_addon_unsupported");
    assert_eq!(report["issues"][1]["path"], "topups.tokenPack1m");
    let strict = run_shared(&["validate", "FILE", "--provider", "razorpay", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn compiling_prints_the_neutral_form() {
    let args = [
        "compile",
        "FILE",
        "--provider",
        "stripe",
        "--format",
        "json",
    ];
    let compiled = json_of(&run_shared(&args));
    assert_eq!(compiled["provider"], "stripe");
    assert_eq!(compiled["products"][0]["productId"], "prod_pro");
    assert_eq!(compiled["prices"][1]["lookupKey"], "pro:yearly");
    assert_eq!(compiled["warnings"], json!([]));
    let members: Vec<&String> = compiled.as_object().unwrap().keys().collect();
    assert_eq!(members, ["prices", "products", "provider", "warnings"]);

    let output = run_shared(&["compile", "FILE", "--provider", "Stripe"]);
    assert!(stdout(&output).contains("  monthly: 20.00 USD every month  pro:monthly\n"));
}

#[test]
fn strict_compiling_fails_with_everything_that_does_not_fit() {
    let output = run_shared(&["compile", "FILE", "--provider", "razorpay", "--strict"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    let message = stderr(&output);
    assert!(message.starts_with("error: the catalog does not fit the provider \"razorpay\"\n- "));
    assert_eq!(message.lines().count(), 3, "{message}");
    let lenient = run_shared(&[
        "compile",
        "FILE",
        "--provider",
        "razorpay",
        "--format",
        "json",
    ]);
    assert_eq!(json_of(&lenient)["warnings"].as_array().unwrap().len(), 2);
}

#[test]
fn typed_compiling_prints_request_bodies_in_the_order_of_sending() {
    let args = [
        "compile",
        "FILE",
        "--provider",
        "autumn",
        "--typed",
        "--format",
        "json",
    ];
    let requests = json_of(&run_shared(&args));
    assert_eq!(requests["plans"][0]["endpoint"], "POST /v1/plans.create");
    assert_eq!(
        requests["plans"][0]["source"],
        json!({"kind": "plan", "id": "pro", "price": "monthly"})
    );
    assert_eq!(
        requests["plans"][0]["body"]["price"],
        json!({"amount": 20, "interval": "month"})
    );
    assert_eq!(requests["issues"][0]["code"], "feature_type_unsupported");

    let output = run_shared(&["compile", "FILE", "--provider", "stripe", "--typed"]);
    let text = stdout(&output);
    let place = |needle: &str| {
        text.find(needle)
            .unwrap_or_else(|| panic!("{needle} in {text}"))
    };
    assert!(place("\nproducts\n") < place("\nprices\n"));
    assert!(text.contains("  POST /v1/prices  plan pro monthly\n"));
}

#[test]
fn typed_compiling_has_the_bodies_of_both_apis_with_clients() {
    let typed = |provider: &str| {
        let args = ["compile", "FILE", "--typed", "--provider", provider];
        let text = stdout(&run_shared(&args));
        let requests = json_of(&run_shared(&[&args[..], &["--format", "json"]].concat()));
        (text, requests)
    };
    let (text, polar) = typed("polar");
    assert_eq!(polar["meters"][0]["endpoint"], "POST /v1/meters/");
    assert_eq!(
        polar["products"][0]["body"]["prices"],
        json!([{"amount_type": "fixed", "price_amount": 2000, "price_currency": "usd"}])
    );
    assert_eq!(
        polar["benefits"][0]["body"]["properties"]["meter_id"],
        "{meters.tokens}"
    );
    assert!(text.contains("\n  POST /v1/products/  plan pro monthly\n"));
    assert!(text.contains("\n  POST /v1/benefits/  benefits.features.apiAccess\n"));
    // What Polar sells but cannot grant is said, and does not make strict compiling fail.
    assert!(text.contains("warning[grant_unsupported] topups.tokenPack1m.grant.expiration: "));
    let strict = [
        "compile",
        "FILE",
        "--typed",
        "--provider",
        "polar",
        "--strict",
    ];
    assert_eq!(run_shared(&strict).status.code(), Some(0));

    let (text, openmeter) = typed("openmeter");
    assert_eq!(openmeter["meters"][0]["body"]["slug"], "tokens");
    assert_eq!(openmeter["plans"][1]["body"]["key"], "pro_yearly");
    assert_eq!(
        openmeter["plan_addons"][0]["addon_key"],
        "priority_support_addon"
    );
    assert!(text.contains("\n  POST /api/v1/features\n"));
    assert!(text.contains("\n  POST /api/v1/addons  addon support monthly\n"));
}

#[test]
fn typed_compiling_leaves_out_what_a_provider_refuses_or_fails_when_strict() {
    let catalog = "\
features: {api: {type: boolean}}
plans:
  pro:
    entitlements: {api: true}
    prices: {often: {interval: quarter, amount: 500, currency: usd}}";
    for (provider, name, group) in [
        ("polar", "Polar", "products"),
        ("openmeter", "OpenMeter", "plans"),
    ] {
        let args = ["compile", "-", "--typed", "--provider", provider];
        let requests = run_with_input(&[&args[..], &["--format", "json"]].concat(), catalog);
        let requests = json_of(&requests);
        assert_eq!(requests[group], json!([]));
        assert_eq!(
            requests["issues"][0]["path"],
            "plans.pro.prices.often.interval"
        );
        let strict = run_with_input(&[&args[..], &["--strict"]].concat(), catalog);
        assert_eq!(stdout(&strict), "");
        fails(
            &strict,
            1,
            &format!(
                "the catalog does not fit the provider \"{provider}\"\n- plans.pro.prices.often.interval: {name}: nothing is charged by the interval \"quarter\""
            ),
        );
    }
}

#[test]
fn lists_have_ids_keys_and_names() {
    let list = |name: &str| json_of(&run_shared(&[name, "FILE", "--format", "json"]));
    assert_eq!(
        list("features")[1],
        json!({"id": "apiAccess", "key": "api_access", "type": "boolean"})
    );
    assert_eq!(list("plans")[0]["name"], "Pro");
    assert_eq!(list("addons")[0]["key"], "priority_support_addon");
    assert_eq!(list("topups")[0]["amount"], 1_000_000);
    let text = stdout(&run_shared(&["topups", "FILE"]));
    assert_eq!(
        text,
        "tokenPack1m (key token_pack_1m)  One million tokens\n  grants 1000000 of ai_tokens\n  \
         for every plan\n  oneTime: 10.00 USD once\n"
    );
}

#[test]
fn entitlements_and_grants_are_shown_by_id_or_key() {
    let args = ["entitlements", "FILE", "--plan", "pro", "--format", "json"];
    let granted = json_of(&run_shared(&args));
    assert_eq!(granted[0]["featureKey"], "ai_tokens");
    assert_eq!(granted[0]["amount"], 100_000);
    let by_key = run_shared(&["entitlements", "FILE", "--addon", "priority_support_addon"]);
    assert_eq!(stdout(&by_key), "priority_support  on\n");
    let args = [
        "topup-grant",
        "FILE",
        "--topup",
        "token_pack_1m",
        "--format",
        "json",
    ];
    let grant = json_of(&run_shared(&args));
    assert_eq!(grant["topupId"], "tokenPack1m");
    assert_eq!(grant["expiration"], json!({"duration": "YEAR", "count": 1}));

    let gone = run_shared(&["entitlements", "FILE", "--plan", "gone"]);
    fails(
        &gone,
        1,
        "the catalog has no plan with the id or key \"gone\"",
    );
    let near = run_shared(&["entitlements", "FILE", "--plan", "prp"]);
    fails(
        &near,
        1,
        "the catalog has no plan with the id or key \"prp\"; did you mean \"pro\"?",
    );
    let near = run_shared(&["topup-grant", "FILE", "--topup", "token-pack-1"]);
    fails(
        &near,
        1,
        "the catalog has no top-up with the id or key \"token-pack-1\"; did you mean \"tokenPack1m\"?",
    );
    let gone = run_shared(&["topup-grant", "FILE", "--topup", "gone"]);
    fails(
        &gone,
        1,
        "the catalog has no top-up with the id or key \"gone\"",
    );
}

#[test]
fn a_catalog_with_errors_is_not_compiled() {
    let catalog = r#"{"plans": {"a": {"entitlements": {"x": 1, "y": 1, "z": 1}}}}"#;
    let output = run_with_input(&["plans", "-"], catalog);
    fails(
        &output,
        1,
        "standard input: plans.a.entitlements.x: there is no feature \"x\" (and 2 more: see billing validate)",
    );
}

#[test]
fn standard_input_can_be_any_of_the_formats() {
    let json = r#"{"features": {"api": {"type": "boolean"}}}"#;
    let yaml = "features:\n  api:\n    type: boolean\n";
    let toml = "[features.api]\ntype = \"boolean\"\n";
    for text in [json, yaml, toml] {
        let output = run_with_input(&["features", "-"], text);
        assert_eq!(stdout(&output), "api  boolean\n", "{text}");
    }
    // YAML reads JSON too, when told so.
    let output = run_with_input(&["features", "-", "--input-format", "yaml"], json);
    assert_eq!(stdout(&output), "api  boolean\n");
}

#[test]
fn a_file_that_cannot_be_read_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let missing = path("missing.json");
    fails(
        &run(&["validate", &missing]),
        3,
        &format!("cannot read {missing}: No such file or directory (os error 2)"),
    );

    let yaml = path("broken.yaml");
    std::fs::write(
        &yaml,
        "plans:\n  pro:\n    prices:\n      monthly: {amount: cheap}\n",
    )
    .unwrap();
    fails(
        &run(&["compile", &yaml, "--provider", "polar"]),
        3,
        &format!(
            "{yaml}:4:25: plans.pro.prices.monthly.amount: invalid type: string \"cheap\", expected a number"
        ),
    );

    let binary = path("binary.yaml");
    std::fs::write(&binary, b"plans: \xff").unwrap();
    fails(
        &run(&["plans", &binary]),
        3,
        &format!("cannot read {binary}: it is not UTF-8 text (byte 7)"),
    );
    let nothing = run_with_input(&["plans", "-"], "\n");
    fails(&nothing, 3, "standard input is empty; expected a catalog");

    let unknown = path("catalog.txt");
    fails(
        &run(&["plans", &unknown]),
        3,
        &format!(
            "{unknown}: the name does not tell the format; add --input-format json, yaml or toml"
        ),
    );
}

#[test]
fn a_wrong_command_line_is_explained() {
    let output = run_shared(&["compile", "FILE", "--provider", "paddle"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).starts_with("error: invalid value 'paddle' for '--provider <PROVIDER>'\n")
    );
    assert!(stderr(&output).contains("stripe, polar, razorpay, creem, dodo, autumn, openmeter"));

    let output = run_shared(&["entitlements", "FILE"]);
    assert_eq!(output.status.code(), Some(2));
    let output = run_shared(&["entitlements", "FILE", "--plan", "a", "--addon", "b"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(run(&[]).status.code(), Some(2));
}

#[test]
fn completions_are_scripts_for_the_shell() {
    let output = run(&["completions", "bash"]);
    assert!(stdout(&output).contains("complete -F _billing"));
    assert_eq!(run(&["completions", "tcl"]).status.code(), Some(2));
}

#[test]
fn output_that_is_not_a_terminal_has_no_colours() {
    for args in [
        &["validate", "FILE"][..],
        &["plans", "FILE"],
        &["validate", "missing.json"],
    ] {
        let output = run_shared(args);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
    }
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let mut child = command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}
