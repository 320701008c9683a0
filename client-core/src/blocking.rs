//! Waiting for requests without an async runtime (feature `blocking`).
//!
//! Requests run on one background thread of this process, which is started with the first of
//! them. Calling a `…_blocking` method inside an async runtime does not panic, but it holds the
//! calling thread, and with it whatever else the runtime would do there. Use `.await` there, or
//! `tokio::task::spawn_blocking`. If you must block inside a single-threaded runtime, do it with
//! a client that is not awaited there as well: a pooled connection that was opened by the held
//! runtime makes no progress until the attempt times out and another one is opened.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::client::Client;
use crate::error::Failure;
use crate::request::Call;
use crate::response::RawResponse;
use crate::transport::TransportError;

pub(crate) fn execute(client: &Client, call: Call) -> Result<RawResponse, Failure> {
    let operation = call.operation;
    let failed = |error| Failure::transport(operation, error);
    let runtime = runtime().ok_or_else(|| {
        failed(TransportError::unsendable(
            "the background thread cannot be started",
        ))
    })?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let request = client
        .execute(call)
        .in_current_span()
        .with_current_subscriber();
    runtime.spawn(async move {
        // The receiver is only gone when the waiting thread is.
        let _ = sender.send(request.await);
    });
    receiver
        .recv()
        .unwrap_or_else(|_| Err(failed(TransportError::other("the transport panicked"))))
}

fn runtime() -> Option<&'static Handle> {
    static RUNTIME: OnceLock<Option<Handle>> = OnceLock::new();
    RUNTIME.get_or_init(start).as_ref()
}

fn start() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("client-core-blocking".to_owned())
        .spawn(move || runtime.block_on(idle()))
        .ok()?;
    Some(handle)
}

/// Keeps the background thread driving requests for as long as the process lives.
fn idle() -> impl Future<Output = ()> {
    std::future::pending()
}
