//! Reading files: formats, and errors that lead to the place.

use std::path::Path;

use billing_core::catalog::{Catalog, CatalogBuilder, CatalogFormat, LoadError};

const YAML: &str = include_str!("../catalogs/ai-app.yaml");

#[test]
fn the_three_formats_hold_the_same_catalog() {
    let yaml = Catalog::from_yaml(YAML).unwrap();
    let json = Catalog::from_json(&serde_json::to_string(&yaml).unwrap()).unwrap();
    assert_eq!(yaml, json);
    let toml = r#"
        [features]
        zebra = { type = "boolean" }
        api = { type = "metered", meter = "calls" }

        [meters.calls]
        aggregation = "count"
        eventType = "api.call"

        [plans.pro.entitlements]
        zebra = true
        api = { amount = 10.5, reset = "day" }

        [plans.pro.prices.monthly]
        amount = 2000
        currency = "USD"
        interval = "month"
    "#;
    let toml = Catalog::from_toml(toml).unwrap();
    assert_eq!(toml.warnings(), []);
    assert_eq!(toml.features().keys().collect::<Vec<_>>(), ["zebra", "api"]);
    let json = Catalog::from_json(&serde_json::to_string(&toml).unwrap()).unwrap();
    assert_eq!(toml, json);
}

#[test]
fn dates_in_toml_metadata_are_texts() {
    let toml = "
        [features.api]
        type = 'boolean'
        metadata = { since = 2026-10-30, at = [{ time = 07:32:00 }] }
    ";
    let catalog = Catalog::from_toml(toml).unwrap();
    assert_eq!(
        serde_json::to_value(&catalog.feature("api").unwrap().metadata).unwrap(),
        serde_json::json!({"since": "2026-10-30", "at": [{"time": "07:32:00"}]})
    );
}

#[track_caller]
fn malformed(text: &str, format: CatalogFormat, message: &str) {
    let error = CatalogBuilder::parse(text, format).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn an_error_names_line_column_and_path() {
    malformed(
        "{\n  \"plans\": {\"pro\": {\"prices\": {\"monthly\": {\n    \"amount\": \"20\"\n",
        CatalogFormat::Json,
        "line 3:18: plans.pro.prices.monthly.amount: invalid type: string \"20\", expected a number",
    );
    malformed(
        "{\"features\": {\"api\": {\"type\": \"bool\"}}}",
        CatalogFormat::Json,
        "line 1:37: features.api.type: unknown variant `bool`, expected one of `boolean`, `metered`, `static`",
    );
    malformed(
        "features:\n  api:\n    name: API\n",
        CatalogFormat::Yaml,
        "line 3:5: features.api: missing field `type`",
    );
    malformed(
        "plans:\n  pro:\n    entitlements:\n      api: null\n",
        CatalogFormat::Yaml,
        "line 4:12: plans.pro.entitlements.api: invalid type: unit value, expected true, false, a number, a text or an entitlement object",
    );
    malformed(
        "[plans.pro.prices.monthly]\namount = 'x'\n",
        CatalogFormat::Toml,
        "line 2:10: plans.pro.prices.monthly.amount: invalid type: string \"x\", expected a number",
    );
}

#[test]
fn text_that_is_not_well_formed_is_one_line() {
    for (text, format) in [
        ("{\"plans\": ", CatalogFormat::Json),
        ("{} trailing", CatalogFormat::Json),
        ("", CatalogFormat::Json),
        ("plans: [", CatalogFormat::Yaml),
        ("a: b: c", CatalogFormat::Yaml),
        ("[plans", CatalogFormat::Toml),
        ("a = = b", CatalogFormat::Toml),
    ] {
        let error = CatalogBuilder::parse(text, format).unwrap_err();
        assert!(error.line.is_some(), "{text:?}: {error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

#[test]
fn an_id_that_stands_twice_is_an_error_in_every_format() {
    malformed(
        "{\"features\": {\"a\": {\"type\": \"boolean\"}, \"a\": {\"type\": \"static\"}}}",
        CatalogFormat::Json,
        "line 1:43: features: `a` stands here twice",
    );
    for (text, format) in [
        (
            "features:\n  a: {type: boolean}\n  a: {type: static}\n",
            CatalogFormat::Yaml,
        ),
        (
            "[features.a]\ntype='boolean'\n[features.a]\ntype='static'\n",
            CatalogFormat::Toml,
        ),
    ] {
        assert!(CatalogBuilder::parse(text, format).is_err(), "{text}");
    }
}

#[test]
fn loading_tells_what_is_wrong_with_the_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalogs/ai-app.yaml");
    assert_eq!(
        Catalog::load(&path).unwrap(),
        Catalog::from_yaml(YAML).unwrap()
    );

    let error = Catalog::load("no/such/catalog.json").unwrap_err();
    assert!(matches!(error, LoadError::Io { .. }));
    assert!(error.to_string().starts_with("no/such/catalog.json: "));

    let error = Catalog::load("catalog.txt").unwrap_err();
    let expected = "catalog.txt: unknown file type; name it .json, .yaml, .yml or .toml";
    assert_eq!(error.to_string(), expected);

    let error = Catalog::from_json(r#"{"topups":{"t":{"feature":"f","amount":1}}}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid catalog\n- topups.t.feature: there is no feature \"f\"\n- topups.t.prices: the top-up has no price, so nobody can buy it"
    );
}

#[test]
fn a_text_without_a_name_is_recognized() {
    assert_eq!(
        CatalogFormat::sniff("\n  {\"plans\": {}}"),
        CatalogFormat::Json
    );
    assert_eq!(CatalogFormat::sniff(YAML), CatalogFormat::Yaml);
    assert_eq!(
        CatalogFormat::sniff("# prices\n[plans.pro]\n"),
        CatalogFormat::Toml
    );
    assert_eq!(CatalogFormat::sniff("x = 1"), CatalogFormat::Toml);
    assert_eq!(
        CatalogFormat::sniff("plans: {a: \"b=c\"}"),
        CatalogFormat::Yaml
    );
}
