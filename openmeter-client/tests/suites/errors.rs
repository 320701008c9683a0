use openmeter_client::client_core::ErrorKind;
use serde_json::json as value;

use crate::replay::{answer, error, json};

fn problem(status: u16, title: &str, detail: &str) -> String {
    value!({"type": "about:blank", "title": title, "status": status, "detail": detail,
            "instance": "urn:request:r-1"})
    .to_string()
}

#[test]
fn each_status_of_the_server_has_a_kind() {
    let cases = [
        (400, ErrorKind::Validation),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (412, ErrorKind::Precondition),
        (413, ErrorKind::TooLarge),
        (424, ErrorKind::Api),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (501, ErrorKind::Server),
        (503, ErrorKind::Server),
    ];
    for (status, kind) in cases {
        let error = error(json(status, &problem(status, "Title", "what is wrong")));
        assert_eq!(error.kind(), kind, "{status}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("v3.meters.get: {status} "))
                && text.ends_with(": what is wrong [request r-1]"),
            "{text}"
        );
        // `about:blank` is no code.
        assert_eq!(error.code(), None);
    }
}

#[test]
fn what_is_gone_is_told_from_what_may_not_be_done() {
    let of = |status, detail| error(json(status, &problem(status, "Title", detail)));
    let gone = of(
        412,
        "customer is deleted [namespace=default customer.id=01J]",
    );
    assert!(gone.is_not_found());
    let refused = of(412, "subject has active entitlements with ids: 01J");
    assert!(refused.is_precondition() && !refused.is_not_found());
    // What the router of the server says to a path that it does not know.
    let route =
        r#"{"type":"about:blank","title":"Not Found","status":404,"instance":"urn:request:r"}"#;
    let route = error(json(404, route));
    assert!(!route.is_not_found());
    assert_eq!(route.kind(), ErrorKind::UnknownRoute);
}

#[test]
fn details_and_instances_may_be_absent() {
    let bare = r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;
    let bare = error(json(500, bare));
    assert!(bare.is_server() && bare.request_id().is_none());
    assert!(
        bare.to_string().ends_with(": Internal Server Error"),
        "{bare}"
    );
}

#[test]
fn every_validation_issue_of_v3_keeps_its_rule_source_and_choices() {
    let body = value!({"type": "https://kongapi.info/konnect/bad-request", "status": 400,
        "title": "Bad Request", "instance": "kong:trace:7", "detail": "invalid",
        "invalid_parameters": [
            {"field": "aggregation", "rule": "enum", "reason": "is not one of the values",
             "source": "body", "choices": ["sum", "count"]},
            {"field": "page[size]", "rule": "max", "reason": "is too large", "source": "query",
             "maximum": 100},
            {"field": "x", "source": ""}]});
    let error = error(json(400, &body.to_string()));
    assert!(error.is_validation());
    assert_eq!(error.code(), Some("bad-request"));
    assert_eq!(error.request_id(), Some("kong:trace:7"));
    let parameters = &error.body().unwrap().invalid_parameters;
    assert_eq!(parameters.len(), 3);
    assert_eq!(parameters[0].choices, [value!("sum"), value!("count")]);
    assert_eq!(parameters[1].rule.as_deref(), Some("max"));
    assert_eq!(parameters[1].source.as_deref(), Some("query"));
    assert_eq!(parameters[1].attributes["maximum"], 100);
    assert!(
        error
            .to_string()
            .contains("aggregation: is not one of the values"),
        "{error}"
    );
}

#[test]
fn v3_answers_in_the_older_shape_too() {
    let body = value!({"type": "about:blank", "title": "Bad Request", "status": 400,
        "detail": "validation error", "extensions": {"validationErrors": [
            {"code": "plan_phase_duplicated_key", "message": "the key is used twice",
             "field": "$.phases[1].key", "severity": "critical", "component": "plan"},
            {"message": "only words", "path": "/lines/0", "severity": "warning"}]}});
    let error = error(json(400, &body.to_string()));
    let body = error.body().unwrap();
    assert!(body.has_code("plan_phase_duplicated_key") && !body.has_code("other"));
    assert_eq!(error.code(), Some("plan_phase_duplicated_key"));
    assert_eq!(body.validation_issues[0].attributes["component"], "plan");
    assert_eq!(body.validation_issues[1].field.as_deref(), Some("/lines/0"));
    assert_eq!(
        body.validation_issues[1].severity.as_deref(),
        Some("warning")
    );
    assert!(
        error
            .to_string()
            .contains("$.phases[1].key: the key is used twice"),
        "{error}"
    );
}

#[test]
fn what_a_request_conflicts_with_is_told() {
    let entitlement = value!({"type": "about:blank", "title": "Conflict", "status": 409,
        "detail": "entitlement already exists", "extensions": {"conflictingEntityId": "01A"}});
    let entitlement = error(json(409, &entitlement.to_string()));
    assert!(entitlement.is_conflict() && entitlement.is_conflict_on("featureKey"));
    let id = entitlement.body().unwrap().conflicting_entity_id.as_deref();
    assert_eq!(id, Some("01A"));

    let key = error(json(
        409,
        &problem(409, "Conflict", "customer with key acme already exists"),
    ));
    assert!(key.is_conflict_on("key") && !key.is_conflict_on("subjectKeys"));
    let subject = "one or multiple subject keys are already associated with an existing customer";
    let subject = error(json(409, &problem(409, "Conflict", subject)));
    assert!(subject.is_conflict_on("usageAttribution") && subject.is_conflict_on("subjectKeys"));
    assert!(!subject.is_conflict_on("key") && !subject.is_conflict_on("featureKey"));
    // Words about a key in another failure make no conflict.
    let other = error(json(
        400,
        &problem(400, "Bad Request", "the key is malformed"),
    ));
    assert!(!other.is_conflict() && !other.is_conflict_on("key"));
}

#[test]
fn a_404_of_something_else_is_not_a_missing_resource() {
    let missing = error(json(404, &problem(404, "Not Found", "meter not found")));
    assert!(missing.is_not_found());
    let kong = r#"{"message":"no Route matched with those values"}"#;
    for body in [kong, "<html>404</html>", "404 page not found", ""] {
        let gateway = error(answer(404, &[], body));
        assert_eq!(gateway.kind(), ErrorKind::UnknownRoute, "{body}");
        assert!(!gateway.is_not_found());
        assert!(
            gateway.to_string().contains("check the base URL"),
            "{gateway}"
        );
    }
}
