//! Raw HTTP calls whose answers are checked against the providers' documents.

use super::schema::{self, Document};
use billing_sandbox::{Sandbox, SandboxBuilder};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

/// Where the test clock starts.
pub(crate) const START: OffsetDateTime = datetime!(2026-12-01 10:00:00 UTC);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    token: Option<String>,
    document: Option<&'static Document>,
}

impl Api {
    pub(crate) fn as_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn anonymous(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// A request that is not sent yet, without the JSON header.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request
    }

    pub(crate) async fn finish(&self, method: &str, path: &str, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer {
            status,
            headers,
            text: response.text().await.unwrap(),
        };
        let json = answer.header("content-type").contains("json");
        if let (Some(document), true) = (self.document, json && !answer.text.is_empty()) {
            let plain = path.split('?').next().unwrap();
            document.check_response(method, plain, status, &answer.json());
        }
        answer
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        request = match body {
            Some(body) => request.json(&body),
            // Polar refuses writes without a length, even those without a body.
            None if method != "GET" => request.header("content-length", "0"),
            None => request,
        };
        self.finish(method, path, request).await
    }

    pub(crate) async fn expect(
        &self,
        status: u16,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        if answer.text.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.expect(200, "GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.expect(201, "POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.expect(200, "PATCH", path, Some(body)).await
    }
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) polar: Api,
    pub(crate) om: Api,
}

pub(crate) async fn start() -> World {
    start_with(Sandbox::builder().clock_start(START)).await
}

pub(crate) async fn start_with(builder: SandboxBuilder) -> World {
    let sandbox = builder.start().await.unwrap();
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let polar = Api {
        client: client.clone(),
        base: sandbox.polar_url(),
        token: Some(sandbox.polar_token().to_owned()),
        document: schema::polar(),
    };
    let om = Api {
        client,
        base: sandbox.openmeter_url(),
        token: None,
        document: schema::openmeter(),
    };
    World { sandbox, polar, om }
}

/// A text field of an answer.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {value:#}"))
        .to_owned()
}

/// The place and message of every fault of a 422, as `body.email: …`.
pub(crate) fn faults(answer: &Value) -> Vec<String> {
    answer["detail"]
        .as_array()
        .unwrap_or_else(|| panic!("no list of faults: {answer}"))
        .iter()
        .map(|fault| {
            let place: Vec<String> = fault["loc"]
                .as_array()
                .unwrap()
                .iter()
                .map(|step| {
                    step.as_str()
                        .map_or_else(|| step.to_string(), str::to_owned)
                })
                .collect();
            format!("{}: {}", place.join("."), fault["msg"].as_str().unwrap())
        })
        .collect()
}
