//! Credentials, and what they may do.

use super::Polar;
use crate::http::{Reply, Request};
use http::Method;
use serde_json::json;
use time::OffsetDateTime;

/// Who may call an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// An organization token with a scope of this resource.
    Organization(&'static str),
    /// A customer session.
    Portal,
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Organization,
    Customer(String),
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    /// `None` grants every scope.
    pub(crate) scopes: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) customer_id: String,
    pub(crate) expires_at: OffsetDateTime,
}

fn unauthorized() -> Box<Reply> {
    let reply = Reply::json(
        401,
        &json!({"error": "Unauthorized", "detail": "Unauthorized"}),
    )
    .with("www-authenticate", "Bearer realm=\"polar\"");
    Box::new(reply)
}

fn oauth(status: u16, error: &str, description: &str, scope: Option<&str>) -> Box<Reply> {
    let scope = scope
        .map(|scope| format!(" scope=\"{scope}\","))
        .unwrap_or_default();
    let challenge = format!(
        "Bearer realm=\"polar\",{scope} error=\"{error}\", error_description=\"{description}\""
    );
    let body = json!({"error": error, "error_description": description});
    Box::new(
        Reply::json(status, &body)
            .with("www-authenticate", challenge)
            .with("cache-control", "no-store")
            .with("pragma", "no-cache"),
    )
}

fn invalid_token() -> Box<Reply> {
    oauth(
        401,
        "invalid_token",
        "The access token provided is expired, revoked, malformed, or invalid for other reasons.",
        None,
    )
}

impl Polar {
    /// Finds the caller and checks that the operation is open to it.
    pub(crate) fn authorize(
        &self,
        request: &Request,
        access: Access,
    ) -> Result<Subject, Box<Reply>> {
        let Some(header) = request.header("authorization") else {
            return Err(unauthorized());
        };
        let Some((scheme, token)) = header.split_once(' ') else {
            return Err(unauthorized());
        };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unauthorized());
        }
        let session = self
            .sessions
            .iter()
            .find(|session| session.token == token && session.expires_at > self.now);
        let key = self.tokens.iter().find(|known| known.token == token);
        match (access, session, key) {
            (_, None, None) => Err(invalid_token()),
            (Access::Portal, Some(session), _) => {
                Ok(Subject::Customer(session.customer_id.clone()))
            }
            (Access::Organization(resource), _, Some(key)) => {
                check_scope(key, resource, &request.method)?;
                Ok(Subject::Organization)
            }
            _ => Err(unauthorized()),
        }
    }
}

fn check_scope(key: &AccessToken, resource: &str, method: &Method) -> Result<(), Box<Reply>> {
    let Some(scopes) = &key.scopes else {
        return Ok(());
    };
    let (read, write) = (format!("{resource}:read"), format!("{resource}:write"));
    let only_read = matches!(resource, "customer_meters");
    let wanted = match *method {
        Method::GET if only_read => vec![read],
        Method::GET => vec![read, write],
        _ => vec![write],
    };
    if wanted.iter().any(|scope| scopes.contains(scope)) {
        return Ok(());
    }
    Err(oauth(
        403,
        "insufficient_scope",
        "The request requires higher privileges than provided by the access token.",
        Some(&wanted.join(" ")),
    ))
}
