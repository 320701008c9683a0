//! Whether a request was what the document asks for.

use client_core::http::header::AUTHORIZATION;
use serde::Deserialize;

use super::exchange::Exchange;

/// What the validator says about a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// Where: `request`, then `path`, `query`, `headers` or `body` and what is in it.
    #[serde(default)]
    pub location: Vec<String>,
    /// How bad: `Error` is what counts.
    pub severity: String,
    /// What is wrong.
    pub message: String,
}

impl Violation {
    /// The place as a path.
    pub fn place(&self) -> String {
        self.location.join(".")
    }
}

/// Reads the violations of requests out of the validator's header. It cuts the header at about
/// 8 kB, so the objects in it are read one by one.
pub fn violations(header: &str) -> Vec<Violation> {
    let starts = header
        .match_indices("{\"location\"")
        .map(|(start, _)| start);
    starts
        .filter_map(|start| {
            let rest = header.get(start..)?;
            serde_json::Deserializer::from_str(rest)
                .into_iter()
                .next()?
                .ok()
        })
        .filter(|found: &Violation| {
            found.severity == "Error" && found.location.first().is_some_and(|at| at == "request")
        })
        .collect()
}

/// What the request must carry.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Method and path template.
    pub key: &'a str,
    /// The credential, when one must be sent.
    pub token: Option<&'a str>,
    /// Expected statuses.
    pub success: &'a [u16],
}

/// Compares a request with what is expected, apart from the validator's findings.
pub fn defects(exchange: &Exchange, expected: &Expected<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let operation = exchange.answer_header("x-operation");
    if operation != expected.key {
        out.push(format!(
            "{} {} reached {operation:?} with status {}",
            exchange.method, exchange.uri, exchange.status
        ));
    }
    if !expected.success.contains(&exchange.status) {
        out.push(format!(
            "status {} is none of {:?}",
            exchange.status, expected.success
        ));
    }
    let unknown = exchange.answer_header("x-unknown-query");
    if !unknown.is_empty() {
        out.push(format!(
            "query parameters that the document does not have: {unknown}"
        ));
    }
    let sent = exchange
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let wanted = expected.token.map(|token| format!("Bearer {token}"));
    if sent != wanted.as_deref() {
        out.push(format!(
            "the Authorization header is {}",
            if wanted.is_none() {
                "sent to a public operation"
            } else {
                "missing or wrong"
            }
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::violations;

    #[test]
    fn only_errors_of_requests_count_and_a_cut_header_is_read_as_far_as_it_goes() {
        let header = r#"Too many violations! [{"location":["request","query","page"],"severity":"Error","code":"type","message":"must be integer"},{"location":["response","body"],"severity":"Error","code":"oneOf","message":"must match"},{"location":["request","query","x"],"severity":"Information","message":"deprecated"},{"location":["request","bo"#;
        let found = violations(header);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place(), "request.query.page");
    }
}
