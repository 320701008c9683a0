//! Waiting for requests without an async runtime (feature `blocking`).
//!
//! Requests run on one background thread of this process, which is started with the first of
//! them. Calling a `…_blocking` method inside an async runtime does not panic, but it holds the
//! calling thread, and with it whatever else the runtime would do there. Use `.await` there, or
//! `tokio::task::spawn_blocking`.
//!
//! The default transport has connections of its own for that thread. A `reqwest` client that the
//! application brings has not: if a single-threaded runtime awaits requests and blocks for others,
//! a pooled connection that the held runtime opened makes no progress until the attempt times out.

use std::cell::Cell;
use std::future::Future;
use std::sync::{Mutex, PoisonError, mpsc};
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
    let unsendable = |reason| failed(TransportError::unsendable(reason));
    if is_background() {
        return Err(unsendable(
            "a transport or timer cannot wait for a request on the thread that drives it",
        ));
    }
    let runtime = runtime().ok_or_else(|| unsendable("the background thread cannot be started"))?;
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

thread_local! {
    static IS_BACKGROUND: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is the thread on which requests run.
pub(crate) fn is_background() -> bool {
    IS_BACKGROUND.get()
}

/// Returns the runtime of the background thread, which is started unless it runs.
fn runtime() -> Option<Handle> {
    static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if runtime.is_none() {
        *runtime = start();
    }
    runtime.clone()
}

fn start() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("client-core-blocking".to_owned())
        .spawn(move || {
            IS_BACKGROUND.set(true);
            runtime.block_on(idle());
        })
        .ok()?;
    Some(handle)
}

/// Keeps the background thread driving requests for as long as the process lives.
fn idle() -> impl Future<Output = ()> {
    std::future::pending()
}
