//! The loopback HTTP/1.1 listener.

use super::fault::{Failure, Phase, strike};
use super::log::{RecordedRequest, Service};
use super::{Reply, Request};
use crate::world::{Shared, lock};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The most that is read of one request, above the limits that the real servers enforce.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// Makes hyper close the connection without an answer.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection reset by an injected fault")
    }
}

impl std::error::Error for Reset {}

/// Accepts connections until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, shared: Shared, service: Service) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let handler = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { answer(request, &shared, service).await }
            });
            // A client that goes away, or an injected reset, ends the connection; nothing to report.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), handler)
                .await;
        });
    }
}

async fn answer(
    incoming: http::Request<Incoming>,
    shared: &Shared,
    service: Service,
) -> Result<Response<Full<Bytes>>, Reset> {
    let (parts, body) = incoming.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => return Ok(render(Reply::empty(413))),
    };
    let raw_query = parts.uri.query().unwrap_or_default();
    let host = parts
        .headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("localhost")
        .to_owned();
    let request = Request {
        method: parts.method,
        path: percent_decode_str(parts.uri.path())
            .decode_utf8_lossy()
            .into_owned(),
        query: url::form_urlencoded::parse(raw_query.as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body,
        host,
    };
    handle(&request, shared, service).map(render)
}

fn handle(request: &Request, shared: &Shared, service: Service) -> Result<Reply, Reset> {
    let mut world = lock(shared);
    world.tick();
    let fault = strike(&mut world.faults, service, &request.method, &request.path);
    let (operation, reply) = match &fault {
        Some(fault) if fault.phase == Phase::Before => (None, None),
        _ => {
            let (operation, reply) = world.dispatch(service, request);
            (operation, Some(reply))
        }
    };
    let outcome = match &fault {
        None => Ok(reply.unwrap_or_else(|| Reply::empty(500))),
        Some(fault) => match fault.failure {
            Failure::Reset => Err(Reset),
            Failure::Status(status) => Ok(fault_reply(service, status)),
        },
    };
    let status = outcome.as_ref().ok().map(|reply| reply.status);
    let at = world.now;
    world.log.push(record(
        request,
        service,
        operation,
        status,
        fault.is_some(),
        at,
    ));
    outcome
}

fn fault_reply(service: Service, status: u16) -> Reply {
    match service {
        Service::Polar => crate::polar::error::injected(status),
        Service::OpenMeter => crate::openmeter::problem::injected(status),
    }
}

fn record(
    request: &Request,
    service: Service,
    operation: Option<&'static str>,
    status: Option<u16>,
    fault: bool,
    at: time::OffsetDateTime,
) -> RecordedRequest {
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| {
            let text = if name == http::header::AUTHORIZATION {
                "<redacted>".to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), text)
        })
        .collect();
    RecordedRequest {
        service,
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers,
        body: serde_json::from_slice(&request.body).ok(),
        operation,
        status,
        fault,
        at,
    }
}

fn render(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}
