//! A small API, written as generated clients are.

use std::sync::Arc;

use client_core::json::Key::{Optional, Required};
use client_core::json::{self, Decode, Failed, Fill, Reader};
use client_core::{
    Auth, Client, ClientBuilder, DecodeError, ErrorBody, ErrorKind, Operation, Page, PageInfo,
    PageRequest, PageStyle, RawResponse, Request, RetrySafety,
};
use http::{Method, StatusCode};
use serde_json::Value;

use crate::server::Server;
use crate::timer::TestTimer;

pub type Error = client_core::Error<Fault>;

const BASE: Operation = Operation {
    name: "",
    method: Method::GET,
    path: "",
    success: &[200],
    auth: Auth::Client,
    retry: RetrySafety::Safe,
    accept: "application/json",
};

pub static GET: Operation = Operation {
    name: "things.get",
    path: "/v1/things/{id}",
    ..BASE
};
pub static PUBLIC: Operation = Operation {
    name: "things.public",
    path: "/v1/public/",
    auth: Auth::None,
    ..BASE
};
pub static LIST: Operation = Operation {
    name: "things.list",
    path: "/v1/things/",
    ..BASE
};
pub static EXPORT: Operation = Operation {
    name: "things.export",
    path: "/v1/things/export",
    accept: "text/csv",
    ..BASE
};
pub static DELETE: Operation = Operation {
    name: "things.delete",
    method: Method::DELETE,
    path: "/v1/things/{id}/parts/{part_id}",
    success: &[204],
    ..BASE
};
pub static CREATE: Operation = Operation {
    name: "things.create",
    method: Method::POST,
    path: "/v1/things/",
    success: &[201],
    retry: RetrySafety::Unsafe,
    ..BASE
};
pub static INGEST: Operation = Operation {
    name: "things.ingest",
    method: Method::POST,
    path: "/v1/things/ingest",
    retry: RetrySafety::Deduplicated,
    ..BASE
};
pub static POKE: Operation = Operation {
    name: "things.poke",
    method: Method::POST,
    path: "/v1/things/{id}/poke",
    success: &[202],
    ..BASE
};

/// The error body of the API: `{"error": code, "detail": text, "field": name}`.
#[derive(Debug)]
pub struct Fault {
    pub code: Option<String>,
    pub detail: Option<String>,
    pub field: Option<String>,
}

impl ErrorBody for Fault {
    fn parse(raw: &RawResponse) -> Option<Self> {
        let body: Value = raw.json().ok()?;
        let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
        body.is_object().then(|| Self {
            code: text("error"),
            detail: text("detail"),
            field: text("field"),
        })
    }

    fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    fn first_message(&self) -> Option<String> {
        let detail = self.detail.clone()?;
        Some(match &self.field {
            Some(field) => format!("body.{field}: {detail}"),
            None => detail,
        })
    }

    fn kind(&self, status: StatusCode) -> Option<ErrorKind> {
        let duplicate = status == StatusCode::UNPROCESSABLE_ENTITY
            && self
                .detail
                .as_ref()
                .is_some_and(|detail| detail.contains("already exists"));
        duplicate.then_some(ErrorKind::Conflict)
    }

    fn conflict_on(&self, field: &str) -> bool {
        self.field.as_deref() == Some(field)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    pub id: String,
    pub size: i64,
}

impl Fill for Thing {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.read_object(
            &[Required("id"), Required("size")],
            &mut [&mut self.id, &mut self.size],
        )
    }
}

impl Decode for Thing {
    const BLANK: Self = Self {
        id: String::new(),
        size: 0,
    };
}

/// What the client crates' own client types are.
#[derive(Clone, Debug)]
pub struct Api {
    pub core: Client,
}

pub const TOKEN: &str = "tok_do_not_show_me";

impl Api {
    pub fn new(server: &Server, timer: &Arc<TestTimer>) -> Self {
        Self::with(server, timer, |builder| builder)
    }

    pub fn with(
        server: &Server,
        timer: &Arc<TestTimer>,
        configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let timer: Arc<TestTimer> = Arc::clone(timer);
        let builder = Client::builder()
            .base_url(&server.url)
            .credential(TOKEN)
            .timer(timer);
        Self {
            core: configure(builder).build().unwrap(),
        }
    }

    pub fn get(&self, id: &str) -> Get {
        Get {
            request: Request::new(&self.core, &GET, RawResponse::decode::<Thing>).path(id),
        }
    }

    pub fn list(&self) -> List {
        self.list_by(PageStyle::PageNumber {
            page: "page",
            size: "limit",
            max_size: 100,
        })
    }

    pub fn list_by(&self, style: PageStyle) -> List {
        List {
            request: PageRequest::new(Request::new(&self.core, &LIST, page), style),
        }
    }

    pub fn create(&self, body: &Value) -> Create {
        Create {
            request: Request::new(&self.core, &CREATE, RawResponse::decode::<Thing>).json(body),
        }
    }

    pub fn ingest(&self, body: &Value) -> Request<(), Fault> {
        Request::new(&self.core, &INGEST, RawResponse::empty).json(body)
    }

    pub fn plain<T>(
        &self,
        operation: &'static Operation,
        decode: client_core::Decoder<T>,
    ) -> Request<T, Fault> {
        Request::new(&self.core, operation, decode)
    }
}

#[derive(Clone, Debug)]
#[must_use]
pub struct Get {
    request: Request<Thing, Fault>,
}

client_core::request_methods!(Get, Thing, Fault);

#[derive(Clone, Debug)]
#[must_use]
pub struct Create {
    request: Request<Thing, Fault>,
}

client_core::request_methods!(Create, Thing, Fault);

#[derive(Clone, Debug)]
#[must_use]
pub struct List {
    request: PageRequest<Thing, Fault>,
}

client_core::page_request_methods!(List, Thing, Fault);

impl List {
    pub fn param(mut self, name: &'static str, value: impl client_core::QueryValue) -> Self {
        self.request.query_mut().push(name, value);
        self
    }
}

/// Decodes a list in any of the shapes of the paging tests:
/// `{"items": […], "info": {…}}` or a bare array.
fn page(raw: &RawResponse) -> Result<Page<Thing>, DecodeError> {
    if raw.bytes().starts_with(b"[") {
        return Ok(Page::new(raw.decode()?, PageInfo::default()));
    }
    struct Envelope {
        list: json::List<Thing>,
        info: Value,
    }
    impl Fill for Envelope {
        fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
            reader.read_object(
                &[Required("items"), Optional("info")],
                &mut [&mut self.list, &mut self.info],
            )
        }
    }
    impl Decode for Envelope {
        const BLANK: Self = Self {
            list: Decode::BLANK,
            info: Value::Null,
        };
    }
    let Envelope { list, info } = raw.decode()?;
    let number = |name: &str| info.get(name).and_then(Value::as_u64);
    let info = PageInfo {
        total_count: number("total_count"),
        page: number("page"),
        page_size: number("page_size"),
        max_page: number("max_page"),
        has_next: info.get("has_next").and_then(Value::as_bool),
        next_cursor: info.get("next").and_then(Value::as_str).map(str::to_owned),
        previous_cursor: None,
    };
    Ok(Page::new(list, info))
}
