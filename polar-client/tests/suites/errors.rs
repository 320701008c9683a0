use std::time::Duration;

use polar_client::client_core::ErrorKind;
use polar_client::{Detail, LocSegment};

use crate::replay::{answer, error, json};

fn key(text: &str) -> LocSegment {
    LocSegment::Key(text.to_owned())
}

#[test]
fn domain_errors_have_a_code_and_a_kind() {
    let cases = [
        (402, "PaymentFailed", ErrorKind::Payment),
        (400, "PaymentError", ErrorKind::Payment),
        (403, "NotPermitted", ErrorKind::Forbidden),
        (403, "AlreadyCanceledSubscription", ErrorKind::Precondition),
        (403, "NotOpenCheckout", ErrorKind::Precondition),
        (412, "OrderNotDraft", ErrorKind::Precondition),
        (404, "ResourceNotFound", ErrorKind::NotFound),
        (409, "SubscriptionLocked", ErrorKind::Conflict),
        (410, "ExpiredCheckoutError", ErrorKind::NotFound),
        (411, "LengthRequired", ErrorKind::Api),
        (413, "RequestBodyTooLarge", ErrorKind::TooLarge),
        (422, "MissingInvoiceBillingDetails", ErrorKind::Validation),
    ];
    for (status, code, kind) in cases {
        let body = format!(r#"{{"error":"{code}","detail":"What is wrong."}}"#);
        let error = error(json(status, &body));
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(!error.is_retryable() && error.may_have_been_sent());
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("customers.get: {status} "))
                && text.ends_with(&format!("({code}): What is wrong.")),
            "{text}"
        );
    }
}

#[test]
fn validation_errors_keep_every_path_with_the_branches_of_unions() {
    let body = r#"{"error":"RequestValidationError","detail":[
        {"type":"missing","loc":["body","events",0,"EventCreateExternalCustomer","name"],"msg":"Field required"},
        {"type":"int_parsing","loc":["body","SubscriptionUpdateSeats","seats"],"msg":"Input should be a valid integer","input":"x","ctx":{"a":1},"url":"https://x"},
        {"type":"uuid_parsing","loc":["path","id"],"msg":"Input should be a valid UUID"}]}"#;
    let error = error(json(422, body));
    assert!(error.is_validation() && !error.is_conflict());
    let issues = error.body().unwrap().issues();
    let paths: Vec<_> = issues.iter().map(polar_client::Issue::path).collect();
    assert_eq!(
        paths,
        [
            "body.events[0].EventCreateExternalCustomer.name",
            "body.SubscriptionUpdateSeats.seats",
            "path.id"
        ]
    );
    assert_eq!(issues[0].loc[2], LocSegment::Index(0));
    assert_eq!(issues[1].loc[1], key("SubscriptionUpdateSeats"));
    assert_eq!(issues[2].kind, "uuid_parsing");
    assert_eq!(
        error.to_string(),
        "customers.get: 422 Unprocessable Entity (RequestValidationError): \
         body.events[0].EventCreateExternalCustomer.name: Field required (and 2 more)"
    );
    // What was sent is repeated by the server in `input`; it stays out of the text.
    assert!(!format!("{error} {:?}", error.body()).contains("\"x\""));
}

#[test]
fn a_body_that_is_no_json_is_a_validation_error_at_its_offset() {
    let body = r#"{"error":"RequestValidationError","detail":[
        {"type":"json_invalid","loc":["body",17],"msg":"JSON decode error"}]}"#;
    let text = error(json(422, body)).to_string();
    assert!(text.ends_with("body[17]: JSON decode error"), "{text}");
}

#[test]
fn customers_who_exist_are_conflicts_on_the_field() {
    let cases = [
        (r#""body","email""#, "email address", "email"),
        (r#""body","external_id""#, "external ID", "external_id"),
        (r#""body","individual","email""#, "email address", "email"),
    ];
    for (loc, words, field) in cases {
        let body = format!(
            r#"{{"error":"PolarRequestValidationError","detail":[{{"type":"value_error",
            "loc":[{loc}],"msg":"A customer with this {words} already exists.","input":"ada"}}]}}"#
        );
        let error = error(json(422, &body));
        assert!(error.is_conflict() && !error.is_validation(), "{field}");
        assert!(error.is_conflict_on(field));
        for other in ["email", "external_id", "name"] {
            assert_eq!(error.is_conflict_on(other), other == field);
        }
    }
    // Something to mend first: the rest of the request is not only a duplicate.
    let mixed = r#"{"error":"PolarRequestValidationError","detail":[
        {"type":"value_error","loc":["body","email"],"msg":"A customer with this email address already exists."},
        {"type":"missing","loc":["body","owner"],"msg":"Field required"}]}"#;
    let error = error(json(422, mixed));
    assert!(error.is_validation() && error.is_conflict_on("email"));
}

