//! Catalogs compiled by the TypeScript package, against ours.
//!
//! The golden data is not part of the project: without it, the test says so and passes.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use billing_core::Provider;
use billing_core::catalog::{Catalog, CatalogBuilder, CatalogFormat, Issue, IssueCode};
use billing_core::compile::{CompiledCatalog, Strict};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The golden data is compared on these providers.
const PROVIDERS: [Provider; 6] = [
    Provider::Stripe,
    Provider::Polar,
    Provider::Razorpay,
    Provider::Creem,
    Provider::Dodo,
    Provider::OpenMeter,
];

/// Tag of catalogs whose lists of compatible plans repeat a plan: compiled once here.
const REPEATED: &str = "duplicate-compatible-plans";

/// What only we report; everything else has its counterpart in the golden data.
const OURS: &[IssueCode] = &[
    IssueCode::KeyShadowsId,
    IssueCode::EmptyId,
    IssueCode::EmptyCatalog,
    IssueCode::UnknownMember,
    IssueCode::FeatureWithoutMeter,
    IssueCode::UnknownAggregation,
    IssueCode::MeterWithoutValueProperty,
    IssueCode::MeterWithoutEventType,
    IssueCode::DuplicateMeterKey,
    IssueCode::UnknownCurrency,
    IssueCode::UnknownInterval,
    IssueCode::MissingInterval,
    IssueCode::UnknownReset,
    IssueCode::UnknownExpirationUnit,
    IssueCode::ReservedMetadata,
    IssueCode::RepeatedReference,
    IssueCode::ZeroTopupAmount,
    IssueCode::ProviderIdReused,
    IssueCode::ProviderNameCase,
    IssueCode::LookupKeyReused,
    IssueCode::UnusedEntitlementMember,
    IssueCode::InvalidPricing,
];

/// One golden record; the catalog stays text, because a parsed value loses the order of members.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    tags: Vec<String>,
    catalog: Box<RawValue>,
    issues: Value,
    valid: bool,
    provider_issues: Map<String, Value>,
    #[serde(default)]
    features: Value,
    #[serde(default)]
    plans: Value,
    #[serde(default)]
    addons: Value,
    #[serde(default)]
    topups: Value,
    #[serde(default)]
    openmeter_entitlements: Map<String, Value>,
    #[serde(default)]
    openmeter_addon_entitlements: Map<String, Value>,
    #[serde(default)]
    topup_grant: Map<String, Value>,
    #[serde(default)]
    providers: Map<String, Value>,
}

impl Record {
    fn has_tag(&self, wanted: &str) -> bool {
        self.tags.iter().any(|tag| tag.contains(wanted))
    }
}

fn golden() -> Option<impl Iterator<Item = Record>> {
    let shared = std::env::var_os("BILLING_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let file = File::open(shared.join("oracle/catalogs.jsonl")).ok()?;
    Some(
        BufReader::new(file)
            .lines()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap()),
    )
}

#[derive(Default)]
struct Tally {
    catalogs: usize,
    compiled: usize,
    fields: usize,
    skipped: usize,
    differences: Vec<String>,
    /// Golden message, with its names taken out, to the codes that we give for it.
    codes: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Tally {
    fn same(&mut self, place: &str, ours: &Value, golden: &Value) {
        self.fields += leaves(golden);
        difference(place, ours, golden, &mut self.differences);
    }

    /// Issues agree in path, order, names in quotes, and one code for each kind of message.
    fn same_issues<'a>(
        &mut self,
        place: &str,
        ours: impl Iterator<Item = &'a Issue>,
        golden: &Value,
    ) {
        let ours: Vec<&Issue> = ours.collect();
        let golden = golden.as_array().unwrap();
        let paths = |paths: Vec<&str>| json!(paths);
        self.same(
            &format!("{place} paths"),
            &paths(ours.iter().map(|issue| issue.path.as_str()).collect()),
            &paths(
                golden
                    .iter()
                    .map(|issue| issue["path"].as_str().unwrap())
                    .collect(),
            ),
        );
        for (ours, golden) in ours.iter().zip(golden) {
            let message = golden["message"].as_str().unwrap();
            for name in quoted(message) {
                // Of three holders of one key, any earlier one may be named.
                let earlier_holder = ours.code == IssueCode::DuplicateKey;
                // Enough for people: what was written stands in the message.
                let fixed = ["one_time"].contains(&name);
                if !earlier_holder && !fixed && !ours.message.contains(&format!("\"{name}\"")) {
                    self.differences
                        .push(format!("{place}: {ours} does not name {name}"));
                }
            }
            self.codes
                .entry(template(message))
                .or_default()
                .insert(ours.code.as_str());
        }
    }
}

