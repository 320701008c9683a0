//! The send path: building the request, attempts, timeouts, retries, the span.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use tracing::{Instrument, Span, field};

use super::{Authorization, Client, Config};
use crate::error::{ErrorKind, Failure};
use crate::operation::Auth;
use crate::path;
use crate::request::{Body, Call};
use crate::response::RawResponse;
use crate::retry::{Draw, retry_after, status_allows};
use crate::transport::{SendOptions, TransportError};

const JSON: &str = "application/json";

pub(super) const BAD_CREDENTIAL: &str =
    "the credential is empty, or has white space or characters that a header cannot hold";

pub(super) async fn execute(client: Client, call: Call) -> Result<RawResponse, Failure> {
    let operation = call.operation;
    let span = tracing::info_span!(
        target: "client_core",
        "request",
        operation = operation.name,
        method = operation.method.as_str(),
        status = field::Empty,
        attempts = field::Empty,
        error = field::Empty,
        elapsed_ms = field::Empty,
    );
    if span.is_disabled() {
        return run(&client.0, call, &span).await;
    }
    let started = client.0.timer.now();
    let result = run(&client.0, call, &span).instrument(span.clone()).await;
    if let Err(failure) = &result {
        span.record("error", field::debug(failure.kind()));
    }
    let elapsed = client.0.timer.now().saturating_duration_since(started);
    span.record(
        "elapsed_ms",
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    );
    result
}

async fn run(config: &Config, call: Call, span: &Span) -> Result<RawResponse, Failure> {
    let operation = call.operation;
    let invalid = |reason| Failure::invalid(operation, reason);
    let mut request = Some(build(config, &call).map_err(invalid)?);
    path::warn_of_slashes(operation.path, &call.path_args);
    let options = &call.options;
    let policy = options.retry.as_ref().unwrap_or(&config.retry);
    let timeout = options.timeout.unwrap_or(config.timeout);
    // A call with a limit of its own may use all of it for one attempt.
    let attempt_timeout = options
        .attempt_timeout
        .unwrap_or(if options.timeout.is_some() {
            timeout
        } else {
            config.attempt_timeout
        });

    let started = config.timer.now();
    let remaining =
        || timeout.saturating_sub(config.timer.now().saturating_duration_since(started));
    let mut draw = Draw::from(&config.budget);
    let mut sent = false;
    let mut attempts = 0;
    loop {
        let limit = remaining().min(attempt_timeout);
        if limit.is_zero() {
            let mut failure = Failure::deadline(operation, timeout, sent);
            failure.0.attempts = attempts;
            return Err(failure);
        }
        attempts += 1;
        draw.send();
        span.record("attempts", attempts);
        let request = match request.take() {
            Some(request) => request,
            None => build(config, &call).map_err(invalid)?,
        };
        let mut failure = match attempt(config, &call, request, limit).await {
            Ok(mut response) => {
                span.record("status", response.status().as_u16());
                response.set_attempts(attempts);
                draw.succeed();
                return Ok(response);
            }
            Err(failure) => failure,
        };
        failure.0.attempts = attempts;
        // What an earlier attempt may have done stays possible.
        sent |= failure.0.may_have_been_sent;
        failure.0.may_have_been_sent = sent;
        if let Some(response) = failure.response() {
            span.record("status", response.status().as_u16());
        }
        if !failure.0.retryable || attempts >= policy.get_max_attempts() {
            return Err(failure);
        }
        let Some(delay) = policy.delay(attempts, failure.0.retry_after) else {
            return Err(failure);
        };
        if delay >= remaining() || !draw.take(failure.0.kind == ErrorKind::Timeout) {
            return Err(failure);
        }
        tracing::debug!(
            target: "client_core",
            operation = operation.name,
            attempt = attempts,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            reason = %failure,
            "retrying"
        );
        config.timer.sleep(delay).await;
    }
}