#[test]
fn a_token_without_the_scope_says_which_one_is_needed() {
    let challenge = r#"Bearer realm="polar", scope="customers:read customers:write", error="insufficient_scope", error_description="More is needed.""#;
    let body = r#"{"error": "insufficient_scope", "error_description": "More is needed."}"#;
    let error = error(answer(403, &[("www-authenticate", challenge)], body));
    assert!(error.is_forbidden());
    assert_eq!(
        error.body().unwrap().required_scopes,
        ["customers:read", "customers:write"]
    );
    assert_eq!(
        error.to_string(),
        "customers.get: 403 Forbidden (insufficient_scope): \
         the token needs one of: customers:read, customers:write"
    );
}

#[test]
fn the_scopes_are_found_wherever_the_challenge_has_them() {
    let of = |challenges: &[&str]| {
        let headers: Vec<_> = challenges
            .iter()
            .map(|challenge| ("www-authenticate", *challenge))
            .collect();
        let body = r#"{"error": "insufficient_scope"}"#;
        let error = error(answer(403, &headers, body));
        error.body().unwrap().required_scopes.join(" ")
    };
    let cases: [(&[&str], &str); 8] = [
        (
            &[r#"Basic realm="x""#, r#"Bearer scope="a:read""#],
            "a:read",
        ),
        (
            &[r#"Bearer scope="a:read b:read""#, "Bearer scope=b:read"],
            "a:read b:read",
        ),
        (&["Bearer scope=a:read, realm=x"], "a:read"),
        (&[r#"bearer SCOPE = "a:read""#], "a:read"),
        (&[r#"Bearer other_scope="no", scope="a:read""#], "a:read"),
        (
            &[r#"Bearer error_description="say \"scope=no\", scope=no", scope="a:read""#],
            "a:read",
        ),
        (
            &[r#"Bearer error_description="über", scope="a:read""#],
            "a:read",
        ),
        (
            &[r#"Bearer other_scope="no", x-scope=no, scope"#, "=\"", ""],
            "",
        ),
    ];
    for (challenges, scopes) in cases {
        assert_eq!(of(challenges), scopes, "{challenges:?}");
    }
}

#[test]
fn tokens_that_do_not_count_are_unauthorized_and_say_why() {
    let challenge = r#"Bearer realm="polar", error="invalid_token""#;
    let body = r#"{"error":"invalid_token","error_description":"The token is expired."}"#;
    let expired = error(answer(401, &[("www-authenticate", challenge)], body));
    assert!(expired.is_unauthorized());
    assert!(expired.body().unwrap().required_scopes.is_empty());
    assert!(
        expired
            .to_string()
            .ends_with("(invalid_token): The token is expired.")
    );
    let missing = error(json(
        401,
        r#"{"error":"Unauthorized","detail":"Unauthorized"}"#,
    ));
    assert!(missing.is_unauthorized());
    assert_eq!(missing.code(), Some("Unauthorized"));
}

#[test]
fn the_rate_limiter_has_no_body_and_an_operations_own_limit_has_one() {
    let limited = error(answer(429, &[("retry-after", "13")], ""));
    assert!(limited.is_rate_limited() && limited.body().is_none() && limited.code().is_none());
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(13)));
    assert_eq!(
        limited.to_string(),
        "customers.get: 429 Too Many Requests, retry after 13 s"
    );
    let own = error(json(
        429,
        r#"{"error":"ManualRetryLimitExceeded","detail":"Try later."}"#,
    ));
    assert!(own.is_rate_limited() && own.retry_after().is_none());
    assert_eq!(own.code(), Some("ManualRetryLimitExceeded"));
}

#[test]
fn a_version_or_route_that_is_not_served_is_not_a_missing_resource() {
    let resource = error(json(
        404,
        r#"{"error":"ResourceNotFound","detail":"Not found"}"#,
    ));
    assert!(resource.is_not_found());
    assert!(!resource.body().unwrap().is_unknown_route());

    let version = error(json(404, r#"{"detail":"Not Found"}"#));
    assert_eq!(version.kind(), ErrorKind::UnknownRoute);
    assert!(!version.is_not_found() && version.body().unwrap().is_unknown_route());
    assert_eq!(
        version.to_string(),
        "customers.get: 404 Not Found: no such route, or the API version 2026-10 is not served \
         any more"
    );
    // A gateway that answers in the API's place knows nothing of customers either.
    let server = r#"{"status":404,"error":"Not Found","path":"/v1/customers/id"}"#;
    for body in ["", "<html>404</html>", "{}", server] {
        let gateway = error(answer(404, &[("content-type", "text/html")], body));
        assert_eq!(gateway.kind(), ErrorKind::UnknownRoute, "{body:?}");
        assert!(
            gateway.to_string().contains("check the base URL"),
            "{gateway}"
        );
    }
}

#[test]
fn answers_of_the_framework_are_told_apart_without_a_code() {
    let method = error(json(405, r#"{"detail":"Method Not Allowed"}"#));
    assert_eq!((method.kind(), method.code()), (ErrorKind::Api, None));
    assert!(
        method
            .to_string()
            .ends_with("405 Method Not Allowed: Method Not Allowed")
    );
    let crash = error(answer(
        500,
        &[("x-request-id", "req_1")],
        "Internal Server Error",
    ));
    assert!(crash.is_server() && crash.is_retryable() && crash.body().is_none());
    assert_eq!(crash.request_id(), Some("req_1"));
}

#[test]
fn a_detail_of_another_shape_is_kept() {
    let odd = error(json(
        400,
        r#"{"error":"BadRequest","detail":{"field":"key"}}"#,
    ));
    assert!(
        matches!(&odd.body().unwrap().detail, Some(Detail::Other(value)) if value["field"] == "key")
    );
    assert_eq!(
        odd.to_string(),
        "customers.get: 400 Bad Request (BadRequest)"
    );
}

#[test]
fn a_member_of_an_odd_shape_leaves_the_rest_readable() {
    let of = |status, body: &str| error(json(status, body));
    let missing = of(404, r#"{"error":"ResourceNotFound","detail":["x"]}"#);
    assert!(missing.is_not_found());
    let detail = missing.body().unwrap().detail.as_ref();
    assert!(matches!(detail, Some(Detail::Other(value)) if value[0] == "x"));
    for body in [
        r#"{"error":"ResourceNotFound","detail":7}"#,
        r#"{"error":"ResourceNotFound","detail":null,"error_description":1}"#,
        r#"{"error":"ResourceNotFound","detail":[{"msg":null}]}"#,
        r#"{"error":"ResourceNotFound","detail":[{"msg":"a"},"b"]}"#,
    ] {
        let error = of(404, body);
        assert!(error.is_not_found(), "{body}");
        assert_eq!(
            error.to_string(),
            "customers.get: 404 Not Found (ResourceNotFound)"
        );
    }

    let token = of(401, r#"{"error":"invalid_token","error_description":1}"#);
    assert_eq!(token.code(), Some("invalid_token"));
    let object = of(400, r#"{"error":{"code":1},"detail":"What is wrong."}"#);
    assert_eq!(object.code(), None);
    assert!(
        object
            .to_string()
            .ends_with("400 Bad Request: What is wrong.")
    );

    let body = r#"{"error":"RequestValidationError","detail":[
        {"type":1,"loc":null,"msg":null},
        {"type":"missing","loc":["body",null,1.5,{"a": [true]},0],"msg":{}},
        {"type":"missing","loc":"body","msg":"Field required"}]}"#;
    let error = of(422, body);
    assert!(error.is_validation());
    let issues = error.body().unwrap().issues();
    assert_eq!(issues.len(), 3);
    assert!(issues[0].loc.is_empty());
    assert_eq!(
        issues[1].loc,
        [
            key("body"),
            key("null"),
            key("1.5"),
            key(r#"{"a":[true]}"#),
            LocSegment::Index(0)
        ]
    );
    assert_eq!(issues[2].msg, "Field required");
    // The first one that says something is told.
    assert!(
        error
            .to_string()
            .ends_with(r#": body.null.1.5.{"a":[true]}[0]: missing (and 2 more)"#),
        "{error}"
    );
}

#[test]
fn nothing_that_an_error_shows_holds_a_token() {
    let body = r#"{"error":"X","detail":"No.","token":"polar_cst_hidden","client_secret":"polar_cs_hidden"}"#;
    let error = error(json(500, body));
    let mut shown = format!("{error:?} {error}");
    // Links carry credentials too.
    let hidden = "hidden0".repeat(6);
    let link = format!(r#"{{"url":"https://polar.sh/checkout/polar_c_{hidden}"}}"#);
    shown.push_str(&format!("{:?}", crate::replay::error(json(500, &link))));
    assert!(shown.contains("polar.sh/checkout/polar_c_***"), "{shown}");
    assert!(
        !shown.contains("polar_oat_secret") && !shown.contains("hidden"),
        "{shown}"
    );
}