/// Notes each place where two values differ.
fn difference(place: &str, ours: &Value, golden: &Value, found: &mut Vec<String>) {
    match (ours, golden) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                difference(&format!("{place}[{index}]"), a, b, found);
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            for name in a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)))
            {
                let (a, b) = (a.get(name), b.get(name));
                match (a, b) {
                    (Some(a), Some(b)) => difference(&format!("{place}.{name}"), a, b, found),
                    _ => found.push(format!("{place}.{name}: ours {a:?}, golden {b:?}")),
                }
            }
        }
        _ if ours == golden => {}
        _ => found.push(format!("{place}: ours {ours}, golden {golden}")),
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

fn quoted(message: &str) -> Vec<&str> {
    message.split('"').skip(1).step_by(2).collect()
}

fn template(message: &str) -> String {
    message
        .split('"')
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\"_\"")
        .replace("Dodo Payments", "_")
        .replace("OpenMeter requires", "_ requires")
}

fn to_json<T: serde::Serialize>(value: T) -> Value {
    // Through text, so that numbers are compared as a reader of the JSON would.
    serde_json::from_str(&serde_json::to_string(&value).unwrap()).unwrap()
}

#[test]
fn every_golden_catalog_compiles_to_equal_json() {
    let Some(records) = golden() else {
        eprintln!("skipped: no golden data");
        return;
    };
    let mut tally = Tally::default();
    for record in records {
        compare(&mut tally, &record);
    }
    eprintln!(
        "{} catalogs compared, {} compiled, {} fields, {} left out for their tags, {} differences",
        tally.catalogs,
        tally.compiled,
        tally.fields,
        tally.skipped,
        tally.differences.len()
    );
    let ambiguous: Vec<_> = tally
        .codes
        .iter()
        .filter(|(_, codes)| codes.len() != 1)
        .collect();
    assert!(
        ambiguous.is_empty(),
        "one golden message, several codes: {ambiguous:#?}"
    );
    assert!(
        tally.differences.is_empty(),
        "{}\n… {} in all",
        tally
            .differences
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n"),
        tally.differences.len()
    );
    assert!(tally.catalogs >= 130 && tally.compiled >= 85);
}

fn compare(tally: &mut Tally, record: &Record) {
    let id = record.id.as_str();
    let builder = CatalogBuilder::parse(record.catalog.get(), CatalogFormat::Json).unwrap();
    let report = builder.validate();
    if record.has_tag("key-shadow") {
        tally.skipped += 1;
        assert!(
            report
                .issues
                .iter()
                .any(|issue| issue.code == IssueCode::KeyShadowsId),
            "{id}"
        );
        return;
    }
    tally.catalogs += 1;
    let comparable = report
        .issues
        .iter()
        .filter(|issue| !OURS.contains(&issue.code));
    tally.same_issues(&format!("{id} issues"), comparable, &record.issues);
    let valid = record.valid;
    if report.has_errors() == valid {
        tally.differences.push(format!("{id} validity: {report}"));
        return;
    }
    if !valid {
        return;
    }
    tally.compiled += 1;
    let catalog = builder.build().unwrap();
    lists(tally, id, &catalog, record);
    granted(tally, id, &catalog, record);
    for provider in PROVIDERS {
        payment(tally, id, &catalog, provider, record);
    }
}

fn lists(tally: &mut Tally, id: &str, catalog: &Catalog, record: &Record) {
    let place = |list: &str| format!("{id} {list}");
    let features: Vec<_> = catalog.list_features().collect();
    tally.same(&place("features"), &to_json(features), &record.features);
    let plans: Vec<_> = catalog.list_plans().collect();
    tally.same(&place("plans"), &to_json(plans), &record.plans);
    let addons: Vec<_> = catalog.list_addons().collect();
    tally.same(&place("addons"), &to_json(addons), &record.addons);
    let topups: Vec<_> = catalog.list_topups().collect();
    tally.same(&place("topups"), &to_json(topups), &record.topups);
}

