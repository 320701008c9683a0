//! What went over the wire.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use client_core::http::{HeaderMap, Method, Request, Response, Uri};
use client_core::{BoxFuture, ReqwestTransport, SendOptions, Transport, TransportError};

/// A request and the head of its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub uri: Uri,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body.
    pub body: Bytes,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers.
    pub answer: HeaderMap,
}

impl Exchange {
    /// A header of the answer as text.
    pub fn answer_header(&self, name: &str) -> &str {
        self.answer
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }
}

/// A change to a request on its way, to see that it is noticed.
pub type Defect = fn(&mut Request<Bytes>);

/// A transport that keeps what it sent, and may damage it.
pub struct Recorder {
    inner: ReqwestTransport,
    prefix: &'static str,
    state: std::sync::Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    defect: Option<Defect>,
    exchanges: Vec<Exchange>,
}

impl Recorder {
    /// Sends to the server that the client names. `prefix` is the part of the client's paths that
    /// the document counts to the server's address.
    pub fn new(inner: ReqwestTransport, prefix: &'static str) -> Self {
        Self {
            inner,
            prefix,
            state: std::sync::Arc::default(),
        }
    }

    /// Damages the requests that follow.
    pub fn damage(&self, defect: Option<Defect>) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .defect = defect;
    }

    /// Takes what was recorded.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(
            &mut self
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .exchanges,
        )
    }

    /// The request's URL as the document has it.
    fn rebase(&self, uri: &Uri) -> Result<Uri, TransportError> {
        let Some(path) = uri.path().strip_prefix(self.prefix) else {
            return Err(TransportError::unsendable(format!(
                "{uri} is not below {}",
                self.prefix
            )));
        };
        let query = uri
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let mut parts = uri.clone().into_parts();
        let place = format!("{path}{query}").parse();
        parts.path_and_query = Some(place.map_err(TransportError::unsendable)?);
        Uri::from_parts(parts).map_err(TransportError::unsendable)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Transport for Recorder {
    fn send(
        &self,
        mut request: Request<Bytes>,
        options: SendOptions,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        match self.rebase(request.uri()) {
            Ok(uri) => *request.uri_mut() = uri,
            Err(error) => return Box::pin(async { Err(error) }),
        }
        let defect = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .defect;
        if let Some(defect) = defect {
            defect(&mut request);
        }
        let mut exchange = Exchange {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            status: 0,
            answer: HeaderMap::new(),
        };
        let state = std::sync::Arc::clone(&self.state);
        let answer = self.inner.send(request, options);
        Box::pin(async move {
            let answer = answer.await;
            if let Ok(answer) = &answer {
                exchange.status = answer.status().as_u16();
                exchange.answer = answer.headers().clone();
            }
            state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .exchanges
                .push(exchange);
            answer
        })
    }
}
