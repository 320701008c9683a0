//! A loopback HTTP server that a test drives by hand.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Longer than any of this takes; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    listener: TcpListener,
    pub url: String,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Takes the next connection and reads one request from it.
    pub async fn accept(&self) -> Exchange {
        let request = async {
            let (stream, _) = self.listener.accept().await.unwrap();
            Exchange::read(stream).await
        };
        tokio::time::timeout(PATIENCE, request)
            .await
            .expect("a request should come")
    }

    /// Answers one request after the other and returns them.
    pub async fn answer(&self, replies: impl IntoIterator<Item = Reply>) -> Vec<Exchange> {
        let mut seen = Vec::new();
        for reply in replies {
            let mut exchange = self.accept().await;
            exchange.reply(&reply).await;
            seen.push(exchange);
        }
        seen
    }

    /// Runs a call against a list of answers; fails when the call sends more or fewer requests.
    pub async fn script<F: Future>(
        &self,
        call: F,
        replies: impl IntoIterator<Item = Reply>,
    ) -> (F::Output, Vec<Exchange>) {
        let result = tokio::join!(call, self.answer(replies));
        assert!(self.is_idle(), "a request came that nobody expected");
        result
    }

    /// Whether no connection waits.
    pub fn is_idle(&self) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        self.listener.poll_accept(&mut context).is_pending()
    }
}

/// An answer that closes its connection.
#[derive(Clone)]
pub struct Reply {
    bytes: Vec<u8>,
    abort: bool,
}

impl Reply {
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if status != 204 && !headers.iter().any(|(name, _)| *name == "content-length") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        Self {
            bytes,
            abort: false,
        }
    }

    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status, &[("content-type", "application/json")], body)
    }

    pub fn empty(status: u16) -> Self {
        Self::new(status, &[], "")
    }

    /// Closes the connection without a word.
    pub fn hang_up() -> Self {
        Self {
            bytes: Vec::new(),
            abort: true,
        }
    }

    /// Announces more than it sends, then resets the connection.
    pub fn cut_off() -> Self {
        let headers = [
            ("content-type", "application/json"),
            ("content-length", "1000"),
        ];
        Self {
            abort: true,
            ..Self::new(200, &headers, r#"{"id":"#)
        }
    }
}

/// One request and the connection to answer it on.
pub struct Exchange {
    stream: Option<TcpStream>,
    pub head: String,
    pub body: Vec<u8>,
}

impl Exchange {
    async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            assert!(
                stream.read_buf(&mut bytes).await.unwrap() > 0,
                "the request is cut off"
            );
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut exchange = Self {
            stream: None,
            head,
            body: bytes[end + 4..].to_vec(),
        };
        let length = exchange
            .header("content-length")
            .map_or(0, |text| text.parse().unwrap());
        while exchange.body.len() < length {
            assert!(stream.read_buf(&mut exchange.body).await.unwrap() > 0);
        }
        exchange.stream = Some(stream);
        exchange
    }

    /// The method, and path and query as they were sent.
    pub fn line(&self) -> &str {
        self.head
            .lines()
            .next()
            .unwrap()
            .trim_end_matches(" HTTP/1.1")
    }

    pub fn target(&self) -> &str {
        self.line().split_once(' ').unwrap().1
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn body_text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub async fn reply(&mut self, reply: &Reply) {
        self.write(&reply.bytes).await;
        let stream = self.stream.take().unwrap();
        if reply.abort {
            stream.set_zero_linger().unwrap();
        }
    }

    /// Sends bytes and keeps the connection open.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream
            .as_mut()
            .unwrap()
            .write_all(bytes)
            .await
            .unwrap();
    }

    /// Waits until the client has closed the connection.
    pub async fn closed(&mut self) {
        let stream = self.stream.as_mut().unwrap();
        let ended = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        assert!(ended.expect("the client should hang up").is_err());
    }
}
