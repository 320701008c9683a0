//! HTTP runtime of typed REST clients.
//!
//! Client crates describe their operations as data ([`Operation`]) and their types with
//! [`json`]; everything that happens between a call and its answer is here: URLs, credentials,
//! [retries](RetryPolicy), timeouts, [errors](Error), [paging](PageRequest) and tracing spans.
//! Most users meet this crate through the types that the client crates hand on.
//!
//! # Features
//! | feature | default | what it adds |
//! |---|---|---|
//! | `default-tls` | yes | `rustls` |
//! | `reqwest` | with TLS | the default transport, on tokio; without a TLS feature `http://` only |
//! | `rustls` | yes | TLS by rustls with its default crypto provider |
//! | `rustls-no-provider` | | TLS by rustls with the crypto provider that the application installs |
//! | `native-tls` | | TLS by the operating system's library |
//! | `webhooks` | | signing and verifying Standard Webhooks; needs no transport |
//! | `blocking` | | `send_blocking` and iterators over pages; brings tokio |
//!
//! Without default features there is no HTTP client, no TLS and no async runtime in the tree;
//! give the client a [`Transport`] then.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod json;
pub mod wire;

mod boxed;
mod client;
mod error;
mod excerpt;
mod operation;
mod paging;
mod path;
mod query;
mod request;
mod response;
mod retry;
mod secret;
mod timer;
mod transport;

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "webhooks")]
pub mod webhook;

use std::future::Future;
use std::pin::Pin;

pub use boxed::Boxed;
pub use client::{BuildError, Client, ClientBuilder};
pub use error::{Error, ErrorBody, ErrorKind, Failure, NoBody};
pub use json::{DecodeError, Rejected};
pub use operation::{Auth, Operation, RetrySafety};
#[cfg(feature = "blocking")]
pub use paging::{BlockingItems, BlockingPages};
pub use paging::{Items, Page, PageFuture, PageInfo, PageRequest, PageStyle, PageToken, Pages};
pub use query::{Query, QueryValue};
pub use request::{Body, Call, Decoder, Request, RequestOptions, ResponseFuture};
pub use response::RawResponse;
pub use retry::{RetryBudget, RetryPolicy};
pub use secret::Secret;
pub use timer::{SystemTimer, Timer};
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
pub use transport::{SendOptions, Transport, TransportError, TransportErrorKind};

pub use http;
#[cfg(feature = "reqwest")]
pub use reqwest;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the macros of this crate expand to; not public API.
#[doc(hidden)]
pub mod __private {
    pub use serde;

    /// Joins what a caller gives as a list with commas.
    #[inline]
    pub fn joined(items: impl IntoIterator<Item = impl Into<String>>) -> String {
        let mut text = String::new();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&item.into());
        }
        text
    }

    /// Collects what a caller gives as a list. A plain loop, because every caller compiles it.
    #[inline]
    pub fn list<T>(items: impl IntoIterator<Item = impl Into<T>>) -> Vec<T> {
        let items = items.into_iter();
        let mut list = Vec::with_capacity(items.size_hint().0);
        for item in items {
            list.push(item.into());
        }
        list
    }
}
