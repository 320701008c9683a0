//! Recorded requests of the real Polar server, sent again: same status, same faults, same shape.

use super::api::{Answer, World, start, text};
use super::schema;
use serde_json::{Value, json};
use std::collections::HashMap;

struct Recording {
    method: String,
    path: String,
    request_body: Option<String>,
    status: u16,
    headers: HashMap<String, String>,
    body: String,
}

/// All recordings by number; `None` where the shared documents are not at hand.
fn recordings() -> Option<HashMap<u64, Recording>> {
    let text = std::fs::read_to_string(schema::shared()?.join("live/polar.jsonl")).ok()?;
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = match &line["request_body"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            json => Some(json.to_string()),
        };
        let headers = line["response_headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let recording = Recording {
            method: text_of(&line, "method"),
            path: text_of(&line, "path"),
            request_body: body,
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            headers,
            body: line["response_body"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        };
        (line["n"].as_u64().unwrap(), recording)
    };
    Some(text.lines().map(read).collect())
}

fn text_of(line: &Value, field: &str) -> String {
    line[field].as_str().unwrap().to_owned()
}

struct Replay<'w> {
    world: &'w World,
    recordings: HashMap<u64, Recording>,
    /// Recorded ids and what they are here.
    names: Vec<(String, String)>,
}

impl Replay<'_> {
    fn rename(&mut self, recorded: &str, here: &str) {
        self.names.push((recorded.to_owned(), here.to_owned()));
    }

    fn translate(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// Sends a recorded request again and compares status, faults and shape.
    async fn send(&mut self, n: u64) -> Answer {
        let recording = self
            .recordings
            .get(&n)
            .unwrap_or_else(|| panic!("no recording {n}"));
        let (method, path) = (recording.method.clone(), self.translate(&recording.path));
        let mut request = self
            .world
            .polar
            .request(&method, &path)
            .header("polar-version", "2026-10");
        if let Some(body) = &recording.request_body {
            request = request
                .header("content-type", "application/json")
                .body(self.translate(body));
        }
        let answer = self.world.polar.finish(&method, &path, request).await;
        assert_eq!(
            answer.status, recording.status,
            "{n} {method} {path}: {}",
            answer.text
        );
        if recording.status == 204 || recording.body.is_empty() {
            return answer;
        }
        let (recorded, here) = (self.translate(&recording.body), answer.json());
        let recorded: Value = serde_json::from_str(&recorded).unwrap();
        if answer.status >= 400 {
            same_faults(n, &recorded, &here);
        } else {
            same_shape(n, &recorded, &here, "$");
        }
        if let (Some(from), Some(to)) = (recorded["id"].as_str(), here["id"].as_str()) {
            let (from, to) = (from.to_owned(), to.to_owned());
            self.rename(&from, &to);
        }
        answer
    }

    async fn send_all(&mut self, numbers: &[u64]) {
        for n in numbers {
            self.send(*n).await;
        }
    }
}

fn fault_key(fault: &Value) -> String {
    format!("{} {} {}", fault["type"], fault["loc"], fault["msg"])
}

/// Every fault told here was told by the real server.
fn same_faults(n: u64, recorded: &Value, here: &Value) {
    assert_eq!(here["error"], recorded["error"], "{n}: {here:#}");
    let (Some(wanted), Some(found)) = (recorded["detail"].as_array(), here["detail"].as_array())
    else {
        assert_eq!(here["detail"], recorded["detail"], "{n}");
        return;
    };
    let wanted: Vec<String> = wanted.iter().map(fault_key).collect();
    let found: Vec<String> = found.iter().map(fault_key).collect();
    assert!(!found.is_empty(), "{n}");
    for fault in &found {
        assert!(
            wanted.contains(fault),
            "{n}: {fault} is not among {wanted:#?}"
        );
    }
}

/// Fields that the recorded server sends beyond its description, and that mean nothing here.
const LEFT_OUT: &[&str] = &[
    "bio",
    "company",
    "blog",
    "location",
    "twitter_username",
    "pledge_minimum_amount",
    "pledge_badge_show_amount",
    "default_upfront_split_to_contributors",
    "embed_hosts_enforced",
    "notification_settings",
    "seat_based_pricing_enabled",
];