async fn attempt(
    config: &Config,
    call: &Call,
    request: http::Request<Bytes>,
    limit: Duration,
) -> Result<RawResponse, Failure> {
    let operation = call.operation;
    let safety = call.options.retry_safety.unwrap_or(operation.retry);
    let options = SendOptions::new(limit, config.max_response_bytes);
    let answer = config.transport.send(request, options);
    match within(config, limit, answer).await {
        Ok(response) => {
            let response = RawResponse::new(response);
            let status = response.status();
            if status.is_success() || operation.success.contains(&status.as_u16()) {
                return Ok(response);
            }
            let wait = retry_after(response.headers(), || config.timer.wall_clock());
            let mut failure = Failure::status(operation, response);
            failure.0.retryable = status_allows(status, safety, wait.is_some());
            failure.0.retry_after = wait;
            Err(failure)
        }
        Err(error) => {
            let retryable =
                error.is_transient() && (safety.is_repeatable() || !error.may_have_been_sent());
            let mut failure = Failure::transport(operation, error);
            failure.0.retryable = retryable;
            Err(failure)
        }
    }
}

/// Gives up on an answer after `limit`. The timer is started only when the answer is not there at
/// once.
async fn within<T>(
    config: &Config,
    limit: Duration,
    mut answer: crate::BoxFuture<'static, Result<T, TransportError>>,
) -> Result<T, TransportError> {
    let mut alarm = None;
    poll_fn(|context| {
        if let Poll::Ready(result) = answer.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        let alarm = alarm.get_or_insert_with(|| config.timer.sleep(limit));
        alarm.as_mut().poll(context).map(|()| {
            Err(TransportError::timeout(format!(
                "no whole answer within {limit:?}"
            )))
        })
    })
    .await
}

/// Puts the URL, the headers and the body of a call together.
fn build(config: &Config, call: &Call) -> Result<http::Request<Bytes>, String> {
    if let Some(reason) = &call.refused {
        return Err(reason.clone());
    }
    let operation = call.operation;
    let mut request = http::Request::new(Bytes::new());
    *request.method_mut() = operation.method.clone();
    *request.uri_mut() = uri(config, call)?;

    let mut headers = config.headers.clone();
    if !operation.accept.is_empty() {
        headers.insert(ACCEPT, media_type(operation.accept)?);
    }
    match authorization(config, call) {
        Authorization::None if operation.auth == Auth::None => {
            headers.remove(AUTHORIZATION);
        }
        Authorization::None => {}
        Authorization::Bearer(value) => {
            headers.insert(AUTHORIZATION, value);
        }
        Authorization::Malformed => return Err(BAD_CREDENTIAL.to_owned()),
    }
    let (content_type, body) = match &call.body {
        Body::Empty => (None, Bytes::new()),
        Body::Json(bytes) => (Some(JSON), bytes.clone()),
        Body::Form(bytes) => (Some("application/x-www-form-urlencoded"), bytes.clone()),
        Body::Bytes {
            content_type,
            bytes,
        } => (Some(*content_type), bytes.clone()),
    };
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, media_type(content_type)?);
    }
    // Some servers refuse a write without a length (411), even when it has no body.
    if content_type.is_some() || takes_body(&operation.method) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    for (name, value) in &call.headers {
        headers.insert(name, value.clone());
    }
    *request.headers_mut() = headers;
    *request.body_mut() = body;
    Ok(request)
}

fn uri(config: &Config, call: &Call) -> Result<Uri, String> {
    let template = call.operation.path;
    let mut url = String::with_capacity(config.base_url.len() + template.len() + 64);
    url.push_str(&config.base_url);
    path::append(template, &call.path_args, &mut url)?;
    if !call.query.is_empty() {
        url.push('?');
        call.query.encode_into(&mut url);
    }
    let length = url.len();
    Uri::try_from(url).map_err(|error| format!("the URL cannot be made ({length} bytes): {error}"))
}

fn media_type(text: &'static str) -> Result<HeaderValue, String> {
    match text {
        JSON => Ok(HeaderValue::from_static(JSON)),
        text => HeaderValue::from_str(text).map_err(|_| format!("`{text}` is not a media type")),
    }
}

fn takes_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

fn authorization(config: &Config, call: &Call) -> Authorization {
    match (&call.options.credential, call.operation.auth) {
        (Some(credential), _) => Authorization::of(Some(credential)),
        (None, Auth::Client) => config.authorization.clone(),
        (None, Auth::None) => Authorization::None,
    }
}
