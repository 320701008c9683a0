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
    // As the server writes it, and in a name that a user chose.
    let named = of(412, "precondition failed error: customer is deleted [x=y]");
    assert!(named.is_not_found());
    let key = of(412, "feature \"customer is deleted\" is archived");
    assert!(key.is_precondition() && !key.is_not_found());
}

#[test]
fn a_route_that_the_server_does_not_know_is_not_a_missing_resource() {
    let advice = "check the base URL and whether the server is new enough for this operation";
    // The routers of v1 and v3, and the check of v1 against the description.
    let v1 = value!({"type": "about:blank", "title": "Not Found", "status": 404,
        "instance": "urn:request:r"});
    let v3 = value!({"type": "https://kongapi.info/konnect/not-found", "status": 404,
        "title": "Not Found", "instance": "urn:request:r",
        "detail": "The requested route was not found"});
    let check = value!({"type": "about:blank", "title": "Not Found", "status": 404,
        "detail": "no matching operation was found"});
    let empty = value!({"type": "about:blank", "title": "Not Found", "status": 404,
        "detail": "", "instance": "urn:request:r"});
    let repeated = value!({"type": "about:blank", "title": "Not Found", "status": 404,
        "detail": "Not Found", "instance": "urn:request:r"});
    for body in [v1, v3, check, empty, repeated] {
        let error = error(json(404, &body.to_string()));
        assert_eq!(error.kind(), ErrorKind::UnknownRoute, "{body}");
        assert!(!error.is_not_found());
        let text = error.to_string();
        assert!(
            text.contains(&format!(": no such route: {advice}")),
            "{text}"
        );
    }
    // Resources that are missing, the last one in the described shape.
    let named = value!({"type": "https://kongapi.info/konnect/not-found", "status": 404,
        "title": "Not Found", "instance": "", "detail": "The requested meter was not found"});
    let unnamed = value!({"type": "https://kongapi.info/konnect/not-found", "status": 404,
        "title": "Not Found", "instance": "", "detail": ""});
    let coded = value!({"type": "about:blank", "title": "Not Found", "status": 404,
        "extensions": {"validationErrors": [{"code": "charge_not_found"}]}});
    let described = value!({"type": "https://httpstatuses.com/404", "status": 404,
        "title": "Not Found", "instance": "kong:trace:1", "detail": "Not found"});
    for body in [named, unnamed, coded, described] {
        let error = error(json(404, &body.to_string()));
        assert!(error.is_not_found(), "{body}");
    }
}

#[test]
fn details_and_instances_may_be_absent() {
    let bare = r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;
    let bare = error(json(500, bare));
    assert!(bare.is_server() && bare.request_id().is_none());
    // The title would only repeat the status.
    assert_eq!(bare.to_string(), "v3.meters.get: 500 Internal Server Error");
    let empty = r#"{"type":"https://kongapi.info/konnect/internal","title":"Internal",
        "status":500,"detail":"","instance":""}"#;
    let empty = error(answer(500, &[("x-request-id", "r-2")], empty));
    assert_eq!(
        empty.to_string(),
        "v3.meters.get: 500 Internal Server Error (internal) [request r-2]"
    );
    let titled = r#"{"type":"about:blank","title":"Upstream is down","status":503}"#;
    let titled = error(json(503, titled));
    assert!(
        titled.to_string().ends_with(": Upstream is down"),
        "{titled}"
    );
}

#[test]
fn a_member_of_an_odd_shape_leaves_the_rest_readable() {
    let whole = value!({"type": "about:blank", "title": "Conflict", "status": 409,
        "detail": "what is wrong", "instance": "urn:request:r-1",
        "extensions": {"conflictingEntityId": "01A",
            "validationErrors": [{"code": "a_code", "message": "words", "field": "$.a"}]},
        "invalid_parameters": [{"field": "b", "reason": "is odd", "choices": ["c"]}]});
    let odd = |pointer: &str, odd: serde_json::Value| {
        let mut body = whole.clone();
        *body.pointer_mut(pointer).unwrap() = odd;
        error(json(409, &body.to_string()))
    };
    for (pointer, value) in [
        ("/extensions/validationErrors", value!({"a": 1})),
        ("/extensions/validationErrors", value!(["words"])),
        (
            "/extensions/validationErrors",
            value!([{"code": 42, "message": ["x"], "field": 1, "attributes": ["x"]}]),
        ),
        ("/invalid_parameters", value!({"a": 1})),
        (
            "/invalid_parameters",
            value!([{"field": null, "choices": "x", "reason": 7}]),
        ),
        ("/type", value!(1)),
        ("/title", value!(["x"])),
        ("/status", value!("409")),
    ] {
        let error = odd(pointer, value.clone());
        let body = error.body().unwrap();
        assert_eq!(body.detail.as_deref(), Some("what is wrong"), "{value}");
        assert_eq!(body.conflicting_entity_id.as_deref(), Some("01A"));
        assert_eq!(error.request_id(), Some("r-1"));
        assert!(error.is_conflict_on("featureKey"), "{value}");
    }
    for (pointer, value) in [
        ("/detail", value!({"a": 1})),
        ("/instance", value!(7)),
        ("/extensions", value!([])),
        ("/extensions/conflictingEntityId", value!(7)),
    ] {
        let error = odd(pointer, value);
        let body = error.body().unwrap();
        assert_eq!(body.title.as_deref(), Some("Conflict"));
        assert_eq!(body.invalid_parameters[0].choices, [value!("c")]);
        assert!(error.is_conflict());
    }
    // Of an item, too, the rest is kept.
    let error = odd(
        "/extensions/validationErrors",
        value!([7, {"code": 42, "message": "words", "attributes": [], "more": 1}]),
    );
    let issues = &error.body().unwrap().validation_issues;
    assert_eq!((issues.len(), issues[0].code.as_deref()), (1, None));
    assert_eq!(issues[0].message.as_deref(), Some("words"));
    assert_eq!(issues[0].attributes["more"], 1);
}