/// Every field of the recorded answer is here, with the same kind of value.
fn same_shape(n: u64, recorded: &Value, here: &Value, at: &str) {
    match (recorded, here) {
        (Value::Object(recorded), Value::Object(here)) => {
            let free = at.ends_with("metadata") || at.ends_with("custom_field_data");
            for (name, value) in recorded {
                if free || LEFT_OUT.contains(&name.as_str()) {
                    continue;
                }
                let place = format!("{at}.{name}");
                let found = here
                    .get(name)
                    .unwrap_or_else(|| panic!("{n}: {place} is missing"));
                same_shape(n, value, found, &place);
            }
        }
        (Value::Array(recorded), Value::Array(here)) => {
            if let (Some(recorded), Some(here)) = (recorded.first(), here.first()) {
                same_shape(n, recorded, here, &format!("{at}[0]"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(
            std::mem::discriminant(recorded),
            std::mem::discriminant(here),
            "{n}: {at} is {here}, was {recorded}"
        ),
    }
}

macro_rules! replay {
    ($world:ident) => {{
        let Some(recordings) = recordings() else {
            return;
        };
        Replay {
            world: &$world,
            recordings,
            names: Vec::new(),
        }
    }};
}

#[tokio::test]
async fn meters_benefits_and_products() {
    let world = start().await;
    let mut replay = replay!(world);
    replay
        .send_all(&[88, 90, 92, 94, 95, 97, 106, 107, 108])
        .await;
    replay.send_all(&[141, 145, 153, 169, 168]).await;
    replay
        .send_all(&[179, 181, 185, 187, 189, 191, 193, 198, 202, 204, 227])
        .await;
    let ten = json!({
        "name": "Ten", "prices": [{"amount_type": "fixed", "price_amount": 1000}],
    });
    let ten = world.polar.post("/v1/products/", ten).await;
    replay.rename("e4c8506f-5b1f-4f81-ab5c-4d3c75752475", &text(&ten, "/id"));
    replay.rename(
        "e02760a0-757a-404a-8cdd-31dc64ad249f",
        &text(&ten, "/prices/0/id"),
    );
    replay
        .send_all(&[229, 231, 1086, 37, 40, 42, 44, 45, 50, 99, 156])
        .await;
    let organization = world.polar.get("/v1/organizations/").await;
    let recorded: Value = serde_json::from_str(&replay.recordings[&55].body).unwrap();
    same_shape(55, &recorded, &organization, "$");
    replay.rename(
        "daf7033e-2f95-435b-99a1-92727e5e4785",
        &text(&organization, "/items/0/id"),
    );
    replay.send_all(&[206, 58, 59]).await;
}

#[tokio::test]
async fn customers_and_their_conflicts() {
    let world = start().await;
    let mut replay = replay!(world);
    replay
        .send_all(&[
            263, 287, 289, 293, 295, 296, 32, 307, 305, 308, 310, 312, 314, 315,
        ])
        .await;
    replay.send_all(&[319, 323, 324, 306, 327, 329]).await;
    world
        .polar
        .post("/v1/customers/", json!({"email": "min.d36dec@example.com"}))
        .await;
    let customer = replay.translate("2c1f2cbc-7d9b-4a9d-a534-e381c4d4b64d");
    replay.rename("ae96c9a6-4162-4b34-85cc-73f0f259f444", &customer);
    replay.send_all(&[318, 639, 641, 643, 644, 648]).await;
}

#[tokio::test]
async fn checkouts_subscriptions_orders_and_refunds() {
    let world = start().await;
    let mut replay = replay!(world);
    replay.send_all(&[179, 263]).await;
    let ten = world
        .polar
        .post(
            "/v1/products/",
            json!({
                "name": "One time ten",
                "prices": [{"amount_type": "fixed", "price_amount": 1000}],
            }),
        )
        .await;
    replay.rename("e4c8506f-5b1f-4f81-ab5c-4d3c75752475", &text(&ten, "/id"));
    let free = replay.send(369).await.json();
    replay.send_all(&[375, 386, 388, 397]).await;
    let paid = world
        .sandbox
        .complete_checkout(&text(&free, "/id"))
        .unwrap();
    replay.send(430).await;
    let order: Value = serde_json::from_str(&replay.recordings[&575].body).unwrap();
    let here = world
        .polar
        .get(&format!("/v1/orders/{}", paid.order_id))
        .await;
    same_shape(575, &order, &here, "$");
    // A subscription of its own for the updates.
    replay.rename("4fd048ad-09c2-4b79-9f2d-2f924ae35994", &paid.customer_id);
    replay.send_all(&[496, 502]).await;
    replay
        .send_all(&[
            500, 510, 511, 512, 516, 521, 524, 526, 527, 530, 533, 517, 518,
        ])
        .await;
    replay.send_all(&[563, 576, 614]).await;
    let product = replay.translate("c9157099-16dc-4536-92e8-baa61e252856");
    replay.rename("522b4c8d-56f3-4f15-a032-1e5d9611dc38", &product);
    replay.rename("ae96c9a6-4162-4b34-85cc-73f0f259f444", &paid.customer_id);
    replay.send_all(&[560, 561, 562]).await;
}

#[tokio::test]
async fn usage_and_portal() {
    let world = start().await;
    let mut replay = replay!(world);
    replay.send_all(&[88, 263]).await;
    replay
        .send_all(&[
            712, 714, 715, 718, 720, 721, 723, 726, 727, 730, 735, 744, 750,
        ])
        .await;
    replay.send_all(&[760, 764, 779]).await;
    let customer = replay.translate("2c1f2cbc-7d9b-4a9d-a534-e381c4d4b64d");
    let session = world
        .polar
        .post("/v1/customer-sessions/", json!({"customer_id": customer}))
        .await;
    let portal = world.polar.as_token(&text(&session, "/token"));
    for (n, path) in [
        (831, "/v1/customer-portal/customers/me"),
        (879, "/v1/customer-portal/meters/"),
        (828, "/v1/customer-portal/benefit-grants/"),
    ] {
        let recorded: Value = serde_json::from_str(&replay.recordings[&n].body).unwrap();
        same_shape(n, &recorded, &portal.get(path).await, "$");
    }
}

#[tokio::test]
async fn the_frame_of_every_answer() {
    let world = start().await;
    let mut replay = replay!(world);
    for n in [9, 10, 17] {
        let answer = replay.send(n).await;
        for name in ["content-type", "cache-control", "polar-version"] {
            assert_eq!(
                answer.header(name),
                replay.recordings[&n].headers[name],
                "{n} {name}"
            );
        }
    }
    assert_eq!(replay.send(23).await.status, 307);
    for n in [1, 3] {
        let recording = &replay.recordings[&n];
        let mut api = world.polar.anonymous();
        if n == 3 {
            api = api.as_token("polar_oat_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        }
        let answer = api.call("GET", &recording.path, None).await;
        assert_eq!(answer.status, recording.status);
        assert_eq!(
            answer.json(),
            serde_json::from_str::<Value>(&recording.body).unwrap()
        );
        assert_eq!(
            answer.header("www-authenticate"),
            recording.headers["www-authenticate"]
        );
    }
    let readonly = world.sandbox.polar_token_with_scopes(&["customers:read"]);
    let readonly = world.polar.as_token(&readonly);
    for (n, method) in [(6, "GET"), (7, "POST")] {
        let recording = &replay.recordings[&n];
        let body = recording
            .request_body
            .as_deref()
            .map(|body| serde_json::from_str(body).unwrap());
        let answer = readonly.call(method, &recording.path, body).await;
        assert_eq!(answer.status, 403);
        assert_eq!(
            answer.json(),
            serde_json::from_str::<Value>(&recording.body).unwrap()
        );
        assert_eq!(
            answer.header("www-authenticate"),
            recording.headers["www-authenticate"]
        );
    }
}
