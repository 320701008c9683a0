use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{SendOptions, Transport, TransportError};
use crate::BoxFuture;

/// The default transport: a [`reqwest::Client`], which pools its connections.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    /// For the thread of blocking requests: a pooled connection is driven by the runtime that
    /// opened it, and that runtime may be the one that waits for the blocking request.
    #[cfg(feature = "blocking")]
    background: Option<reqwest::Client>,
}

impl ReqwestTransport {
    /// Uses a client that the application configured (proxies, certificates, pools).
    ///
    /// Switch redirects off in it (`redirect(Policy::none())`), so that a misplaced path is
    /// reported instead of being hidden.
    pub fn new(client: reqwest::Client) -> Self {
        Self {
            client,
            #[cfg(feature = "blocking")]
            background: None,
        }
    }

    pub(crate) fn with_defaults(
        connect_timeout: Duration,
        proxy: Option<reqwest::Proxy>,
    ) -> Result<Self, reqwest::Error> {
        let client = |proxy| {
            let mut builder = reqwest::Client::builder()
                .connect_timeout(connect_timeout)
                .redirect(reqwest::redirect::Policy::none())
                .tcp_nodelay(true);
            if let Some(proxy) = proxy {
                builder = builder.proxy(proxy);
            }
            builder.build()
        };
        Ok(Self {
            #[cfg(feature = "blocking")]
            background: Some(client(Option::clone(&proxy))?),
            client: client(proxy)?,
        })
    }

    /// The client whose connections this thread can use.
    fn client(&self) -> &reqwest::Client {
        #[cfg(feature = "blocking")]
        if let Some(client) = &self.background
            && crate::blocking::is_background()
        {
            return client;
        }
        &self.client
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}

const OUTSIDE: &str = "the default transport needs a tokio runtime: await the request in one, send \
    it with `send_blocking` (feature `blocking`), or set another transport";

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
        options: SendOptions,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let request = reqwest::Request::try_from(request);
        let client = self.client().clone();
        Box::pin(async move {
            if tokio::runtime::Handle::try_current().is_err() {
                return Err(TransportError::unsendable(OUTSIDE));
            }
            let request =
                request.map_err(|error| TransportError::unsendable(error.without_url()))?;
            let response = client.execute(request).await.map_err(before_answer)?;
            receive(response, options.max_response_bytes).await
        })
    }
}

async fn receive(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<http::Response<Bytes>, TransportError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(TransportError::body_too_large(limit));
    }
    let mut answer = http::Response::new(Bytes::new());
    *answer.status_mut() = response.status();
    *answer.version_mut() = response.version();
    *answer.headers_mut() = std::mem::take(response.headers_mut());

    let first = response
        .chunk()
        .await
        .map_err(within_answer)?
        .unwrap_or_default();
    if first.len() > limit {
        return Err(TransportError::body_too_large(limit));
    }
    let Some(second) = response.chunk().await.map_err(within_answer)? else {
        *answer.body_mut() = first;
        return Ok(answer);
    };
    // The announced length is only a hint: a hostile one must not reserve memory.
    let capacity = usize::try_from(announced).unwrap_or(0).min(1 << 20);
    let mut body = BytesMut::with_capacity(capacity.max(first.len() + second.len()));
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > limit {
            return Err(TransportError::body_too_large(limit));
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(within_answer)?;
    }
    *answer.body_mut() = body.freeze();
    Ok(answer)
}

/// URLs carry identifiers, so they are taken out of the causes.
fn before_answer(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_connect() {
        if error.is_timeout() {
            TransportError::connect_timeout(error)
        } else {
            TransportError::connect(error)
        }
    } else if error.is_timeout() {
        TransportError::timeout(error)
    } else if error.is_builder() {
        TransportError::unsendable(error)
    } else if error.is_request() {
        TransportError::reset(error)
    } else {
        TransportError::other(error)
    }
}

fn within_answer(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_timeout() {
        TransportError::timeout(error)
    } else {
        TransportError::body(error)
    }
}