#[test]
fn an_issue_without_words_is_told_by_the_detail() {
    let of = |issue| {
        let body = value!({"type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": "the plan has no phases", "extensions": {"validationErrors": [issue]}});
        error(json(400, &body.to_string())).to_string()
    };
    let start = "v3.meters.get: 400 Bad Request";
    assert_eq!(
        of(value!({"code": "plan_with_no_phases"})),
        format!("{start} (plan_with_no_phases): the plan has no phases")
    );
    assert_eq!(
        of(value!({"field": "$.phases", "message": ""})),
        format!("{start}: $.phases: the plan has no phases")
    );
    let bare = value!({"type": "about:blank", "title": "Bad Request", "status": 400,
        "invalid_parameters": [{"field": "key"}]});
    assert_eq!(
        error(json(400, &bare.to_string())).to_string(),
        format!("{start}: key is not valid")
    );
}

#[test]
fn a_gateway_that_answers_itself_is_understood() {
    let body = r#"{"message":"API rate limit exceeded","request_id":"abc123"}"#;
    let limited = error(json(429, body));
    assert!(limited.is_rate_limited());
    assert_eq!(
        limited.to_string(),
        "v3.meters.get: 429 Too Many Requests: API rate limit exceeded [request abc123]"
    );
    let body = r#"{"message":"no Route matched with those values","request_id":"abc123"}"#;
    let route = error(json(404, body));
    assert_eq!(route.kind(), ErrorKind::UnknownRoute);
    assert_eq!(
        route.to_string(),
        "v3.meters.get: 404 Not Found: no such route (no Route matched with those values): check \
         the base URL and whether the server is new enough for this operation [request abc123]"
    );
    // Its words are not taken for the ones of the API.
    let body = r#"{"message":"customer not found"}"#;
    assert!(!error(json(404, body)).is_not_found());
    let body = r#"{"message":"Unauthorized","request_id":"abc123"}"#;
    assert_eq!(
        error(json(401, body)).to_string(),
        "v3.meters.get: 401 Unauthorized [request abc123]"
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
fn a_conflict_is_on_what_the_server_says_and_not_on_what_users_wrote() {
    let key = r#"key "acme" is already used by an another customer in the namespace default"#;
    let subjects = "one or multiple subject keys of [a, b] are already associated with an \
        different customer in the namespace default";
    let said = [
        (key, "key"),
        (
            r#"key "subject" is already used by an another customer in the namespace subjects"#,
            "key",
        ),
        ("key a overlaps with id of another customer", "key"),
        (
            "key a overlaps with subject of another customer: 01A",
            "key",
        ),
        ("feature 01A with key api_subject already exists", "key"),
        ("feature with key subject already exists", "key"),
        ("subject with key already exists: a", "key"),
        (subjects, "subjectKeys"),
        (
            r#"one or multiple subject keys of [key "a" is already used by an, key] are already associated with an different customer in the namespace key"#,
            "subjectKeys",
        ),
        (
            "subject key a is already used by customer 01A",
            "subjectKeys",
        ),
        ("meter with the same slug already exists", "slug"),
        ("customer key has active subscriptions", ""),
        ("plan \"subject keys\" is archived", ""),
        ("update after delete", ""),
        ("the key of a meter cannot change", ""),
    ];
    for (words, field) in said {
        // The server puts the kind of the failure before most of its words.
        for words in [words.to_owned(), format!("conflict error: {words}")] {
            let error = error(json(409, &problem(409, "Conflict", &words)));
            assert!(error.is_conflict());
            for asked in ["key", "subjectKeys", "slug", "featureKey", "name", ""] {
                // v3 calls the slug of a meter its key.
                let expected = asked == field || (asked, field) == ("key", "slug");
                let expected = expected && !asked.is_empty();
                assert_eq!(error.is_conflict_on(asked), expected, "{asked}: {words}");
            }
        }
    }

    let entitlement = value!({"type": "about:blank", "title": "Conflict", "status": 409,
        "detail": "entitlement with id 01A already exists for feature api_keys and customer c",
        "extensions": {"conflictingEntityId": "01A"}});
    let entitlement = error(json(409, &entitlement.to_string()));
    assert!(entitlement.is_conflict_on("featureKey") && entitlement.is_conflict_on("feature_key"));
    for field in ["key", "subjectKeys", "api_keys", "customer", ""] {
        assert!(!entitlement.is_conflict_on(field), "{field}");
    }
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
