//! Sending webhooks over HTTP.

use super::outbox::QueuedEvent;
use super::sign::signature;
use crate::world::{Shared, lock};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::net::TcpStream;

/// How long an endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an endpoint's answer is kept, in characters.
const KEPT_RESPONSE: usize = 2048;
/// How much of an endpoint's answer is read.
const MAX_RESPONSE: usize = 1024 * 1024;

/// One attempt to deliver a webhook.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the event: the `webhook-id` header, equal in all attempts.
    pub event_id: String,
    /// The endpoint it went to.
    pub endpoint_id: String,
    /// The type of the event, such as `order.paid`.
    pub kind: &'static str,
    /// The URL it went to.
    pub url: String,
    /// Which attempt this was, counted from 1.
    pub attempt: usize,
    /// The time in the `webhook-timestamp` header.
    pub timestamp: OffsetDateTime,
    /// The headers that were sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The exact body that was sent and signed.
    pub body: String,
    /// The status that came back; `None` when there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// Whether the answer was a 2xx.
    pub succeeded: bool,
}

/// A webhook that waits to be delivered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingWebhook {
    /// The id of the event.
    pub event_id: String,
    /// The endpoint it is for.
    pub endpoint_id: String,
    /// The type of the event, such as `order.paid`.
    pub kind: &'static str,
    /// The body that will be sent.
    pub body: String,
    /// When it is to be sent, on the test clock.
    pub due: OffsetDateTime,
    /// How often it was tried already.
    pub attempts: usize,
    /// Whether it is held back by the test.
    pub held: bool,
}

impl PendingWebhook {
    pub(crate) fn of(event: &QueuedEvent) -> Option<Self> {
        Some(Self {
            event_id: event.id.clone(),
            endpoint_id: event.endpoint_id.clone(),
            kind: event.kind,
            body: event.body.clone(),
            due: event.due?,
            attempts: event.attempts.len(),
            held: event.held,
        })
    }
}

struct Prepared {
    delivery: Delivery,
    request: Result<Request<Full<Bytes>>, String>,
    host: String,
    port: u16,
}

/// Sends everything that is due, one attempt each.
pub(crate) async fn deliver_due(shared: &Shared) -> Vec<Delivery> {
    let mut done = Vec::new();
    loop {
        let next = {
            let mut world = lock(shared);
            world.tick();
            let now = world.now;
            world
                .polar
                .outbox
                .next_due(now)
                .map(|event| event.id.clone())
        };
        let Some(id) = next else { return done };
        match deliver_now(shared, &id).await {
            Some(delivery) => done.push(delivery),
            None => return done,
        }
    }
}

/// Sends one event now, whether it is due or not; `None` when the event or its endpoint is unknown.
pub(crate) async fn deliver_now(shared: &Shared, id: &str) -> Option<Delivery> {
    let prepared = prepare(shared, id)?;
    let Prepared {
        mut delivery,
        request,
        host,
        port,
    } = prepared;
    let outcome = match request {
        Ok(request) => send(request, &host, port).await,
        Err(fault) => Err(fault),
    };
    let response = match outcome {
        Ok((status, text)) => {
            delivery.status = Some(status);
            delivery.succeeded = (200..300).contains(&status);
            Some(text)
        }
        Err(fault) => {
            delivery.error = Some(fault);
            None
        }
    };
    let mut world = lock(shared);
    let now = world.now;
    world
        .polar
        .outbox
        .record(now, id, delivery.status, response);
    Some(delivery)
}

fn prepare(shared: &Shared, id: &str) -> Option<Prepared> {
    let mut world = lock(shared);
    world.tick();
    let outbox = &mut world.polar.outbox;
    let wall_clock = outbox.wall_clock;
    let event = outbox.events.iter().find(|event| event.id == id)?.clone();
    let Some(endpoint) = outbox.endpoint(&event.endpoint_id).cloned() else {
        outbox
            .events
            .iter_mut()
            .filter(|known| known.id == id)
            .for_each(|known| known.due = None);
        return None;
    };
    let timestamp = if wall_clock {
        OffsetDateTime::now_utc()
    } else {
        world.now
    };
    let seconds = timestamp.unix_timestamp();
    let signed = signature(
        &endpoint.secret,
        endpoint.standard,
        &event.id,
        seconds,
        &event.body,
    );
    let headers: Vec<(String, String)> = [
        ("user-agent", "polar.sh webhooks".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("webhook-id", event.id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signed),
        ("webhook-api-version", event.api_version.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let (request, host, port) = match request(&endpoint.url, &headers, &event.body) {
        Ok((request, host, port)) => (Ok(request), host, port),
        Err(fault) => (Err(fault), String::new(), 0),
    };
    let delivery = Delivery {
        event_id: event.id,
        endpoint_id: endpoint.id,
        kind: event.kind,
        url: endpoint.url,
        attempt: event.attempts.len() + 1,
        timestamp,
        headers,
        body: event.body,
        status: None,
        error: None,
        succeeded: false,
    };
    Some(Prepared {
        delivery,
        request,
        host,
        port,
    })
}

type Addressed = (Request<Full<Bytes>>, String, u16);

fn request(url: &str, headers: &[(String, String)], body: &str) -> Result<Addressed, String> {
    let parsed = url::Url::parse(url).map_err(|fault| fault.to_string())?;
    if parsed.scheme() != "http" {
        return Err("the sandbox delivers to http:// endpoints only".to_owned());
    }
    let host = parsed
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let port = parsed.port().unwrap_or(80);
    let target = match parsed.query() {
        Some(query) => format!("{}?{query}", parsed.path()),
        None => parsed.path().to_owned(),
    };
    let authority = parsed.port().map_or_else(
        || parsed.host_str().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", parsed.host_str().unwrap_or_default()),
    );
    let mut builder = Request::post(target).header("host", authority);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    let request = builder.body(body).map_err(|fault| fault.to_string())?;
    Ok((request, host, port))
}

async fn send(
    request: Request<Full<Bytes>>,
    host: &str,
    port: u16,
) -> Result<(u16, String), String> {
    match tokio::time::timeout(TIMEOUT, exchange(request, host, port)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {} seconds", TIMEOUT.as_secs())),
    }
}

async fn exchange(
    request: Request<Full<Bytes>>,
    host: &str,
    port: u16,
) -> Result<(u16, String), String> {
    let text = |fault: &dyn std::fmt::Display| fault.to_string();
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|fault| text(&fault))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|fault| text(&fault))?;
    let driver = tokio::spawn(async move {
        // The answer, or its absence, is reported through the sender.
        let _ = connection.await;
    });
    let outcome = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|fault| text(&fault))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_RESPONSE)
            .collect()
            .await
            .map(|collected| collected.to_bytes())
            .unwrap_or_default();
        let kept: String = String::from_utf8_lossy(&body)
            .chars()
            .take(KEPT_RESPONSE)
            .collect();
        Ok((status, kept))
    }
    .await;
    driver.abort();
    outcome
}
