//! Endpoints, signatures, retries, repetition and order.

use super::api::{START, start, start_with, text};
use super::receiver::{Receiver, kinds, signature};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use billing_sandbox::Sandbox;
use serde_json::json;
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::datetime;

#[tokio::test]
async fn endpoints_are_managed_over_the_api() {
    let world = start().await;
    let wrong = json!({"url": "https://a.example.com", "format": "raw", "events": ["nope.event"]});
    let answer = world
        .polar
        .expect(422, "POST", "/v1/webhooks/endpoints", Some(wrong))
        .await;
    assert_eq!(answer["detail"][0]["loc"], json!(["body", "events", 0]));
    let endpoint =
        json!({"url": "https://a.example.com/x", "format": "raw", "events": ["order.paid"]});
    let endpoint = world.polar.post("/v1/webhooks/endpoints", endpoint).await;
    assert_eq!(endpoint["uses_standard_webhook_signature"], true);
    let path = format!("/v1/webhooks/endpoints/{}", text(&endpoint, "/id"));
    let reset = world
        .polar
        .expect(200, "PATCH", &format!("{path}/secret"), None)
        .await;
    assert_ne!(reset["secret"], endpoint["secret"]);
    let off = world
        .polar
        .patch(&path, json!({"enabled": false, "name": "off"}))
        .await;
    assert_eq!(
        (&off["enabled"], &off["name"]),
        (&json!(false), &json!("off"))
    );
    assert_eq!(
        world.polar.get("/v1/webhooks/endpoints").await["pagination"]["total_count"],
        1
    );
    world.polar.expect(204, "DELETE", &path, None).await;
    world.polar.expect(404, "GET", &path, None).await;
}

#[tokio::test]
async fn signatures_follow_the_age_of_the_secret() {
    for (start, standard) in [(datetime!(2026-09-01 0:00 UTC), false), (START, true)] {
        let world = start_with(Sandbox::builder().clock_start(start)).await;
        let receiver = Receiver::start().await;
        let endpoint = world
            .sandbox
            .register_webhook(&receiver.url, &["customer.created"]);
        world
            .polar
            .post(
                "/v1/customers/",
                json!({"email": "zoe@example.com", "name": "Zoë 🎉"}),
            )
            .await;
        let delivered = world.sandbox.deliver_webhooks().await;
        let received = &receiver.take()[0];
        let key = if standard {
            STANDARD
                .decode(endpoint.secret.strip_prefix("whsec_").unwrap())
                .unwrap()
        } else {
            endpoint.secret.clone().into_bytes()
        };
        assert_eq!(
            received.header("webhook-signature"),
            signature(&key, received)
        );
        assert_eq!(
            received.header("webhook-timestamp"),
            start.unix_timestamp().to_string()
        );
        assert_eq!(received.header("webhook-id"), delivered[0].event_id);
        assert_eq!(received.header("user-agent"), "polar.sh webhooks");
        assert_eq!(received.header("content-type"), "application/json");
        assert_eq!(received.body, delivered[0].body);
        assert_eq!(
            (received.kind().as_str(), delivered[0].status),
            ("customer.created", Some(202))
        );
    }
}

#[tokio::test]
async fn a_chosen_secret_and_the_machines_clock_can_be_used() {
    let builder = Sandbox::builder()
        .clock_start(datetime!(2020-01-01 0:00 UTC))
        .webhook_secret("my-super-secret-with-min-32-chars-ok!")
        .wall_clock_signatures(true);
    let world = start_with(builder).await;
    let receiver = Receiver::start().await;
    world
        .sandbox
        .register_webhook(&receiver.url, &["customer.created"]);
    world
        .polar
        .post("/v1/customers/", json!({"email": "c@example.com"}))
        .await;
    world.sandbox.deliver_webhooks().await;
    let received = &receiver.take()[0];
    let key = b"my-super-secret-with-min-32-chars-ok!";
    assert_eq!(
        received.header("webhook-signature"),
        signature(key, received)
    );
    let sent: i64 = received.header("webhook-timestamp").parse().unwrap();
    assert!((OffsetDateTime::now_utc().unix_timestamp() - sent).abs() < 60);
}