fn granted(tally: &mut Tally, id: &str, catalog: &Catalog, record: &Record) {
    for (name, golden) in &record.openmeter_entitlements {
        let ours = catalog.compile_plan_entitlements(name).unwrap();
        tally.same(
            &format!("{id} entitlements of plan {name}"),
            &to_json(ours),
            golden,
        );
    }
    for (name, golden) in &record.openmeter_addon_entitlements {
        let ours = catalog.compile_addon_entitlements(name).unwrap();
        tally.same(
            &format!("{id} entitlements of add-on {name}"),
            &to_json(ours),
            golden,
        );
    }
    for (name, golden) in &record.topup_grant {
        let ours = catalog.compile_topup_grant(name).unwrap();
        tally.same(&format!("{id} grant of {name}"), &to_json(ours), golden);
    }
    assert!(catalog.compile_plan_entitlements("no-such-ref").is_err());
    assert!(catalog.compile_addon_entitlements("no-such-ref").is_err());
    assert!(catalog.compile_topup_grant("no-such-ref").is_err());
}

fn payment(tally: &mut Tally, id: &str, catalog: &Catalog, provider: Provider, record: &Record) {
    let golden = &record.providers[provider.as_str()];
    let mut expected = golden["payment"].clone();
    let compiled = catalog.compile(provider, Strict::No).unwrap();
    let repeated = record.has_tag(REPEATED);
    let issues = record.provider_issues[provider.as_str()].clone();
    let issues = if repeated {
        without_repeated_plans(catalog, issues)
    } else {
        issues
    };
    if repeated {
        for list in ["products", "prices"] {
            for item in expected[list].as_array_mut().unwrap() {
                if let Some(plans) = item.get_mut("compatiblePlanIds") {
                    *plans = without_repetition(plans.take());
                }
            }
        }
    }
    // Warnings are our own words: their issues are compared below.
    let mut ours = to_json(&compiled);
    ours["warnings"] = json!([]);
    expected["warnings"] = json!([]);
    tally.same(&format!("{id} {provider}"), &ours, &expected);
    warnings(tally, id, &compiled, &issues);
    strict(tally, id, catalog, provider, golden, &compiled);
}

fn warnings(tally: &mut Tally, id: &str, compiled: &CompiledCatalog, golden: &Value) {
    let place = format!("{id} {} warnings", compiled.provider);
    // The warnings come first; what follows are limits, which the golden data does not know.
    let ours: Vec<&Issue> = compiled
        .issues
        .iter()
        .take(compiled.warnings.len())
        .collect();
    let texts: Vec<String> = ours.iter().map(|issue| issue.to_string()).collect();
    assert_eq!(texts, compiled.warnings, "{place}");
    tally.same_issues(&place, ours.into_iter(), golden);
}

fn strict(
    tally: &mut Tally,
    id: &str,
    catalog: &Catalog,
    provider: Provider,
    golden: &Value,
    compiled: &CompiledCatalog,
) {
    tally.fields += 1;
    let strict = catalog.compile(provider, Strict::Yes);
    let limits = compiled.issues.len() > compiled.warnings.len();
    let expected = !golden["strictError"].is_null() || limits;
    if strict.is_err() != expected {
        tally
            .differences
            .push(format!("{id} {provider}: strict gives {strict:?}"));
    }
    if let Err(error) = strict {
        assert_eq!(error.report().issues, compiled.issues);
    }
}

/// Drops issues that differ only in naming one plan by its id and by its key.
fn without_repeated_plans(catalog: &Catalog, issues: Value) -> Value {
    let mut seen = BTreeSet::new();
    let mut issues = issues.as_array().unwrap().clone();
    issues.retain(|issue| {
        let message = issue["message"].as_str().unwrap();
        let names = quoted(message).into_iter().map(|name| {
            catalog
                .plan_entry(name)
                .map_or(name, |(id, _)| id.as_str())
                .to_owned()
        });
        seen.insert((
            issue["path"].as_str().unwrap().to_owned(),
            names.collect::<Vec<_>>(),
        ))
    });
    Value::Array(issues)
}

fn without_repetition(list: Value) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in list.as_array().unwrap() {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Value::Array(kept)
}
