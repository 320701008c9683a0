//! An endpoint that takes webhooks, verifies them and answers what the test wants.

use super::schema;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use billing_sandbox::Delivery;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?from=polar", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(202));
        let received = Arc::new(Mutex::new(Vec::new()));
        let (answer, sink) = (Arc::clone(&status), Arc::clone(&received));
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let (head, length) = loop {
                    let mut chunk = [0; 4096];
                    let read = stream.read(&mut chunk).await.unwrap();
                    bytes.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some(end) = text.find("\r\n\r\n") else {
                        continue;
                    };
                    let head = text[..end].to_owned();
                    let length: usize = head
                        .lines()
                        .find_map(|line| {
                            line.to_lowercase()
                                .strip_prefix("content-length: ")?
                                .parse()
                                .ok()
                        })
                        .unwrap();
                    if bytes.len() >= end + 4 + length {
                        break (head, length);
                    }
                };
                let body = String::from_utf8(bytes[bytes.len() - length..].to_vec()).unwrap();
                let headers = head
                    .lines()
                    .skip(1)
                    .filter_map(|line| line.split_once(": "))
                    .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                    .collect();
                sink.lock().unwrap().push(Received { headers, body });
                let status = answer.load(Ordering::SeqCst);
                let reply = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
                );
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        Self {
            url,
            status,
            received,
            task,
        }
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The signature that a verifier computes over what came in.
pub(crate) fn signature(key: &[u8], received: &Received) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    let signed = format!(
        "{}.{}.{}",
        received.header("webhook-id"),
        received.header("webhook-timestamp"),
        received.body,
    );
    mac.update(signed.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The types of deliveries, each payload checked against the document.
pub(crate) fn kinds(deliveries: &[Delivery]) -> Vec<&'static str> {
    if let Some(document) = schema::polar() {
        for delivery in deliveries {
            document.check_webhook(
                delivery.kind,
                &serde_json::from_str(&delivery.body).unwrap(),
            );
        }
    }
    deliveries.iter().map(|delivery| delivery.kind).collect()
}