#[tokio::test]
async fn failures_are_retried_on_the_test_clock_with_the_same_id() {
    let world = start().await;
    let receiver = Receiver::start().await;
    world
        .sandbox
        .register_webhook(&receiver.url, &["customer.created"]);
    receiver.answer(500);
    world
        .polar
        .post("/v1/customers/", json!({"email": "r@example.com"}))
        .await;
    let first = world.sandbox.deliver_webhooks().await;
    assert_eq!(
        (first.len(), first[0].succeeded, first[0].status),
        (1, false, Some(500))
    );
    assert!(world.sandbox.deliver_webhooks().await.is_empty());
    world.sandbox.clock().advance(Duration::from_secs(2));
    receiver.answer(204);
    let second = world.sandbox.deliver_webhooks().await;
    assert_eq!((second[0].attempt, second[0].succeeded), (2, true));
    assert_eq!(second[0].event_id, first[0].event_id);
    assert_ne!(second[0].headers, first[0].headers);
    assert!(world.sandbox.pending_webhooks().is_empty());
    let log = world
        .polar
        .get("/v1/webhooks/deliveries?sorting=created_at")
        .await;
    assert_eq!(log["pagination"]["total_count"], 2);
    assert_eq!(
        log["items"][0]["webhook_event"]["id"],
        json!(first[0].event_id)
    );
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_given_up() {
    let builder = Sandbox::builder()
        .clock_start(START)
        .webhook_retries([Duration::from_secs(1), Duration::from_secs(5)]);
    let world = start_with(builder).await;
    let endpoint = world
        .sandbox
        .register_webhook("http://127.0.0.1:9/", &["customer.created"]);
    for n in 0..11 {
        world
            .polar
            .post(
                "/v1/customers/",
                json!({"email": format!("n{n}@example.com")}),
            )
            .await;
    }
    let mut attempts = 0;
    for _ in 0..100 {
        world.sandbox.clock().advance(Duration::from_secs(5));
        for delivery in world.sandbox.deliver_webhooks().await {
            assert!(delivery.error.is_some() && delivery.status.is_none());
            attempts += 1;
        }
    }
    // Ten events fail three times each; then the endpoint is off and the last one is skipped.
    assert!((30..33).contains(&attempts), "{attempts}");
    let found = world
        .polar
        .get(&format!("/v1/webhooks/endpoints/{}", endpoint.id))
        .await;
    assert_eq!(found["enabled"], false);
    assert!(world.sandbox.pending_webhooks().is_empty());
}

#[tokio::test]
async fn later_events_wait_a_minute_for_earlier_ones() {
    let world = start().await;
    let receiver = Receiver::start().await;
    world
        .sandbox
        .register_webhook(&receiver.url, &["customer.created", "customer.updated"]);
    receiver.answer(503);
    let customer = world
        .polar
        .post("/v1/customers/", json!({"email": "o@example.com"}))
        .await;
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    world.polar.patch(&path, json!({"name": "O"})).await;
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        ["customer.created"]
    );
    world.sandbox.clock().advance(Duration::from_secs(61));
    receiver.answer(503);
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        ["customer.created", "customer.updated"]
    );
}

#[tokio::test]
async fn events_can_be_held_repeated_and_reordered() {
    let world = start().await;
    let receiver = Receiver::start().await;
    world
        .sandbox
        .register_webhook(&receiver.url, &["customer.created", "customer.updated"]);
    let customer = world
        .polar
        .post("/v1/customers/", json!({"email": "h@example.com"}))
        .await;
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    world.polar.patch(&path, json!({"name": "H"})).await;
    let pending = world.sandbox.pending_webhooks();
    let (created, updated) = (&pending[0].event_id, &pending[1].event_id);
    assert!(world.sandbox.hold_webhook(created, true));
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        ["customer.updated"]
    );
    world.sandbox.hold_webhook(created, false);
    let sent = world
        .sandbox
        .deliver_in_order(&[updated, created, updated])
        .await;
    assert_eq!(
        kinds(&sent),
        ["customer.updated", "customer.created", "customer.updated"]
    );
    let again = world.sandbox.redeliver(created).await.unwrap();
    assert_eq!((&again.event_id, again.attempt), (created, 2));
    assert!(world.sandbox.redeliver("nope").await.is_err());
    let over_api = format!("/v1/webhooks/events/{updated}/redeliver");
    world.polar.expect(202, "POST", &over_api, None).await;
    assert_eq!(
        kinds(&world.sandbox.deliver_webhooks().await),
        ["customer.updated"]
    );
    let ids: Vec<String> = receiver
        .take()
        .iter()
        .map(|received| received.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 6);
    assert_eq!(ids.iter().filter(|id| *id == created).count(), 2);
}

#[tokio::test]
async fn automatic_delivery_needs_no_call() {
    let builder = Sandbox::builder()
        .clock_start(START)
        .automatic_webhooks(true);
    let world = start_with(builder).await;
    let receiver = Receiver::start().await;
    world
        .sandbox
        .register_webhook(&receiver.url, &["customer.created"]);
    world
        .polar
        .post("/v1/customers/", json!({"email": "auto@example.com"}))
        .await;
    let received = loop {
        let received = receiver.take();
        if !received.is_empty() {
            break received;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(received[0].kind(), "customer.created");
}
